//! The audit, runs and their journals.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use toolbay_kernel::RunId;
use toolbay_kernel::audit::Event;
use toolbay_kernel::ports::{AuditLog, StoreError};
use toolbay_kernel::run::{
    Entry, EntryOutcome, Journal, Lease, NewRun, RecordedEntry, RecordedWrite, RunKind, Runs,
};

use crate::store::MemoryStore;

impl MemoryStore {
    fn is_open(&self, lease: Lease) -> bool {
        self.runs.lock().get(&lease.run).copied().unwrap_or_default()
    }

    fn keep(&self, lease: Lease, entries: &[Entry]) {
        for entry in entries {
            let mut journal = self.journal.lock();
            let key = (lease.run, entry.position.clone());
            let before = journal.get(&key).and_then(|entry| entry.write.clone());
            let write = entry.write.clone().or(before);
            journal.insert(key, Entry { write, ..entry.clone() });
            self.events.lock().extend(entry.event.clone());
        }
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn append(&self, event: &Event) -> Result<(), StoreError> {
        self.check(&self.fails)?;
        self.give_way().await;
        self.events.lock().push(event.clone());
        self.give_way().await;
        Ok(())
    }
}

#[async_trait]
impl Runs for MemoryStore {
    async fn open(&self, run: &NewRun, started: &Event) -> Result<(), StoreError> {
        self.append(started).await?;
        self.runs.lock().insert(run.call.into(), true);
        Ok(())
    }

    async fn close(
        &self,
        lease: Lease,
        entries: &[Entry],
        _is_success: bool,
        ended: &Event,
    ) -> Result<(), StoreError> {
        self.keep(lease, entries);
        self.append(ended).await?;
        self.runs.lock().insert(lease.run, false);
        Ok(())
    }

    async fn remove_ended(&self, _kind: RunKind, _age: Duration) -> Result<u64, StoreError> {
        self.runs.lock().retain(|_, is_open| *is_open);
        let runs = self.runs.lock();
        self.journal.lock().retain(|(run, _), _| runs.contains_key(run));
        Ok(0)
    }
}

#[async_trait]
impl Journal for MemoryStore {
    async fn recorded(&self, run: RunId) -> Result<HashMap<String, RecordedEntry>, StoreError> {
        let known = |entry: &Entry| RecordedEntry {
            digest: entry.digest.clone(),
            open_since: entry.outcome.is_none().then(OffsetDateTime::now_utc),
        };
        let journal = self.journal.lock();
        let of_run = journal.iter().filter(|((owner, _), _)| *owner == run);
        Ok(of_run.map(|((_, position), entry)| (position.clone(), known(entry))).collect())
    }

    async fn writes(
        &self,
        run: RunId,
        after: Option<&str>,
        max: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError> {
        let journal = self.journal.lock();
        let rest = journal.iter().filter(|((owner, position), _)| {
            *owner == run && after.is_none_or(|after| position.as_str() > after)
        });
        let writes = rest.filter_map(|((_, position), entry)| {
            let write = entry.write.clone()?.name;
            Some(RecordedWrite { position: position.clone(), write, outcome: entry.outcome.clone() })
        });
        Ok(writes.take(max as usize).collect())
    }

    async fn outcome(&self, run: RunId, position: &str) -> Result<Option<EntryOutcome>, StoreError> {
        let journal = self.journal.lock();
        Ok(journal.get(&(run, position.to_owned())).and_then(|entry| entry.outcome.clone()))
    }

    async fn record(&self, lease: Lease, entries: &[Entry]) -> Result<bool, StoreError> {
        self.check(&self.journal_fails)?;
        self.give_way().await;
        if !self.is_open(lease) {
            return Ok(false);
        }
        self.keep(lease, entries);
        self.give_way().await;
        Ok(true)
    }

    async fn withdraw(&self, lease: Lease, position: &str) -> Result<bool, StoreError> {
        if !self.is_open(lease) {
            return Ok(false);
        }
        self.journal.lock().remove(&(lease.run, position.to_owned()));
        Ok(true)
    }
}
