//! The rules that every adapter keeps.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use toolbay_kernel::rate_windows::RateWindows;
use toolbay_testing::{WindowsServer, rate_windows_suite};

use crate::server::{RedisServer, server};

rate_windows_suite!(server);

#[async_trait]
impl WindowsServer for RedisServer {
    async fn host(&self) -> Arc<dyn RateWindows> {
        self.windows()
    }

    async fn written(&self, key: &str) -> u32 {
        permits(&fields(self, key).await).map(|(permits, _)| permits).sum()
    }

    async fn longest(&self, key: &str) -> Duration {
        let last = permits(&fields(self, key).await).map(|(_, until)| until).max().unwrap();
        Duration::from_millis(last).saturating_sub(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
    }

    async fn age(&self, key: &str) {
        for (name, value) in fields(self, key).await {
            if name.starts_with("held:") {
                let permits = value.split(' ').next().unwrap();
                let key = format!("toolbay:rate:window:{key}");
                let mut set = redis::cmd("HSET");
                set.arg(key).arg(name).arg(format!("{permits} 1"));
                let _added: i64 = set.query_async(&mut self.connection().await.unwrap()).await.unwrap();
            }
        }
    }

    async fn forget(&self) {
        self.ask::<()>("FLUSHALL").await;
    }
}

async fn fields(server: &RedisServer, key: &str) -> HashMap<String, String> {
    server.ask(&format!("HGETALL toolbay:rate:window:{key}")).await
}

/// How many permits there are, and until when they count.
fn permits(fields: &HashMap<String, String>) -> impl Iterator<Item = (u32, u64)> {
    fields.iter().filter_map(|(name, value)| match name.split(':').next()? {
        "held" => {
            value.split_once(' ').map(|(permits, until)| (permits.parse().unwrap(), until.parse().unwrap()))
        }
        "used" => Some((value.parse().unwrap(), name.rsplit(':').next()?.parse().unwrap())),
        _ => None,
    })
}
