//! A copy of the database beside a host that serves.

use std::io;
use std::path::Path;

use crate::open::{Address, address};
use crate::store::Store;
use crate::{folder, sqlite};

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
    /// Copies a SQLite database, as it is at one moment, into a file that nobody else can read. Hosts go on meanwhile, and the
    /// tables stay as they are: a copy before an upgrade is one that the program before it can read.
    ///
    /// # Errors
    ///
    /// When the database is no file or isn't there, the copy's file is there already or can't be made, and when copying fails;
    /// then nothing is left behind.
    pub async fn back_up(database_url: &str, to: &Path) -> Result<(), BackupError> {
        let Ok(Address::Sqlite(from)) = address(database_url) else { return Err(BackupError::NotAFile) };
        let shown = || to.display().to_string();
        let failed = |source| BackupError::File { path: shown(), source };
        // SQLite would write to another name.
        let name = to.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
        let pool = sqlite::to_copy(&from).await.map_err(BackupError::Database)?;
        // Made first, closed to others: SQLite fills an empty file.
        let made = folder::create_new_private(to).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(shown()),
            _ => failed(source),
        })?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&pool).await;
        pool.close().await;
        let synced = copied.map_err(BackupError::Database).and_then(|_| {
            made.sync_all().and_then(|()| to.parent().map_or(Ok(()), folder::sync)).map_err(failed)
        });
        if synced.is_err() {
            // What is there is no backup, and must not be taken for one.
            let _left = std::fs::remove_file(to);
        }
        synced
    }
}
