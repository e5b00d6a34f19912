//! What every adapter of the rate windows must do, as tests over the port: [`rate_windows_suite!`](crate::rate_windows_suite) makes them.

#![expect(clippy::unwrap_used, reason = "these are tests: failing fast is right")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio::time::sleep;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows, Settled};
use toolbay_kernel::run::Priority;

const LENGTH: Duration = Duration::from_secs(60);

/// A server with rate windows, and what a test does behind the adapter's back.
#[async_trait]
pub trait WindowsServer: Send + Sync {
    /// The windows as one more host sees them.
    async fn host(&self) -> Arc<dyn RateWindows>;

    /// Permits of a window that the server has written down.
    async fn written(&self, key: &str) -> u32;

    /// For how long the permits of a window count at most, if nobody says anything any more.
    async fn longest(&self, key: &str) -> Duration;

    /// Lets that time pass for a window.
    async fn age(&self, key: &str);

    /// Forgets everything, as a crash does.
    async fn forget(&self);
}

/// A test for each rule, over what a function gives: a server, or none where there is none to test on.
#[macro_export]
macro_rules! rate_windows_suite {
    ($server:path) => {
        $crate::rate_windows_suite!(
            $server:
            hosts_take_of_the_same_places_and_give_them_back,
            what_a_host_did_while_the_store_was_away_counts,
            what_a_host_that_is_gone_has_taken_comes_back,
            beyond_the_burst_permits_are_spaced_over_all_hosts,
            a_short_spacing_gives_some_together,
            a_pause_is_for_all_hosts_and_never_shortened,
            a_server_that_has_crashed_says_that_it_has_forgotten,
            many_hosts_at_once_never_take_more_than_there_is,
        );
    };
    ($server:path: $($rule:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $rule() {
            let Some(server) = $server().await else { return };
            $crate::windows_suite::$rule(&server).await;
        }
    )*};
}

fn window(key: &str, places: u32, burst: u32, interval: u64) -> RateWindow {
    RateWindow {
        key: key.to_owned(),
        priority: Priority::Interactive,
        length: LENGTH,
        places,
        burst,
        interval: Duration::from_millis(interval),
        longest_use: Duration::ZERO,
    }
}

fn settled(key: &str, used: &[(u32, u64)], unused: u32) -> Settled {
    let used = used.iter().map(|(count, ago)| (*count, Duration::from_millis(*ago))).collect();
    Settled { key: key.to_owned(), priority: Priority::Interactive, length: LENGTH, used, unused }
}

/// Permits of one window are those of all hosts.
pub async fn hosts_take_of_the_same_places_and_give_them_back(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 10, 10, 0);
    assert_eq!(one.take(&window, 6, None).await.unwrap().permits, 6);
    assert_eq!(other.take(&window, 6, None).await.unwrap().permits, 4);
    let none = one.take(&window, 1, None).await.unwrap();
    assert_eq!((none.permits, none.paused), (0, Duration::ZERO));
    // Whoever has them may have used them now: a window from now at the earliest.
    assert!((LENGTH - Duration::from_secs(1)..=LENGTH).contains(&none.wait), "{:?}", none.wait);
    // What wasn't used is free at once, what was when a window has passed since.
    other.settle(&[settled("a", &[(1, 59_500), (1, 0)], 2)]).await.unwrap();
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 2);
    let next = one.take(&window, 1, None).await.unwrap();
    assert!(next.wait <= Duration::from_millis(700), "{:?}", next.wait);
    sleep(Duration::from_millis(700)).await;
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 1);
    // Its own are settled with the question.
    let taken = one.take(&window, 9, Some(settled("a", &[], 9))).await.unwrap();
    assert_eq!(taken.permits, 9);
    // Another window has its own places.
    assert_eq!(one.take(&RateWindow { key: "b".to_owned(), ..window }, 99, None).await.unwrap().permits, 10);
}

/// Uses that were never taken count.
pub async fn what_a_host_did_while_the_store_was_away_counts(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 10, 10, 0);
    // Never taken, and used.
    one.settle(&[settled("a", &[(3, 5_000), (4, 100), (2, 61_000)], 0)]).await.unwrap();
    assert_eq!(other.take(&window, 10, None).await.unwrap().permits, 3);
}

