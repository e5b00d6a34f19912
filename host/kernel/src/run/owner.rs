//! Whose a run is, and whether they may still do what it does.
//!
//! A token can be revoked, narrowed or expire while its job runs. Then the job ends before its next effect: the owner is
//! looked at before each write, and with each renewal of the lease for jobs that only read; at most once a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::id::PrincipalId;
use crate::ports::{Principals, StoreError};
use crate::principal::{Allowance, Principal};
use crate::problem::{Code, Problem};

/// How long a look at the owner holds.
const HOLDS: Duration = Duration::from_secs(1);

/// The owner of a job that runs.
pub(crate) struct Owner {
    principals: Arc<dyn Principals>,
    id: PrincipalId,
    allowance: Allowance,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// What they could do when the run began.
    at_first: Option<Arc<Principal>>,
    last: Option<Instant>,
}

impl Owner {
    pub(crate) fn new(id: PrincipalId, allowance: Allowance, principals: Arc<dyn Principals>) -> Self {
        Self { principals, id, allowance, seen: Mutex::default() }
    }

    /// The owner, with what they were allowed when they started the job and still are; or why the job can't go on.
    pub(crate) async fn check(&self) -> Result<Result<Arc<Principal>, Problem>, StoreError> {
        if let Seen { at_first: Some(owner), last: Some(last) } = &*self.seen.lock()
            && last.elapsed() < HOLDS
        {
            return Ok(Ok(Arc::clone(owner)));
        }
        let Some(now) = self.principals.principal(self.id).await? else {
            return Ok(Err(Problem::new(
                Code::Unauthenticated,
                "The token that started this job was revoked or has expired.",
            )
            .hint("Start a job for the rest with a token that is valid.")));
        };
        let now = now.narrowed(&self.allowance);
        let mut seen = self.seen.lock();
        let at_first = seen.at_first.get_or_insert_with(|| Arc::new(now.clone()));
        if at_first.narrowed(&now.allowance()) != **at_first {
            return Ok(Err(Problem::new(
                Code::Forbidden,
                "The token that started this job may do less than when the job began.",
            )
            .hint("Start a job for the rest with a token that may do it.")));
        }
        let owner = Arc::clone(at_first);
        seen.last = Some(Instant::now());
        Ok(Ok(owner))
    }
}
