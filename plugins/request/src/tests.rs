use toolbay_sdk::mock::{MockHost, refused};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const PAGE: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

#[test]
fn a_request_reaches_notion_and_its_answer_comes_back() {
    let host = MockHost::new()
        .on("GET /v1/pages/{page_id}", json!({ "object": "page" }))
        .on("GET /v1/pages/{page_id}/markdown", json!({ "object": "page_markdown" }))
        .on("GET /v1/users", json!({ "object": "list" }));
    for (path, query, sent, object) in [
        (
            format!("v1/notion/pages/{PAGE}"),
            json!({ "filter_properties": ["title", "a"] }),
            format!("GET /v1/pages/{PAGE}?filter_properties=title&filter_properties=a"),
            "page",
        ),
        (
            format!("/v1/pages/{PAGE}/markdown"),
            json!({ "include_transcript": true }),
            format!("GET /v1/pages/{PAGE}/markdown?include_transcript=true"),
            "page_markdown",
        ),
        (
            "/v1/users".to_owned(),
            json!({ "page_size": 5, "start_cursor": null }),
            "GET /v1/users?page_size=5".to_owned(),
            "list",
        ),
    ] {
        let arguments = json!({ "method": "GET", "path": path, "query": query });
        let answer = host.run(&PLUGIN, "notion_request", arguments).expect("an answer");
        assert_eq!(answer.value(), Some(json!({ "status": 200, "body": { "object": object } })));
        assert_eq!(host.sent().pop(), Some(sent));
    }
}

#[test]
fn post_and_patch_carry_the_body_and_delete_does_not() {
    let host = MockHost::new()
        .on("POST /v1/search", json!({ "results": [] }))
        .on("PATCH /v1/pages/{page_id}", Response { status: 202, body: json!({}) })
        .on("DELETE /v1/blocks/{block_id}", json!({}));
    let run = |arguments: Value| host.run(&PLUGIN, "notion_request", arguments);
    run(json!({ "method": "POST", "path": "/v1/search" })).expect("no body");
    let patched =
        run(json!({ "method": "PATCH", "path": format!("/v1/pages/{PAGE}"), "body": { "in_trash": true } }));
    assert_eq!(patched.expect("patched").value().expect("data")["status"], 202);
    run(json!({ "method": "DELETE", "path": format!("/v1/blocks/{PAGE}"), "body": null })).expect("deleted");
    let bodies: Vec<_> = host.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [Some(json!({})), Some(json!({ "in_trash": true })), None]);
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() {
    let host = MockHost::new();
    for arguments in [
        json!({ "method": "GET", "path": "/v1/users", "body": { "page_size": 1 } }),
        json!({ "method": "GET", "path": "/v1/users", "query": { "filter": { "a": 1 } } }),
        json!({ "method": "GET", "path": "/v1/users?page_size=1" }),
        json!({ "method": "PUT", "path": "/v1/users" }),
        json!({ "method": "GET", "path": "/v1/users", "query": { "filter_properties": [] } }),
        json!({ "method": "GET", "path": "/v1/users", "params": { "page_size": 1 } }),
    ] {
        let problem = host.run(&PLUGIN, "notion_request", arguments.clone()).expect_err("refused");
        assert_eq!(problem.code.as_str(), "invalid_input", "{arguments}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn notions_refusal_is_the_answer() {
    let refusal = refused(404, "Could not find page.");
    let host = MockHost::new().on("GET /v1/pages/{page_id}", refusal.clone());
    let arguments = json!({ "method": "GET", "path": format!("/v1/pages/{PAGE}") });
    assert_eq!(host.run(&PLUGIN, "notion_request", arguments), Err(refusal));
}

#[test]
fn a_write_that_is_answered_with_no_object_may_have_been_carried_out() {
    let host = MockHost::new()
        .on("POST /v1/pages", json!("created"))
        .on("POST /v1/search", json!([]))
        .on("DELETE /v1/blocks/{block_id}", Value::Null);
    let run = |method: &str, path: &str| {
        host.run(&PLUGIN, "notion_request", json!({ "method": method, "path": path })).map(|_| ())
    };
    let unknown = |answer: Result<(), Problem>| answer.expect_err("no answer").code.as_str();
    assert_eq!(unknown(run("POST", "/v1/pages")), "outcome_unknown");
    assert_eq!(unknown(run("DELETE", &format!("/v1/blocks/{PAGE}"))), "outcome_unknown");
    run("POST", "/v1/search").expect("what only asks is passed on");
}

#[test]
fn the_definition_fits_what_clients_take() {
    let definitions = PLUGIN.definitions();
    let definition = &definitions[0];
    assert_eq!(definition.routes, [("POST", "/v1/notion/request")]);
    assert!(definition.description.chars().count() <= 300, "{}", definition.description.chars().count());
    for (name, property) in definition.input_schema["properties"].as_object().expect("properties") {
        let description = property["description"].as_str().expect(name);
        assert!(description.chars().count() <= 700, "{name}");
    }
    assert_eq!(
        definition.input_schema["properties"]["method"]["enum"],
        json!(["GET", "POST", "PATCH", "DELETE"])
    );
}
