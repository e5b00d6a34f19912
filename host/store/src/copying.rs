//! A SQLite database, copied into PostgreSQL: what an installation does that outgrows one host.
//!
//! Both have the same tables of text, integers and bytes, so a copy is row by row, whatever the tables are. What is sealed stays sealed by the
//! same keys.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

use crate::folder::Lock;
use crate::open::{Address, address};
use crate::open_error::OpenError;
use crate::settings::StoreSettings;
use crate::sqlite::{self, beside};
use crate::store::Store;
use crate::{database::Database, postgres};

/// Bytes of rows that are sent at once.
const PIECE: usize = 1024 * 1024;

/// What was copied of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    pub name: String,
    pub rows: u64,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("the configuration names no PostgreSQL database to copy into: DATABASE_URL=postgres://…")]
    NotAServer,
    /// The file can't be read, or its keys are not those of the configuration.
    #[error("{path} can't be copied: {source}")]
    Unusable { path: PathBuf, source: OpenError },
    #[error("{0} is no database of Toolbay's")]
    NotOurs(PathBuf),
    #[error(
        "{0} has tables of an older version: start a host of this version on it once, which brings them up to date"
    )]
    Behind(PathBuf),
    #[error("a host serves {0}: stop it first")]
    Served(PathBuf),
    #[error("the PostgreSQL database can't be used: {0}")]
    Server(#[source] OpenError),
    #[error("the PostgreSQL database isn't empty: its table {0} has rows")]
    NotEmpty(String),
    /// The two versions of a table differ, which is a fault of this program.
    #[error("the table {0} has other columns in PostgreSQL")]
    Columns(String),
    #[error("the table {table} has {copied} rows in the place of {read}")]
    Rows { table: String, read: u64, copied: u64 },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the table {table} can't be read: {source}")]
    Read { table: String, source: sqlx::Error },
    #[error("the table {table} can't be written: {source}")]
    Write { table: String, source: sqlx::Error },
}

/// A column of both.
struct Column {
    name: String,
    kind: Kind,
    /// Whether PostgreSQL counts it up by itself.
    is_counted: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Bytes,
}

impl Store {
    /// Copies a SQLite database into the empty PostgreSQL database that these settings name, all of it or nothing. The settings' keys have to
    /// be the file's. No host may serve the file meanwhile, and it stays as it is. `begins` hears of each table.
    ///
    /// # Errors
    ///
    /// See [`CopyError`].
    pub async fn copy(
        settings: &StoreSettings,
        from: &Path,
        begins: impl Fn(&str),
    ) -> Result<Vec<CopiedTable>, CopyError> {
        if !matches!(address(&settings.database_url), Ok(Address::Postgres)) {
            return Err(CopyError::NotAServer);
        }
        let failed = |source| CopyError::File { path: from.to_owned(), source };
        let from = from.canonicalize().map_err(failed)?;
        let failed = |source| CopyError::File { path: from.clone(), source };
        let of_file =
            StoreSettings { database_url: format!("sqlite://{}", from.display()), ..settings.clone() };
        let unusable = |source| CopyError::Unusable { path: from.clone(), source };
        let look = Store::look(&of_file).await.map_err(unusable)?;
        if look.schema.is_none() {
            return Err(CopyError::NotOurs(from));
        }
        if look.is_behind() {
            return Err(CopyError::Behind(from));
        }
        // A host takes both before it looks at the file.
        let (opening, serving) = (beside(&from, "opening"), beside(&from, "serving"));
        let locks = (Lock::try_take(&opening).map_err(failed)?, Lock::try_take(&serving).map_err(failed)?);
        let (Some(_opening), Some(_serving)) = locks else { return Err(CopyError::Served(from)) };

        let pool = sqlite::to_copy(&from).await.map_err(OpenError::Connect).map_err(unusable)?;
        let mut source = pool.begin().await.map_err(OpenError::Connect).map_err(unusable)?;
        let mut server = open(&settings.database_url).await.map_err(CopyError::Server)?;
        let copied = copy_all(&mut source, &mut server, begins).await;
        drop(source);
        pool.close().await;
        // What was copied is committed; what wasn't is undone with the connection.
        let _closed = server.close().await;
        copied
    }
}

/// A connection without the bounds of a call, to a database that has its tables.
async fn open(url: &str) -> Result<PgConnection, OpenError> {
    let Database::Postgres(pool) = postgres::open(url).await? else { return Err(OpenError::Url) };
    pool.close().await;
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.application_name("toolbay");
    PgConnection::connect_with(&options).await.map_err(OpenError::Connect)
}

async fn copy_all(
    source: &mut SqliteConnection,
    server: &mut PgConnection,
    begins: impl Fn(&str),
) -> Result<Vec<CopiedTable>, CopyError> {
    // All of it is read at one moment, also where a command beside the hosts writes meanwhile.
    let tables = in_order(source).await.map_err(|source| read("sqlite_master", source))?;
    let mut transaction = server.begin().await.map_err(OpenError::Connect).map_err(CopyError::Server)?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in &tables {
        let is_there: bool =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table})")))
                .fetch_one(&mut *transaction)
                .await
                .map_err(|source| written(table, source))?;
        if is_there {
            return Err(CopyError::NotEmpty(table.clone()));
        }
    }
    for table in tables {
        begins(&table);
        let columns = columns(source, &mut transaction, &table).await?;
        let rows = copy_table(source, &mut transaction, &table, &columns).await?;
        copied.push(CopiedTable { name: table, rows });
    }
    transaction.commit().await.map_err(|source| written("all", source))?;
    Ok(copied)
}

