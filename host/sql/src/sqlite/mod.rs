//! SQLite files.
//!
//! Each request has a connection of its own, on a thread that may wait: nothing of one is left to another. What a statement may do, SQLite
//! asks about while it prepares it (`authorizer`); that it ends, a look every thousand steps sees to (`watch`), and a bound of what one step
//! may do (`functions`).

mod authorizer;
mod error;
mod functions;
mod open;
mod own_files;
mod rows;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// How long a statement that is ended may take to end. One that takes longer isn't waited for.
const ENDING: Duration = Duration::from_secs(1);

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
    let reads = work.access == Access::Reads;
    let (path, own, work, watched) = (path.to_owned(), Arc::clone(own), work.clone(), Arc::clone(&watch));
    let mut working = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        carry_out(&own.check(&path).map_err(Failure::Closed)?, &work, &watched)
    });
    let ended = match tokio::time::timeout_at(until.into(), &mut working).await {
        Ok(ended) => ended,
        Err(_) => {
            watch.interrupt();
            match tokio::time::timeout(ENDING, working).await {
                Ok(ended) => ended,
                Err(_) if reads => return Err(Failure::Time),
                // It may be committing.
                Err(_) => return Err(Failure::Doubt("it didn't end in time".to_owned())),
            }
        }
    };
    ended.unwrap_or_else(|error| Err(Failure::Doubt(error.to_string())))
}

fn carry_out(path: &Path, work: &Work, watch: &Arc<Watch>) -> Result<Vec<SqlOutcome>, Failure> {
    let connection = open::open(path, work.access, watch)?;
    let begin = if work.access == Access::Reads { "BEGIN" } else { "BEGIN IMMEDIATE" };
    connection.execute_batch(begin).map_err(|error| error::of_host(&error))?;
    functions::put(&connection, watch).map_err(|error| error::of_host(&error))?;
    let authorizer = Authorizer::new(work.access);
    authorizer.put(&connection).map_err(|error| error::of_host(&error))?;
    watch.put(&connection).map_err(|error| error::of_host(&error))?;
    // What fails here ends with its connection, which undoes it.
    let outcomes = steps(&connection, work).map_err(|error| match error {
        rows::Error::Failure(failure) => failure,
        rows::Error::Sqlite(error) => error::of_statement(&error, watch, &authorizer),
    })?;
    Authorizer::remove(&connection).map_err(|error| error::of_host(&error))?;
    watch.remove(&connection).map_err(|error| error::of_host(&error))?;
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
