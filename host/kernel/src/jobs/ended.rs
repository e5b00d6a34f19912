//! Waiting for the end of a job.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::time::Instant;

use super::job::{JobEnd, Progress};
use super::{Jobs, not_found};
use crate::background::{Background, Reached};
use crate::call::Call;
use crate::id::{JobId, PrincipalId};
use crate::problem::{Code, Problem};
use crate::progress::ProgressSink;

/// Time between two looks at a job that another process may have ended.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[async_trait]
impl Background for Jobs {
    async fn start(&self, call: &Call, id: JobId, arguments: Value) -> Result<(), Problem> {
        let connection = call.connection_if_any().map(|connection| connection.id);
        self.add(call, id, call.tool().clone(), connection, arguments).await
    }

    async fn is_there(&self, id: JobId, principal: PrincipalId) -> Result<bool, Problem> {
        Ok(self.inner.store.job(id, principal).await?.is_some())
    }

    async fn reached(
        &self,
        job: JobId,
        principal: PrincipalId,
        within: Duration,
        progress: &dyn ProgressSink,
    ) -> Result<Reached, Problem> {
        let until = Instant::now() + within;
        let mut told = None;
        loop {
            // Before the look: an end between the two is heard of.
            let mut ended = std::pin::pin!(self.inner.ended.notified());
            ended.as_mut().enable();
            let found = self.inner.store.job(job, principal).await?.ok_or_else(not_found)?;
            if let Some(end) = found.end {
                return Ok(Reached::Over(match end {
                    JobEnd::Succeeded(answer) => Ok(answer),
                    JobEnd::Failed(problem, _) => Err(problem),
                    JobEnd::Cancelled(unfinished) => {
                        Err(unfinished.done.told_with(Problem::new(Code::Cancelled, "the job was cancelled")))
                    }
                }));
            }
            if found.progress != told
                && let Some(Progress { done, total, message }) = &found.progress
            {
                progress.progress(*done, *total, message.as_deref());
            }
            told.clone_from(&found.progress);
            let now = Instant::now();
            if now >= until {
                return Ok(Reached::Open(found.status.as_str()));
            }
            tokio::select! {
                () = &mut ended => {}
                () = tokio::time::sleep_until(until.min(now + LOOK_EVERY)) => {}
            }
        }
    }
}
