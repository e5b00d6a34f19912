//! Opening a PostgreSQL database.

use std::str::FromStr as _;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};

use crate::database::Database;
use crate::migrate::{embedded, migrate};
use crate::open_error::OpenError;

pub(crate) static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| embedded(include!(concat!(env!("OUT_DIR"), "/postgres.rs"))));

/// How long to wait for the server, at the start and for each call.
const CONNECT: Duration = Duration::from_secs(10);
/// A small server allows 100 connections; several hosts share it.
const CONNECTIONS: u32 = 10;

/// No statement of this crate takes near as long; a server that hangs must not hang its callers.
const BOUNDS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
                      SET idle_in_transaction_session_timeout = '30s'";

/// Connects, and brings the tables up to date. Several hosts may do so at the same time.
pub(crate) async fn open(url: &str) -> Result<Database, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.application_name("toolbay");

    // A connection of its own, without the bounds below: a migration may take longer than a call.
    let mut connection = tokio::time::timeout(CONNECT, PgConnection::connect_with(&options))
        .await
        .map_err(|_| OpenError::Connect(sqlx::Error::PoolTimedOut))?
        .map_err(OpenError::Connect)?;
    let migrated = migrate(&MIGRATIONS, &mut connection).await;
    // Closing gives the migrations' lock back, also after a failure.
    let closed = connection.close().await;
    migrated?;
    closed.map_err(OpenError::Connect)?;
    Ok(Database::Postgres(pool(options, CONNECTIONS).await?))
}

/// Connects to read what is there. Answers the newest migration too.
pub(crate) async fn look(url: &str) -> Result<(Database, Option<i64>), OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.application_name("toolbay");
    let pool = pool(options, 1).await?;
    let table: (bool,) = sqlx::query_as("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&pool)
        .await
        .map_err(OpenError::Connect)?;
    let applied: (Option<i64>,) = match table {
        (false,) => (None,),
        (true,) => sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await
            .map_err(OpenError::Connect)?,
    };
    Ok((Database::Postgres(pool), applied.0))
}

async fn pool(options: PgConnectOptions, connections: u32) -> Result<PgPool, OpenError> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(sqlx::raw_sql(BOUNDS)).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(OpenError::Connect)
}
