//! What hosts on one PostgreSQL tell each other, by `NOTIFY`.
//!
//! A message has the sender's name, which is made for each process, and words for what has changed, some with an id. It never has a secret or a
//! content: whoever may listen on the database learns that something happened. What isn't understood is ignored, so hosts of two versions
//! get along.
//!
//! A message is sent after the commit that it is about, by a statement of its own: a transaction that notifies holds up all others that do,
//! until its commit is on the disk. When it isn't sent, because the host ends between the two, the others find the change by looking.
//!
//! Each host says now and then that it is here, and hears itself: so it knows how many there are, and that its connection still hears
//! anything.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep, timeout};
use toolbay_kernel::JobId;
use toolbay_kernel::other_hosts::{Change, OtherHosts};

use crate::caches::Caches;
use crate::idle_windows;

/// The channel's name.
const CHANNEL: &str = "toolbay";

/// Time between two messages of one host at least: what comes meanwhile is one message.
const APART: Duration = Duration::from_millis(100);

/// How often a host says that it is here.
const HERE_EVERY: Duration = Duration::from_secs(10);

/// How long a host counts after it was last heard of.
const COUNTS_FOR: Duration = Duration::from_secs(35);

/// Hosts that are counted.
const MAX_HOSTS: usize = 1_000;

/// Changes of one message. More are told as all: PostgreSQL takes 8,000 bytes.
const MAX_CHANGES: usize = 100;

/// How long a message may take. Nobody is kept waiting longer for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Time between two tries to listen.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Changes that a slow listener may be behind.
const BEHIND: usize = 256;

/// Messages of being here between two sweeps of what nobody needs.
const SWEEP_AFTER: u32 = 60;

const HERE: &str = "here";
const GONE: &str = "gone";

/// The other hosts on a PostgreSQL server.
pub(crate) struct Neighbours {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    pool: PgPool,
    /// This process.
    name: String,
    to_tell: Mutex<Vec<Change>>,
    due: Notify,
    /// Whether it has said that it is gone. Held while something is said, so that nothing is said after that.
    has_gone: tokio::sync::Mutex<bool>,
    heard: broadcast::Sender<Change>,
    /// When each other host was last heard of.
    others: Mutex<HashMap<String, Instant>>,
}

impl Neighbours {
    /// Tells the others, and listens to them where this process serves.
    pub(crate) fn new(pool: PgPool, name: String, caches: Caches, listens: bool) -> Self {
        let shared = Arc::new(Shared {
            pool,
            name,
            to_tell: Mutex::default(),
            due: Notify::new(),
            has_gone: tokio::sync::Mutex::default(),
            heard: broadcast::channel(BEHIND).0,
            others: Mutex::default(),
        });
        let mut tasks = vec![tokio::spawn(Arc::clone(&shared).keep_telling())];
        if listens {
            tasks.push(tokio::spawn(Arc::clone(&shared).keep_listening(caches)));
            tasks.push(tokio::spawn(Arc::clone(&shared).keep_saying_here()));
        }
        Self { shared, tasks }
    }

    /// Tells them now. A failure is no failure of what has changed.
    pub(crate) async fn tell_now(&self, change: Change) {
        self.shared.send(&[change]).await;
    }

