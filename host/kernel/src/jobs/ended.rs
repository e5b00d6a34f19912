//! Waiting for the end of a job.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::job::JobEnd;
use super::{Jobs, not_found};
use crate::background::{Background, Reached};
use crate::id::{JobId, PrincipalId};
use crate::problem::{Code, Problem};

/// Time between two looks at a job that another process may have ended.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[async_trait]
impl Background for Jobs {
    async fn reached(
        &self,
        job: JobId,
        principal: PrincipalId,
        within: Duration,
    ) -> Result<Reached, Problem> {
        let until = Instant::now() + within;
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
