//! Calls over REST whose client takes a job in the place of the answer: `Prefer: respond-async` of RFC 7240.

use notion_emulator::{Fault, FaultKind};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::harness::{TestHost, root};

impl TestHost {
    /// Calls a tool with a preference, under a key where there is one.
    async fn preferring(
        &self,
        tool: &str,
        arguments: &Value,
        preference: &str,
        key: Option<&str>,
    ) -> (StatusCode, HeaderMap, Value) {
        let mut request = self.request("POST", &format!("/v1/tools/{tool}")).json(arguments);
        if !preference.is_empty() {
            request = request.header("Prefer", preference);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.json().await.unwrap())
    }

    fn page(&self, title: &str) -> Value {
        json!({"database_id": self.emulator.ids().tasks_database, "title": title})
    }
}

/// What an answer says was applied.
fn applied(headers: &HeaderMap) -> Option<&str> {
    headers.get("preference-applied").map(|applied| applied.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_in_time_answers_as_the_call_would_have() {
    let host = TestHost::start(&["pages", "echo"]).await;
    let message = json!({"message": "m"});
    let (_, _, plain) = host.preferring("echo", &message, "", None).await;
    let (status, headers, answer) = host.preferring("echo", &message, "respond-async, wait=30", None).await;
    assert_eq!((status, applied(&headers)), (StatusCode::OK, Some("respond-async, wait=30")));
    assert_eq!((&answer["result"], &answer["content"]), (&plain["result"], &plain["content"]), "{answer:#}");

    // So does one that is refused.
    let gone = json!({"page_id": "00000000-0000-0000-0000-000000000000"});
    let (status, headers, answer) = host.preferring("get_page", &gone, "respond-async", None).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    assert_eq!(applied(&headers), Some("respond-async"));

    // What can't be a job is called as ever, and what the door refuses is refused as ever.
    let (status, headers, _) = host.preferring("job_list", &json!({}), "respond-async, wait=0", None).await;
    assert_eq!((status, applied(&headers)), (StatusCode::OK, None));
    let (status, headers, answer) =
        host.preferring("get_page", &json!({"page": 1}), "respond-async", None).await;
    assert_eq!((status, applied(&headers)), (StatusCode::BAD_REQUEST, None), "{answer:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_longer_is_told_where_it_can_be_asked_for() {
    let host = TestHost::start(&["pages"]).await;
    host.emulator.fault(Fault::new("POST /v1/pages", FaultKind::Delay { delay_ms: 1_500 }).times(1));
    let page = host.page("Later");
    let (status, headers, answer) =
        host.preferring("create_page", &page, "respond-async, wait=0", None).await;
    assert_eq!((status, applied(&headers)), (StatusCode::ACCEPTED, Some("respond-async, wait=0")));
    assert!(answer["result"]["hint"].as_str().unwrap().contains("job_get"), "{answer:#}");
    let location = headers["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("/v1/jobs/{}", answer["result"]["job_id"].as_str().unwrap()));
    let get = async || host.get(&location).await["result"].clone();
    host.soon("the job has ended", async || get().await["status"] == "succeeded").await;
    assert!(get().await["output"]["id"].is_string());
    assert_eq!(host.emulator.writes().len(), 1);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_wish_with_the_preference_and_without() {
    let host = TestHost::start(&["pages"]).await;
    let page = host.page("Once");
    let later = "respond-async, wait=0";
    host.emulator.fault(Fault::new("POST /v1/pages", FaultKind::Delay { delay_ms: 1_000 }).times(1));
    let (_, _, first) = host.preferring("create_page", &page, later, Some("k1")).await;
    let (_, headers, again) = host.preferring("create_page", &page, later, Some("k1")).await;
    assert_eq!(first["result"]["job_id"], again["result"]["job_id"], "{again:#}");
    assert_eq!(headers["idempotent-replayed"], "true");
    // Without the preference it is the same wish: the call waits for the job.
    let (status, headers, plain) = host.preferring("create_page", &page, "", Some("k1")).await;
    assert_eq!((status, applied(&headers)), (StatusCode::OK, None));
    assert!(plain["result"]["id"].is_string(), "{plain:#}");
    let (status, _, _) = host.preferring("create_page", &host.page("Another"), later, Some("k1")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(host.emulator.writes().len(), 1);

    // One that has run as a call is told from its record, and starts no job.
    let page = host.page("Before");
    let (_, _, call) = host.preferring("create_page", &page, "", Some("k2")).await;
    let (_, headers, told) = host.preferring("create_page", &page, later, Some("k2")).await;
    assert_eq!(call["result"], told["result"]);
    assert_eq!(applied(&headers), None);
    assert_eq!(host.emulator.writes().len(), 2);
    host.stop().await;
}

/// A key is one wish also for those that come at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_under_one_key_with_the_preference_and_without_one_is_carried_out() {
    let host = TestHost::start(&["pages"]).await;
    for turn in 0..12 {
        let (key, page) = (format!("at once {turn}"), host.page(&format!("At once {turn}")));
        let preferences = ["", "respond-async", "", "respond-async, wait=0"];
        let calls =
            preferences.map(|preference| host.preferring("create_page", &page, preference, Some(&key)));
        futures_util::future::join_all(calls).await;
        // Who came while another one ran is told to come again.
        let ended = async || {
            let (status, _, answer) = host.preferring("create_page", &page, "", Some(&key)).await;
            status == StatusCode::OK && answer["result"]["id"].is_string()
        };
        host.soon("the wish is carried out", ended).await;
        assert_eq!(host.emulator.writes().len(), turn + 1, "{key}");
    }
    host.stop().await;
}

/// The same call without a key, whose client leaves while it waits for the job, is the same wish when it is asked again.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_and_asks_again_without_a_key_finds_the_job() {
    let host = TestHost::start(&["pages"]).await;
    for (turn, [first, again]) in
        [["respond-async", "respond-async"], ["respond-async", ""]].into_iter().enumerate()
    {
        let page = host.page(&format!("Left {turn}"));
        host.emulator.fault(Fault::new("POST /v1/pages", FaultKind::Delay { delay_ms: 1_500 }).times(1));
        let asked = host.preferring("create_page", &page, first, None);
        let left = tokio::time::timeout(std::time::Duration::from_millis(400), asked).await;
        assert!(left.is_err(), "it was answered before it was left");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let (status, _, answer) = host.preferring("create_page", &page, again, None).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        assert!(answer["result"]["id"].is_string(), "{answer:#}");
        assert_eq!(host.emulator.writes().len(), turn + 1, "{first:?} {again:?}");
    }
    host.stop().await;
}

/// The plugin for pages, which says of one tool that its calls run as jobs.
fn pages_in_the_background() -> Vec<u8> {
    let core = ["guests", "guests-debian"].map(|folder| {
        root().join("target").join(folder).join("wasm32-unknown-unknown/plugin/toolbay_plugin_pages.wasm")
    });
    let core = core.into_iter().find_map(|file| std::fs::read(file).ok()).expect("script/plugins leaves it");
    let manifest = std::fs::read_to_string(root().join("plugins/pages/plugin.toml")).unwrap();
    let manifest = manifest.replace("\n[capabilities]", "background = [\"create_page\"]\n\n[capabilities]");
    toolbay_sandbox::pack::pack(&core, &manifest, &toolbay::capabilities::registry()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_runs_long_answers_with_its_job_on_every_surface() {
    let host = TestHost::start_with(&["pages"], |configuration| {
        configuration.limits.call_time = std::time::Duration::from_secs(4);
    })
    .await;
    host.drop_file("pages.wasm", &pages_in_the_background());
    let runs_long = async || {
        let catalog = host.host().gateway.catalogs.current();
        catalog.get("create_page").is_some_and(|tool| tool.definition.background)
    };
    host.soon("the tool runs long", runs_long).await;

    // In time it answers as any.
    let page = host.page("Short");
    assert!(host.result("create_page", page).await["id"].is_string());

    host.emulator.fault(Fault::new("POST /v1/pages", FaultKind::Delay { delay_ms: 5_000 }).times(2));
    let (status, headers, answer) = host.preferring("create_page", &host.page("Long"), "", None).await;
    assert_eq!((status, applied(&headers)), (StatusCode::ACCEPTED, None), "{answer:#}");
    let call = json!({"name": "create_page", "arguments": host.page("Long over MCP")});
    let over_mcp = host.modern("tools/call", call).await["result"].clone();
    assert_eq!(over_mcp["isError"], false, "{over_mcp:#}");
    let told: Value = serde_json::from_str(over_mcp["content"][0]["text"].as_str().unwrap()).unwrap();
    for told in [&answer["result"], &told] {
        let get = async || host.result("job_get", json!({"job_id": told["job_id"]})).await;
        host.soon("the job has ended", async || get().await["status"] == "succeeded").await;
    }
    assert_eq!(host.emulator.writes().len(), 3);
    host.stop().await;
}
