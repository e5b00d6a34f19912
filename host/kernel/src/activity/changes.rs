//! News of the activity, for those who wait for them.
//!
//! One task looks at the store for all who wait: when something has happened in this process, and every two seconds, since other
//! processes may share the store. It looks at most twice a second, and ends when nobody waits any more. Who doesn't listen to the news costs
//! nothing: only the newest state of them is kept.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::port::{ActivityStore, Happened, OpenJob};
use crate::happenings::{Happenings, JobOwners};
use crate::id::{JobId, PrincipalId};
use crate::ports::StoreError;
use crate::surface::Surface;

/// Time between two looks when nothing is known to have happened.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Time between two looks at least.
const APART: Duration = Duration::from_millis(500);

/// Events of one look. After more of them, everybody who waits is told.
const MAX_AT_ONCE: u32 = 500;

/// Numbers before the newest one whose events may still come: a transaction that began earlier may end later.
const MAY_COME_LATE: i64 = 32;

/// Open jobs that are followed.
const MAX_JOBS: u32 = 1_000;

/// What has happened so far, counted: a number that is higher than before is news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct News {
    /// In the activity of whoever waits.
    pub own: u64,
    /// In that of others.
    pub others: u64,
    pub jobs: u64,
    pub plugins: u64,
    pub upstreams: u64,
}

/// Tells those who wait. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn ActivityStore>,
    happenings: Arc<Happenings>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    who: HashMap<u64, Who>,
    is_watched: bool,
}

struct Who {
    principal: PrincipalId,
    hears_all: bool,
    news: watch::Sender<News>,
}

/// The news of one who waits, until it is dropped.
pub struct Heard {
    inner: Arc<Inner>,
    number: u64,
    pub news: watch::Receiver<News>,
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.inner.waiting.lock().who.remove(&self.number);
    }
}

impl Changes {
    pub(super) fn new(store: Arc<dyn ActivityStore>, happenings: Arc<Happenings>) -> Self {
        Self { inner: Arc::new(Inner { store, happenings, waiting: Mutex::default() }) }
    }

    /// Whatever happens after this is told: what a principal does, and what all others do where they may hear of it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn listen(&self, principal: PrincipalId, hears_all: bool) -> Result<Heard, StoreError> {
        let inner = &self.inner;
        let is_watched = inner.waiting.lock().is_watched;
        let last = if is_watched { None } else { Some(Last::at_present(inner).await?) };
        let (news, hears) = watch::channel(News::default());
        let mut waiting = inner.waiting.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.who.insert(number, Who { principal, hears_all, news });
        if !waiting.is_watched {
            // Where the other watch has ended meanwhile, this one tells of the past too, which misleads nobody.
            let last = last.unwrap_or_default();
            waiting.is_watched = true;
            inner.happenings.await_them(true);
            tokio::spawn(watch(Arc::clone(inner), last));
        }
        drop(waiting);
        Ok(Heard { inner: Arc::clone(inner), number, news: hears })
    }
}

/// What the last look saw.
#[derive(Default)]
struct Last {
    newest: i64,
    /// The numbers that were seen among the last ones.
    seen: BTreeSet<i64>,
    jobs: HashMap<JobId, OpenJob>,
}

/// What one look finds.
#[derive(Default)]
struct Found {
    /// Whose activity has grown; none where that was too much to tell.
    active: Option<HashSet<PrincipalId>>,
    jobs: JobOwners,
    plugins: bool,
    upstreams: bool,
}

impl Last {
    async fn at_present(inner: &Inner) -> Result<Self, StoreError> {
        let newest = inner.store.newest_event().await?;
        let late = inner.store.events_after(newest - MAY_COME_LATE, MAX_AT_ONCE).await?;
        let seen: BTreeSet<i64> = late.iter().map(|event| event.seq).collect();
        let newest = seen.last().copied().unwrap_or(newest).max(newest);
        Ok(Self { newest, seen, jobs: open_jobs(inner).await? })
    }

