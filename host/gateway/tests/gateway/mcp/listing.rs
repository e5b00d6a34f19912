//! Which tools are listed, to whom, and at which address.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use toolbay_kernel::{Access, ToolDefinition};

use super::message::{add, legacy, modern};
use crate::harness::{Host, OPERATOR, READER, definitions};

#[tokio::test]
async fn both_eras_list_the_same_tools() {
    let host = Host::new();
    let old = host.send(legacy(OPERATOR, "tools/list", json!({}))).await.result();
    let new = host.send(modern(OPERATOR, "tools/list", json!({}))).await.result();
    assert_eq!(old["tools"], new["tools"]);
    assert!(old.get("resultType").is_none());
    assert_eq!(new["resultType"], "complete");
    assert_eq!(new["cacheScope"], "private");
    assert_eq!(new["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "toolbay");

    let names: Vec<&str> =
        new["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for tool in new["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert!(tool["inputSchema"]["properties"].is_object());
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{hint} of {tool}");
        }
    }
    let hints = |name: &str| {
        let tool = new["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap();
        (tool["annotations"]["readOnlyHint"].clone(), tool["annotations"]["destructiveHint"].clone())
    };
    assert_eq!(hints("note_get"), (json!(true), json!(false)));
    assert_eq!(hints("note_put"), (json!(false), json!(false)));
    assert_eq!(hints("note_remove"), (json!(false), json!(true)));
}

#[tokio::test]
async fn principals_see_and_call_their_own_tools_alone() {
    let host = Host::new();
    let listed = host.send(modern(READER, "tools/list", json!({}))).await.result();
    let names: BTreeSet<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let reading: BTreeSet<String> = definitions()
        .into_iter()
        .filter(|tool| tool.access == Access::Reads)
        .map(|tool| tool.name.as_str().to_owned())
        .collect();
    assert_eq!(names, reading.iter().map(String::as_str).collect());

    // A tool that isn't there is a mistake of the client; one that does more than its token says where that ends.
    for request in [modern as fn(&str, &str, Value) -> Request<Body>, legacy] {
        let call = |name: &str| json!({"name": name, "arguments": {"note_id": "1"}});
        let reply = host.send(request(READER, "tools/call", call("note_let"))).await;
        assert_eq!(reply.error(), -32602);
        let message = reply.value()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(message, "there is no tool `note_let`; did you mean `note_get`?");
        let result = host.send(request(READER, "tools/call", call("note_put"))).await.result();
        assert_eq!(result["isError"], true);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("your token or profile ends at `reads`"), "{text}");
    }
}

#[tokio::test]
async fn pages_are_followed_by_cursors() {
    let host = Host::new();
    let template = definitions().remove(0);
    let many: Vec<ToolDefinition> = (0..250)
        .map(|number| ToolDefinition {
            name: format!("tool_{number:03}").parse().unwrap(),
            ..template.clone()
        })
        .collect();
    host.publish(&many);
    let (mut seen, mut cursor, mut pages) = (Vec::new(), None::<Value>, 0);
    loop {
        let params = cursor.as_ref().map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let page = host.send(modern(OPERATOR, "tools/list", params)).await.result();
        pages += 1;
        seen.extend(
            page["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()),
        );
        cursor = page.get("nextCursor").cloned();
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen, many.iter().map(|tool| tool.name.as_str().to_owned()).collect::<Vec<_>>());
    let reply = host.send(modern(OPERATOR, "tools/list", json!({"cursor": "page two"}))).await;
    assert_eq!(reply.error(), -32602);
}

/// The same message at an address that names a profile.
fn within(profile: &str, mut request: Request<Body>) -> Request<Body> {
    *request.uri_mut() = format!("/mcp?profile={profile}").parse().unwrap();
    request
}

#[tokio::test]
async fn a_profile_in_the_address_narrows_what_is_listed_and_called() {
    let host = Host::with(vec!["refuse".parse().unwrap(), "note_put".parse().unwrap()]);
    let names = async |request| -> Vec<String> {
        let listed = host.send(request).await.result();
        listed["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = || modern(OPERATOR, "tools/list", json!({}));
    assert_eq!(names(within("core", list())).await, ["note_put", "refuse"]);
    assert_eq!(
        names(within("core", legacy(OPERATOR, "tools/list", json!({})))).await,
        ["note_put", "refuse"]
    );
    assert_eq!(names(within("full", list())).await, names(list()).await);

    let reading = host.send(within("read", list())).await.result();
    let reading = reading["tools"].as_array().unwrap();
    assert!(reading.len() > 1);
    assert!(reading.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    // One that the reader may not use at all doesn't come back.
    assert_eq!(names(within("core", modern(READER, "tools/list", json!({})))).await, ["refuse"]);

    for call in [modern(OPERATOR, "tools/call", add(1, 2)), legacy(OPERATOR, "tools/call", add(1, 2))] {
        let reply = host.send(within("core", call)).await;
        assert!(reply.value()["error"]["message"].as_str().unwrap().contains("there is no tool `add`"));
    }
    let sum = host.send(within("read", modern(OPERATOR, "tools/call", add(1, 2)))).await.result();
    assert_eq!(sum["structuredContent"]["sum"], 3);

    let unknown = host.send(within("corr", list())).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.value()["error"]["message"].as_str().unwrap().contains("core, full, read"));
}
