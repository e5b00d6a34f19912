//! Opening a SQLite file.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::database::Database;
use crate::folder::{self, Lock};
use crate::group::Writer;
use crate::migrate::{Role, embedded, migrate};
use crate::open_error::OpenError;

pub(crate) static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| embedded(include!(concat!(env!("OUT_DIR"), "/sqlite.rs"))));

/// How long a statement waits for another process's write: longer than any write of this crate takes.
const BUSY: Duration = Duration::from_secs(5);
/// How long a call waits for a connection of this process.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long to wait while another process opens the same file, migrations included.
const OPENING: Duration = Duration::from_secs(30);
/// Readers don't block each other or the writer; more than the cores of a small machine brings nothing.
const READERS: u32 = 4;

/// An open file, with the locks that go with it.
pub(crate) struct Opened {
    pub(crate) database: Database,
    /// Held as long as this process serves.
    pub(crate) serving: Option<Lock>,
    /// Held until the caller has finished opening: one process at a time creates tables and keys.
    pub(crate) opening: Lock,
}

/// Opens the file, creating it when it isn't there, and brings its tables up to date.
pub(crate) async fn open(path: &Path, role: Role) -> Result<Opened, OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        folder::create_private(parent).map_err(failed)?;
    }
    drop(folder::open_private(path).map_err(failed)?);
    // Two names of one file have one lock.
    let path = path.canonicalize().map_err(failed)?;
    let opening = Lock::take_within(&beside(&path, "opening"), OPENING)
        .await
        .map_err(failed)?
        .ok_or_else(|| OpenError::Opening(path.clone()))?;
    // Nobody takes this lock without the other, so whoever holds it now is a host that serves.
    let serving = Lock::try_take(&beside(&path, "serving")).map_err(failed)?;
    if role == Role::Serving && serving.is_none() {
        return Err(OpenError::AlreadyServing(path));
    }

    let options = options(&path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let first = pool(1).connect_with(options.clone()).await.map_err(OpenError::Connect)?;
    check_served(&first, serving.is_none(), &path).await?;
    migrate(&MIGRATIONS, &mut *first.acquire().await.map_err(OpenError::Connect)?).await?;
    let readers =
        pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(OpenError::Connect)?;
    let serving = serving.filter(|_| role == Role::Serving);
    first.close().await;
    let writer = Writer::new(path);
    Ok(Opened { database: Database::Sqlite { writer, readers }, serving, opening })
}

/// Opens a file that is there, to read it as it is. Answers its newest migration too.
pub(crate) async fn look(path: &Path) -> Result<(SqlitePool, Option<i64>), OpenError> {
    let pool =
        pool(1).connect_with(options(path).pragma("query_only", "ON")).await.map_err(OpenError::Connect)?;
    let tables: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_one(&pool)
        .await
        .map_err(OpenError::Connect)?;
    let applied: (Option<i64>,) = match tables {
        (0,) => (None,),
        _ => sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await
            .map_err(OpenError::Connect)?,
    };
    Ok((pool, applied.0))
}

/// Opens a file that is there, to copy it as it is.
pub(crate) async fn to_copy(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    pool(1).connect_with(options(path)).await
}

/// Whether a host serves a file at this moment.
pub(crate) async fn is_served(path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let serving = beside(&path, "serving");
    if !serving.exists() {
        return false;
    }
    // Nobody takes the one without the other: a host that starts at this moment would take this question for another host.
    let Ok(Some(_opening)) = Lock::take_within(&beside(&path, "opening"), BUSY).await else { return true };
    matches!(Lock::try_take(&serving), Ok(None))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).pragma("trusted_schema", "OFF")
}

/// A host that serves must not find its tables changed by a newer command line.
async fn check_served(first: &SqlitePool, is_served: bool, path: &Path) -> Result<(), OpenError> {
    if !is_served {
        return Ok(());
    }
    let (applied,): (Option<i64>,) = sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(first)
        .await
        .map_err(OpenError::Connect)?;
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    if applied < newest {
        return Err(OpenError::ServedByOlder(path.to_owned()));
    }
    Ok(())
}

fn pool(max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(max)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file doesn't break while it lies idle.
        .test_before_acquire(false)
}

pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}
