//! SQLite files.
//!
//! Each request has a connection of its own, on a thread that may wait: nothing of one is left to another. What a statement may do, SQLite
//! asks about while it prepares it (`authorizer`); that it ends, a look every thousand steps sees to (`watch`).

mod authorizer;
mod error;
mod open;
mod own_files;
mod rows;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::OwnedSemaphorePermit;
use toolbay_kernel::Access;
use toolbay_kernel::sql::SqlOutcome;

pub use self::own_files::OwnFiles;

use self::authorizer::Authorizer;
use self::rows::Reader;
use self::watch::Watch;
use crate::failure::Failure;
use crate::work::Work;

/// Carries a request out, until then. `slot` is held until its thread has ended.
pub(crate) async fn run(
    path: &Path,
    own: &Arc<OwnFiles>,
    work: &Work,
    until: Instant,
    slot: OwnedSemaphorePermit,
) -> Result<Vec<SqlOutcome>, Failure> {
    let watch = Arc::new(Watch::new(until));
    let _leaves = watch.leave_on_drop();
    let (path, own, work, watched) = (path.to_owned(), Arc::clone(own), work.clone(), Arc::clone(&watch));
    let working = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        carry_out(&own.check(&path).map_err(Failure::Closed)?, &work, &watched)
    });
    working.await.unwrap_or_else(|error| Err(Failure::Doubt(error.to_string())))
}

fn carry_out(path: &Path, work: &Work, watch: &Arc<Watch>) -> Result<Vec<SqlOutcome>, Failure> {
    let connection = open::open(path, work.access, watch)?;
    let begin = if work.access == Access::Reads { "BEGIN" } else { "BEGIN IMMEDIATE" };
    connection.execute_batch(begin).map_err(|error| error::of_host(&error))?;
    let authorizer = Authorizer::new(work.access);
    authorizer.put(&connection).map_err(|error| error::of_host(&error))?;
    watch.put(&connection).map_err(|error| error::of_host(&error))?;
    // What fails here ends with its connection, which undoes it.
    let outcomes = steps(&connection, work).map_err(|error| match error {
        rows::Error::Failure(failure) => failure,
        rows::Error::Sqlite(error) => error::of_statement(&error, watch, &authorizer),
    })?;
    Authorizer::remove(&connection).map_err(|error| error::of_host(&error))?;
    Watch::remove(&connection).map_err(|error| error::of_host(&error))?;
    if work.access != Access::Reads {
        watch.check()?;
        commit(&connection)?;
    }
    Ok(outcomes)
}

fn steps(connection: &Connection, work: &Work) -> Result<Vec<SqlOutcome>, rows::Error> {
    let mut reader = Reader::new(work.max_rows);
    work.steps.iter().map(|step| reader.run(connection, step, work.access)).collect()
}

/// Makes a transaction last. One that can't be is still open, and undone.
fn commit(connection: &Connection) -> Result<(), Failure> {
    let Err(failed) = connection.execute_batch("COMMIT") else { return Ok(()) };
    let is_open = !connection.is_autocommit();
    if is_open && connection.execute_batch("ROLLBACK").is_ok() {
        return Err(error::of_host(&failed));
    }
    Err(Failure::Doubt(crate::failure::told(&failed.to_string())))
}
