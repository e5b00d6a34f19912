//! How jobs are run: claimed, called through the door, and ended, given back or lost.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::job::{Claimed, JobEnd, Progress, Unfinished, output};
use super::port::PutOff;
use super::retry::{MAX_ATTEMPTS, Tries};
use super::{Inner, Jobs};
use crate::answer::Answer;
use crate::dispatcher::Dispatcher;
use crate::effects::Done;
use crate::id::RunId;
use crate::invocation::{Invocation, Outcome};
use crate::other_hosts::Change;
use crate::problem::{Code, Problem};
use crate::progress::{LogLevel, ProgressSink};
use crate::run::{
    Ending, Entry, Execution, Lease, LeaseState, Owner, Providers, Recording, Resumption, Whose, done_by,
};
use crate::surface::Surface;

/// How long a claim lasts unless it is renewed: how long a job rests after the host that ran it is gone.
const LEASE: Duration = Duration::from_secs(30);

/// Time between renewals. Five may fail before the lease ends.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// Time between two looks whether a tool has said how far it is, which is then written.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Time between two looks for jobs that another process has added, or lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Time between two looks for kept files of plugins that no job needs any more.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Jobs that one process runs at the same time. They wait for Notion most of their time, and share its budget.
const AT_ONCE: usize = 8;

/// Jobs of one principal that run at the same time, so that others come between.
const MAX_OF_ONE: u32 = 2;

impl Jobs {
    /// Runs jobs until the host stops; then those that run do nothing more and are given back.
    pub async fn run(self, door: Dispatcher, stop: CancellationToken) {
        let mut running = JoinSet::new();
        let mut sweep_at = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            if tokio::time::Instant::now() >= sweep_at {
                sweep_at += SWEEP_EVERY;
                self.inner.sweep(&door).await;
            }
            while running.len() < AT_ONCE
                && let Some(claimed) = self.inner.claim().await
            {
                let (inner, door, stop) = (Arc::clone(&self.inner), door.clone(), stop.clone());
                running.spawn(async move {
                    let owner = claimed.job.principal;
                    inner.perform(door, claimed, stop).await;
                    inner.happenings.job(owner);
                });
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

    /// Removes the kept files of plugins that no job needs any more.
    async fn sweep(&self, door: &Dispatcher) {
        let Some(components) = door.components() else { return };
        match self.store.needed().await {
            Ok(needed) => components.sweep(needed).await,
            Err(error) => tracing::error!(%error, "job.components_not_swept"),
        }
    }

    fn note(&self, ended: Result<(), tokio::task::JoinError>) {
        if let Err(error) = ended {
            tracing::error!(%error, "job.run_failed");
        }
    }

    async fn perform(&self, door: Dispatcher, claimed: Claimed, stop: CancellationToken) {
        let lease = claimed.lease;
        if claimed.is_cancelled {
            return self.end_cancelled(lease).await;
        }
        if claimed.attempts > MAX_ATTEMPTS {
            return self.give_up(lease).await;
        }
        let tries = Tries { attempts: claimed.attempts, age: claimed.age };
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
        self.happenings.job(claimed.job.principal);
        let came = self.attempt(door, claimed, &recording, stop).await;
        // What fails is in the recording's ending.
        let _recorded = recording.flush().await;
        self.running.lock().remove(&lease.run);
        match recording.ending() {
            None => match came.result {
                Ok(answer) => self.finish(lease, &JobEnd::Succeeded(answer)).await,
                Err(problem) => self.fail(lease, &recording, tries, problem, came.done).await,
            },
            Some(Ending::Cancelled) => {
                let unfinished = self.unfinished(lease.run, &[], came).await;
                self.finish(lease, &JobEnd::Cancelled(unfinished)).await;
            }
            Some(Ending::Diverged(problem) | Ending::Refused(problem)) => {
                let unfinished = self.unfinished(lease.run, &[], came).await;
                let problem = unfinished.done.told_with(problem);
                self.finish(lease, &JobEnd::Failed(problem, unfinished)).await;
            }
            // The lease ends, and the next execution goes on.
            Some(Ending::Lost | Ending::Unrecorded(_)) => {}
            Some(Ending::HostStops) => match self.store.release(lease).await {
                Ok(()) => self.happenings.tell(Change::JobWaits),
                Err(error) => tracing::error!(job = %lease.run, %error, "job.not_released"),
            },
        }
    }

    /// Puts a job off whose tool ended with a problem that passes, or ends it.
    async fn fail(&self, lease: Lease, recording: &Recording, tries: Tries, problem: Problem, done: Done) {
        // Headway begins the count anew; the run that made it is its first.
        let tries = if recording.has_headway() { Tries { attempts: 1, ..tries } } else { tries };
        let (entries, reopened) = recording.put_off_rest().await;
        if let Some(wait) = tries.next_after(&problem) {
            let off = PutOff {
                wait,
                attempts: tries.attempts,
                problem: &problem,
                entries: &entries,
                reopened: &reopened,
            };
            match self.store.put_off(lease, off).await {
                Ok(true) => {
                    let (code, wait_seconds) = (problem.code.as_str(), wait.as_secs());
                    tracing::info!(job = %lease.run, code, wait_seconds, attempts = tries.attempts, "job.put_off");
                }
                Ok(false) => tracing::warn!(job = %lease.run, "job.lost"),
                // The lease ends, and the next run comes to the same end by the journal.
                Err(error) => tracing::error!(job = %lease.run, %error, "job.not_put_off"),
            }
            return;
        }
        let came = Came { result: Err(problem.clone()), done, partial: None };
        let unfinished = self.unfinished(lease.run, &entries, came).await;
        self.finish(lease, &JobEnd::Failed(told_once(problem, &unfinished.done), unfinished)).await;
    }

    /// What a job leaves: the run may have ended before it was told all that earlier ones did.
    async fn unfinished(&self, run: RunId, known: &[Entry], came: Came) -> Unfinished {
        let output = came.partial.or_else(|| came.result.ok()).map(output);
        let done = match done_by(self.journal.as_ref(), run, known).await {
            Ok(in_all) if in_all.is_more_than(&came.done) => in_all,
            Ok(_) => came.done,
            Err(error) => {
                tracing::error!(job = %run, %error, "job.journal_not_read");
                came.done
            }
        };
        Unfinished { done, output }
    }

    /// Ends a job that was cancelled while nobody ran it.
    async fn end_cancelled(&self, lease: Lease) {
        match done_by(self.journal.as_ref(), lease.run, &[]).await {
            Ok(done) => self.finish(lease, &JobEnd::Cancelled(Unfinished { done, output: None })).await,
            Err(error) => tracing::error!(job = %lease.run, %error, "job.journal_not_read"),
        }
    }

    async fn finish(&self, lease: Lease, end: &JobEnd) {
        match self.store.finish(lease, end).await {
            Ok(true) => {
                tracing::info!(job = %lease.run, status = end.status().as_str(), "job.ended");
                self.ended.notify_waiters();
                self.happenings.tell(Change::JobEnded);
            }
            Ok(false) => tracing::warn!(job = %lease.run, "job.lost"),
            // The lease ends, and the next run comes to the same end by the journal.
            Err(error) => tracing::error!(job = %lease.run, %error, "job.end_not_written"),
        }
    }

    /// Ends a job that ends its host each time, and tells what it has done.
    async fn give_up(&self, lease: Lease) {
        let done = match done_by(self.journal.as_ref(), lease.run, &[]).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(job = %lease.run, %error, "job.journal_not_read");
                return;
            }
        };
        let message =
            format!("The host ended {MAX_ATTEMPTS} times in a row while it ran this job, without headway.");
        let problem = Problem::new(Code::Failed, message).hint("Start a job for the rest, in smaller parts.");
        let end = JobEnd::Failed(done.told_with(problem), Unfinished { done, output: None });
        self.finish(lease, &end).await;
    }

