use std::num::NonZeroUsize;

use tokio::task::JoinSet;
use toolbay_kernel::ConnectionId;
use toolbay_testing::{MemoryWindows, WindowsOfHost};

use super::Priority::{Background, Interactive};
use super::*;
use crate::pace::WINDOW;

fn budget(connection: ConnectionId) -> BudgetKey {
    BudgetKey::Connection(connection)
}

fn limiter(requests: u32, in_flight: usize) -> Arc<ConnectionLimiter> {
    let budget = Budget::per_window(requests, NonZeroUsize::new(in_flight).unwrap()).unwrap();
    Arc::new(ConnectionLimiter::new(budget))
}

fn within(seconds: u64) -> std::time::Instant {
    (Instant::now() + Duration::from_secs(seconds)).into_std()
}

/// When requests passed.
type Passed = Arc<Mutex<Vec<Instant>>>;

/// Callers that ask again as soon as they have their answer, until `end`.
fn crowd(
    limiter: &Arc<ConnectionLimiter>,
    connection: ConnectionId,
    priority: Priority,
    callers: u64,
    end: Instant,
) -> (Passed, JoinSet<()>) {
    let passed = Passed::default();
    let mut crowd = JoinSet::new();
    for caller in 0..callers {
        let (limiter, passed) = (limiter.clone(), passed.clone());
        crowd.spawn(async move {
            while Instant::now() < end {
                let permit = limiter.acquire(&budget(connection), priority, within(600)).await.unwrap();
                passed.lock().push(Instant::now());
                tokio::time::sleep(Duration::from_millis(80 + caller * 7)).await;
                drop(permit);
            }
        });
    }
    (passed, crowd)
}

