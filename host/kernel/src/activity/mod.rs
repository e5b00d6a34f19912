//! The activity: what was done, by whom, what it changed, and which jobs there are, as people look at it.
//!
//! Everybody sees what they did themselves; who administers sees what everybody did. What is looked at are the audit's events, the
//! journals of runs and the jobs; nothing is kept for it.

mod changes;
mod detail;
mod port;

use std::sync::{Arc, OnceLock};

use serde_json::json;

pub use changes::{Changes, Heard, News};
pub use detail::{CallDetail, EffectDetail, NestedCall, Reader};
pub use port::{ActivityQuery, ActivityStore, Happened, KeptWrite, OpenJob, OpenRuns, OwnedJob};

use crate::arguments::CONNECTION_ID;
use crate::audit::{Actor, RecordedEvent};
use crate::background::STARTING;
use crate::dispatcher::Dispatcher;
use crate::happenings::Happenings;
use crate::id::JobId;
use crate::invocation::{Invocation, Outcome};
use crate::jobs::{JobQuery, Jobs};
use crate::ports::{Principals, StoreError};
use crate::principal::Principal;
use crate::problem::{Code, Problem};
use crate::run::IdempotencyKey;
use crate::surface::Surface;

/// What was done, and what is being done. Cheap to clone.
#[derive(Clone)]
pub struct Activity {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn ActivityStore>,
    /// Those that this process runs, which are stopped at once.
    jobs: OnceLock<Jobs>,
    changes: Changes,
}

/// Who wants a job once more, and how.
pub struct Again {
    pub job: JobId,
    pub by: Arc<Principal>,
    /// Whether they may do it in another one's name.
    pub administers: bool,
    pub surface: Surface,
    pub key: Option<IdempotencyKey>,
}

/// What became of a job that was to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It ends after what is under way.
    Stops,
    /// It had ended before.
    HasEnded,
    /// There is none, or none any more.
    Unknown,
}

impl Activity {
    /// The activity that this store has; what happens in this process is told by `happenings`.
    #[must_use]
    pub fn new(store: Arc<dyn ActivityStore>, happenings: Arc<Happenings>) -> Self {
        let changes = Changes::new(Arc::clone(&store), happenings);
        Self { inner: Arc::new(Inner { store, jobs: OnceLock::new(), changes }) }
    }

    /// The same, which stops jobs of this process at once.
    #[must_use]
    pub fn with_jobs(self, jobs: Jobs) -> Self {
        // It is set once, where the host is wired.
        let _first = self.inner.jobs.set(jobs);
        self
    }

    /// Who wants to hear of what happens is told by this.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.inner.changes
    }

    /// The events that are wanted, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn events(&self, wanted: &ActivityQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.store.activity(wanted).await
    }

    /// The jobs of everybody that are wanted, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn jobs_of_everybody(&self, wanted: JobQuery) -> Result<Vec<OwnedJob>, StoreError> {
        self.inner.store.jobs_of_everybody(wanted).await
    }

    /// How many runs haven't ended, of all hosts on the same store.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn open_runs(&self) -> Result<OpenRuns, StoreError> {
        self.inner.store.open_runs().await
    }

    /// Stops a job after what is under way, whoever's it is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn stop_job(&self, id: JobId, by: &Actor) -> Result<Stopped, StoreError> {
        if self.inner.store.stop_job(id, by).await? {
            if let Some(jobs) = self.inner.jobs.get() {
                jobs.stop_here(id);
            }
            return Ok(Stopped::Stops);
        }
        let is_there = self.inner.store.kept_job(id).await?.is_some();
        Ok(if is_there { Stopped::HasEnded } else { Stopped::Unknown })
    }

    /// Starts a job with the tool and the arguments of an earlier one, in its owner's name, through the door. It is allowed what the
    /// first one was, as far as its owner still is.
    ///
    /// # Errors
    ///
    /// `not_found` when there is none, or it is another one's; `conflict` when its owner may do nothing any more.
    pub async fn again(
        &self,
        door: &Dispatcher,
        principals: &dyn Principals,
        again: Again,
    ) -> Result<Outcome, Problem> {
        let Again { job, by, administers, surface, key } = again;
        let may = |owner| owner == by.id || administers;
        let job = self.inner.store.kept_job(job).await?.filter(|job| may(job.principal));
        let job = job.ok_or_else(crate::jobs::not_found)?;
        let owner = if job.principal == by.id {
            by
        } else {
            let owner = principals.principal(job.principal).await?.ok_or_else(|| {
                Problem::new(Code::Conflict, "Whoever started the job may do nothing here any more.")
                    .hint("Start one like it in your own name.")
            })?;
            // Before it is done: what isn't recorded isn't done.
            self.inner.store.note_again(&job, &Actor::new(&by, surface)).await?;
            owner
        };
        let mut arguments = json!({"kind": job.tool, "args": job.arguments});
        if let (Some(connection), Some(members)) = (job.connection, arguments.as_object_mut()) {
            members.insert(CONNECTION_ID.to_owned(), json!(connection));
        }
        let owner = Arc::new(owner.narrowed(&job.allowance));
        let invocation =
            Invocation { key, is_driven: true, ..Invocation::new(STARTING, arguments, owner, surface) };
        Ok(door.call(invocation).await)
    }
}
