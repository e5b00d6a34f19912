use std::sync::atomic::AtomicU32;

use async_trait::async_trait;

use super::*;
use crate::store_error::{StoreError, StoreErrorKind};

/// A store that gives what is asked for, up to a bound, and remembers what it was told.
#[derive(Default)]
struct Scripted {
    left: AtomicU32,
    is_away: AtomicBool,
    asked: Mutex<Vec<u32>>,
    settled: Mutex<Vec<Settled>>,
    known_for: Mutex<Option<Duration>>,
}

impl Scripted {
    fn of(left: u32) -> Arc<Self> {
        Arc::new(Self { left: AtomicU32::new(left), ..Self::default() })
    }

    fn told(&self) -> (u32, u32) {
        let settled = self.settled.lock();
        let used = settled.iter().flat_map(|settled| &settled.used).map(|(count, _)| count).sum();
        (used, settled.iter().map(|settled| settled.unused).sum())
    }

    fn answer(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unreachable, "it is away"));
        }
        Ok(())
    }
}

#[async_trait]
impl RateWindows for Scripted {
    async fn take(
        &self,
        _window: &RateWindow,
        wanted: u32,
        settled: Option<Settled>,
    ) -> Result<Taken, StoreError> {
        self.answer()?;
        self.asked.lock().push(wanted);
        self.settled.lock().extend(settled);
        let permits = self.left.load(Ordering::Relaxed).min(wanted);
        self.left.fetch_sub(permits, Ordering::Relaxed);
        let known_for = self.known_for.lock().unwrap_or(Duration::MAX);
        Ok(Taken { permits, wait: Duration::from_secs(7), paused: Duration::ZERO, known_for })
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        self.answer()?;
        self.settled.lock().extend_from_slice(settled);
        Ok(())
    }

    async fn pause(&self, _key: &str, _wait: Duration) -> Result<(), StoreError> {
        self.answer()
    }

    fn hosts(&self) -> u32 {
        4
    }
}

const MINUTE: Duration = Duration::from_secs(60);

fn window() -> RateWindow {
    RateWindow {
        key: "one".to_owned(),
        priority: Priority::Interactive,
        length: MINUTE,
        places: 600,
        burst: 600,
        interval: Duration::ZERO,
        longest_use: Duration::ZERO,
    }
}

fn used(shared: &SharedPermits) {
    shared.used("one", Priority::Interactive, MINUTE);
}

#[tokio::test(start_paused = true)]
async fn most_uses_cost_no_question_and_each_is_told_once() {
    let store = Scripted::of(600);
    let shared = SharedPermits::new(store.clone());
    for _ in 0..200 {
        assert_eq!(shared.take(&window(), 1).await, Permission::Given);
        used(&shared);
        sleep(Duration::from_millis(5)).await;
    }
    let asked = store.asked.lock().clone();
    assert!(asked.len() <= 15, "200 uses took {} questions: {asked:?}", asked.len());
    sleep(Duration::from_secs(5)).await;
    let (used, unused) = store.told();
    assert_eq!((used, used + unused), (200, asked.iter().sum()), "what wasn't used has gone back");
}

#[tokio::test(start_paused = true)]
async fn who_asks_seldom_takes_one_at_a_time() {
    let store = Scripted::of(600);
    let shared = SharedPermits::new(store.clone());
    for _ in 0..5 {
        assert_eq!(shared.take(&window(), 1).await, Permission::Given);
        used(&shared);
        sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(*store.asked.lock(), [1, 1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn without_a_permit_the_wait_is_told() {
    let shared = SharedPermits::new(Scripted::of(0));
    assert_eq!(shared.take(&window(), 1).await, Permission::Wait(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_noticed_and_told_later_what_happened_meanwhile() {
    let store = Scripted::of(600);
    let shared = SharedPermits::new(store.clone());
    assert!(!shared.is_cautious("one", Priority::Interactive));
    store.is_away.store(true, Ordering::Relaxed);
    assert_eq!(shared.take(&window(), 1).await, Permission::Away);
    assert!(shared.is_cautious("one", Priority::Interactive));
    assert_eq!((shared.share(180), shared.share(3)), (22, 1), "half of a quarter, and never nothing");
    used(&shared);
    used(&shared);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(shared.take(&window(), 1).await, Permission::Away);
    store.is_away.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(shared.take(&window(), 1).await, Permission::Given);
    assert_eq!(store.told().0, 2);
    let ago = store.settled.lock()[0].used[0].1;
    assert!((Duration::from_secs(10)..Duration::from_secs(14)).contains(&ago), "{ago:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_forgotten_is_trusted_again_after_a_window() {
    let store = Scripted::of(600);
    *store.known_for.lock() = Some(Duration::from_secs(20));
    let shared = SharedPermits::new(store.clone());
    assert_eq!(shared.take(&window(), 1).await, Permission::Given);
    assert!(shared.is_cautious("one", Priority::Interactive));
    assert!(!shared.is_cautious("other", Priority::Interactive));
    sleep(Duration::from_secs(39)).await;
    assert!(shared.is_cautious("one", Priority::Interactive));
    sleep(Duration::from_secs(2)).await;
    assert!(!shared.is_cautious("one", Priority::Interactive));
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_the_store_is_asked_loses_nothing() {
    let store = Scripted::of(600);
    let shared = SharedPermits::new(store.clone());
    // Asked once, and not waited for.
    assert!(timeout(Duration::ZERO, shared.take(&window(), 1)).await.is_err());
    sleep(Duration::from_secs(3)).await;
    assert_eq!(store.told(), (0, 1));
}
