//! Stop stops: a client's call before its next effect, and the host as soon as nobody needs it.

use std::time::Duration;

use notion_emulator::{Fault, FaultKind};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

const CREATES: u64 = 20;
const DELAYS: u32 = 1_000;
const CREATE: &str = "POST /v1/pages";

fn legacy(host: &TestHost, session: Option<&str>, message: &Value) -> RequestBuilder {
    let request = host
        .request("POST", "/mcp")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2025-11-25");
    let request = match session {
        Some(session) => request.header("Mcp-Session-Id", session),
        None => request,
    };
    request.json(message)
}

async fn opened(host: &TestHost) -> String {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    let answer = legacy(host, None, &message).send().await.unwrap();
    answer.headers()["mcp-session-id"].to_str().unwrap().to_owned()
}

/// How many creates have reached the emulator: each takes one of the delays that wait for them.
async fn sent(host: &TestHost) -> u64 {
    let url = format!("{}/_emulator/faults", host.emulator.url());
    let faults: Value = host.client.get(url).send().await.unwrap().json().await.unwrap();
    u64::from(DELAYS) - faults[0]["times"].as_u64().unwrap()
}

/// The number of creates once nothing more comes.
async fn settled(host: &TestHost) -> u64 {
    let mut before = sent(host).await;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = sent(host).await;
        if now == before {
            return now;
        }
        before = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_sends_nothing_more_and_another_clients_goes_on() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    host.emulator.fault(Fault::new(CREATE, FaultKind::Delay { delay_ms: 300 }).times(DELAYS));
    let (mine, other) = (opened(&host).await, opened(&host).await);
    let ops: Vec<Value> = (0..CREATES)
        .map(|number| json!({"op": "create_page", "args": {"database_id": database, "title": format!("N {number}")}}))
        .collect();
    let params = json!({"name": "bulk", "arguments": {"ops": ops}});
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let calling = tokio::spawn(legacy(&host, Some(&mine), &call).send());
    while sent(&host).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let cancelled =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}});
    // The other client's request 7 is none of this one's.
    assert_eq!(legacy(&host, Some(&other), &cancelled).send().await.unwrap().status(), 202);
    assert!(!calling.is_finished());
    assert_eq!(legacy(&host, Some(&mine), &cancelled).send().await.unwrap().status(), 202);
    let answer: Value = calling.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["isError"], true, "{answer:#}");
    let sent = settled(&host).await;
    assert!(sent < CREATES, "{sent} of {CREATES} creates were sent");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stops_waits_for_nobody_who_only_listens() {
    let mut host = TestHost::start(&["echo"]).await;
    let listen = json!({"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": {
        "notifications": {"toolsListChanged": true},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}}});
    let new = host
        .request("POST", "/mcp")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "subscriptions/listen")
        .json(&listen)
        .send()
        .await
        .unwrap();
    let old = host.request("GET", "/mcp").header("Accept", "text/event-stream").send().await.unwrap();
    assert_eq!((new.status().as_u16(), old.status().as_u16()), (200, 200));
    // A tenth of a second on a quiet machine; the drain would take 25.
    tokio::time::timeout(Duration::from_secs(10), host.stop_host()).await.expect("it ends at once");
    assert!(new.text().await.unwrap().contains("\"id\":7"), "the subscription is told that it ends");
    old.text().await.unwrap();
    // What it held is free: another one serves the same database.
    host.restart().await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_goes_under_a_running_host_makes_it_unready_and_is_named() {
    let host = TestHost::start(&["echo"]).await;
    let ready = async || {
        let answer = host.client.get(format!("{}/readyz", host.url)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ready().await.0, 200);
    for (folder, name) in [(&host.data_dir, "data folder"), (&host.plugin_dir, "plugin folder")] {
        let away = folder.with_extension("away");
        std::fs::rename(folder, &away).unwrap();
        let (status, body) = ready().await;
        assert_eq!(status, 503, "{body}");
        assert!(body.contains(name), "{body}");
        assert!(!body.contains(folder.to_str().unwrap()), "anybody may ask, so no path: {body}");
        std::fs::rename(&away, folder).unwrap();
        assert_eq!(ready().await.0, 200);
    }
    host.stop().await;
}
