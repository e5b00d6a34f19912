//! A new, empty database for each test.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use toolbay_store::{KeySource, Store, StoreSettings};

use crate::postgres_server;

/// 32 bytes in base64, as `TOKEN_ENCRYPTION_KEY`.
pub(crate) const KEY: &str = "a2V5LWthbmFyaWUta2V5LWthbmFyaWUta2V5LWthbmE=";

pub(crate) struct Installation {
    pub(crate) settings: StoreSettings,
    folder: TempDir,
}

pub(crate) fn on_postgres() -> bool {
    match std::env::var("TOOLBAY_TEST_POSTGRES") {
        Ok(value) if value == "1" => true,
        Ok(value) => panic!("TOOLBAY_TEST_POSTGRES is `{value}`; set it to 1, or not at all"),
        Err(_) => false,
    }
}

/// An installation on the database that was selected.
pub(crate) async fn installation() -> Installation {
    if !on_postgres() {
        return sqlite_installation();
    }
    let url = postgres_server::new_database().await;
    let folder = tempfile::tempdir().unwrap();
    let key = KeySource::Given(SecretString::from(KEY));
    Installation { settings: StoreSettings::new(url, folder.path().join("data"), key), folder }
}

/// An installation on SQLite whichever was selected.
pub(crate) fn sqlite_installation() -> Installation {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite://{}", data.join("toolbay.db").display());
    Installation { settings: StoreSettings::new(url, data, KeySource::DataDir), folder }
}

pub(crate) async fn store() -> (Arc<Store>, Installation) {
    let installation = installation().await;
    (installation.open().await, installation)
}

impl Installation {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn open(&self) -> Arc<Store> {
        Store::open(self.settings.clone()).await.unwrap()
    }

    /// Runs a statement behind the store's back; answers the rows that it changed.
    pub(crate) async fn tamper(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        if self.settings.database_url.starts_with("postgres:") {
            let mut connection = PgConnection::connect(&self.settings.database_url).await?;
            Ok(sql.execute(&mut connection).await?.rows_affected())
        } else {
            let mut connection = SqliteConnection::connect(&self.settings.database_url).await?;
            Ok(sql.execute(&mut connection).await?.rows_affected())
        }
    }

    /// The first column of the first row, which must be text.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.settings.database_url.starts_with("postgres:") {
            let mut connection = PgConnection::connect(&self.settings.database_url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = SqliteConnection::connect(&self.settings.database_url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }
}
