//! PostgreSQL servers.
//!
//! Each request has a connection of its own: what a statement leaves in a session, such as a lock or a setting, ends with it. A request
//! that reads is a transaction that the server itself keeps from writing. Its role may be neither a superuser nor one that reaches files
//! and programs of the server: those could undo what keeps a statement within bounds (`session`).

mod arguments;
mod error;
mod rows;
mod session;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use toolbay_kernel::Access;
use toolbay_kernel::sql::SqlOutcome;

use self::rows::Reader;
use self::session::Session;
use crate::failure::Failure;
use crate::settings::Address;
use crate::work::Work;

/// How much sooner than this side the server ends a statement, so that it is the one that says so.
const SOONER: Duration = Duration::from_millis(200);

/// Carries a request out, until then. Whoever drops it ends the connection, and the server its transaction with that.
pub(crate) async fn run(
    address: &Address,
    work: &Work,
    until: Instant,
    slot: OwnedSemaphorePermit,
) -> Result<Vec<SqlOutcome>, Failure> {
    let _slot = slot;
    let is_committing = AtomicBool::new(false);
    match tokio::time::timeout_at(until.into(), carry_out(address, work, until, &is_committing)).await {
        Ok(result) => result,
        Err(_) if is_committing.load(Ordering::Relaxed) => {
            Err(Failure::Doubt("the server didn't say in time that it was".to_owned()))
        }
        Err(_) => Err(Failure::Time),
    }
}

async fn carry_out(
    address: &Address,
    work: &Work,
    until: Instant,
    is_committing: &AtomicBool,
) -> Result<Vec<SqlOutcome>, Failure> {
    let address = address.read().map_err(Failure::Closed)?;
    let mut session = Session::open(&address).await?;
    session.begin(work.access).await?;
    let mut reader = Reader::new(work.max_rows);
    let mut outcomes = Vec::with_capacity(work.steps.len());
    for step in work.steps.iter() {
        session.bound(until.saturating_duration_since(Instant::now()).saturating_sub(SOONER)).await?;
        let outcome = reader.run(session.connection(), step).await?;
        outcomes.push(outcome);
    }
    if work.access != Access::Reads {
        session.bound(until.saturating_duration_since(Instant::now()).saturating_sub(SOONER)).await?;
        is_committing.store(true, Ordering::Relaxed);
        session.commit().await?;
    }
    session.close().await;
    Ok(outcomes)
}