/// A host that is gone keeps its permits for as long as they may be in use.
pub async fn what_a_host_that_is_gone_has_taken_comes_back(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 10, 10, 0);
    assert_eq!(one.take(&window, 10, None).await.unwrap().permits, 10);
    assert_eq!(other.take(&window, 1, None).await.unwrap().permits, 0);
    let longest = server.longest("a").await;
    assert!((LENGTH..=LENGTH + Duration::from_secs(5)).contains(&longest), "{longest:?}");
    server.age("a").await;
    assert_eq!(other.take(&window, 10, None).await.unwrap().permits, 10);
    // Should it be there after all, it takes nothing from anybody.
    one.settle(&[settled("a", &[], 10)]).await.unwrap();
    assert_eq!(one.take(&window, 1, None).await.unwrap().permits, 0);
}

/// The spacing is one for all hosts, and one for each priority.
pub async fn beyond_the_burst_permits_are_spaced_over_all_hosts(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 100, 3, 400);
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 3);
    let early = other.take(&window, 1, None).await.unwrap();
    assert_eq!(early.permits, 0);
    assert!((Duration::from_millis(200)..=Duration::from_millis(400)).contains(&early.wait), "{early:?}");
    sleep(Duration::from_millis(410)).await;
    assert_eq!(other.take(&window, 9, None).await.unwrap().permits, 1);
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 0);
    // The background has a spacing of its own, and fewer of the same places.
    let background = RateWindow { priority: Priority::Background, places: 5, ..window };
    assert_eq!(one.take(&background, 9, None).await.unwrap().permits, 1);
}

/// A question for each of many permits would take longer than their spacing.
pub async fn a_short_spacing_gives_some_together(server: &impl WindowsServer) {
    let one = server.host().await;
    let window = window("a", 1_000, 1, 10);
    assert_eq!(one.take(&window, 100, None).await.unwrap().permits, 1);
    sleep(Duration::from_millis(20)).await;
    assert_eq!(one.take(&window, 100, None).await.unwrap().permits, 5);
    // They were given ahead of their time.
    let next = one.take(&window, 100, None).await.unwrap();
    assert_eq!(next.permits, 0);
    assert!(next.wait <= Duration::from_millis(50), "{next:?}");
}

/// A pause is for all hosts.
pub async fn a_pause_is_for_all_hosts_and_never_shortened(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 10, 10, 0);
    one.pause("a", Duration::from_secs(20)).await.unwrap();
    other.pause("a", Duration::from_secs(1)).await.unwrap();
    let taken = other.take(&window, 1, None).await.unwrap();
    assert_eq!(taken.permits, 0);
    assert!((Duration::from_secs(19)..=Duration::from_secs(20)).contains(&taken.paused), "{taken:?}");
    assert_eq!(other.take(&RateWindow { key: "b".to_owned(), ..window }, 1, None).await.unwrap().permits, 1);
}

/// Hosts are cautious for a window after that.
pub async fn a_server_that_has_crashed_says_that_it_has_forgotten(server: &impl WindowsServer) {
    let (one, other) = (server.host().await, server.host().await);
    let window = window("a", 10, 10, 0);
    one.take(&window, 10, None).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    assert!(one.take(&window, 1, None).await.unwrap().known_for >= Duration::from_millis(100));
    server.forget().await;
    let forgotten = other.take(&window, 1, None).await.unwrap();
    assert_eq!((forgotten.permits, forgotten.known_for), (1, Duration::ZERO));
    sleep(Duration::from_millis(50)).await;
    let known = one.take(&window, 1, None).await.unwrap().known_for;
    assert!((Duration::from_millis(50)..Duration::from_secs(5)).contains(&known), "{known:?}");
}

/// The places are all given, and none twice.
pub async fn many_hosts_at_once_never_take_more_than_there_is(server: &impl WindowsServer) {
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let host = server.host().await;
        for task in 0_u32..8 {
            let windows = Arc::clone(&host);
            all.spawn(async move {
                let mut taken = 0;
                for round in 0..12 {
                    let window = window("a", 100, 100, 0);
                    let got = windows.take(&window, 3, None).await.unwrap().permits;
                    // Some are used, some go back.
                    let unused = if (task + round) % 3 == 0 { got } else { 0 };
                    let both = [settled("a", &[(got - unused, 0)], unused), settled("b", &[], 0)];
                    windows.settle(&both).await.unwrap();
                    taken += got - unused;
                }
                taken
            });
        }
    }
    let taken: u32 = all.join_all().await.into_iter().sum();
    assert_eq!(taken, 100, "all places, and none twice");
    assert_eq!(server.written("a").await, 100);
}
