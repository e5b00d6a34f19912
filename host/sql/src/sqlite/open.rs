//! Opening a file for one request.

use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use toolbay_kernel::Access;

use super::error;
use super::watch::Watch;
use crate::failure::Failure;
use crate::limits::{LOCKED, MAX_PARAMETERS, MAX_SQL, MAX_VALUE};

/// Bytes by which one request may let a file grow.
const GROWTH: i64 = 256 * 1024 * 1024;

/// What holds for every connection. Temporary things are kept in memory, whose use is bounded; a file's pages aren't mapped, since a file
/// that somebody cuts short meanwhile would end the process.
const PRAGMAS: &str = "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -4096; \
                       PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;";

/// Tables that a database of Toolbay's own has, wherever it lies: a copy of one is none for tools.
const OWN: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN \
                   ('_sqlx_migrations', 'data_keys', 'run_providers')";

/// Opens a file by its real path: for a request that reads, so that nothing can be written.
pub(super) fn open(path: &Path, access: Access, watch: &Arc<Watch>) -> Result<Connection, Failure> {
    let connection = prepared(path, access, watch).map_err(|error| error::of_opening(&error))?;
    let own = connection.query_row(OWN, [], |row| row.get::<_, i64>(0));
    match own.map_err(|error| error::of_opening(&error))? {
        3 => Err(Failure::Closed("it is a database of Toolbay's own".to_owned())),
        _ => Ok(connection),
    }
}

fn prepared(path: &Path, access: Access, watch: &Arc<Watch>) -> rusqlite::Result<Connection> {
    let how = match access {
        Access::Reads => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Writes | Access::Destroys => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // Nothing is followed: the path is the real one, and what has taken its place since isn't what was looked at.
    let flags = how | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(watch.left().min(LOCKED))?;
    bound(&connection)?;
    connection.execute_batch(PRAGMAS)?;
    if access == Access::Reads {
        connection.execute_batch("PRAGMA query_only = ON")?;
    } else {
        let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let (pages, size) = (number("PRAGMA page_count")?, number("PRAGMA page_size")?);
        let most = pages.saturating_add(GROWTH / size.max(1));
        number(&format!("PRAGMA max_page_count = {most}"))?;
    }
    Ok(connection)
}

/// What a schema or a statement may not do, and how much of anything it may have.
fn bound(connection: &Connection) -> rusqlite::Result<()> {
    for (what, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
    ] {
        connection.set_db_config(what, is_on)?;
    }
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, number(MAX_VALUE)),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, number(MAX_SQL)),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, number(MAX_PARAMETERS)),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 1_000_000),
        // Matching takes the square of it.
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 50),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, most)?;
    }
    Ok(())
}
