//! Looking whether the store could be opened: every reason not to, found without making or changing anything.

use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;

use crate::database::Database;
use crate::group::Writer;
use crate::master_keys::MasterKeys;
use crate::open::{Address, address, check_environment};
use crate::open_error::OpenError;
use crate::settings::{KeySource, StoreSettings};
use crate::store::Store;
use crate::{data_keys, folder, postgres, sqlite};

/// What an open of the store would find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The SQLite file; none for a server.
    pub file: Option<PathBuf>,
    /// The newest migration that was applied; none when the database is new.
    pub schema: Option<i64>,
    /// The newest migration of this version.
    pub newest_schema: i64,
    /// Whether a host serves this SQLite file at this moment.
    pub is_served: bool,
}

impl Look {
    /// Migrations that the next host applies when it starts.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.schema.is_some_and(|schema| schema < self.newest_schema)
    }
}

impl Store {
    /// Looks whether the store could be opened, and changes nothing: what isn't there is looked at as far as it can be. The
    /// keys of a database whose tables are of an older version aren't.
    ///
    /// # Errors
    ///
    /// Those of opening it.
    pub async fn look(settings: &StoreSettings) -> Result<Look, OpenError> {
        check_environment(&settings.environment)?;
        let masters = MasterKeys::new(settings);
        let place = address(&settings.database_url)?;
        if matches!((&place, &settings.key), (Address::Postgres, KeySource::DataDir)) {
            return Err(OpenError::KeyNeeded);
        }
        masters.check()?;
        may_have_folder(&settings.data_dir)?;
        let (look, database) = match place {
            Address::Postgres => {
                let (database, schema) = postgres::look(&settings.database_url).await?;
                let newest_schema = newest(&postgres::MIGRATIONS);
                (Look { file: None, schema, newest_schema, is_served: false }, Some(database))
            }
            Address::Sqlite(path) if path.exists() => {
                let (pool, schema) = sqlite::look(&path).await.map_err(|error| error.of_file(&path))?;
                let is_served = sqlite::is_served(&path).await;
                let newest_schema = newest(&sqlite::MIGRATIONS);
                let look = Look { file: Some(path.clone()), schema, newest_schema, is_served };
                (look, Some(Database::Sqlite { writer: Writer::new(path), readers: pool }))
            }
            Address::Sqlite(path) => {
                if let Some(parent) = path.parent() {
                    may_have_folder(parent)?;
                }
                let newest_schema = newest(&sqlite::MIGRATIONS);
                (Look { file: Some(path), schema: None, newest_schema, is_served: false }, None)
            }
        };
        if let Some(found) = look.schema.filter(|schema| *schema > look.newest_schema) {
            return Err(OpenError::NewerSchema { found, known: look.newest_schema });
        }
        if let Some(database) = database {
            if look.schema == Some(look.newest_schema) {
                data_keys::unwrap(&data_keys::stored(&database).await?, &masters)?;
            }
            database.close().await;
        }
        Ok(look)
    }
}

fn newest(migrations: &Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Whether files can be made in a folder, which may have to be made first.
fn may_have_folder(path: &Path) -> Result<(), OpenError> {
    folder::can_be_written(path).map_err(|source| OpenError::File { path: path.to_owned(), source })
}
