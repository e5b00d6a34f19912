//! What calls answer, in both eras and on both ways to the door.

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::message::{add, legacy, legacy_with, modern, modern_with, the_long_way};
use crate::harness::{Host, OPERATOR, READER};

/// A result without what differs from call to call.
fn lasting(mut result: Value) -> Value {
    let meta = result["_meta"].as_object_mut().unwrap();
    assert!(meta.remove("toolbay/request_id").is_some());
    result
}

#[tokio::test]
async fn the_short_way_and_the_long_way_answer_alike() {
    let host = Host::new();
    let calls = [
        add(1, 2),
        json!({"name": "add", "arguments": {"a": "1", "b": 2}}),
        json!({"name": "add", "arguments": {"a": 1}}),
        json!({"name": "picture"}),
        json!({"name": "panic", "arguments": {}}),
        json!({"name": "refuse", "arguments": {"code": "not_found"}}),
    ];
    for call in calls {
        for request in [modern_with as fn(&str, &str, Value, Value) -> Request<Body>, legacy_with] {
            let short = host.send(request(OPERATOR, "tools/call", call.clone(), json!({}))).await.result();
            let long = the_long_way(request(OPERATOR, "tools/call", call.clone(), json!({})));
            assert_eq!(lasting(short), lasting(host.send(long).await.result()), "{call}");
        }
    }
}

#[tokio::test]
async fn answers_and_problems_are_results() {
    let host = Host::new();
    let reply = host.send(modern(OPERATOR, "tools/call", add(1, 2))).await;
    let request_id = reply.header("x-request-id").to_owned();
    let sum = reply.result();
    assert_eq!(sum["_meta"]["toolbay/request_id"], request_id, "the header repeats the id");
    assert_eq!(sum["structuredContent"], json!({"sum": 3}));
    assert_eq!(sum["content"], json!([{"type": "text", "text": "{\"sum\":3}"}]));
    assert_eq!(sum["isError"], false);

    let wrong = host
        .send(modern(OPERATOR, "tools/call", json!({"name": "add", "arguments": {"a": 1}})))
        .await
        .result();
    assert_eq!(wrong["isError"], true);
    assert_eq!(wrong["_meta"]["toolbay/error"]["code"], "invalid_input");
    assert!(wrong.get("structuredContent").is_none(), "the tool declares another output: {wrong}");

    let refusal = json!({"name": "refuse", "arguments": {"code": "conflict"}});
    let refused = host.send(modern(OPERATOR, "tools/call", refusal)).await.result();
    assert_eq!(refused["structuredContent"]["error"]["code"], "conflict");
    assert_eq!(refused["content"][0]["text"], "conflict: as you asked\nHint: ask for something else");
}

#[tokio::test]
async fn parameters_of_another_form_are_refused_as_such() {
    let host = Host::new();
    for params in [json!({"name": "add", "arguments": [1]}), json!({"name": 1}), json!({"arguments": {}})] {
        let reply = host.send(legacy(OPERATOR, "tools/call", params.clone())).await;
        assert_eq!(reply.error(), -32602, "{params}");
    }
}

#[tokio::test]
async fn answers_go_to_who_asked_however_ids_collide() {
    let host = Arc::new(Host::new());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..64_i64 {
        let host = Arc::clone(&host);
        asking.spawn(async move {
            let token = if number % 2 == 0 { OPERATOR } else { READER };
            let request = modern(token, "tools/call", add(number, 1_000));
            // Every other pair takes the long way.
            let request = if number % 4 < 2 { request } else { the_long_way(request) };
            let reply = host.send(request).await;
            assert_eq!(reply.result()["structuredContent"]["sum"], number + 1_000);
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
}

#[tokio::test]
async fn a_client_that_goes_stops_its_call() {
    let plain: fn(Request<Body>) -> Request<Body> = |request| request;
    for way in [plain, the_long_way] {
        for meta in [json!({}), json!({"progressToken": 1})] {
            let host = Host::new();
            let wait = way(modern_with(OPERATOR, "tools/call", json!({"name": "wait"}), meta));
            tokio::select! {
                reply = host.send(wait) => panic!("the tool never answers: {reply:?}"),
                () = host.samples.waiting.notified() => {}
            }
            host.samples.given_up.notified().await;
        }
    }
}
