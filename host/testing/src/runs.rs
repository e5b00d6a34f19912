//! The audit, runs and their journals.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use time::OffsetDateTime;
use toolbay_kernel::audit::Event;
use toolbay_kernel::ports::{AuditLog, StoreError};
use toolbay_kernel::run::{
    Closing, EarlierRun, EarlierState, Entry, EntryOutcome, Interrupted, Journal, Lease, NewRun, Opening,
    RecordedEntry, RecordedWrite, Reopened, Repeat, RunKind, RunOutcome, Runs, SentWrite,
};
use toolbay_kernel::{ConnectionId, PrincipalId, RunId, ToolName};

use crate::store::MemoryStore;

/// The run of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryRun {
    pub new: NewRun,
    pub is_open: bool,
    /// Whether somebody runs it; a test says that its host is gone.
    pub is_held: bool,
    pub fence: i64,
    /// When its caller left.
    pub left_at: Option<Instant>,
    pub outcome: Option<RunOutcome>,
}

impl MemoryRun {
    /// Whether a call is a repeat of this one.
    fn is_repeated_by(&self, run: &NewRun) -> bool {
        let is_of_same = self.new.principal == run.principal && self.new.tool == run.tool;
        is_of_same
            && match &run.repeat {
                Repeat::Never => false,
                Repeat::Key(_) => self.new.repeat == run.repeat,
                Repeat::Left(window) => {
                    let is_left = match self.left_at {
                        Some(at) => at.elapsed() <= *window,
                        None => self.is_open && !self.is_held,
                    };
                    is_left
                        && !matches!(self.new.repeat, Repeat::Key(_))
                        && self.new.fingerprint == run.fingerprint
                }
            }
    }

    /// What the repeat is told; what it goes on with is its own from then on.
    fn told(&mut self, run: &NewRun) -> EarlierState {
        if self.new.fingerprint != run.fingerprint {
            return EarlierState::OtherArguments;
        }
        match &self.outcome {
            Some(outcome) if !self.is_open => {
                self.left_at = None;
                EarlierState::Ended(outcome.clone())
            }
            _ if self.is_open && self.is_held => EarlierState::Running,
            _ => {
                self.fence += 1;
                (self.is_open, self.is_held, self.left_at, self.outcome) = (true, true, None, None);
                EarlierState::Resumed
            }
        }
    }
}

impl MemoryStore {
    /// Whether a lease holds.
    fn is_open(&self, lease: Lease) -> bool {
        self.runs.lock().get(&lease.run).is_some_and(|run| run.is_open && run.fence == lease.fence)
    }