    async fn look(&mut self, inner: &Inner) -> Result<Found, StoreError> {
        // Before the store's: what is noted after this is for the next look.
        let mut jobs = inner.happenings.take_jobs();
        let events = inner.store.events_after(self.newest - MAY_COME_LATE, MAX_AT_ONCE).await?;
        let mut found = Found { active: Some(HashSet::new()), ..Found::default() };
        let is_all = events.len() < MAX_AT_ONCE as usize;
        for Happened { seq, principal, kind, surface } in events {
            if !self.seen.insert(seq) {
                continue;
            }
            self.newest = self.newest.max(seq);
            found.plugins |= matches!(kind.as_str(), "plugin" | "grant");
            found.upstreams |= kind == "upstream";
            if surface == Surface::Job || kind == "job" {
                jobs.add(principal);
            }
            if let Some(active) = &mut found.active {
                active.insert(principal);
            }
        }
        if !is_all {
            self.newest = inner.store.newest_event().await?;
            found = Found { active: None, plugins: true, upstreams: true, jobs: JobOwners::Everybody };
        }
        let first = self.newest - MAY_COME_LATE;
        self.seen = self.seen.split_off(&first);
        let open = open_jobs(inner).await?;
        let changed = open.iter().filter(|(id, job)| self.jobs.get(*id) != Some(*job));
        let gone = self.jobs.iter().filter(|(id, _)| !open.contains_key(*id));
        changed.chain(gone).for_each(|(_, job)| jobs.add(job.principal));
        self.jobs = open;
        if found.active.is_some() {
            found.jobs = jobs;
        }
        Ok(found)
    }
}

async fn open_jobs(inner: &Inner) -> Result<HashMap<JobId, OpenJob>, StoreError> {
    Ok(inner.store.open_jobs(MAX_JOBS).await?.into_iter().map(|job| (job.id, job)).collect())
}

/// Looks as long as somebody waits.
async fn watch(inner: Arc<Inner>, mut last: Last) {
    loop {
        tokio::select! {
            () = inner.happenings.happened() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        {
            let mut waiting = inner.waiting.lock();
            if waiting.who.is_empty() {
                waiting.is_watched = false;
                inner.happenings.await_them(false);
                return;
            }
        }
        match last.look(&inner).await {
            Ok(found) => inner.waiting.lock().tell(&found),
            Err(error) => tracing::warn!(%error, "activity.not_looked_at"),
        }
        tokio::time::sleep(APART).await;
    }
}

impl Waiting {
    fn tell(&self, found: &Found) {
        for Who { principal, hears_all, news } in self.who.values() {
            let (own, others) = match &found.active {
                None => (true, *hears_all),
                Some(active) => {
                    let own = active.contains(principal);
                    (own, *hears_all && active.len() > usize::from(own))
                }
            };
            let jobs = found.jobs.has(principal) || (*hears_all && found.jobs != JobOwners::Nobody);
            news.send_if_modified(|news| {
                let before = *news;
                news.own += u64::from(own);
                news.others += u64::from(others);
                news.jobs += u64::from(jobs);
                news.plugins += u64::from(found.plugins);
                news.upstreams += u64::from(found.upstreams);
                *news != before
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(principal: PrincipalId, hears_all: bool) -> Who {
        Who { principal, hears_all, news: watch::channel(News::default()).0 }
    }

    #[test]
    fn each_is_told_what_is_theirs() {
        let (one, other) = (PrincipalId::new(), PrincipalId::new());
        let waiting = Waiting {
            next: 3,
            who: [(0, who(one, false)), (1, who(other, false)), (2, who(other, true))].into(),
            is_watched: true,
        };
        let mut jobs = JobOwners::default();
        jobs.add(one);
        waiting.tell(&Found { active: Some([one].into()), jobs, ..Found::default() });
        let news = |number: u64| *waiting.who[&number].news.borrow();
        assert_eq!(news(0), News { own: 1, jobs: 1, ..News::default() });
        assert_eq!(news(1), News::default(), "another one's activity is nothing to them");
        assert_eq!(news(2), News { others: 1, jobs: 1, ..News::default() });
        waiting.tell(&Found { active: None, jobs: JobOwners::Everybody, plugins: true, upstreams: true });
        assert_eq!(news(1), News { own: 1, others: 0, jobs: 1, plugins: 1, upstreams: 1 });
    }
}
