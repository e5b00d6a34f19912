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

use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use toolbay_kernel::Access;
use toolbay_kernel::sql::SqlOutcome;

use self::rows::Reader;
use self::session::Session;
use crate::failure::Failure;
use crate::settings::Address;
use crate::work::Work;

/// How much sooner than this side the server ends a statement, so that it is the one that says so.
const SOONER: Duration = Duration::from_millis(200);

/// How long a server may take to notice that its client has gone, and to end its work: it looks once a second (`session`).
const ENDING: Duration = Duration::from_millis(1_500);

/// Carries a request out, until then. Whoever drops it ends the connection, and the server its transaction with that; `slot` is held until
/// that has happened.
pub(crate) async fn run(
    address: &Address,
    work: &Work,
    until: Instant,
    slot: OwnedSemaphorePermit,
) -> Result<Vec<SqlOutcome>, Failure> {
    let (address, work) = (address.clone(), work.clone());
    // Dropped with this future: so the task learns that nobody waits any more.
    let (_waits, left) = oneshot::channel::<()>();
    let working = tokio::spawn(async move {
        let _slot = slot;
        let is_committing = AtomicBool::new(false);
        let carried =
            tokio::time::timeout_at(until.into(), carry_out(&address, &work, until, &is_committing));
        let ended = tokio::select! {
            ended = carried => Some(ended),
            _ = left => None,
        };
        match ended {
            Some(Ok(result)) => result,
            Some(Err(_)) if is_committing.load(Ordering::Relaxed) => {
                Err(Failure::Doubt("the server didn't say in time that it was".to_owned()))
            }
            Some(Err(_)) => Err(Failure::Time),
            None => {
                tokio::time::sleep_until(until.min(Instant::now() + ENDING).into()).await;
                Err(Failure::Left)
            }
        }
    });
    working.await.unwrap_or_else(|error| Err(Failure::Doubt(error.to_string())))
}

async fn carry_out(
    address: &Address,
    work: &Work,
    until: Instant,
    is_committing: &AtomicBool,
) -> Result<Vec<SqlOutcome>, Failure> {
    let address = address.read().map_err(|why| error::closed(&why))?;
    let mut session = opened(&address, until).await?;
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

/// Connects. A server that doesn't answer in time is away, however little time a request has.
async fn opened(address: &SecretString, until: Instant) -> Result<Session, Failure> {
    let time = until.saturating_duration_since(Instant::now()).saturating_sub(SOONER);
    let opening = tokio::time::timeout(time, Session::open(address));
    opening.await.unwrap_or_else(|_| Err(Failure::Away("it doesn't answer".to_owned())))
}
