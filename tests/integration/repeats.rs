//! Calls that are asked for again, through every door: under a key, and after their connection broke.

use std::collections::BTreeSet;
use std::time::Duration;

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};
use toolbay_kernel::administration::NewToken;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Administration, Parts};

use crate::harness::{TOKEN, TestHost};

const CREATE: &str = "POST /v1/pages";

fn page(host: &TestHost, title: &str) -> Value {
    json!({"database_id": host.emulator.ids().tasks_database, "properties": {"Name": title}})
}

fn created(host: &TestHost) -> usize {
    host.emulator.writes().iter().filter(|write| write.route == CREATE).count()
}

/// One answer of REST: its status, the two headers of a repeat, and the envelope.
struct Told {
    status: u16,
    is_replayed: bool,
    retry_after: Option<String>,
    envelope: Value,
}

async fn rest(host: &TestHost, arguments: &Value, key: &str) -> Told {
    rest_as(host, TOKEN, arguments, key).await
}

async fn rest_as(host: &TestHost, token: &str, arguments: &Value, key: &str) -> Told {
    let url = format!("{}/v1/tools/create_page", host.url);
    let request = host.client.post(url).bearer_auth(token).header("Idempotency-Key", key).json(arguments);
    let answer = request.send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (replayed, retry_after) = (header("idempotent-replayed"), header("retry-after"));
    Told {
        status: answer.status().as_u16(),
        is_replayed: replayed.as_deref() == Some("true"),
        retry_after,
        envelope: answer.json().await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_honoured_by_rest_and_mcp_of_both_eras() {
    let host = TestHost::start(&["rows", "pages"]).await;
    let first = rest(&host, &page(&host, "One"), "key-1").await;
    assert_eq!((first.status, first.is_replayed), (200, false), "{:#}", first.envelope);
    let id = first.envelope["meta"]["request_id"].clone();
    for key in ["key-1", "\"key-1\""] {
        let again = rest(&host, &page(&host, "One"), key).await;
        assert_eq!((again.status, again.is_replayed), (200, true), "{:#}", again.envelope);
        assert_eq!(again.envelope["result"], first.envelope["result"]);
        assert_eq!(again.envelope["meta"]["replayed_of"], id);
        assert_ne!(again.envelope["meta"]["request_id"], id);
    }
    let other = rest(&host, &page(&host, "Two"), "key-1").await;
    assert_eq!((other.status, &other.envelope["error"]["code"]), (422, &json!("key_reused")));
    for bad in ["", &"k".repeat(256), "\"unfinished", "a\u{e9}"] {
        let refused = rest(&host, &page(&host, "Bad"), bad).await;
        assert_eq!(
            (refused.status, &refused.envelope["error"]["code"]),
            (400, &json!("invalid_input")),
            "{bad}"
        );
        assert!(refused.envelope["error"]["hint"].is_string());
    }

    // The same key as an argument and in `_meta`, over MCP.
    let mut arguments = page(&host, "One");
    arguments["idempotency_key"] = json!("key-1");
    for answer in [
        host.modern("tools/call", json!({"name": "create_page", "arguments": arguments})).await,
        host.legacy("tools/call", json!({"name": "create_page", "arguments": arguments})).await,
        host.modern(
            "tools/call",
            json!({"name": "create_page", "arguments": page(&host, "One"), "_meta": {"idempotency_key": "key-1"}}),
        )
        .await,
        host.legacy(
            "tools/call",
            json!({"name": "create_page", "arguments": page(&host, "One"), "_meta": {"toolbay/idempotency_key": "key-1"}}),
        )
        .await,
    ] {
        let result = &answer["result"];
        assert_eq!((&result["isError"], &result["_meta"]["toolbay/replayed_of"]), (&json!(false), &id), "{answer:#}");
    }
    let wrong =
        json!({"name": "create_page", "arguments": page(&host, "One"), "_meta": {"idempotency_key": 7}});
    for answer in [host.modern("tools/call", wrong.clone()).await, host.legacy("tools/call", wrong).await] {
        assert_eq!(answer["result"]["isError"], true, "{answer:#}");
    }
    assert_eq!(created(&host), 1);

    // A job is started once.
    let start = json!({"kind": "create_page", "args": page(&host, "By job"), "idempotency_key": "job-1"});
    let [one, other] = [host.result("job_start", start.clone()).await, host.result("job_start", start).await];
    assert_eq!(one["job_id"], other["job_id"]);
    host.soon("the job is done", async || created(&host) == 2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(created(&host), 2);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_clients_with_one_key_one_is_run_and_the_others_wait() {
    let host = std::sync::Arc::new(TestHost::start(&["pages"]).await);
    host.emulator.fault(Fault::new(CREATE, FaultKind::Delay { delay_ms: 300 }));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let host = std::sync::Arc::clone(&host);
        clients.spawn(async move { rest(&host, &page(&host, "Once"), "one").await });
    }
    let told = clients.join_all().await;
    let fresh = told.iter().filter(|told| told.status == 200 && !told.is_replayed).count();
    assert_eq!(fresh, 1);
    for told in &told {
        match told.status {
            200 => {}
            409 => {
                assert_eq!(told.envelope["error"]["code"], "conflict", "{:#}", told.envelope);
                assert_eq!(told.retry_after.as_deref(), Some("1"));
            }
            _ => panic!("{:#}", told.envelope),
        }
    }
    assert_eq!(created(&host), 1);
    std::sync::Arc::into_inner(host).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_key_of_50_principals_is_50_keys() {
    let host = std::sync::Arc::new(TestHost::start(&["pages"]).await);
    let administration = Administration::new(host.host().store.clone());
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..50 {
        let new = NewToken {
            name: format!("client-{number}"),
            tools: Allowed::All,
            connections: Allowed::All,
            default_connection: None,
            strongest: Access::Destroys,
            expires_at: None,
            administers: false,
            parts: Parts::everything(),
            rates: Rates::default(),
        };
        let (token, _) = administration.create_token(new, &Actor::operator()).await.unwrap();
        let host = std::sync::Arc::clone(&host);
        clients.spawn(async move {
            use secrecy::ExposeSecret as _;
            let (token, title) = (token.expose_secret().to_owned(), format!("Canary {number}"));
            let arguments = page(&host, &title);
            let first = rest_as(&host, &token, &arguments, "the-key-of-all").await;
            let again = rest_as(&host, &token, &arguments, "the-key-of-all").await;
            assert_eq!((first.is_replayed, again.is_replayed), (false, true), "{:#}", first.envelope);
            assert_eq!(first.envelope["result"], again.envelope["result"]);
            let id = first.envelope["result"]["id"].as_str().unwrap().to_owned();
            let shown = host.result("get_page", json!({"page_id": id})).await;
            assert!(shown.to_string().contains(&format!("\"{title}\"")), "{shown}");
            id
        });
    }
    let ids: BTreeSet<String> = clients.join_all().await.into_iter().collect();
    assert_eq!((ids.len(), created(&host)), (50, 50));
    drop(administration);
    std::sync::Arc::into_inner(host).unwrap().stop().await;
}

/// The first connection is cut while the write is on its way, and 100 ms later, or at once, the client asks again without a key.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_asks_again_after_its_connection_broke_has_one_wish() {
    for (surface, gap_ms) in
        ["rest", "modern", "legacy"].into_iter().flat_map(|surface| [(surface, 100), (surface, 0)])
    {
        let host = TestHost::start(&["pages"]).await;
        host.emulator.fault(Fault::new(CREATE, FaultKind::Delay { delay_ms: 400 }));
        let ask = async || -> Value {
            let call = json!({"name": "create_page", "arguments": page(&host, "Once")});
            match surface {
                "rest" => host.call("create_page", page(&host, "Once")).await.1,
                "modern" => host.modern("tools/call", call).await["result"].clone(),
                _ => host.legacy("tools/call", call).await["result"].clone(),
            }
        };
        let cut = tokio::time::timeout(Duration::from_millis(150), ask()).await;
        assert!(cut.is_err(), "{surface}: answered before it was cut");
        tokio::time::sleep(Duration::from_millis(gap_ms)).await;
        let told = ask().await;
        assert!(told["ok"] == true || told["isError"] == false, "{surface}: {told:#}");
        assert_eq!(created(&host), 1, "{surface}");
        // Answered now: the same again is another wish.
        let again = ask().await;
        assert!(again["ok"] == true || again["isError"] == false, "{surface}: {again:#}");
        assert_eq!(created(&host), 2, "{surface}");
        host.stop().await;
    }
}

/// What a keyed call over REST began comes to its end without its client.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_keyed_rest_call_is_driven_to_its_end() {
    let host = TestHost::start(&["rows"]).await;
    host.emulator.fault(Fault::new(CREATE, FaultKind::Delay { delay_ms: 150 }).times(100));
    let upsert = |number: usize| {
        json!({"op": "upsert", "args": {
            "database_id": host.emulator.ids().tasks_database,
            "unique": {"property": "Name", "value": format!("Row {number}")},
            "properties": {"Estimate": number},
        }})
    };
    let arguments = json!({"ops": (0..12).map(upsert).collect::<Vec<_>>()});
    let ask =
        || host.request("POST", "/v1/tools/bulk").header("Idempotency-Key", "bulk").json(&arguments).send();
    let cut = tokio::time::timeout(Duration::from_millis(250), ask()).await;
    assert!(cut.is_err(), "answered before it was cut");
    host.soon("all rows are made", async || created(&host) == 12).await;
    let told: Value = loop {
        let answer = ask().await.unwrap();
        if answer.status() != 409 {
            break answer.json().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((&told["result"]["created"], created(&host)), (&json!(12), 12), "{told:#}");
    assert!(told["meta"]["replayed_of"].is_string(), "{told:#}");
    host.stop().await;
}

/// A call that outlasts its lease keeps it, whatever its work does in the store meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_call_under_a_key_keeps_its_run() {
    let host = TestHost::start(&["rows"]).await;
    host.emulator.fault(Fault::new(CREATE, FaultKind::Delay { delay_ms: 1_000 }).times(1_000));
    let upsert = |number: usize| {
        json!({"op": "upsert", "args": {
            "database_id": host.emulator.ids().tasks_database,
            "unique": {"property": "Name", "value": format!("Row {number}")},
            "properties": {"Estimate": number},
        }})
    };
    let arguments = json!({"ops": (0..180).map(upsert).collect::<Vec<_>>()});
    let begun = std::time::Instant::now();
    let answer = host.request("POST", "/v1/tools/bulk").header("Idempotency-Key", "long").json(&arguments);
    let told: Value = answer.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["result"]["created"], 180, "{told:#}");
    assert!(begun.elapsed() > Duration::from_secs(9), "it was meant to be long: {:?}", begun.elapsed());
    host.stop().await;
}
