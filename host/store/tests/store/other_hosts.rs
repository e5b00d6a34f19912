//! What hosts on one PostgreSQL tell each other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::sync::broadcast::Receiver;
use toolbay_kernel::JobId;
use toolbay_kernel::administration::{AdministrationStore as _, Workspace};
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::ports::{Connections as _, Principals as _};
use toolbay_kernel::principal::Allowed;
use toolbay_store::Store;

use crate::harness::{
    Installation, NOTION_READ, administration, connect, installation, on_postgres, operator,
};
use crate::tokens::token;

/// Two hosts that hear each other.
async fn hosts() -> Option<(Arc<Store>, Arc<Store>, Installation)> {
    if !on_postgres() {
        return None;
    }
    let installation = installation().await;
    let host = async |data: &str| {
        let mut settings = installation.settings.clone();
        settings.data_dir = installation.folder().join(data);
        Store::open_serving(settings).await.unwrap()
    };
    let (one, other) = (host("one").await, host("other").await);
    hear_each_other(&one, &other).await;
    Some((one, other, installation))
}

async fn hear_each_other(one: &Store, other: &Store) {
    let end = Instant::now() + Duration::from_secs(60);
    let mut heard = other.other_hosts().unwrap().heard();
    loop {
        one.other_hosts().unwrap().tell(Change::Activity);
        let next = tokio::time::timeout(Duration::from_millis(300), heard.recv()).await;
        if matches!(next, Ok(Ok(Change::Activity))) {
            return;
        }
        assert!(Instant::now() < end, "they don't hear each other");
    }
}

/// Waits for a change, and answers how long it took.
async fn hears(heard: &mut Receiver<Change>, wanted: Change) -> Duration {
    let begun = Instant::now();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await;
        if next.expect("it is heard").unwrap() == wanted {
            return begun.elapsed();
        }
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_at_one_host_is_forgotten_by_the_other() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let mut access = other.changes().unwrap();
    let (secret, row) = administration(&one).create_token(token("laptop"), &operator()).await.unwrap();
    for _ in 0..5 {
        assert!(other.authenticate(&secret).await.unwrap().is_some());
    }
    access.borrow_and_update();
    assert!(administration(&one).revoke_token(row.id, &operator()).await.unwrap());
    tokio::time::timeout(Duration::from_secs(20), access.changed()).await.unwrap().unwrap();
    assert_eq!(other.authenticate(&secret).await.unwrap(), None);
}

#[tokio::test]
async fn connections_and_grants_are_told() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let mut heard = other.other_hosts().unwrap().heard();
    assert!(other.page(&Allowed::All, None, 10).await.unwrap().is_empty());
    let credential = SecretString::from("canary-credential-of-a-workspace");
    connect(&one, "team", &credential, Workspace::default()).await.unwrap();
    hears(&mut heard, Change::Connections).await;
    assert_eq!(other.page(&Allowed::All, None, 10).await.unwrap().len(), 1);
    one.grant(&"echo".parse().unwrap(), NOTION_READ, &operator()).await.unwrap();
    hears(&mut heard, Change::Grants).await;
}

#[tokio::test]
async fn what_happens_often_is_told_seldom_and_soon() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let mut heard = other.other_hosts().unwrap().heard();
    let others = one.other_hosts().unwrap();
    let job = JobId::new();
    for _ in 0..1_000 {
        others.tell(Change::Activity);
        others.tell(Change::JobWaits);
    }
    others.tell(Change::JobStops(job));
    hears(&mut heard, Change::JobStops(job)).await;
    let mut more = 0;
    while heard.try_recv().is_ok() {
        more += 1;
    }
    assert!(more < 10, "{more} messages more");
}

#[tokio::test]
async fn hosts_are_counted_until_they_end() {
    let Some((one, other, _installation)) = hosts().await else { return };
    let (windows, others) = (one.rate_windows().unwrap(), other.other_hosts().unwrap());
    others.tell(Change::Activity);
    let end = Instant::now() + Duration::from_secs(20);
    while windows.hosts() != 2 {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.close().await;
    while windows.hosts() != 1 {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again_and_everything_counts_as_changed() {
    let Some((one, other, installation)) = hosts().await else { return };
    let mut heard = other.other_hosts().unwrap().heard();
    installation
        .tamper("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        .await
        .unwrap();
    hears(&mut heard, Change::Everything).await;
    hear_each_other(&one, &other).await;
}

#[tokio::test]
async fn what_others_say_that_nobody_understands_is_ignored() {
    let Some((one, other, installation)) = hosts().await else { return };
    let mut heard = other.other_hosts().unwrap().heard();
    for message in ["", "x", "x y z", "x job-stops:7 connections", "x here", "  "] {
        installation.tamper(&format!("SELECT pg_notify('toolbay', '{message}')")).await.unwrap();
    }
    hears(&mut heard, Change::Connections).await;
    hear_each_other(&one, &other).await;
}

#[tokio::test]
async fn no_message_has_a_secret_or_a_name() {
    let Some((one, _other, installation)) = hosts().await else { return };
    let mut listener =
        sqlx::postgres::PgListener::connect(&installation.settings.database_url).await.unwrap();
    listener.listen("toolbay").await.unwrap();
    let credential = SecretString::from("canary-credential-of-a-workspace");
    connect(&one, "canary name", &credential, Workspace::default()).await.unwrap();
    let (_, row) = administration(&one).create_token(token("canary laptop"), &operator()).await.unwrap();
    administration(&one).revoke_token(row.id, &operator()).await.unwrap();
    let mut told = Vec::new();
    while let Ok(message) = tokio::time::timeout(Duration::from_secs(1), listener.recv()).await {
        told.push(message.unwrap().payload().to_owned());
    }
    assert!(told.iter().any(|message| message.ends_with(" access")), "{told:?}");
    assert!(told.iter().any(|message| message.ends_with(" connections")), "{told:?}");
    assert!(told.iter().all(|message| !message.contains("canary") && message.len() < 100), "{told:?}");
}
