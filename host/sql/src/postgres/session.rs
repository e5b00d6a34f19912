//! A connection and its transaction.

use std::str::FromStr as _;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use toolbay_kernel::Access;

use super::error;
use crate::failure::Failure;
use crate::limits::LOCKED;

/// How long to wait for the server.
const CONNECT: Duration = Duration::from_secs(5);

/// What holds for every session. Texts are read as `statement` reads them, and bytes are written as `rows` reads them. Notices
/// aren't sent: whoever made a function has the words. A server from 14 on ends the work of a client that has gone.
const SETTINGS: &str = "SET standard_conforming_strings = on; SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; \
                        SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = error; \
                        SELECT set_config('client_connection_check_interval', '1s', false) \
                        WHERE current_setting('server_version_num')::int >= 140000";

/// What a role may not be or become, and what a database may not be: one with this host's own tables. A role that the session's user has been
/// given is one that it could take, whatever role it begins as.
const LOOK: &str = "SELECT \
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolsuper \
        AND pg_catalog.pg_has_role(session_user, oid, 'MEMBER')), \
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN \
        ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') \
        AND pg_catalog.pg_has_role(session_user, oid, 'MEMBER')), \
    (SELECT count(DISTINCT relname) FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname IN \
        ('_sqlx_migrations', 'data_keys', 'run_providers')) = 3";

/// A connection, for one request.
pub(super) struct Session {
    connection: PgConnection,
}

impl Session {
    /// Connects, and looks whether tools may use the role and the database.
    pub(super) async fn open(address: &SecretString) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(address.expose_secret())
            // The error would repeat a part of it.
            .map_err(|_| Failure::Closed("its address can't be read".to_owned()))?
            .application_name("toolbay")
            .statement_cache_capacity(0)
            .disable_statement_logging();
        let connecting = tokio::time::timeout(CONNECT, PgConnection::connect_with(&options));
        let mut connection = match connecting.await {
            Ok(connected) => connected.map_err(|error| error::of_connecting(&error))?,
            Err(_) => return Err(Failure::Away("it doesn't answer".to_owned())),
        };
        connection.execute(sqlx::raw_sql(SETTINGS)).await.map_err(|error| error::of_connecting(&error))?;
        let look: (bool, bool, bool) = sqlx::query_as(LOOK)
            .fetch_one(&mut connection)
            .await
            .map_err(|error| error::of_connecting(&error))?;
        match look {
            (true, _, _) => Err(Failure::Closed(
                "its user is or may become a superuser, who could do anything".to_owned(),
            )),
            (_, true, _) => {
                Err(Failure::Closed("its user may reach files or programs of the server".to_owned()))
            }
            (_, _, true) => Err(Failure::Closed("it is a database of Toolbay's own".to_owned())),
            _ => Ok(Self { connection }),
        }
    }

    /// Begins a transaction: one that can't write where nothing is to be written. The query after it makes that final: from then on the
    /// server refuses to let it write.
    pub(super) async fn begin(&mut self, access: Access) -> Result<(), Failure> {
        let begin = match access {
            Access::Reads => "BEGIN READ ONLY; SELECT 1",
            Access::Writes | Access::Destroys => "BEGIN READ WRITE; SELECT 1",
        };
        self.carry_out(begin.to_owned()).await
    }

    /// Bounds the time of the next statement, and has its texts read as `statement` read them, whatever those before it have set.
    pub(super) async fn bound(&mut self, time: Duration) -> Result<(), Failure> {
        if time.is_zero() {
            return Err(Failure::Time);
        }
        let (statement, lock) = (time.as_millis().max(1), time.min(LOCKED).as_millis().max(1));
        self.carry_out(format!(
            "SET LOCAL statement_timeout = {statement}; SET LOCAL lock_timeout = {lock}; \
             SET LOCAL standard_conforming_strings = on"
        ))
        .await
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Makes the transaction last.
    pub(super) async fn commit(&mut self) -> Result<(), Failure> {
        match self.connection.execute(sqlx::raw_sql("COMMIT")).await {
            Ok(_) => Ok(()),
            // A server that ends the session may have made it last before.
            Err(failed) => match error::of_statement(&failed) {
                Failure::Broken(why) => Err(Failure::Doubt(why)),
                // Its word against it, such as a constraint that is checked last.
                refused => Err(refused),
            },
        }
    }

    /// Ends the connection in order; what can't be said to the server any more, it finds out itself.
    pub(super) async fn close(self) {
        let _is_gone = tokio::time::timeout(Duration::from_millis(200), self.connection.close()).await;
    }

    async fn carry_out(&mut self, sql: String) -> Result<(), Failure> {
        let done = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
        done.map(|_| ()).map_err(|failed| error::of_statement(&failed))
    }
}
