//! The stream of what changes.

use std::time::{Duration, Instant};

use serde_json::json;

use super::pages;
use crate::harness::{TestHost, command, packed};

/// Longest that a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

struct Stream {
    answer: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(host: &TestHost, token: &str) -> Self {
        let request = host.client.get(format!("{}/v1/changes", host.url)).bearer_auth(token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new() }
    }

    /// Reads on until there is an event of this name, and forgets what came before.
    async fn until(&mut self, name: &str) {
        let wanted = format!("event: {name}\n");
        loop {
            if let Some(at) = self.text.find(&wanted) {
                self.text.drain(..at + wanted.len());
                return;
            }
            assert!(self.read().await, "no {name} came: {}", self.text);
        }
    }

    /// Reads on; false at the end.
    async fn read(&mut self) -> bool {
        let Some(bytes) = tokio::time::timeout(PATIENCE, self.answer.chunk()).await.unwrap().unwrap() else {
            return false;
        };
        self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_of_the_catalog_calls_and_jobs() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let other = host.bearer("other");
    let mut own = Stream::open(&host, crate::harness::TOKEN).await;
    let mut others = Stream::open(&host, &other.secret).await;
    host.drop_file("search.wasm", &packed("search"));
    own.until("catalog").await;
    others.until("catalog").await;

    let database = host.emulator.ids().tasks_database.clone();
    host.result("create_page", json!({"database_id": database, "title": "Seen"})).await;
    own.until("activity").await;
    let job = host.result("job_start", json!({"kind": "bulk", "args": pages(&host, 2)})).await;
    own.until("jobs").await;
    // It is told until its end.
    loop {
        let told = host.get(&format!("/v1/jobs/{}", job["job_id"].as_str().unwrap())).await;
        if told["result"]["status"] == "succeeded" {
            break;
        }
        own.until("jobs").await;
    }

    // Of that the other one hears nothing, and of their own all.
    let request = host.client.post(format!("{}/v1/tools/create_page", host.url)).bearer_auth(&other.secret);
    let answer = request.json(&json!({"database_id": database, "title": "Other"})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    others.until("activity").await;
    for name in ["activity", "jobs", "plugins", "upstreams"] {
        assert!(!others.text.contains(&format!("event: {name}\n")), "{}", others.text);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_within_two_seconds_after_its_token_was_revoked() {
    let host = TestHost::start(&["connections"]).await;
    let token = host.bearer("leaving");
    let mut stream = Stream::open(&host, &token.secret).await;
    stream.read().await;
    let revoked = command(&host, &["token", "revoke", &token.id]).output().unwrap();
    assert!(revoked.status.success());
    let since = Instant::now();
    stream.until("signed-out").await;
    while stream.read().await {}
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    let answer = host.client.get(format!("{}/v1/changes", host.url)).bearer_auth(&token.secret).send().await;
    assert_eq!(answer.unwrap().status(), 401);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_does_not_hold_up_the_stop_of_a_host() {
    let host = TestHost::start(&["connections"]).await;
    let mut stream = Stream::open(&host, crate::harness::TOKEN).await;
    stream.read().await;
    let since = Instant::now();
    host.stop().await;
    while stream.read().await {}
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    assert!(!stream.text.contains("signed-out"));
}
