//! A copy of the database beside a host that serves.

use std::path::Path;

use crate::database::Database;
use crate::folder;
use crate::store::Store;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A server has its own tools for it.
    #[error("the database is PostgreSQL, which has its own tool for backups: pg_dump")]
    NotAFile,
    /// A file is there.
    #[error("{0} is there already; a backup overwrites nothing")]
    Exists(String),
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("the copy failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl Store {
    /// Copies a SQLite database, as it is at one moment, into a file that nobody else can read. Hosts go on meanwhile.
    ///
    /// # Errors
    ///
    /// When the database is no file, the copy's file is there already or can't be made, and when copying fails; then no file
    /// is left behind.
    pub async fn back_up(&self, to: &Path) -> Result<(), BackupError> {
        let Database::Sqlite { writer, .. } = &self.database else { return Err(BackupError::NotAFile) };
        let shown = || to.display().to_string();
        if to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(shown()));
        }
        // Made first, closed to others: SQLite fills an empty file.
        let made = folder::open_private(to).map_err(|source| BackupError::File { path: shown(), source })?;
        let copied = sqlx::query("VACUUM INTO $1").bind(shown()).execute(writer).await;
        let synced = copied
            .map_err(BackupError::Database)
            .and_then(|_| made.sync_all().map_err(|source| BackupError::File { path: shown(), source }));
        if synced.is_err() {
            // What is there is no backup, and must not be taken for one.
            let _left = std::fs::remove_file(to);
        }
        synced
    }
}
