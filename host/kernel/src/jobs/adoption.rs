//! Adopting a job: the plugins that are installed now go on with it, in the place of those that it began with.
//!
//! A job whose plugin was mended would else go on with the file that it began with, or fail as before. Its journal says what
//! was asked for so far; new code may go on only where it asks for the same. So the journal is replayed against what is
//! installed, without any effect, and the job is changed only when all that is recorded was asked for alike.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::job::{Adoptable, JobStatus, NewJob};
use super::{Jobs, not_found};
use crate::audit::Actor;
use crate::dispatcher::Dispatcher;
use crate::id::{JobId, RunId};
use crate::invocation::Invocation;
use crate::name::ToolName;
use crate::ports::StoreError;
use crate::principal::Principal;
use crate::problem::{Code, Problem};
use crate::run::{Execution, Lease, Providers, Recorder, Rehearsal, RunProviders, Verdict};
use crate::surface::Surface;

/// How long a replay may take that does nothing: what is recorded is told at once, so that it takes the provider's own time.
const REHEARSAL_TIME: Duration = Duration::from_secs(120);

/// What came of adopting a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adoption {
    /// It goes on with the plugins that are installed.
    Adopted,
    /// They ask for something else, so that nothing was changed.
    Differs {
        /// The first position of the journal that differs.
        position: String,
        /// Why nothing was asked for there, where the call was refused or ended before.
        because: Option<String>,
    },
}

impl Jobs {
    /// Lets the plugins that are installed now go on with a job, whoever's it is, when they ask for the same as is recorded.
    ///
    /// # Errors
    ///
    /// `not_found` when there is no such job, `conflict` when a host runs it, when it is to stop, or when it has ended other
    /// than by failing.
    pub async fn adopt(&self, door: &Dispatcher, id: JobId, by: &Actor) -> Result<Adoption, Problem> {
        let found = self.inner.store.adoptable(id).await?.ok_or_else(not_found)?;
        refuse(&found)?;
        let Adoptable { job, lease, .. } = found;
        let journal = Arc::clone(&self.inner.journal);
        let rehearsal = Arc::new(Rehearsal::of(journal, lease.run, job.started_by).await?);
        let noted = Arc::new(Noted::default());
        let mut verdict = Some(Verdict::Agrees);
        let mut because = None;
        // Nothing is recorded: whatever is installed may begin with it.
        if rehearsal.first_left().is_some() {
            let call = door.call(self.rehearsed(job, lease, &rehearsal, &noted).await?);
            let replayed = tokio::time::timeout(REHEARSAL_TIME, async {
                tokio::select! {
                    biased;
                    () = rehearsal.ended() => None,
                    outcome = call => outcome.result.err(),
                }
            });
            because = match replayed.await {
                Ok(refusal) => refusal.map(|problem| problem.message),
                Err(_) => Some(format!("it wasn't asked for within {} s", REHEARSAL_TIME.as_secs())),
            };
            verdict = rehearsal.verdict();
        }
        match verdict {
            Some(Verdict::Differs(position)) => Ok(Adoption::Differs { position, because: None }),
            None => Ok(Adoption::Differs { position: rehearsal.first_left().unwrap_or_default(), because }),
            Some(Verdict::Agrees) => {
                let providers = noted.0.lock().clone();
                if !self.inner.store.adopt_run(lease, &providers, by).await? {
                    return Err(runs_now());
                }
                self.inner.added.notify_one();
                Ok(Adoption::Adopted)
            }
        }
    }

    /// The call that the job is, so that it does nothing.
    async fn rehearsed(
        &self,
        job: NewJob,
        lease: Lease,
        rehearsal: &Arc<Rehearsal>,
        noted: &Arc<Noted>,
    ) -> Result<Invocation, Problem> {
        // Nothing is done in the owner's name. Whether they may still do it is looked at when the job runs.
        let allowed = Principal::operator().narrowed(&job.allowance);
        let principal = Arc::new(Principal { id: job.principal, ..allowed });
        let tool = job.tool.to_string();
        let mut invocation = Invocation::new(tool, job.into_arguments(), principal, Surface::Job);
        let providers = Providers::resume(Arc::clone(noted) as _, lease).await?;
        invocation.execution = Execution {
            recorder: Recorder::Rehearsed(Arc::clone(rehearsal)),
            providers: Some(Arc::new(providers)),
            ..Execution::as_background()
        };
        Ok(invocation)
    }
}

/// Why a job can't be adopted as it is.
fn refuse(found: &Adoptable) -> Result<(), Problem> {
    if found.is_leased {
        return Err(runs_now());
    }
    match found.status {
        JobStatus::Succeeded | JobStatus::Cancelled => {
            Err(Problem::new(Code::Conflict, format!("The job has {}.", found.status.as_str()))
                .hint("Only a job that hasn't ended, or that failed, can be adopted."))
        }
        _ if found.is_cancelled => {
            Err(Problem::new(Code::Conflict, "The job is being cancelled.").hint("Start a job for the rest."))
        }
        _ => Ok(()),
    }
}

fn runs_now() -> Problem {
    Problem::new(Code::Conflict, "A host runs the job now.")
        .hint("Stop the host, or wait until the job waits or has ended.")
}

/// The plugins that a rehearsal used, which the job goes on with.
#[derive(Default)]
struct Noted(Mutex<HashMap<ToolName, String>>);

#[async_trait]
impl RunProviders for Noted {
    async fn providers(&self, _run: RunId) -> Result<HashMap<ToolName, String>, StoreError> {
        Ok(HashMap::new())
    }

    async fn note_provider(&self, _lease: Lease, tool: &ToolName, digest: &str) -> Result<bool, StoreError> {
        self.0.lock().insert(tool.clone(), digest.to_owned());
        Ok(true)
    }

    async fn needed(&self) -> Result<BTreeSet<String>, StoreError> {
        Ok(BTreeSet::new())
    }
}
