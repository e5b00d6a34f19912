//! How jobs are run: claimed, called through the door, and ended, given back or lost.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::job::{Claimed, JobEnd, Progress};
use super::{Inner, Jobs};
use crate::answer::{Answer, Content};
use crate::arguments::CONNECTION_ID;
use crate::dispatcher::{Dispatcher, Invocation};
use crate::effects::Done;
use crate::id::RunId;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};
use crate::progress::{LogLevel, ProgressSink};
use crate::run::{Ending, Execution, Lease, LeaseState, Owner, Recording, Resumption, Whose, done_by};
use crate::surface::Surface;

/// How long a claim lasts unless it is renewed: how long a job rests after the host that ran it is gone.
const LEASE: Duration = Duration::from_secs(30);

/// Time between renewals, which also tell how far a job is. Five may fail before the lease ends.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// Time between two looks for jobs that another process has added, or lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Jobs that one process runs at the same time. They wait for Notion most of their time, and share its budget.
const AT_ONCE: usize = 8;

/// Runs of one job without headway. A job whose host ends under it each time would else take every host down for ever.
const MAX_ATTEMPTS: u32 = 10;

/// Jobs of one principal that run at the same time, so that others come between.
const MAX_OF_ONE: u32 = 2;

impl Jobs {
    /// Runs jobs until the host stops; then those that run do nothing more and are given back.
    pub async fn run(self, door: Dispatcher, stop: CancellationToken) {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            while running.len() < AT_ONCE
                && let Some(claimed) = self.inner.claim().await
            {
                let (inner, door, stop) = (Arc::clone(&self.inner), door.clone(), stop.clone());
                running.spawn(async move { inner.perform(door, claimed, stop).await });
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.added.notified() => {}
                Some(ended) = running.join_next() => self.inner.note(ended),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        while let Some(ended) = running.join_next().await {
            self.inner.note(ended);
        }
    }
}

impl Inner {
    async fn claim(&self) -> Option<Claimed> {
        self.store.claim(LEASE, MAX_OF_ONE).await.unwrap_or_else(|error| {
            tracing::error!(%error, "job.not_claimed");
            None
        })
    }

    fn note(&self, ended: Result<(), tokio::task::JoinError>) {
        if let Err(error) = ended {
            tracing::error!(%error, "job.run_failed");
        }
    }

    async fn perform(&self, door: Dispatcher, claimed: Claimed, stop: CancellationToken) {
        let lease = claimed.lease;
        if claimed.attempts > MAX_ATTEMPTS {
            return self.give_up(lease).await;
        }
        let job = &claimed.job;
        let resumption = Resumption {
            journal: Arc::clone(&self.journal),
            lease,
            whose: Whose::Job {
                started_by: job.started_by,
                owner: Owner::new(job.principal, job.allowance.clone(), Arc::clone(&self.principals)),
            },
        };
        let recording = match Recording::resume(resumption).await {
            Ok(recording) => Arc::new(recording),
            Err(error) => {
                tracing::error!(job = %lease.run, %error, "job.journal_not_read");
                return;
            }
        };
        self.running.lock().insert(lease.run, Arc::downgrade(&recording));
        let (result, done) = self.attempt(door, claimed, &recording, stop).await;
        self.running.lock().remove(&lease.run);
        let end = match recording.ending() {
            None => result.map_or_else(JobEnd::Failed, JobEnd::Succeeded),
            // The run may have ended before it was told all that earlier ones did.
            Some(Ending::Cancelled) => JobEnd::Cancelled(self.done(lease.run).await.unwrap_or(done)),
            Some(Ending::Diverged(problem) | Ending::Refused(problem)) => {
                JobEnd::Failed(self.done(lease.run).await.unwrap_or(done).told_with(problem))
            }
            // The lease ends, and the next execution goes on.
            Some(Ending::Lost | Ending::Unrecorded(_)) => return,
            Some(Ending::HostStops) => {
                if let Err(error) = self.store.release(lease).await {
                    tracing::error!(job = %lease.run, %error, "job.not_released");
                }
                return;
            }
        };
        self.finish(lease, &end).await;
    }

    async fn finish(&self, lease: Lease, end: &JobEnd) {
        match self.store.finish(lease, end).await {
            Ok(true) => tracing::info!(job = %lease.run, status = end.status().as_str(), "job.ended"),
            Ok(false) => tracing::warn!(job = %lease.run, "job.lost"),
            // The lease ends, and the next run comes to the same end by the journal.
            Err(error) => tracing::error!(job = %lease.run, %error, "job.end_not_written"),
        }
    }

