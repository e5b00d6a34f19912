//! Events and calls.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, Actor, CallEnded, CallStarted, Event};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::{Access, CallId, PrincipalId, Surface};

use super::{of, pages};
use crate::harness::{TOKEN, TestHost};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_told_with_what_it_wrote_and_where_to_look_at_it() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let database = host.emulator.ids().tasks_database.clone();
    let arguments = json!({"database_id": database, "title": "Seen"});
    let (call, envelope) = host.called("create_page", arguments).await;
    assert_eq!(envelope["ok"], true, "{envelope:#}");

    let listed = host.get("/v1/activity").await;
    assert_eq!(of(&listed, "call"), [json!(call)]);
    let event = &listed["result"]["events"][0];
    assert_eq!(
        (&event["event"], &event["outcome"], &event["surface"]),
        (&json!("call.ended"), &json!("ok"), &json!("rest"))
    );
    assert!(event["duration_ms"].is_u64() && event["connection_id"].is_string(), "{event:#}");

    let detail = host.detail(&call).await;
    assert_eq!(
        (&detail["tool"], &detail["outcome"], &detail["call"]),
        (&json!("create_page"), &json!("ok"), &json!(call))
    );
    assert!(detail["title"].is_string() && detail["connection_name"].is_string(), "{detail:#}");
    assert!(detail["started_at"].as_str().unwrap() <= detail["ended_at"].as_str().unwrap());
    let [effect] = detail["effects"].as_array().unwrap().as_slice() else { panic!("{detail:#}") };
    assert_eq!((&effect["egress"], &effect["route"]), (&json!("notion"), &json!("POST /v1/pages")));
    let id = effect["ids"][0]["id"].as_str().unwrap();
    let place = format!("https://www.notion.so/{}", id.replace('-', ""));
    assert_eq!(effect["ids"][0]["url"], json!(place));
    assert!(effect["sent"]["properties"].is_object(), "{effect:#}");
    assert_eq!(effect["after"]["id"], json!(id), "what Notion answered");
    assert!(effect.get("before").is_none(), "the journal has no state before");
    let kinds: Vec<&str> =
        detail["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["call.started", "effect", "call.ended"]);
    let text = detail.to_string();
    assert!(!text.contains(TOKEN) && !text.contains(host.emulator.token()), "no secret");

    // Another one's call isn't there, and is in no list.
    let other = host.bearer("other");
    let (status, envelope) = host.as_bearer(&other.secret, "GET", &format!("/v1/activity/{call}")).await;
    assert_eq!((status, &envelope["error"]["code"]), (404, &json!("not_found")));
    assert!(!envelope.to_string().contains("create_page"));
    let (_, envelope) = host.as_bearer(&other.secret, "GET", "/v1/activity").await;
    assert_eq!(of(&envelope, "call"), [] as [Value; 0]);
    let (status, _) = host.as_bearer(&other.secret, "GET", "/v1/activity?of=everyone").await;
    assert_eq!(status, 403);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_call_is_found_by_that() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let database = host.emulator.ids().tasks_database.clone();
    let (good, _) = host.called("create_page", json!({"database_id": database, "title": "Good"})).await;
    let nobodys = json!({"page_id": "00000000-0000-4000-8000-000000000000", "properties": {"Name": "x"}});
    let (bad, envelope) = host.called("update_page", nobodys).await;
    assert_eq!(envelope["error"]["code"], "not_found", "{envelope:#}");
    let failed = host.get("/v1/activity?only=failed").await;
    assert_eq!(of(&failed, "call"), [json!(bad)]);
    assert_eq!(
        (of(&failed, "outcome"), of(&failed, "code")),
        (vec![json!("not_found")], vec![json!("not_found")])
    );
    assert_eq!(of(&host.get("/v1/activity?tool=create_page").await, "call"), [json!(good)]);
    assert_eq!(of(&host.get("/v1/activity?kind=effect").await, "call"), [json!(good)]);
    let detail = host.detail(&bad).await;
    assert_eq!((&detail["outcome"], &detail["effects"]), (&json!("not_found"), &json!([])), "{detail:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_inner_calls_wrote_belongs_to_the_outer_one() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let (call, envelope) = host.called("bulk", pages(&host, 3)).await;
    assert_eq!(envelope["result"]["succeeded"], 3, "{envelope:#}");
    let detail = host.detail(&call).await;
    let inner = detail["calls"].as_array().unwrap();
    assert_eq!(inner.len(), 3, "{detail:#}");
    assert!(inner.iter().all(|inner| inner["tool"] == "create_page" && inner["outcome"] == "ok"));
    let effects = detail["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 3, "{detail:#}");
    assert!(effects.iter().all(|effect| effect["sent"].is_object() && effect["after"]["object"] == "page"));

    // An inner call by itself has its own.
    let of_inner = host.detail(inner[1]["call"].as_str().unwrap()).await;
    assert_eq!(of_inner["parent"], json!(call));
    let [effect] = of_inner["effects"].as_array().unwrap().as_slice() else { panic!("{of_inner:#}") };
    assert_eq!(effect["after"]["id"], effect["ids"][0]["id"], "{effect:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_events_come_once_each_page_after_page() {
    let host = TestHost::start(&["connections"]).await;
    let by = Actor {
        principal: PrincipalId::of_environment("action"),
        name: "action".to_owned(),
        surface: Surface::Mcp,
    };
    let tool: toolbay_kernel::ToolName = "create_page".parse().unwrap();
    let started = || {
        Act::CallStarted(CallStarted {
            tool: tool.clone(),
            parent: None,
            provider: "pages".to_owned(),
            access: Access::Writes,
            arguments_digest: "ab".repeat(32),
        })
    };
    let ended = || {
        Act::CallEnded(CallEnded {
            tool: tool.clone(),
            code: None,
            summary: "create_page: succeeded".to_owned(),
            touched: Vec::new(),
            effects: 1,
            duration_ms: 1,
        })
    };
    let mut expected = BTreeSet::new();
    for number in 0..300 {
        let call = CallId::new();
        expected.insert(call.to_string());
        let event = |act| Event { by: by.clone(), call: Some(call), connection: None, act };
        host.host().store.append(&event(started())).await.unwrap();
        // Some run still.
        if number % 10 != 0 {
            host.host().store.append(&event(ended())).await.unwrap();
        }
    }
    let (mut found, mut numbers, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = host.get(&format!("/v1/activity?limit=47{cursor}")).await;
        found.extend(of(&page, "call"));
        numbers.extend(of(&page, "number").iter().map(|number| number.as_i64().unwrap()));
        let Some(next) = page["result"]["next_cursor"].as_str() else { break };
        assert_eq!(of(&page, "call").len(), 47);
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found.len(), 300, "each once");
    let calls: BTreeSet<String> = found.iter().map(|call| call.as_str().unwrap().to_owned()).collect();
    assert_eq!(calls, expected);
    assert!(numbers.is_sorted_by(|one, other| one > other), "newest first");
    assert_eq!(of(&host.get("/v1/activity").await, "call").len(), 50, "a page without a limit");
    host.stop().await;
}
