//! The tables, brought up to date.

use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::open_error::OpenError;

/// What a process opens the store for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// To serve calls: at most one process on a SQLite file.
    Serving,
    /// To look or to change a thing beside the host that serves.
    Beside,
}

/// Applies the migrations that are missing.
pub(crate) async fn migrate<C: Migrate>(migrations: &Migrator, connection: &mut C) -> Result<(), OpenError> {
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or_default();
    // Not `run`: through its `Acquire` the compiler can't see that the future may move between threads.
    migrations.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) if found > known => OpenError::NewerSchema { found, known },
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            OpenError::OtherSchema(version)
        }
        other => OpenError::Migrate(other),
    })
}
