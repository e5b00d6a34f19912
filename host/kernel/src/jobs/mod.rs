//! Jobs: calls that run in the background and survive restarts.
//!
//! A job is a row in the store: a tool, its arguments, and in whose name. Every process that serves looks for rows that
//! nobody runs, takes a lease of one, and calls the tool through the door, by an [`Execution`](crate::run::Execution) that
//! records it, so that the call can be resumed. A process that dies lets its leases end, and another one goes on. A run that
//! ends with a problem that passes is put off and tried again (`retry`).

mod adoption;
mod ended;
mod job;
mod listed;
mod port;
mod retry;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

pub use adoption::Adoption;
pub use job::{Adoptable, Claimed, Job, JobEnd, JobStatus, NewJob, Progress, Unfinished, Waiting, output};
pub use listed::{JobCursor, JobQuery, ListedJob, NoCursor};
pub use port::{JobStore, PutOff};
pub use retry::{MAX_AGE, MAX_ATTEMPTS, MAX_BACKOFF};

use crate::call::{Call, CheckedJob};
use crate::happenings::Happenings;
use crate::id::{ConnectionId, JobId, RunId};
use crate::name::ToolName;
use crate::other_hosts::{Change, OtherHosts};
use crate::ports::Principals;
use crate::principal::Connection;
use crate::problem::{Code, Problem};
use crate::run::{Ending, Journal, Recording};

/// Jobs of one principal that haven't ended: enough for a day's imports, too few to fill a disk.
const MAX_WAITING: u32 = 100;

/// Starts jobs, tells of them, and runs them. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn JobStore>,
    journal: Arc<dyn Journal>,
    principals: Arc<dyn Principals>,
    /// Those that this process runs, to be stopped without waiting for the next renewal.
    running: Mutex<HashMap<RunId, Weak<Recording>>>,
    added: Notify,
    /// Told whenever this process has ended a job.
    ended: Notify,
    happenings: Arc<Happenings>,
}

impl Jobs {
    /// Jobs kept in this store.
    #[must_use]
    pub fn new(store: Arc<dyn JobStore>, journal: Arc<dyn Journal>, principals: Arc<dyn Principals>) -> Self {
        let running = Mutex::new(HashMap::new());
        Self {
            inner: Arc::new(Inner {
                store,
                journal,
                principals,
                running,
                added: Notify::new(),
                ended: Notify::new(),
                happenings: Arc::default(),
            }),
        }
    }

    /// Where jobs say that something has happened.
    #[must_use]
    pub fn happenings(&self) -> &Arc<Happenings> {
        &self.inner.happenings
    }

    /// Starts a job of the caller's, on the call's connection.
    ///
    /// # Errors
    ///
    /// What the door would refuse of the tool's call at once, and `limit_exceeded` for too many jobs.
    pub async fn start(&self, call: &Call, tool: &str, arguments: Value) -> Result<JobId, Problem> {
        let CheckedJob { tool, system } = call.check_job(tool, &arguments).await?;
        // A tool of another system is called on the connection that its caller has there, chosen when it runs.
        let is_fitting =
            |connection: &&Connection| system.as_ref().is_none_or(|system| *system == connection.system);
        let connection = call.connection_if_any().filter(is_fitting).map(|connection| connection.id);
        // The call goes on after an interruption: it starts the same job again, which is there.
        let id = call.own_run().map_or_else(JobId::new, JobId::started_by);
        self.add(call, id, tool, connection, arguments).await?;
        Ok(id)
    }

    /// Adds a job of the caller's; one that is there already stays.
    async fn add(
        &self,
        call: &Call,
        id: JobId,
        tool: ToolName,
        connection: Option<ConnectionId>,
        arguments: Value,
    ) -> Result<(), Problem> {
        let job = NewJob {
            id,
            principal: call.principal().id,
            allowance: call.narrowed_principal().allowance(),
            started_by: call.id(),
            tool,
            connection,
            arguments,
            trace: call.trace_context(),
        };
        if !self.inner.store.add(&job, MAX_WAITING).await? {
            let message = format!("{MAX_WAITING} jobs of yours have not ended yet");
            return Err(
                Problem::new(Code::LimitExceeded, message).hint("wait until some have, or cancel some")
            );
        }
        self.inner.added.notify_one();
        self.inner.happenings.tell(Change::JobWaits);
        self.inner.happenings.job(job.principal);
        Ok(())
    }

    /// The caller's job. Somebody else's isn't there.
    ///
    /// # Errors
    ///
    /// `not_found` when there is none.
    pub async fn find(&self, call: &Call, id: JobId) -> Result<Job, Problem> {
        self.inner.store.job(id, call.principal().id).await?.ok_or_else(not_found)
    }

    /// The caller's jobs that are wanted, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn list(&self, call: &Call, wanted: JobQuery) -> Result<Vec<ListedJob>, Problem> {
        Ok(self.inner.store.list(call.principal().id, wanted).await?)
    }

    /// Stops the caller's job after what is under way.
    ///
    /// # Errors
    ///
    /// `not_found` when there is none.
    pub async fn cancel(&self, call: &Call, id: JobId) -> Result<Job, Problem> {
        if !self.inner.store.request_cancel(id, call.principal().id).await? {
            return Err(not_found());
        }
        self.stop_here(id);
        self.inner.happenings.job(call.principal().id);
        self.find(call, id).await
    }

    /// Stops a job at once whose end was asked for, where this process runs it, or can run it to be ended.
    pub(crate) fn stop_here(&self, id: JobId) {
        self.inner.stop(id);
        self.inner.happenings.tell(Change::JobStops(id));
        self.inner.happenings.event();
    }

    /// Does at once what other hosts tell of jobs, until this one stops. What they don't tell is found by looking.
    pub async fn hear(&self, others: &dyn OtherHosts, stop: CancellationToken) {
        let mut heard = others.heard();
        while let Some(change) = stop.run_until_cancelled(heard.recv()).await {
            match change {
                Ok(change) => self.inner.hear(change),
                Err(RecvError::Lagged(_)) => self.inner.hear(Change::Everything),
                Err(RecvError::Closed) => return,
            }
        }
    }
}

impl Inner {
    fn stop(&self, id: JobId) {
        if let Some(running) = self.running.lock().get(&id.into()).and_then(Weak::upgrade) {
            running.end(Ending::Cancelled);
        }
        // One that waits is run at once, to be ended with what it has done.
        self.added.notify_one();
    }

    fn hear(&self, change: Change) {
        match change {
            Change::JobWaits => self.added.notify_one(),
            Change::JobStops(id) => self.stop(id),
            Change::JobEnded => self.ended.notify_waiters(),
            Change::Everything => {
                self.added.notify_one();
                self.ended.notify_waiters();
            }
            Change::Activity | Change::Grants => {}
            // Nothing of a job.
            Change::Access | Change::Connections => return,
        }
        self.happenings.heard_of();
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::new(Code::NotFound, "there is no such job")
        .hint("ended jobs are kept for a limited time, by default a week; another caller's are not shown")
}