    /// Ends a job that ends its host each time, and tells what it has done.
    async fn give_up(&self, lease: Lease) {
        let done = match self.done(lease.run).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(job = %lease.run, %error, "job.journal_not_read");
                return;
            }
        };
        let message =
            format!("The host ended {MAX_ATTEMPTS} times in a row while it ran this job, without headway.");
        let problem = Problem::new(Code::Failed, message).hint("Start a job for the rest, in smaller parts.");
        self.finish(lease, &JobEnd::Failed(done.told_with(problem))).await;
    }

    /// What a job has done, by its journal.
    async fn done(&self, run: RunId) -> Result<Done, StoreError> {
        done_by(self.journal.as_ref(), run, &[]).await
    }

    /// Calls the tool, and renews the lease meanwhile. What was done is told beside the result.
    async fn attempt(
        &self,
        door: Dispatcher,
        claimed: Claimed,
        recording: &Arc<Recording>,
        stop: CancellationToken,
    ) -> (Result<Value, Problem>, Done) {
        let lease = claimed.lease;
        let said = Arc::new(Said::default());
        let invocation = match self.invocation(claimed, recording, &said).await {
            Ok(invocation) => invocation,
            Err(problem) => return (Err(problem), Done::default()),
        };
        // In a task of its own: the call may hold the store's only writer when the lease is to be renewed.
        let mut call = tokio::spawn(async move { door.call(invocation).await });
        let mut renewing = tokio::time::interval(RENEW_EVERY);
        renewing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewed = tokio::time::Instant::now();
        loop {
            tokio::select! {
                outcome = &mut call => return match outcome {
                    Ok(outcome) => (outcome.result.map(output), outcome.done),
                    Err(_) => {
                        (Err(Problem::new(Code::Failed, "the host failed while it ran the job")), Done::default())
                    }
                },
                () = stop.cancelled(), if recording.ending().is_none() => recording.end(Ending::HostStops),
                _ = renewing.tick() => {
                    let progress = *said.0.lock();
                    match self.store.renew(lease, LEASE, progress).await {
                        Ok(LeaseState::Ours) => {
                            renewed = tokio::time::Instant::now();
                            // What it finds is in the recording's ending.
                            let _owner = recording.check_owner().await;
                        }
                        Ok(LeaseState::CancelRequested) => recording.end(Ending::Cancelled),
                        Ok(LeaseState::Lost) => recording.end(Ending::Lost),
                        Err(error) => {
                            tracing::error!(job = %lease.run, %error, "job.not_renewed");
                            if renewed.elapsed() >= LEASE {
                                recording.end(Ending::Lost);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The call that the job is: in its owner's name, with what they were allowed then and still are.
    async fn invocation(
        &self,
        claimed: Claimed,
        recording: &Arc<Recording>,
        said: &Arc<Said>,
    ) -> Result<Invocation, Problem> {
        let job = claimed.job;
        let principal = recording
            .check_owner()
            .await?
            .ok_or_else(|| Problem::new(Code::Failed, "the record is not that of a job"))?;
        let mut arguments = job.arguments;
        if let (Some(connection), Value::Object(members)) = (job.connection, &mut arguments) {
            members.insert(CONNECTION_ID.to_owned(), json!(connection));
        }
        let mut invocation = Invocation::new(job.tool.as_str(), arguments, principal, Surface::Job);
        invocation.progress = Arc::clone(said) as Arc<dyn ProgressSink>;
        invocation.execution = Execution::background(Arc::clone(recording));
        Ok(invocation)
    }
}

/// What the tool last said about how far it is.
#[derive(Default)]
struct Said(Mutex<Option<Progress>>);

impl ProgressSink for Said {
    fn progress(&self, done: u64, total: Option<u64>, _message: Option<&str>) {
        if let Some(total) = total {
            *self.0.lock() = Some(Progress { done, total });
        }
    }

    fn log(&self, _level: LogLevel, _message: &str) {}
}

/// What a job's owner reads of an answer: its data, or its prose when there is nothing else.
fn output(answer: Answer) -> Value {
    answer.data.unwrap_or_else(|| {
        let prose: Vec<&str> = answer
            .content
            .iter()
            .filter_map(|part| match part {
                Content::Text(text) | Content::Resource { text, .. } => Some(text.as_str()),
                Content::Image { .. } | Content::Audio { .. } => None,
            })
            .collect();
        json!({"text": prose.join("\n")})
    })
}
