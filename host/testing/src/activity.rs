//! What people look at of what was done. There are no jobs in memory.

use std::collections::HashSet;

use async_trait::async_trait;
use time::OffsetDateTime;
use toolbay_kernel::activity::{
    ActivityQuery, ActivityStore, Happened, KeptWrite, OpenJob, OpenRuns, OwnedJob,
};
use toolbay_kernel::audit::{Act, Actor, Event, JobChange, RecordedEvent, outcome};
use toolbay_kernel::jobs::{JobQuery, NewJob};
use toolbay_kernel::ports::{AuditLog as _, StoreError};
use toolbay_kernel::{CallId, JobId, PrincipalId, RunId};

use crate::store::MemoryStore;

impl MemoryStore {
    /// The events with their numbers, oldest first.
    fn recorded(&self) -> Vec<RecordedEvent> {
        let events = self.events.lock();
        let numbered = (1..).zip(events.iter());
        let at = |seq: i64| OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seq);
        numbered.map(|(seq, event)| RecordedEvent { seq, at: at(seq), event: event.clone() }).collect()
    }
}

#[async_trait]
impl ActivityStore for MemoryStore {
    async fn activity(&self, wanted: &ActivityQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        self.check(&self.fails)?;
        let events = self.recorded();
        let is_end = |event: &&RecordedEvent| matches!(event.event.act, Act::CallEnded(_));
        let ended: HashSet<CallId> =
            events.iter().filter(is_end).filter_map(|event| event.event.call).collect();
        let is_one = |event: &Event| match &event.act {
            Act::Effect(_) => false,
            Act::CallStarted(_) => event.call.is_none_or(|call| !ended.contains(&call)),
            _ => true,
        };
        let is_wanted = |RecordedEvent { seq, event, .. }: &RecordedEvent| {
            wanted.before.is_none_or(|before| *seq < before)
                && wanted.principal.is_none_or(|principal| event.by.principal == principal)
                && wanted.subject.as_ref().is_none_or(|subject| event.act.subject().as_ref() == Some(subject))
                && wanted.kind.as_ref().map_or_else(|| is_one(event), |kind| event.act.kind() == kind)
                && (!wanted.only_failed || !matches!(outcome(&event.act), "ok" | "begun"))
        };
        Ok(events.into_iter().rev().filter(is_wanted).take(wanted.limit as usize).collect())
    }

    async fn events_of_call(&self, call: CallId, max: u32) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut events = self.recorded();
        events.retain(|event| event.event.call == Some(call));
        events.sort_by_key(|event| !matches!(event.event.act, Act::CallStarted(_) | Act::CallEnded(_)));
        events.truncate(max as usize);
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    async fn calls_between(
        &self,
        principal: PrincipalId,
        from: i64,
        to: i64,
        max: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let is_of_call = |act: &Act| matches!(act, Act::CallStarted(_) | Act::CallEnded(_) | Act::Effect(_));
        let events = self.recorded().into_iter().filter(|RecordedEvent { seq, event, .. }| {
            event.by.principal == principal && (from..=to).contains(seq) && is_of_call(&event.act)
        });
        Ok(events.take(max as usize).collect())
    }

    async fn kept_writes(&self, run: RunId, max: u32, max_bytes: u32) -> Result<Vec<KeptWrite>, StoreError> {
        let journal = self.journal.lock();
        let is_told = |value: &str| value.len() <= max_bytes as usize;
        let of_run = journal.iter().filter(|((owner, _), _)| *owner == run);
        let writes = of_run.filter_map(|(_, entry)| {
            let write = entry.write.clone()?;
            Some(KeptWrite {
                digest: entry.digest.clone(),
                name: write.name,
                request: Some(write.request).filter(|request| is_told(&request.to_string())),
                outcome: entry.outcome.clone(),
            })
        });
        Ok(writes.take(max as usize).collect())
    }

    async fn jobs_of_everybody(&self, _wanted: JobQuery) -> Result<Vec<OwnedJob>, StoreError> {
        Ok(Vec::new())
    }

    async fn kept_job(&self, _id: JobId) -> Result<Option<NewJob>, StoreError> {
        Ok(None)
    }

    async fn stop_job(&self, _id: JobId, _by: &Actor) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn note_again(&self, job: &NewJob, by: &Actor) -> Result<(), StoreError> {
        let act = Act::Job { job: job.id, tool: job.tool.clone(), change: JobChange::StartedAgain };
        self.append(&Event::of_host(by, act)).await
    }

    async fn newest_event(&self) -> Result<i64, StoreError> {
        Ok(self.recorded().last().map_or(0, |event| event.seq))
    }

    async fn events_after(&self, seq: i64, max: u32) -> Result<Vec<Happened>, StoreError> {
        let events = self.recorded().into_iter().filter(|event| event.seq > seq);
        let happened = events.map(|RecordedEvent { seq, event, .. }| Happened {
            seq,
            principal: event.by.principal,
            kind: event.act.kind().to_owned(),
            surface: event.by.surface,
        });
        Ok(happened.take(max as usize).collect())
    }

    async fn open_runs(&self) -> Result<OpenRuns, StoreError> {
        Ok(OpenRuns::default())
    }

    async fn open_jobs(&self, _max: u32) -> Result<Vec<OpenJob>, StoreError> {
        Ok(Vec::new())
    }
}
