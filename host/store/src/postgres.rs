//! Opening a PostgreSQL database.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::database::Database;
use crate::migrate::migrate;
use crate::open_error::OpenError;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

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

    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(sqlx::raw_sql(BOUNDS)).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(OpenError::Connect)?;
    Ok(Database::Postgres(pool))
}
