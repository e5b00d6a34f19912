//! The tables, brought up to date.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

use crate::open_error::OpenError;

/// What a process opens the store for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// To serve calls: at most one process on a SQLite file.
    Serving,
    /// To look or to change a thing beside the host that serves.
    Beside,
}

/// Migrations by their number, name and text, as the build script embeds them.
pub(crate) fn embedded(migrations: impl IntoIterator<Item = (i64, &'static str, &'static str)>) -> Migrator {
    let migration = |(version, name, text): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.into_iter().map(migration).collect())
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

#[cfg(test)]
mod tests {
    use crate::{postgres, sqlite};

    #[test]
    fn migrations_are_embedded_in_the_order_of_their_numbers() {
        for migrations in [&sqlite::MIGRATIONS, &postgres::MIGRATIONS] {
            let numbers: Vec<i64> = migrations.iter().map(|migration| migration.version).collect();
            assert!(
                numbers.first() == Some(&1) && numbers.is_sorted_by(|one, next| one < next),
                "{numbers:?}"
            );
            assert!(migrations.iter().all(|migration| migration.sql.as_str().contains(';')));
        }
    }
}
