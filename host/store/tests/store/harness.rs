//! A new, empty database for each test.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use secrecy::SecretString;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use toolbay_kernel::administration::{NewConnection, Refused, Workspace};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{EntryOutcome, Journal as _};
use toolbay_kernel::{Administration, CapabilityName, CapabilityRegistry, ConnectionId, RunId};
use toolbay_store::{KeySource, Store, StoreSettings};

use crate::postgres_server;

pub(crate) const NOTION_READ: CapabilityName = CapabilityName::new(0, "notion.read");
pub(crate) const NOTION_WRITE: CapabilityName = CapabilityName::new(1, "notion.write");
pub(crate) const NOTION_DESTROY: CapabilityName = CapabilityName::new(2, "notion.destroy");

/// Settings with capabilities of an egress.
fn settings(
    url: impl Into<String>,
    data_dir: impl Into<std::path::PathBuf>,
    key: KeySource,
) -> StoreSettings {
    let capability = |name| Capability { name, scope: Scope::of_flag, example: "true", in_words: "" };
    let capabilities = CapabilityRegistry::new([NOTION_READ, NOTION_WRITE, NOTION_DESTROY].map(capability));
    StoreSettings { capabilities, ..StoreSettings::new(url, data_dir, key) }
}

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
    Installation { settings: settings(url, folder.path().join("data"), key), folder }
}

/// An installation on SQLite whichever was selected.
pub(crate) fn sqlite_installation() -> Installation {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite://{}", data.join("toolbay.db").display());
    Installation { settings: settings(url, data, KeySource::DataDir), folder }
}

fn create_private(folder: &Path) {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).unwrap();
}

pub(crate) async fn store() -> (Arc<Store>, Installation) {
    let installation = installation().await;
    (installation.open().await, installation)
}

/// Who makes every change of these tests.
pub(crate) fn operator() -> Actor {
    Actor::operator()
}

pub(crate) fn administration(store: &Arc<Store>) -> Administration {
    Administration::new(Arc::clone(store) as _)
}

/// Adds a connection.
pub(crate) async fn connect(
    store: &Arc<Store>,
    name: &str,
    credential: &SecretString,
    workspace: Workspace,
) -> Result<ConnectionId, Refused> {
    let new = NewConnection { name: name.to_owned(), credential: credential.clone(), workspace };
    administration(store).add_connection(new, &operator()).await
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

    /// Makes the tables of a version, as that version did.
    pub(crate) async fn migrate_to(&self, version: usize) {
        let is_postgres = self.settings.database_url.starts_with("postgres:");
        let kind = if is_postgres { "postgres" } else { "sqlite" };
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(kind);
        let folder = tempfile::tempdir().unwrap();
        let mut files: Vec<_> = std::fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().take(version) {
            std::fs::copy(file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        let migrations = Migrator::new(folder.path()).await.unwrap();
        if is_postgres {
            let mut connection = PgConnection::connect(&self.settings.database_url).await.unwrap();
            migrations.run(&mut connection).await.unwrap();
        } else {
            create_private(&self.settings.data_dir);
            let options = SqliteConnectOptions::from_str(&self.settings.database_url).unwrap();
            let mut connection =
                SqliteConnection::connect_with(&options.create_if_missing(true)).await.unwrap();
            migrations.run(&mut connection).await.unwrap();
        }
    }

    /// Copies these columns of one row to the same table of another installation.
    pub(crate) async fn copy_rows(&self, to: &Self, table: &str, columns: &[&str]) {
        self.copy_row(table, columns, to, table, columns).await;
    }

    /// Copies columns of one row to a table of another installation, where they may have other names.
    pub(crate) async fn copy_row(
        &self,
        from: &str,
        columns: &[&str],
        to: &Self,
        table: &str,
        names: &[&str],
    ) {
        let literal = if self.settings.database_url.starts_with("postgres:") {
            |column: &&str| format!("quote_nullable({column})")
        } else {
            |column: &&str| format!("quote({column})")
        };
        let values: Vec<String> = columns.iter().map(literal).collect();
        let row = self.ask(&format!("SELECT {} FROM {from}", values.join(" || ', ' || "))).await;
        let insert = format!("INSERT INTO {table} ({}) VALUES ({row})", names.join(", "));
        assert_eq!(to.tamper(&insert).await.unwrap(), 1, "{insert}");
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

/// The outcome that a journal has at a position.
pub(crate) async fn recorded_at(
    store: &Store,
    run: RunId,
    position: &str,
) -> Result<Option<EntryOutcome>, StoreError> {
    let position = position.to_owned();
    let mut outcomes = store.outcomes(run, std::slice::from_ref(&position)).await?;
    Ok(outcomes.remove(&position))
}