/// The tables, each behind those that it refers to.
async fn in_order(source: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations' ORDER BY name",
    )
    .fetch_all(&mut *source)
    .await?;
    let mut waiting = Vec::with_capacity(names.len());
    for name in names {
        let refers: Vec<String> = sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_list($1)")
            .bind(&name)
            .fetch_all(&mut *source)
            .await?;
        waiting.push((name, refers));
    }
    let mut ordered: Vec<String> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready = |(name, refers): &(String, Vec<String>)| {
            refers.iter().all(|other| other == name || ordered.contains(other))
        };
        // Of two that refer to each other the first is as good as the second; the server refuses what it can't take.
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        let (name, _) = waiting.remove(next);
        ordered.push(name);
    }
    Ok(ordered)
}

async fn columns(
    source: &mut SqliteConnection,
    server: &mut PgConnection,
    table: &str,
) -> Result<Vec<Column>, CopyError> {
    let mut here: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(&mut *source)
        .await
        .map_err(|source| read(table, source))?;
    let there: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT column_name, data_type, is_identity, column_default IS NOT NULL OR is_nullable = 'YES' \
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name",
    )
    .bind(table)
    .fetch_all(server)
    .await
    .map_err(|source| written(table, source))?;
    // The server may have columns for hosts of the version before, which nobody has to fill.
    let (there, others): (Vec<_>, Vec<_>) = there.into_iter().partition(|(name, ..)| here.contains(name));
    here.retain(|name| !there.iter().any(|(known, ..)| known == name));
    if !here.is_empty() || !others.iter().all(|(.., may_be_left_out)| *may_be_left_out) {
        return Err(CopyError::Columns(table.to_owned()));
    }
    let columns = there.into_iter().map(|(name, kind, identity, _)| {
        let kind = match kind.as_str() {
            "text" => Kind::Text,
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "bytea" => Kind::Bytes,
            _ => return Err(CopyError::Columns(table.to_owned())),
        };
        Ok(Column { name, kind, is_counted: identity == "YES" })
    });
    columns.collect()
}

/// Copies the rows of a table; answers how many there are.
async fn copy_table(
    source: &mut SqliteConnection,
    server: &mut PgConnection,
    table: &str,
    columns: &[Column],
) -> Result<u64, CopyError> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let names = names.join(", ");
    let unread = |source| read(table, source);
    let unwritten = |source| written(table, source);
    let mut copying =
        server.copy_in_raw(&format!("COPY {table} ({names}) FROM STDIN")).await.map_err(unwritten)?;
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT {names} FROM {table}"))).fetch(&mut *source);
    let (mut text, mut count) = (String::new(), 0_u64);
    while let Some(row) = rows.try_next().await.map_err(unread)? {
        add(&mut text, &row, columns).map_err(unread)?;
        count += 1;
        if text.len() >= PIECE {
            copying.send(std::mem::take(&mut text).into_bytes()).await.map_err(unwritten)?;
        }
    }
    copying.send(text.into_bytes()).await.map_err(unwritten)?;
    let copied = copying.finish().await.map_err(unwritten)?;
    if copied != count {
        return Err(CopyError::Rows { table: table.to_owned(), read: count, copied });
    }
    for column in columns.iter().filter(|column| column.is_counted) {
        let name = &column.name;
        // The next one is another one than those that were copied.
        let counting = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{name}'), MAX({name})) FROM {table} HAVING MAX({name}) IS NOT NULL"
        );
        server.execute(AssertSqlSafe(counting)).await.map_err(unwritten)?;
    }
    Ok(count)
}

/// A row as the text of `COPY` has it.
fn add(text: &mut String, row: &SqliteRow, columns: &[Column]) -> Result<(), sqlx::Error> {
    for (place, column) in columns.iter().enumerate() {
        if place > 0 {
            text.push('\t');
        }
        let is_written = match column.kind {
            Kind::Text => row.try_get::<Option<String>, _>(place)?.map(|value| escape(text, &value)),
            Kind::Integer => {
                row.try_get::<Option<i64>, _>(place)?.map(|value| text.push_str(&value.to_string()))
            }
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(|value| {
                text.push_str("\\\\x");
                // Writing into a text never fails.
                let _written = value.iter().try_for_each(|byte| write!(text, "{byte:02x}"));
            }),
        };
        if is_written.is_none() {
            text.push_str("\\N");
        }
    }
    text.push('\n');
    Ok(())
}

fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            character => text.push(character),
        }
    }
}

fn read(table: &str, source: sqlx::Error) -> CopyError {
    CopyError::Read { table: table.to_owned(), source }
}

fn written(table: &str, source: sqlx::Error) -> CopyError {
    CopyError::Write { table: table.to_owned(), source }
}
