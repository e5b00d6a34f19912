//! Rate windows of several hosts on one PostgreSQL. On a file there are none: one host serves it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toolbay_kernel::rate_windows::{RateWindow, RateWindows};
use toolbay_kernel::run::Priority;
use toolbay_testing::{WindowsServer, rate_windows_suite};

use crate::harness::{Installation, installation, on_postgres, store};

rate_windows_suite!(server);

struct Server(Installation);

async fn server() -> Option<Server> {
    if !on_postgres() {
        return None;
    }
    Some(Server(installation().await))
}

#[async_trait]
impl WindowsServer for Server {
    async fn host(&self) -> Arc<dyn RateWindows> {
        self.0.open().await.rate_windows().unwrap()
    }

    async fn written(&self, key: &str) -> u32 {
        let sum = format!("SELECT COALESCE(SUM(permits), 0)::TEXT FROM rate_permits WHERE key = '{key}'");
        self.0.ask(&sum).await.parse().unwrap()
    }

    async fn longest(&self, key: &str) -> Duration {
        let until = format!("SELECT (MAX(until) - rate_now())::TEXT FROM rate_permits WHERE key = '{key}'");
        Duration::from_millis(self.0.ask(&until).await.parse().unwrap())
    }

    async fn age(&self, key: &str) {
        let aged = format!("UPDATE rate_permits SET until = rate_now() WHERE key = '{key}'");
        self.0.tamper(&aged).await.unwrap();
    }

    async fn forget(&self) {
        // What a crash does to tables that are not logged.
        self.0.tamper("TRUNCATE rate_windows, rate_permits, rate_knowledge").await.unwrap();
    }
}

#[tokio::test]
async fn a_file_has_none() {
    let (store, _installation) = store().await;
    assert_eq!(store.rate_windows().is_some(), on_postgres());
    assert_eq!(store.other_hosts().is_some(), on_postgres());
}

#[tokio::test]
async fn tables_that_are_new_know_everything() {
    let Some(server) = server().await else { return };
    let window = RateWindow {
        key: "a".to_owned(),
        priority: Priority::Interactive,
        length: Duration::from_secs(60),
        places: 10,
        burst: 10,
        interval: Duration::ZERO,
        longest_use: Duration::ZERO,
    };
    let known_for = server.host().await.take(&window, 1, None).await.unwrap().known_for;
    assert!(known_for > Duration::from_secs(1_000_000));
}