    fn reopen(&self, lease: Lease, reopened: &[Reopened]) {
        for reopened in reopened {
            let (mut journal, key) = (self.journal.lock(), (lease.run, reopened.position.clone()));
            match journal.get_mut(&key) {
                Some(entry) if reopened.is_sent => entry.outcome = None,
                _ => drop(journal.remove(&key)),
            }
        }
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
    async fn open(&self, run: &NewRun, started: &Event) -> Result<Opening, StoreError> {
        self.check(&self.fails)?;
        self.give_way().await;
        let opening = {
            let mut runs = self.runs.lock();
            let earlier = runs.iter_mut().find(|(_, earlier)| earlier.is_repeated_by(run));
            match earlier {
                Some((id, earlier)) => {
                    let (connection, state) = (earlier.new.connection, earlier.told(run));
                    let lease = Lease { run: *id, fence: earlier.fence };
                    Opening::Earlier(EarlierRun { lease, connection, state })
                }
                None => {
                    let opened = MemoryRun {
                        new: run.clone(),
                        is_open: true,
                        is_held: true,
                        fence: 1,
                        left_at: None,
                        outcome: None,
                    };
                    runs.insert(run.call.into(), opened);
                    Opening::New
                }
            }
        };
        let begins = match &opening {
            Opening::New => true,
            Opening::Earlier(earlier) => matches!(earlier.state, EarlierState::Resumed),
        };
        if begins {
            self.append(started).await?;
        }
        Ok(opening)
    }

    async fn keyed(
        &self,
        principal: PrincipalId,
        tool: &ToolName,
        key: &str,
    ) -> Result<Option<Option<ConnectionId>>, StoreError> {
        let runs = self.runs.lock();
        let found = runs.values().find(|run| {
            run.new.principal == principal
                && run.new.tool == *tool
                && matches!(&run.new.repeat, Repeat::Key(own) if own == key)
        });
        Ok(found.map(|run| run.new.connection))
    }

    async fn leave(&self, lease: Lease, outcome: Option<&RunOutcome>) -> Result<(), StoreError> {
        let mut runs = self.runs.lock();
        let is_news = |run: &MemoryRun| run.left_at.is_none() || (run.outcome.is_none() && outcome.is_some());
        let own = runs.get_mut(&lease.run).filter(|run| run.fence == lease.fence && is_news(run));
        if let Some(run) = own {
            run.left_at.get_or_insert_with(Instant::now);
            run.outcome = outcome.cloned().or_else(|| run.outcome.take());
        }
        Ok(())
    }

    async fn extend(&self, lease: Lease, _time: Duration) -> Result<bool, StoreError> {
        Ok(self.is_open(lease))
    }

    async fn close(&self, lease: Lease, entries: &[Entry], closing: Closing<'_>) -> Result<(), StoreError> {
        self.keep(lease, entries);
        self.reopen(lease, closing.reopened);
        if closing.forgets {
            self.journal.lock().retain(|(run, _), entry| *run != lease.run || entry.write.is_some());
        }
        self.append(closing.ended).await?;
        if let Some(run) = self.runs.lock().get_mut(&lease.run) {
            run.is_open = false;
            run.outcome = closing.outcome.cloned().or_else(|| run.outcome.take());
            if closing.is_left {
                run.left_at.get_or_insert_with(Instant::now);
            }
        }
        Ok(())
    }

    async fn take_interrupted(&self, _lease: Duration, max: u32) -> Result<Vec<Interrupted>, StoreError> {
        let mut runs = self.runs.lock();
        let lost = runs.iter_mut().filter(|(_, run)| run.is_open && !run.is_held);
        let taken = lost.take(max as usize).map(|(id, run)| {
            run.fence += 1;
            run.is_held = true;
            Interrupted {
                lease: Lease { run: *id, fence: run.fence },
                principal: run.new.principal,
                tool: run.new.tool.clone(),
                connection: run.new.connection,
            }
        });
        Ok(taken.collect())
    }

    async fn settle(
        &self,
        lease: Lease,
        entries: &[Entry],
        reopened: &[Reopened],
        ended: Option<&Event>,
    ) -> Result<bool, StoreError> {
        self.keep(lease, entries);
        self.reopen(lease, reopened);
        if let Some(run) = self.runs.lock().get_mut(&lease.run) {
            (run.is_held, run.is_open) = (false, ended.is_none());
            run.left_at.get_or_insert_with(Instant::now);
        }
        self.events.lock().extend(ended.cloned());
        Ok(true)
    }

    async fn remove_ended(&self, _kind: RunKind, _age: Duration) -> Result<u64, StoreError> {
        self.runs.lock().retain(|_, run| run.is_open);
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
            bytes: 100,
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

    async fn reached(&self, lease: Lease) -> Result<bool, StoreError> {
        Ok(self.is_open(lease))
    }

    async fn open_writes(&self, run: RunId) -> Result<Vec<SentWrite>, StoreError> {
        let journal = self.journal.lock();
        let open = journal.iter().filter(|((owner, _), entry)| *owner == run && entry.outcome.is_none());
        let sent = open.filter_map(|((_, position), entry)| {
            Some(SentWrite {
                position: position.clone(),
                digest: entry.digest.clone(),
                provider: entry.provider.clone(),
                write: entry.write.clone()?,
                sent_at: OffsetDateTime::now_utc(),
            })
        });
        Ok(sent.collect())
    }

    async fn outcomes(
        &self,
        run: RunId,
        positions: &[String],
    ) -> Result<HashMap<String, EntryOutcome>, StoreError> {
        let journal = self.journal.lock();
        let told = positions.iter().filter_map(|position| {
            let entry = journal.get(&(run, position.clone()))?;
            Some((position.clone(), entry.outcome.clone()?))
        });
        Ok(told.collect())
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