    /// Calls the tool, and renews the lease meanwhile.
    async fn attempt(
        &self,
        door: Dispatcher,
        claimed: Claimed,
        recording: &Arc<Recording>,
        stop: CancellationToken,
    ) -> Came {
        let lease = claimed.lease;
        let said = Arc::new(Said::default());
        let trace = door.traces().arriving(claimed.job.trace);
        let invocation = match self.invocation(claimed, recording, &said).await {
            Ok(invocation) => Invocation { trace, ..invocation },
            Err(problem) => return Came::nothing(problem),
        };
        // In a task of its own: the call may hold the store's only writer when the lease is to be renewed.
        let mut call = tokio::spawn(async move { door.call(invocation).await });
        let mut looking = tokio::time::interval(TELL_EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first look renews: it tells at once that the job is to stop.
        let mut due = tokio::time::Instant::now();
        let mut renewed = due;
        loop {
            tokio::select! {
                outcome = &mut call => return match outcome {
                    Ok(Outcome { result, done, partial, .. }) => {
                        // How far it came at last.
                        let progress = said.0.lock().take();
                        if let Some(progress) = progress {
                            let _told = self.store.renew(lease, LEASE, Some(&progress)).await;
                        }
                        Came { result, done, partial }
                    }
                    Err(_) => Came::nothing(Problem::new(Code::Failed, "the host failed while it ran the job")),
                },
                () = stop.cancelled(), if recording.ending().is_none() => recording.end(Ending::HostStops),
                now = looking.tick() => {
                    let progress = said.0.lock().take();
                    if progress.is_none() && now < due {
                        continue;
                    }
                    due = now + RENEW_EVERY;
                    let renewed_with = self.store.renew(lease, LEASE, progress.as_ref()).await;
                    if progress.is_some() {
                        self.happenings.event();
                    }
                    match renewed_with {
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
        let Claimed { lease, job, .. } = claimed;
        let principal = recording
            .check_owner()
            .await?
            .ok_or_else(|| Problem::new(Code::Failed, "the record is not that of a job"))?;
        let tool = job.tool.to_string();
        let mut invocation = Invocation::new(tool, job.into_arguments(), principal, Surface::Job);
        invocation.progress = Arc::clone(said) as Arc<dyn ProgressSink>;
        let providers = Providers::resume(Arc::clone(&self.store) as _, lease).await?;
        let execution = Execution::background(Arc::clone(recording));
        invocation.execution = Execution { providers: Some(Arc::new(providers)), ..execution };
        Ok(invocation)
    }
}

/// What one run of a job came to.
struct Came {
    result: Result<Answer, Problem>,
    done: Done,
    /// What the tool answered though the run did nothing more.
    partial: Option<Answer>,
}

impl Came {
    /// A run that did nothing.
    fn nothing(problem: Problem) -> Self {
        Self { result: Err(problem), done: Done::default(), partial: None }
    }
}

/// A problem with what was done, unless it says so already.
fn told_once(problem: Problem, done: &Done) -> Problem {
    let is_told = problem.details.as_deref().is_some_and(|details| details.get("done").is_some());
    if is_told { problem } else { done.told_with(problem) }
}

/// What the tool has said about how far it is, and nobody has written yet.
#[derive(Default)]
struct Said(Mutex<Option<Progress>>);

impl ProgressSink for Said {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        let mut said = self.0.lock();
        // One that counts on says as before what it is doing.
        let before = said.take().and_then(|said| said.message);
        *said = Some(Progress { done, total, message: message.map(str::to_owned).or(before) });
    }

    fn log(&self, _level: LogLevel, _message: &str) {}
}
