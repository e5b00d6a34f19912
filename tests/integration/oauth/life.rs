//! How a credential is renewed, how a connection ends, and what callers hear of both.

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};
use toolbay_kernel::ConnectionId;
use toolbay_kernel::administration::AdministrationStore as _;

use super::{Connectable, TOKEN_ROUTE};

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_expired_is_renewed_once_in_the_middle_of_calls() {
    let world = Connectable::start().await;
    let connection = world.connect().await;
    assert_eq!(world.exchanges(), 1);
    for _ in 0..3 {
        assert_eq!(world.host.emulator.expire_access(), 1);
        let calls = (0..12).map(|_| world.assert_works(&connection));
        futures_util::future::join_all(calls).await;
        assert_eq!(world.exchanges(), 1, "twelve calls at once, one renewal");
    }
    // A write is sent again too: Notion has certainly not carried it out.
    world.host.emulator.expire_access();
    let root = world.host.emulator.ids().root_page;
    let page = json!({"page": {"parent": {"type": "page_id", "page_id": root},
        "properties": {"title": {"title": [{"text": {"content": "once"}}]}}}});
    world.host.result("probe_write", page).await;
    assert_eq!((world.exchanges(), world.host.emulator.writes().len()), (1, 1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_says_to_connect_again() {
    let world = Connectable::start().await;
    let connection = world.connect().await;
    assert_eq!(world.host.emulator.disconnect(), 1);
    world.exchanges();
    for asked in [1, 0] {
        let (status, envelope) = world.me(&connection).await;
        assert_eq!((status, &envelope["error"]["code"]), (403, &json!("forbidden")), "{envelope:#}");
        let hint = envelope["error"]["hint"].as_str().unwrap();
        assert!(
            hint.contains("connect it again") && hint.contains(&format!("{}/oauth/start", world.host.url)),
            "{hint}"
        );
        assert_eq!(world.exchanges(), asked, "what Notion refused for good isn't asked for again");
    }
    let (status, envelope) = world.host.call("connection_refresh", json!({})).await;
    assert_eq!((status, world.exchanges()), (403, 0), "{envelope:#}");
    let rows = world.host.host().store.all_connections().await.unwrap();
    assert!(rows[0].broken_at.is_some());

    assert_eq!(world.connect().await, connection);
    world.assert_works(&connection).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_whose_answer_is_lost_is_not_repeated_on_hope() {
    let world = Connectable::start().await;
    let connection = world.connect().await;
    world.exchanges();
    world.host.emulator.expire_access();
    world.host.emulator.fault(Fault::new(TOKEN_ROUTE, FaultKind::ApplyThenDrop));
    for _ in 0..3 {
        let (status, envelope) = world.me(&connection).await;
        assert_eq!((status, &envelope["error"]["code"]), (502, &json!("upstream_failed")), "{envelope:#}");
        assert_eq!(envelope["error"]["details"]["retry_after_seconds"], 60);
    }
    let (status, envelope) = world.host.call("connection_refresh", json!({})).await;
    assert_eq!((status, &envelope["error"]["code"]), (504, &json!("outcome_unknown")), "{envelope:#}");
    assert_eq!(world.exchanges(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_certainly_not_carried_out_leaves_everything_as_it_was() {
    let world = Connectable::start().await;
    let connection = world.connect().await;
    world.host.emulator.expire_access();
    let busy = FaultKind::RateLimited { retry_after_seconds: 7, reason: "x".to_owned() };
    world.host.emulator.fault(Fault::new(TOKEN_ROUTE, busy));
    let refused = FaultKind::Refuse { status: 403, code: "restricted_resource".to_owned(), message: None };
    world.host.emulator.fault(Fault::new(TOKEN_ROUTE, refused));
    let (status, envelope) = world.me(&connection).await;
    assert_eq!(
        (status, &envelope["error"]["details"]["retry_after_seconds"]),
        (429, &json!(7)),
        "{envelope:#}"
    );
    let (status, envelope) = world.me(&connection).await;
    assert_eq!(status, 502, "{envelope:#}");
    assert!(envelope["error"]["hint"].as_str().unwrap().contains("NOTION_OAUTH_CLIENT_SECRET"));
    world.assert_works(&connection).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_refreshed_when_somebody_asks() {
    let world = Connectable::start_with(|_| {}).await;
    let connection = world.connect().await;
    world.exchanges();
    let answer = world.host.request("POST", "/v1/connections/refresh");
    let answer = answer.json(&json!({"connection_id": connection["connection_id"]})).send().await.unwrap();
    let envelope: Value = answer.json().await.unwrap();
    assert_eq!(envelope["result"]["refreshed"], json!(true), "{envelope:#}");
    assert_eq!(world.exchanges(), 1);
    world.assert_works(&connection).await;
    // The one that NOTION_TOKEN gives can be neither renewed nor removed.
    let default = json!({"connection_id": ConnectionId::of_environment("default").to_string()});
    let problem = world.host.error("connection_refresh", default.clone()).await;
    assert_eq!(problem["code"], "invalid_input", "{problem}");
    let problem = world.host.error("connection_remove", default).await;
    assert!(problem["hint"].as_str().unwrap().contains("NOTION_TOKEN"), "{problem}");
    let rows = world.host.store_rows("connection_refresh").await;
    assert_eq!(rows, ["invalid_input", "ok"], "both are in the audit log");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_connection_is_gone_here_and_at_notion() {
    let world = Connectable::start().await;
    for (query, revoked) in [("", 1), ("?revoke=true", 1), ("?revoke=false", 0)] {
        let connection = world.connect().await;
        world.host.emulator.forget_requests();
        let path = format!("/v1/connections/{}{query}", connection["connection_id"].as_str().unwrap());
        let answer = world.host.request("DELETE", &path).send().await.unwrap();
        let envelope: Value = answer.json().await.unwrap();
        assert_eq!(envelope["result"]["removed"], json!(true), "{envelope:#}");
        assert_eq!(envelope["result"]["revoked"], if revoked == 1 { json!(true) } else { Value::Null });
        assert_eq!(world.host.emulator.requests().of("POST /v1/oauth/revoke"), revoked);
        // No grant is left, or the one that was to stay.
        assert_eq!(world.host.emulator.disconnect(), usize::from(revoked == 0));
        assert_eq!(world.me(&connection).await.0, 404);
        assert_eq!(world.host.request("DELETE", &path).send().await.unwrap().status(), 404);
    }
    let connection = world.connect().await;
    world.host.emulator.fault(Fault::new("POST /v1/oauth/revoke", FaultKind::DropBefore));
    let result = world.host.result("connection_remove", json!({})).await;
    assert_eq!(result["revoked"], json!(false));
    assert!(result["note"].is_string());
    assert_eq!(world.me(&connection).await.0, 404);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_are_on_every_surface() {
    let world = Connectable::start().await;
    let connection = world.connect().await;
    let listed = world.host.modern("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let remove = tools.iter().find(|tool| tool["name"] == "connection_remove").unwrap();
    assert_eq!(remove["annotations"]["destructiveHint"], json!(true));
    let call =
        json!({"name": "connection_refresh", "arguments": {"connection_id": connection["connection_id"]}});
    let answer = world.host.modern("tools/call", call).await;
    assert_eq!(answer["result"]["isError"], json!(false), "{answer:#}");
    let document = world.host.get("/openapi/full.json").await;
    assert_eq!(
        document["paths"]["/v1/connections/{connection_id}"]["delete"]["operationId"],
        "connection_remove"
    );
    assert_eq!(document["paths"]["/v1/connections/refresh"]["post"]["operationId"], "connection_refresh");
    world.stop().await;
}
