//! REST: calls, their answers, and what is refused with which words.

use axum::body::Body;
use http::{StatusCode, header};
use serde_json::{Value, json};
use toolbay_kernel::Code;

use crate::harness::{Host, READER, definitions, request, request_of};

#[tokio::test]
async fn a_call_answers_with_the_envelope() {
    let host = Host::new();
    insta::assert_json_snapshot!(host.call("add", &json!({"a": 1, "b": 2})).await.envelope());
    insta::assert_json_snapshot!("content", host.call("picture", &json!({})).await.envelope());
}

#[tokio::test]
async fn refusals_say_what_would_work() {
    let host = Host::new();
    insta::assert_json_snapshot!("unknown_tool", host.call("ad", &json!({})).await.envelope());
    insta::assert_json_snapshot!("missing_arguments", host.call("add", &json!({"a": 1})).await.envelope());
    insta::assert_json_snapshot!(
        "wrong_choice",
        host.call("refuse", &json!({"code": "conflct"})).await.envelope()
    );
    insta::assert_json_snapshot!("unknown_address", host.get("/v1/nothing").await.envelope());
}

#[tokio::test]
async fn every_code_has_its_status() {
    let host = Host::new();
    let mut table = Vec::new();
    for code in Code::ALL {
        let reply = host.call("refuse", &json!({"code": code})).await;
        assert_eq!(reply.code(), code.as_str());
        table.push(format!("{} {} {}", code.as_str(), reply.status.as_u16(), reply.header("retry-after")));
    }
    insta::assert_debug_snapshot!(table);
}

#[tokio::test]
async fn what_models_get_wrong_is_repaired_at_the_door() {
    let host = Host::new();
    for arguments in [json!({"a": "1", "b": 2}), json!("{\"a\": 1, \"b\": 2}")] {
        let reply = host.call("add", &arguments).await;
        assert_eq!(reply.envelope()["result"], json!({"sum": 3}), "{arguments}");
    }
    let reply = host.json("PATCH", "/v1/notes/n1", &json!({"facts": "{\"x\": 1}"})).await;
    assert_eq!(reply.envelope()["result"]["arguments"], json!({"facts": {"x": 1}, "note_id": "n1"}));
}

