//! What lies in the server, and what it is worth after a start.

use std::time::Duration;

use tokio::time::sleep;
use toolbay_kernel::ports::StoreErrorKind;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows as _, Settled};
use toolbay_kernel::run::Priority;
use toolbay_redis::{RedisWindows, look};

use crate::server::{PASSWORD, server, take_soon, window};

#[tokio::test]
async fn each_key_is_ours_and_expires_by_itself() {
    let Some(server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 2, None).await.unwrap();
    let used = vec![(1, Duration::from_secs(1))];
    let settled = Settled {
        key: "b".to_owned(),
        priority: Priority::Background,
        length: Duration::from_secs(60),
        used,
        unused: 0,
    };
    windows.settle(&[settled]).await.unwrap();
    windows.pause("c", Duration::from_secs(5)).await.unwrap();
    let mut keys: Vec<String> = server.ask("KEYS *").await;
    keys.sort();
    let window = |key| format!("toolbay:rate:window:{key}");
    assert_eq!(keys, ["toolbay:rate:known".to_owned(), window("a"), window("b"), window("c")]);
    let time = async |key: &str| Duration::from_millis(server.ask::<u64>(&format!("PTTL {key}")).await);
    let near = |time: Duration, seconds: u64| {
        let wanted = Duration::from_secs(seconds);
        (wanted - Duration::from_secs(2)..=wanted + Duration::from_secs(1)).contains(&time)
    };
    // The longest use, the window, and the way there.
    assert!(near(time(&window("a")).await, 95));
    assert!(near(time(&window("b")).await, 59));
    assert!(near(time(&window("c")).await, 5));
    assert!(time("toolbay:rate:known").await > Duration::from_secs(24 * 3_600));
    // A shorter wait takes nothing away.
    windows.pause("a", Duration::from_secs(1)).await.unwrap();
    assert!(near(time(&window("a")).await, 95));
}

#[tokio::test]
async fn a_server_that_was_started_again_with_what_it_kept_says_that_it_has_forgotten() {
    let Some(mut server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 4, None).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    server.ask::<()>("SAVE").await;
    // Of these the file knows nothing.
    windows.take(&window(), 4, None).await.unwrap();
    server.crash();
    server.start().await;
    assert_eq!(server.ask::<u64>("EXISTS toolbay:rate:known").await, 1, "the file was read");
    let taken = take_soon(&windows).await;
    assert_eq!((taken.permits, taken.known_for), (1, Duration::ZERO));
    sleep(Duration::from_millis(50)).await;
    assert!(take_soon(&server.windows()).await.known_for >= Duration::from_millis(50));
}

#[tokio::test]
async fn scripts_that_were_forgotten_are_sent_again() {
    let Some(server) = server().await else { return };
    let windows = server.windows();
    windows.take(&window(), 1, None).await.unwrap();
    server.ask::<()>("SCRIPT FLUSH").await;
    assert_eq!(windows.take(&window(), 1, None).await.unwrap().permits, 1);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_found_by_asking_nothing_at_all() {
    let Some(server) = server().await else { return };
    let windows = server.windows();
    windows.settle(&[]).await.unwrap();
    server.ask::<()>("CONFIG SET maxmemory 1").await;
    for refused in
        [windows.settle(&[]).await.unwrap_err(), windows.take(&window(), 1, None).await.unwrap_err()]
    {
        assert_eq!(refused.kind, StoreErrorKind::Full, "{refused}");
    }
    server.ask::<()>("CONFIG SET maxmemory 0").await;
    windows.settle(&[]).await.unwrap();
}

#[tokio::test]
async fn times_without_end_are_taken() {
    let Some(server) = server().await else { return };
    let endless = RateWindow { longest_use: Duration::MAX, interval: Duration::MAX, ..window() };
    assert_eq!(server.windows().take(&endless, 1, None).await.unwrap().permits, 1);
    server.windows().pause("a", Duration::MAX).await.unwrap();
    assert!(take_soon(&server.windows()).await.paused > Duration::from_secs(300 * 24 * 3_600));
}

#[tokio::test]
async fn a_look_changes_nothing_and_says_what_would_be_lost() {
    let Some(server) = server().await else { return };
    let url = server.url().parse().unwrap();
    let well = look(&url).await.unwrap();
    assert!(well.version.contains('.'), "{well:?}");
    assert_eq!(well.evicts, None);
    assert_eq!(server.ask::<u64>("DBSIZE").await, 0);
    server.ask::<()>("CONFIG SET maxmemory 100mb").await;
    server.ask::<()>("CONFIG SET maxmemory-policy allkeys-lru").await;
    assert_eq!(look(&url).await.unwrap().evicts.as_deref(), Some("allkeys-lru"));
    server.ask::<()>("REPLICAOF 127.0.0.1 1").await;
    assert!(look(&url).await.unwrap_err().to_string().contains("copy of another server"));
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_repeated() {
    let Some(server) = server().await else { return };
    let wrong = server.url().replace(PASSWORD, "canary-of-a-wrong-password").parse().unwrap();
    let windows = RedisWindows::new(&wrong, None);
    let refused = windows.take(&window(), 1, None).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Refused);
    let said = format!("{refused} {refused:?} {windows:?} {wrong:?}");
    assert!(said.contains("Redis") && !said.contains("canary"), "{said}");
}

#[tokio::test]
async fn a_user_with_the_rights_that_are_documented_is_enough() {
    let Some(server) = server().await else { return };
    let page = include_str!("../../../../docs/several-hosts.md");
    let rights: String = page
        .split('`')
        .filter(|code| code.starts_with("+@") || code.starts_with("+ev"))
        .collect::<Vec<_>>()
        .join(" ");
    server.ask::<()>(&format!("ACL SETUSER toolbay on >{PASSWORD} ~toolbay:* {rights}")).await;
    let url = server.url().replace("redis://:", "redis://toolbay:").parse().unwrap();
    let windows = RedisWindows::new(&url, None);
    windows.take(&window(), 1, None).await.unwrap();
    windows.settle(&[]).await.unwrap();
    windows.pause("a", Duration::from_secs(1)).await.unwrap();
    look(&url).await.unwrap();
    let refused: Vec<redis::Value> = server.ask("ACL LOG").await;
    assert!(refused.is_empty(), "{refused:?}");
}
