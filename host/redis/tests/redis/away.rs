//! A server that is away, and comes back.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};
use toolbay_kernel::other_hosts::{Change, OtherHosts};
use toolbay_kernel::ports::StoreErrorKind;
use toolbay_kernel::rate_windows::RateWindows as _;
use toolbay_redis::{RedisWindows, look};

use crate::server::{server, take_soon, window};

/// What a question may take, and some time for a busy machine.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_server_that_refuses_connections_is_unreachable_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("redis://{free}").parse().unwrap();
    let windows = RedisWindows::new(&url, None);
    let asked = Instant::now();
    assert_eq!(windows.take(&window(), 1, None).await.unwrap_err().kind, StoreErrorKind::Unreachable);
    assert_eq!(look(&url).await.unwrap_err().kind, StoreErrorKind::Unreachable);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_never_answers_costs_bounded_time_however_many_ask() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap()).parse().unwrap();
    let windows = RedisWindows::new(&url, None);
    let (asked, window) = (Instant::now(), window());
    let (take, settle, pause, other) = tokio::join!(
        windows.take(&window, 1, None),
        windows.settle(&[]),
        windows.pause("a", Duration::from_secs(1)),
        windows.take(&window, 1, None),
    );
    let kinds =
        [take.unwrap_err().kind, settle.unwrap_err().kind, pause.unwrap_err().kind, other.unwrap_err().kind];
    assert_eq!(kinds, [StoreErrorKind::Unreachable; 4]);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_crashes_is_missed_and_found_again() {
    let Some(mut server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 10, None).await.unwrap();
    server.crash();
    let asked = Instant::now();
    for _ in 0..3 {
        assert_eq!(windows.take(&window(), 1, None).await.unwrap_err().kind, StoreErrorKind::Unreachable);
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    server.start().await;
    let taken = take_soon(&windows).await;
    assert_eq!((taken.permits, taken.known_for), (1, Duration::ZERO));
}

#[tokio::test]
async fn a_server_that_hangs_is_left_and_connected_to_again() {
    let Some(server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 1, None).await.unwrap();
    // Nobody is answered meanwhile.
    server.ask::<()>("CLIENT PAUSE 2500 ALL").await;
    let asked = Instant::now();
    assert_eq!(windows.take(&window(), 1, None).await.unwrap_err().kind, StoreErrorKind::Unreachable);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    take_soon(&windows).await;
}

#[tokio::test]
async fn who_leaves_while_a_silent_server_is_asked_leaves_no_silent_connection_behind() {
    let Some(server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 1, None).await.unwrap();
    let connected: Vec<String> =
        server.ask::<String>("CLIENT LIST TYPE normal").await.lines().map(str::to_owned).collect();
    let ours = connected.iter().find(|line| line.contains("cmd=evalsha")).unwrap();
    let id = ours.split(' ').next().unwrap().to_owned();
    server.ask::<()>("CLIENT PAUSE 2500 ALL").await;
    assert!(timeout(Duration::from_millis(100), windows.take(&window(), 1, None)).await.is_err());
    tokio::time::sleep(Duration::from_secs(3)).await;
    take_soon(&windows).await;
    let connected: String = server.ask("CLIENT LIST TYPE normal").await;
    assert!(
        connected.contains("cmd=evalsha")
            && !connected.lines().any(|line| line.starts_with(&format!("{id} "))),
        "{connected}"
    );
}

/// The hosts that somebody else knows.
struct Three(broadcast::Sender<Change>);

impl OtherHosts for Three {
    fn tell(&self, _change: Change) {}

    fn heard(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }

    fn count(&self) -> u32 {
        3
    }
}

#[tokio::test]
async fn how_many_hosts_there_are_the_database_knows() {
    let url = "redis://127.0.0.1:1".parse().unwrap();
    assert_eq!(RedisWindows::new(&url, None).hosts(), 1);
    assert_eq!(RedisWindows::new(&url, Some(Arc::new(Three(broadcast::channel(1).0)))).hosts(), 3);
}
