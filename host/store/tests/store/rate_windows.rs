//! Rate windows of several hosts on one PostgreSQL. On a file there are none: one host serves it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows, Settled};
use toolbay_kernel::run::Priority;
use toolbay_store::Store;

use crate::harness::{Installation, installation, on_postgres, store};

const LENGTH: Duration = Duration::from_secs(60);

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

/// Two hosts on one server.
async fn hosts() -> Option<(Arc<dyn RateWindows>, Arc<dyn RateWindows>, Installation)> {
    if !on_postgres() {
        return None;
    }
    let installation = installation().await;
    let host = async || installation.open().await.rate_windows().unwrap();
    Some((host().await, host().await, installation))
}

#[tokio::test]
async fn a_file_has_none() {
    let (store, _installation) = store().await;
    assert_eq!(store.rate_windows().is_some(), on_postgres());
    assert_eq!(store.other_hosts().is_some(), on_postgres());
}

#[tokio::test]
async fn hosts_take_of_the_same_places_and_give_them_back() {
    let Some((one, other, _installation)) = hosts().await else { return };
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
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 1);
    // Its own are settled with the question.
    let taken = one.take(&window, 9, Some(settled("a", &[], 9))).await.unwrap();
    assert_eq!(taken.permits, 9);
    // Another window has its own places.
    assert_eq!(one.take(&RateWindow { key: "b".to_owned(), ..window }, 99, None).await.unwrap().permits, 10);
}

#[tokio::test]
async fn what_a_host_did_while_the_store_was_away_counts() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let window = window("a", 10, 10, 0);
    // Never taken, and used.
    one.settle(&[settled("a", &[(3, 5_000), (4, 100), (2, 61_000)], 0)]).await.unwrap();
    assert_eq!(other.take(&window, 10, None).await.unwrap().permits, 3);
}

#[tokio::test]
async fn what_a_host_that_is_gone_has_taken_comes_back() {
    let Some((one, other, installation)) = hosts().await else { return };
    let window = window("a", 10, 10, 0);
    assert_eq!(one.take(&window, 10, None).await.unwrap().permits, 10);
    assert_eq!(other.take(&window, 1, None).await.unwrap().permits, 0);
    let until = installation.ask("SELECT (MAX(until) - rate_now())::TEXT FROM rate_permits").await;
    let until: u64 = until.parse().unwrap();
    assert!((60_000..=65_000).contains(&until), "{until}");
    installation.tamper("UPDATE rate_permits SET until = rate_now()").await.unwrap();
    assert_eq!(other.take(&window, 10, None).await.unwrap().permits, 10);
    // Should it be there after all, it takes nothing from anybody.
    one.settle(&[settled("a", &[], 10)]).await.unwrap();
    assert_eq!(one.take(&window, 1, None).await.unwrap().permits, 0);
}

#[tokio::test]
async fn beyond_the_burst_permits_are_spaced_over_all_hosts() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let window = window("a", 100, 3, 400);
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 3);
    let early = other.take(&window, 1, None).await.unwrap();
    assert_eq!(early.permits, 0);
    assert!((Duration::from_millis(200)..=Duration::from_millis(400)).contains(&early.wait), "{early:?}");
    tokio::time::sleep(Duration::from_millis(410)).await;
    assert_eq!(other.take(&window, 9, None).await.unwrap().permits, 1);
    assert_eq!(one.take(&window, 9, None).await.unwrap().permits, 0);
    // The background has a spacing of its own, and fewer of the same places.
    let background = RateWindow { priority: Priority::Background, places: 5, ..window };
    assert_eq!(one.take(&background, 9, None).await.unwrap().permits, 1);
}

#[tokio::test]
async fn a_pause_is_for_all_hosts_and_never_shortened() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let window = window("a", 10, 10, 0);
    one.pause("a", Duration::from_secs(20)).await.unwrap();
    other.pause("a", Duration::from_secs(1)).await.unwrap();
    let taken = other.take(&window, 1, None).await.unwrap();
    assert_eq!(taken.permits, 0);
    assert!((Duration::from_secs(19)..=Duration::from_secs(20)).contains(&taken.paused), "{taken:?}");
    assert_eq!(other.take(&RateWindow { key: "b".to_owned(), ..window }, 1, None).await.unwrap().permits, 1);
}

#[tokio::test]
async fn a_server_that_has_crashed_says_that_it_has_forgotten() {
    let Some((one, other, installation)) = hosts().await else { return };
    let window = window("a", 10, 10, 0);
    assert!(one.take(&window, 1, None).await.unwrap().known_for > Duration::from_secs(1_000_000));
    // What a crash does to tables that are not logged.
    installation.tamper("TRUNCATE rate_windows, rate_permits, rate_knowledge").await.unwrap();
    assert_eq!(other.take(&window, 1, None).await.unwrap().known_for, Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let known = one.take(&window, 1, None).await.unwrap().known_for;
    assert!((Duration::from_millis(50)..Duration::from_secs(5)).contains(&known), "{known:?}");
}

#[tokio::test]
async fn many_hosts_at_once_never_take_more_than_there_is() {
    if !on_postgres() {
        return;
    }
    let installation = installation().await;
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let store: Arc<Store> = installation.open().await;
        for task in 0_u32..8 {
            let windows = store.rate_windows().unwrap();
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
    let held = installation.ask("SELECT SUM(permits)::TEXT FROM rate_permits").await;
    assert_eq!(held, "100");
}