#[tokio::test]
async fn a_tools_own_route_takes_its_arguments_from_where_the_method_has_them() {
    let host = Host::new();
    let arguments = |envelope: Value| envelope["result"]["arguments"].clone();

    let path = "/v1/notes/n%201?limit=3&tags=a&tags=b+c&filter=%7B%22author%22%3A%22x%22%7D";
    let expected = json!({"note_id": "n 1", "limit": 3, "tags": ["a", "b c"], "filter": {"author": "x"}});
    assert_eq!(arguments(host.get(path).await.envelope()), expected);

    let reply = host.json("PATCH", "/v1/notes/n1", &json!({"title": "t"})).await;
    assert_eq!(arguments(reply.envelope()), json!({"note_id": "n1", "title": "t"}));

    let reply = host.send(request("DELETE", "/v1/notes/n1").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.envelope()["result"]["tool"], "note_remove");

    let contradicted = host.json("PATCH", "/v1/notes/n1", &json!({"note_id": "n2"})).await;
    assert_eq!(
        (contradicted.status, contradicted.code().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_input")
    );
    assert_eq!(host.get("/v1/notes/n1?limit=1&limit=2").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(host.get("/v1/notes/%ff").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(host.json("PATCH", "/v1/notes/n1?title=t", &json!({})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(host.json("GET", "/v1/notes/n1", &json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn routes_come_and_go_with_the_catalog() {
    let host = Host::new();
    assert_eq!(host.get("/v1/notes/n1").await.status, StatusCode::OK);
    let put = host.json("PUT", "/v1/notes/n1", &json!({})).await;
    assert_eq!((put.status, put.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, PATCH, DELETE"));

    let rest: Vec<_> = definitions().into_iter().filter(|tool| tool.name.as_str() != "note_get").collect();
    host.publish(&rest);
    let reply = host.get("/v1/notes/n1").await;
    assert_eq!((reply.status, reply.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "PATCH, DELETE"));
    assert_eq!(host.call("note_get", &json!({"note_id": "n1"})).await.status, StatusCode::NOT_FOUND);

    host.publish(&definitions());
    assert_eq!(host.get("/v1/notes/n1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn callers_see_what_is_theirs() {
    let host = Host::new();
    let names = |envelope: &Value, list: &str| -> Vec<String> {
        let listed = envelope["result"][list].as_array().unwrap();
        listed.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let of_reader = async |path: &str| {
        host.send(request_of(READER, "GET", path).body(Body::empty()).unwrap()).await.envelope()
    };
    assert_eq!(names(&host.get("/v1/connections").await.envelope(), "connections"), ["acme", "globex"]);
    assert_eq!(names(&of_reader("/v1/connections").await, "connections"), ["acme"]);
    assert!(names(&host.get("/v1/tools").await.envelope(), "tools").contains(&"note_remove".to_owned()));
    assert!(!names(&of_reader("/v1/tools").await, "tools").contains(&"note_remove".to_owned()));
    insta::assert_json_snapshot!("meta", of_reader("/v1/meta").await);

    // Not listed, and told where the token ends by whoever calls it all the same.
    let delete = request_of(READER, "DELETE", "/v1/notes/n1").body(Body::empty()).unwrap();
    let refused = host.send(delete).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"));
}

#[tokio::test]
async fn a_promise_that_cannot_be_kept_is_not_made() {
    let host = Host::new();
    let with_header = || {
        request("POST", "/v1/tools/add")
            .header("idempotency-key", "k1")
            .header(header::CONTENT_TYPE, "application/json")
    };
    let twice = with_header().header("idempotency-key", "k2");
    let reply = host.send(twice.body(Body::from(r#"{"a":1,"b":2}"#)).unwrap()).await;
    assert_eq!(reply.code(), "invalid_input");
    let contradicting = r#"{"a":1,"b":2,"idempotency_key":"k2"}"#;
    let reply = host.send(with_header().body(Body::from(contradicting)).unwrap()).await;
    assert_eq!(reply.code(), "invalid_input");
    assert_eq!(host.call("add", &json!({"a": 1, "b": 2, "preview": true})).await.code(), "invalid_input");
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_its_call() {
    let host = Host::new();
    let nothing = json!({});
    let waiting = host.call("wait", &nothing);
    tokio::select! {
        reply = waiting => panic!("it never answers: {reply:?}"),
        () = host.samples.waiting.notified() => {}
    }
    host.samples.given_up.notified().await;
}

#[tokio::test]
async fn a_provider_that_panics_costs_its_own_call() {
    let host = Host::new();
    assert_eq!(host.call("panic", &json!({})).await.code(), "failed");
    assert_eq!(host.call("add", &json!({"a": 1, "b": 2})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn connections_come_in_pages_of_ones_own() {
    let host = Host::new();
    let names = |reply: &Value| -> Vec<String> {
        let connections = reply["result"]["connections"].as_array().unwrap();
        connections.iter().map(|connection| connection["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = host.get("/v1/connections?limit=1").await.value();
    assert_eq!(names(&first), ["acme"]);
    let next = first["result"]["next_cursor"].as_str().unwrap();
    let second = host.get(&format!("/v1/connections?limit=1&cursor={next}")).await.value();
    assert_eq!(names(&second), ["globex"]);
    assert!(second["result"].get("next_cursor").is_none());
    assert_eq!(names(&host.get("/v1/connections").await.value()), ["acme", "globex"]);
    for wrong in ["limit=0", "limit=101", "limit=all", "page=2"] {
        let reply = host.get(&format!("/v1/connections?{wrong}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