/// The most that any window sees, with Notion's fixed windows laid at every offset.
fn most_in_a_window(mut passed: Vec<Instant>) -> usize {
    passed.sort();
    let in_window = |(first, begin): (usize, &Instant)| {
        passed[first..].iter().take_while(|at| **at - *begin < WINDOW).count()
    };
    passed.iter().enumerate().map(in_window).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_crowd_never_exceeds_the_budget_and_uses_nearly_all_of_it() {
    for (priority, share) in [(Interactive, 180), (Background, 126)] {
        let limiter = limiter(180, 10);
        let end = Instant::now() + 10 * WINDOW;
        let (passed, crowd) = crowd(&limiter, ConnectionId::new(), priority, 40, end);
        crowd.join_all().await;
        let passed = passed.lock().clone();
        let max = most_in_a_window(passed.clone());
        assert!(max <= share, "{max} requests in a window");
        let all = passed.iter().filter(|at| **at < end).count();
        assert!(all * 100 >= share * 10 * 95, "{all} requests in ten minutes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mixed_crowd_never_exceeds_the_budget() {
    let limiter = limiter(180, 10);
    let connection = ConnectionId::new();
    let end = Instant::now() + 10 * WINDOW;
    let (jobs, mut crowds) = crowd(&limiter, connection, Background, 40, end);
    let mut people = Vec::new();
    // People come and go; the largest crowd wants the whole budget.
    for callers in [1, 2, 0, 12, 0, 3] {
        let (passed, mut crowd) =
            crowd(&limiter, connection, Interactive, callers, Instant::now() + Duration::from_secs(20));
        while crowd.join_next().await.is_some() {}
        people.extend(passed.lock().clone());
        tokio::time::sleep(Duration::from_secs(50)).await;
    }
    while crowds.join_next().await.is_some() {}
    let jobs = jobs.lock().clone();
    assert!(most_in_a_window(jobs.clone()) <= 126);
    let all = most_in_a_window([jobs, people].concat());
    assert!((170..=180).contains(&all), "{all} requests in a window");
}

/// Many requests of the background at once; each is answered after `latency`. Counts those that passed.
fn flood(
    limiter: &Arc<ConnectionLimiter>,
    connection: ConnectionId,
    latency: Duration,
) -> (Arc<AtomicU32>, JoinSet<()>) {
    let passed = Arc::new(AtomicU32::new(0));
    let mut flood = JoinSet::new();
    for _ in 0..500 {
        let (limiter, passed) = (limiter.clone(), passed.clone());
        flood.spawn(async move {
            let _permit = limiter.acquire(&budget(connection), Background, within(3_600)).await.unwrap();
            passed.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(latency).await;
        });
    }
    (passed, flood)
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_the_background_leaves_its_share_to_who_asks_promptly() {
    for offset in 0..75 {
        let limiter = limiter(180, 1_000);
        let connection = ConnectionId::new();
        let (_, _flood) = flood(&limiter, connection, Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(offset)).await;
        let before = Instant::now();
        for _ in 0..54 {
            limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
        }
        assert_eq!(Instant::now(), before, "{offset} s after the flood began");
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_goes_to_who_asks_promptly_until_the_share_is_whole() {
    let limiter = limiter(180, 1_000);
    let connection = ConnectionId::new();
    let (passed, _flood) = flood(&limiter, connection, Duration::ZERO);
    // The background has its share.
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(passed.load(Ordering::Relaxed), 126);
    for _ in 0..100 {
        limiter.acquire(&budget(connection), Interactive, within(40)).await.unwrap();
    }
    assert_eq!(passed.load(Ordering::Relaxed), 126);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_the_background_leaves_requests_in_flight_to_others() {
    let limiter = limiter(180, 10);
    let connection = ConnectionId::new();
    let (_, _flood) = flood(&limiter, connection, Duration::from_secs(30));
    for _ in 0..30 {
        // Slow enough to need no spacing.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let before = Instant::now();
        let budget = budget(connection);
        let ask = || limiter.acquire(&budget, Interactive, within(1));
        let (first, second, third) = tokio::join!(ask(), ask(), ask());
        assert!(first.is_ok() && second.is_ok() && third.is_ok());
        assert_eq!(Instant::now(), before);
    }
}

#[tokio::test(start_paused = true)]
async fn the_background_waits_behind_who_asks_promptly() {
    let limiter = limiter(180, 1_000);
    let connection = ConnectionId::new();
    let ask = |priority, order: &Arc<Mutex<Vec<Priority>>>| {
        let (limiter, order) = (limiter.clone(), order.clone());
        async move {
            limiter.acquire(&budget(connection), priority, within(3_600)).await.unwrap();
            order.lock().push(priority);
        }
    };
    let order = Arc::default();
    // The burst, so that the others have to queue.
    for _ in 0..60 {
        ask(Interactive, &order).await;
    }
    order.lock().clear();
    let mut all = JoinSet::new();
    for _ in 0..20 {
        all.spawn(ask(Interactive, &order));
        all.spawn(ask(Background, &order));
    }
    all.join_all().await;
    assert!(order.lock().iter().position(|u| *u == Background) == Some(20), "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn the_background_goes_on_when_who_it_waited_behind_gives_up() {
    let limiter = limiter(180, 10);
    let connection = ConnectionId::new();
    let start = Instant::now();
    let ask = |priority| {
        let limiter = limiter.clone();
        async move { limiter.acquire(&budget(connection), priority, within(600)).await.map(drop) }
    };
    // The burst, so that the next one has to wait.
    for _ in 0..60 {
        ask(Interactive).await.unwrap();
    }
    let prompt = tokio::spawn(ask(Interactive));
    tokio::task::yield_now().await;
    let background = tokio::spawn(ask(Background));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!background.is_finished());
    prompt.abort();
    prompt.await.unwrap_err();
    background.await.unwrap().unwrap();
    assert_eq!(Instant::now() - start, Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_of_the_background_is_nobody_elses() {
    let limiter = limiter(180, 10);
    let connection = ConnectionId::new();
    let mut flood = JoinSet::new();
    for _ in 0..2 * MAX_WAITING {
        let limiter = limiter.clone();
        flood.spawn(async move {
            limiter.acquire(&budget(connection), Background, within(3_600)).await.map(drop)
        });
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    let refused = flood.join_all().await.into_iter().filter(Result::is_err).count();
    assert!(refused > 0, "the background's own queue has an end");
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_refused_at_once_with_its_length() {
    let limiter = limiter(180, 10);
    let connection = ConnectionId::new();
    limiter.pause(&budget(connection), Duration::from_millis(29_500));
    let before = Instant::now();
    let problem = limiter.acquire(&budget(connection), Interactive, within(10)).await.map(drop).unwrap_err();
    assert_eq!(Instant::now(), before);
    assert_eq!(problem.code, Code::RateLimited);
    assert_eq!(problem.details.as_deref(), Some(&json!({ "retry_after_seconds": 30 })));

    limiter.acquire(&budget(ConnectionId::new()), Interactive, within(10)).await.unwrap();
    limiter.acquire(&budget(connection), Interactive, within(40)).await.unwrap();
    assert_eq!(Instant::now() - before, Duration::from_millis(29_500));
}

#[tokio::test(start_paused = true)]
async fn a_pause_reaches_those_who_wait_already() {
    let limiter = limiter(10, 10);
    let connection = ConnectionId::new();
    let start = Instant::now();
    for _ in 0..3 {
        limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    }
    let waiting = tokio::spawn({
        let limiter = limiter.clone();
        async move { limiter.acquire(&budget(connection), Interactive, within(60)).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    limiter.pause(&budget(connection), Duration::from_secs(49));
    waiting.await.unwrap().unwrap();
    assert_eq!(Instant::now() - start, Duration::from_secs(50));
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_bounded_until_their_permits_are_given_back() {
    let limiter = limiter(180, 2);
    let connection = ConnectionId::new();
    let first = limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    let _second = limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    assert_eq!(
        limiter.acquire(&budget(connection), Interactive, within(1)).await.map(drop).unwrap_err().code,
        Code::RateLimited
    );
    drop(first);
    limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_leaves_no_trace_in_the_queue() {
    let limiter = limiter(180, 1);
    let connection = ConnectionId::new();
    let held = limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    let gone = tokio::spawn({
        let limiter = limiter.clone();
        async move { limiter.acquire(&budget(connection), Interactive, within(60)).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    gone.abort();
    gone.await.unwrap_err();
    drop(held);
    limiter.acquire(&budget(connection), Interactive, within(1)).await.unwrap();
    assert_eq!(limiter.lane(&budget(connection)).prompt.length.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_forgotten_and_busy_ones_are_not() {
    let limiter = limiter(180, 10);
    let paused = ConnectionId::new();
    limiter.pause(&budget(paused), Duration::from_secs(600));
    for _ in 0..3 * MAX_REMEMBERED {
        limiter.acquire(&budget(ConnectionId::new()), Interactive, within(1)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        limiter.pause(&budget(paused), Duration::from_secs(600));
    }
    assert!(limiter.lanes.lock().len() <= MAX_REMEMBERED + 1);
    assert!(limiter.acquire(&budget(paused), Interactive, within(1)).await.is_err());
}

/// A host's limiter, and what it has of the windows.
type LimiterOfHost = (Arc<ConnectionLimiter>, Arc<WindowsOfHost>);

/// So many hosts on one store, and its windows as each sees them.
fn hosts(count: usize, requests: u32) -> (Arc<MemoryWindows>, Vec<LimiterOfHost>) {
    let all = Arc::<MemoryWindows>::default();
    let host = |_| {
        let (limiter, windows) = (limiter(requests, 10), all.host());
        limiter.share(SharedPermits::new(windows.clone()));
        (limiter, windows)
    };
    let hosts = (0..count).map(host).collect();
    (all, hosts)
}

#[tokio::test(start_paused = true)]
async fn hosts_that_share_a_store_stay_within_one_budget_and_use_nearly_all_of_it() {
    for (count, priority, share) in [(2, Interactive, 180), (4, Interactive, 180), (3, Background, 126)] {
        let (_, hosts) = hosts(count, 180);
        let connection = ConnectionId::new();
        let end = Instant::now() + 10 * WINDOW;
        let crowds = hosts.iter().map(|(limiter, _)| crowd(limiter, connection, priority, 10, end));
        let mut each = Vec::new();
        for (passed, crowd) in crowds.collect::<Vec<_>>() {
            crowd.join_all().await;
            each.push(passed.lock().clone());
        }
        let passed = each.concat();
        let max = most_in_a_window(passed.clone());
        assert!(max <= share, "{max} requests of {count} hosts in a window");
        let all = passed.iter().filter(|at| **at < end).count();
        assert!(all * 100 >= share * 10 * 95, "{all} requests of {count} hosts in ten minutes");
        // None is left with nothing.
        let least = each.iter().map(Vec::len).min().unwrap();
        assert!(least * count * 2 >= all, "{least} of {all} requests by one of {count} hosts");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_alone_at_work_has_the_whole_budget() {
    let (_, hosts) = hosts(4, 180);
    let end = Instant::now() + 5 * WINDOW;
    let (passed, crowd) = crowd(&hosts[0].0, ConnectionId::new(), Interactive, 20, end);
    crowd.join_all().await;
    let all = passed.lock().iter().filter(|at| **at < end).count();
    assert!(all * 100 >= 180 * 5 * 95, "{all} requests in five minutes");
}

#[tokio::test(start_paused = true)]
async fn the_background_of_all_hosts_leaves_its_share_to_who_asks_promptly() {
    let (_, hosts) = hosts(2, 180);
    let connection = ConnectionId::new();
    let (_, _flood) = flood(&hosts[0].0, connection, Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(90)).await;
    let before = Instant::now();
    for _ in 0..50 {
        hosts[1].0.acquire(&budget(connection), Interactive, within(5)).await.unwrap();
    }
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_one_host_stops_all() {
    let (_, hosts) = hosts(2, 180);
    let connection = ConnectionId::new();
    hosts[0].0.pause(&budget(connection), Duration::from_secs(30));
    tokio::time::sleep(Duration::from_millis(10)).await;
    let refused = hosts[1].0.acquire(&budget(connection), Interactive, within(10)).await.err().unwrap();
    assert_eq!(refused.details.unwrap()["retry_after_seconds"], 30);
    let before = Instant::now();
    hosts[1].0.acquire(&budget(connection), Interactive, within(40)).await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(29), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn without_the_store_each_host_keeps_to_half_of_an_equal_share() {
    let (all, hosts) = hosts(2, 180);
    let connection = ConnectionId::new();
    for (_, windows) in &hosts {
        windows.is_away.store(true, Ordering::Relaxed);
    }
    let end = Instant::now() + 5 * WINDOW;
    let crowds: Vec<_> =
        hosts.iter().map(|(limiter, _)| crowd(limiter, connection, Interactive, 10, end)).collect();
    let mut each = Vec::new();
    for (passed, crowd) in crowds {
        crowd.join_all().await;
        each.push(passed.lock().clone());
    }
    for passed in &each {
        let max = most_in_a_window(passed.clone());
        assert!((40..=45).contains(&max), "{max} requests in a window");
    }
    // The store answers again, and learns what was sent meanwhile.
    for (_, windows) in &hosts {
        windows.is_away.store(false, Ordering::Relaxed);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let known = all.taken(&window_key(&budget(connection)));
    assert!((70..=90).contains(&known), "{known} requests are known");
}
