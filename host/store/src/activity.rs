//! What people look at of what was done: behind the kernel's port there are the audit, the journals and the jobs.

use async_trait::async_trait;
use toolbay_kernel::activity::{
    ActivityQuery, ActivityStore, Happened, KeptWrite, OpenJob, OpenRuns, OwnedJob,
};
use toolbay_kernel::audit::{Act, Actor, Event, JobChange, RecordedEvent};
use toolbay_kernel::jobs::{JobQuery, NewJob};
use toolbay_kernel::ports::{AuditLog as _, StoreError};
use toolbay_kernel::{CallId, JobId, PrincipalId, RunId};

use crate::store::Store;

#[async_trait]
impl ActivityStore for Store {
    async fn activity(&self, wanted: &ActivityQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(self.activity_page(wanted).await?)
    }

    async fn events_of_call(&self, call: CallId, max: u32) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(self.call_events(call, max).await?)
    }

    async fn calls_between(
        &self,
        principal: PrincipalId,
        from: i64,
        to: i64,
        max: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(self.call_events_between(principal, from, to, max).await?)
    }

    async fn kept_writes(&self, run: RunId, max: u32, max_bytes: u32) -> Result<Vec<KeptWrite>, StoreError> {
        Ok(self.writes_to_tell(run, max, max_bytes).await?)
    }

    async fn jobs_of_everybody(&self, wanted: JobQuery) -> Result<Vec<OwnedJob>, StoreError> {
        Ok(self.everybodys_jobs(wanted).await?)
    }

    async fn kept_job(&self, id: JobId) -> Result<Option<NewJob>, StoreError> {
        Ok(self.adoptable_job(id).await?.map(|kept| kept.job))
    }

    async fn stop_job(&self, id: JobId, by: &Actor) -> Result<bool, StoreError> {
        Ok(Self::stop_job(self, id, by).await?)
    }

    async fn note_again(&self, job: &NewJob, by: &Actor) -> Result<(), StoreError> {
        let act = Act::Job { job: job.id, tool: job.tool.clone(), change: JobChange::StartedAgain };
        self.append(&Event::of_host(by, act)).await
    }

    async fn newest_event(&self) -> Result<i64, StoreError> {
        Ok(self.newest_seq().await?)
    }

    async fn events_after(&self, seq: i64, max: u32) -> Result<Vec<Happened>, StoreError> {
        Ok(self.happened_after(seq, max).await?)
    }

    async fn open_runs(&self) -> Result<OpenRuns, StoreError> {
        Ok(self.runs_not_ended().await?)
    }

    async fn open_jobs(&self, max: u32) -> Result<Vec<OpenJob>, StoreError> {
        Ok(self.jobs_not_ended(max).await?)
    }
}