    /// Says that this host is no more.
    pub(crate) async fn close(&self) {
        if self.tasks.len() > 1 {
            self.shared.notify(GONE).await;
        }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl OtherHosts for Neighbours {
    fn tell(&self, change: Change) {
        let mut to_tell = self.shared.to_tell.lock();
        if to_tell.contains(&change) {
            return;
        }
        if to_tell.len() < MAX_CHANGES {
            to_tell.push(change);
        } else {
            *to_tell = vec![Change::Everything];
        }
        drop(to_tell);
        self.shared.due.notify_one();
    }

    fn heard(&self) -> broadcast::Receiver<Change> {
        self.shared.heard.subscribe()
    }

    fn count(&self) -> u32 {
        let mut others = self.shared.others.lock();
        others.retain(|_, heard| heard.elapsed() < COUNTS_FOR);
        u32::try_from(others.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

impl Shared {
    async fn keep_telling(self: Arc<Self>) {
        loop {
            self.due.notified().await;
            let changes = std::mem::take(&mut *self.to_tell.lock());
            self.send(&changes).await;
            sleep(APART).await;
        }
    }

    async fn keep_saying_here(self: Arc<Self>) {
        let mut due = interval(HERE_EVERY);
        let mut until_sweep = SWEEP_AFTER;
        loop {
            due.tick().await;
            self.notify(HERE).await;
            until_sweep -= 1;
            if until_sweep == 0 {
                until_sweep = SWEEP_AFTER;
                if let Err(error) = idle_windows::sweep(&self.pool).await {
                    tracing::warn!(%error, "rate.not_swept");
                }
            }
        }
    }

    async fn keep_listening(self: Arc<Self>, caches: Caches) {
        loop {
            match self.listen(&caches).await {
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => {
                    tracing::warn!(%error, "hosts.not_heard: changes of other hosts are found by looking");
                }
                Ok(()) => tracing::warn!("hosts.not_heard: the connection to the database has become silent"),
            }
            sleep(TRY_EVERY).await;
        }
    }

    /// Listens until nothing is heard any more.
    async fn listen(&self, caches: &Caches) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        tracing::debug!("hosts.heard");
        loop {
            // What was told before this was heard by nobody here.
            self.hear(Change::Everything, caches);
            loop {
                match timeout(COUNTS_FOR, listener.try_recv()).await {
                    Err(_) => return Ok(()),
                    Ok(message) => match message? {
                        Some(message) => self.understand(message.payload(), caches),
                        None => break,
                    },
                }
            }
            // The listener connects again by itself.
            tracing::warn!("hosts.not_heard: the connection to the database broke, and is made again");
        }
    }

    fn understand(&self, message: &str, caches: &Caches) {
        let mut words = message.split(' ');
        let Some(sender) = words.next().filter(|sender| *sender != self.name) else { return };
        self.note(sender, !message.ends_with(GONE));
        words.filter_map(read).for_each(|change| self.hear(change, caches));
    }

    fn note(&self, sender: &str, is_here: bool) {
        let mut others = self.others.lock();
        if !is_here {
            others.remove(sender);
        } else if others.len() < MAX_HOSTS || others.contains_key(sender) {
            others.insert(sender.to_owned(), Instant::now());
        }
    }

    fn hear(&self, change: Change, caches: &Caches) {
        caches.note(change);
        // Nobody may be listening.
        let _listeners = self.heard.send(change);
    }

    async fn send(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let mut words = String::new();
        for change in changes {
            // A string takes everything.
            let _never = match change {
                Change::JobStops(job) => write!(words, " {}{job}", word(*change)),
                _ => write!(words, " {}", word(*change)),
            };
        }
        self.notify(words.trim_start()).await;
    }

    /// Says something. Who heard of a host that is gone would count it again.
    async fn notify(&self, words: &str) {
        let mut has_gone = self.has_gone.lock().await;
        if *has_gone {
            return;
        }
        *has_gone = words == GONE;
        let message = format!("{} {words}", self.name);
        let sending =
            sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&message).execute(&self.pool);
        match timeout(PATIENCE, sending).await {
            // A store that was closed has nothing more to tell.
            Ok(Ok(_) | Err(sqlx::Error::PoolClosed)) => {}
            Ok(Err(error)) => tracing::warn!(%error, words, "hosts.not_told"),
            Err(_) => tracing::warn!(words, "hosts.not_told"),
        }
    }
}

/// How a change is written; one of a job is followed by its id.
fn word(change: Change) -> &'static str {
    match change {
        Change::Activity => "activity",
        Change::JobWaits => "job-waits",
        Change::JobStops(_) => "job-stops:",
        Change::JobEnded => "job-ended",
        Change::Access => "access",
        Change::Connections => "connections",
        Change::Grants => "grants",
        Change::Everything => "everything",
    }
}

fn read(text: &str) -> Option<Change> {
    const PLAIN: [Change; 7] = [
        Change::Activity,
        Change::JobWaits,
        Change::JobEnded,
        Change::Access,
        Change::Connections,
        Change::Grants,
        Change::Everything,
    ];
    if let Some(id) = text.strip_prefix("job-stops:") {
        return id.parse::<JobId>().ok().map(Change::JobStops);
    }
    PLAIN.into_iter().find(|change| word(*change) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_read_as_it_is_written() {
        let job = JobId::new();
        assert_eq!(read(&format!("job-stops:{job}")), Some(Change::JobStops(job)));
        for change in [Change::Activity, Change::JobWaits, Change::Access, Change::Everything] {
            assert_eq!(read(word(change)), Some(change));
        }
        for other in ["", "here", "job-stops:", "job-stops:7", "something-newer"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
