//! The one place that runs statements.
//!
//! Both databases understand the same SQL as long as a statement keeps to `$1` placeholders and to text, integers and
//! bytes, so every statement of this crate is written once. What differs (pools, transactions, exclusion) is here.

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Executor, PgPool, SqlitePool, Type};
use toolbay_kernel::FailPoint;

use crate::cells::{self, Row};
use crate::clock;
use crate::error::Fault;
use crate::group::{Member, Writer};
use crate::parameter::Parameter;

/// The server's clock in milliseconds.
const SERVERS_CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// SQLite takes one writer at a time: a second connection that writes would only wait, or fail.
pub(crate) enum Database {
    /// A file.
    Sqlite {
        /// One connection, for everything that writes.
        writer: Writer,
        /// A few connections that can't write.
        readers: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A statement whose rows the transaction holds until it ends. SQLite needs no words for that: who writes is alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) rows: &'static str,
    /// The same for PostgreSQL, with the words.
    pub(crate) and_held: &'static str,
}

impl Database {
    /// Runs a statement that writes; answers the number of rows that it changed.
    pub(crate) async fn execute<const N: usize>(
        &self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<u64, Fault> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                let mut member = writer.begin().await?;
                let changed = member.execute(sql, &parameters)?;
                member.commit().await?;
                changed
            }
            Self::Postgres(pool) => {
                let arguments: PgArguments = arguments(parameters)?;
                sqlx::query_with(sql, arguments).execute(pool).await?.rows_affected()
            }
        })
    }

    /// Reads rows.
    pub(crate) async fn rows<T: Row, const N: usize>(
        &self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<Vec<T>, Fault> {
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                let arguments: SqliteArguments = arguments(parameters)?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(readers).await?;
                rows.iter().map(|row| cells::row(cells::of_sqlx(row)?)).collect::<Result<_, Fault>>()?
            }
            Self::Postgres(pool) => postgres_rows(pool, sql, parameters).await?,
        })
    }

    /// Reads the first row, if there is one.
    pub(crate) async fn row<T: Row, const N: usize>(
        &self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<Option<T>, Fault> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// The present, by the clock that all processes share: the server's, or this machine's.
    pub(crate) async fn now(&self) -> Result<i64, Fault> {
        match self {
            Self::Sqlite { .. } => Ok(clock::now()),
            Self::Postgres(pool) => Ok(sqlx::query_scalar(SERVERS_CLOCK).fetch_one(pool).await?),
        }
    }

    /// Begins a transaction that writes. Dropped without commit, it is undone.
    pub(crate) async fn begin(&self) -> Result<Transaction, Fault> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Transaction::Sqlite(writer.begin().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Ends every connection; SQLite moves its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Statements that happen together or not at all.
pub(crate) enum Transaction {
    Sqlite(Member),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Transaction {
    /// Waits until no other transaction holds the lock of that name, and holds it until the end.
    pub(crate) async fn lock(&mut self, name: &str) -> Result<(), Fault> {
        match self {
            // It has its turn: every other writer waits.
            Self::Sqlite(_) => {}
            Self::Postgres(transaction) => {
                // Two names with one number would only wait for each other.
                let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
                let number =
                    digest.iter().take(8).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(number)
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        Ok(())
    }

    /// As [`Database::now`].
    pub(crate) async fn now(&mut self) -> Result<i64, Fault> {
        match self {
            Self::Sqlite(_) => Ok(clock::now()),
            Self::Postgres(transaction) => {
                Ok(sqlx::query_scalar(SERVERS_CLOCK).fetch_one(&mut **transaction).await?)
            }
        }
    }

    /// As [`Database::execute`].
    pub(crate) async fn execute<const N: usize>(
        &mut self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<u64, Fault> {
        Ok(match self {
            Self::Sqlite(transaction) => transaction.execute(sql, &parameters)?,
            Self::Postgres(transaction) => {
                let arguments: PgArguments = arguments(parameters)?;
                sqlx::query_with(sql, arguments).execute(&mut **transaction).await?.rows_affected()
            }
        })
    }

    /// As [`Database::rows`].
    pub(crate) async fn rows<T: Row, const N: usize>(
        &mut self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<Vec<T>, Fault> {
        match self {
            Self::Sqlite(transaction) => transaction.rows(sql, &parameters),
            Self::Postgres(transaction) => postgres_rows(&mut **transaction, sql, parameters).await,
        }
    }

    /// As [`Transaction::rows`]; nobody else changes these rows before the transaction ends.
    pub(crate) async fn held_rows<T: Row, const N: usize>(
        &mut self,
        statement: Held,
        parameters: [Parameter; N],
    ) -> Result<Vec<T>, Fault> {
        let sql = match self {
            Self::Sqlite(_) => statement.rows,
            Self::Postgres(_) => statement.and_held,
        };
        self.rows(sql, parameters).await
    }

    /// The one number of a `SELECT COUNT(*)`.
    pub(crate) async fn count<const N: usize>(
        &mut self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<i64, Fault> {
        let rows: Vec<(i64,)> = self.rows(sql, parameters).await?;
        rows.first().map(|(count,)| *count).ok_or_else(|| Fault::Damaged("a count has no row".to_owned()))
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        FailPoint::Committing.pass();
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        FailPoint::Committed.pass();
        Ok(())
    }

    /// Makes it last, and waits for no disk: whoever writes afterwards sees it, and what they make last isn't there without it. A
    /// machine that fails at once takes it back.
    pub(crate) async fn commit_later(self) -> Result<(), Fault> {
        FailPoint::Committing.pass();
        match self {
            Self::Sqlite(transaction) => transaction.commit_later()?,
            Self::Postgres(mut transaction) => {
                // PostgreSQL writes its log in order, so it lies before that of any later transaction.
                sqlx::query("SET LOCAL synchronous_commit TO OFF").execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
        }
        FailPoint::Committed.pass();
        Ok(())
    }
}

async fn postgres_rows<'e, T: Row, const N: usize>(
    executor: impl Executor<'e, Database = sqlx::Postgres>,
    sql: &'static str,
    parameters: [Parameter; N],
) -> Result<Vec<T>, Fault> {
    let arguments: PgArguments = arguments(parameters)?;
    let rows = sqlx::query_with(sql, arguments).fetch_all(executor).await?;
    rows.iter().map(|row| cells::row(cells::of_sqlx(row)?)).collect()
}

fn arguments<A, const N: usize>(parameters: [Parameter; N]) -> Result<A, Fault>
where
    A: Arguments,
    Option<String>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    Option<i64>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for parameter in parameters {
        match parameter {
            Parameter::Text(text) => arguments.add(text),
            Parameter::Integer(integer) => arguments.add(integer),
            Parameter::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
