//! Faults at the hosted server's addresses.

use std::time::{Duration, Instant};

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use super::client::{Pair, World, as_form};

fn refuse(status: u16, code: &str) -> FaultKind {
    FaultKind::Refuse { status, code: code.to_owned(), message: None }
}

impl World {
    fn comment(&self) -> Value {
        json!({ "page_id": self.emulator.ids().root_page, "markdown": "Seen." })
    }
}

#[tokio::test]
async fn the_next_renewal_can_be_refused() {
    let world = World::start().await;
    let pair = world.connect().await;
    world
        .control(
            "faults",
            json!({ "route": "POST /token refresh_token", "kind": "refuse", "status": 400, "code": "invalid_grant" }),
        )
        .await;
    // The fault waits for a renewal, not for this.
    let other = world.connect().await;
    world.renew(&pair).await.denied(400, "invalid_grant");
    world.renew(&pair).await.ok();
    world.renew(&other).await.ok();
}

#[tokio::test]
async fn a_renewal_can_be_done_and_its_answer_lost() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.emulator.fault(Fault::new("POST /token refresh_token", FaultKind::ApplyThenDrop));
    let form = world.renewal(&pair);
    assert!(as_form(world.http.post(world.at("/token")), &form).send().await.is_err());
    let seen = world.hosted().token_requests();
    let last = seen.last().unwrap();
    assert_eq!((last.status, last.outcome.as_deref()), (Some(0), Some("issued access-1.2")));
    assert_eq!(world.status(&pair).await, 401);
    world.renew(&pair).await.denied(400, "invalid_grant");
}

#[tokio::test]
async fn answers_can_wait_and_services_can_be_busy() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.emulator.fault(Fault::new("POST /token", FaultKind::Delay { delay_ms: 300 }));
    let begun = Instant::now();
    let pair = Pair { client_id: pair.client_id.clone(), body: world.renew(&pair).await.ok() };
    assert!(begun.elapsed() >= Duration::from_millis(300));
    world.emulator.fault(Fault::new("POST /token", FaultKind::Overloaded { retry_after_seconds: 2 }));
    let busy = world.renew(&pair).await;
    assert_eq!((busy.status, busy.header("retry-after")), (529, "2"));
    world.renew(&pair).await.ok();
}

#[tokio::test]
async fn a_write_can_be_done_and_its_answer_lost() {
    let world = World::start().await;
    let pair = world.connect().await;
    let params = json!({ "name": "notion-create-comment", "arguments": world.comment() });
    world.emulator.fault(Fault::new("POST /mcp notion-create-comment", FaultKind::DropBefore));
    assert!(world.modern_request(&pair, "tools/call", params.clone()).send().await.is_err());
    assert_eq!(world.emulator.writes().len(), 0);
    world.emulator.fault(Fault::new("POST /mcp notion-create-comment", FaultKind::ApplyThenDrop));
    assert!(world.modern_request(&pair, "tools/call", params.clone()).send().await.is_err());
    assert_eq!(world.emulator.writes().len(), 1);
    world
        .emulator
        .fault(Fault::new("POST /mcp", FaultKind::ApplyThenStatus { status: 502, guidance: false }));
    let hidden = world.modern_request(&pair, "tools/call", params).send().await.unwrap();
    assert_eq!(hidden.status().as_u16(), 502);
    assert_eq!(world.emulator.writes().len(), 2);
}

#[tokio::test]
async fn a_request_that_is_refused_takes_no_fault_from_another() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.emulator.fault(Fault::new("POST /mcp", refuse(503, "service_unavailable")));
    assert_eq!(world.post("unknown").send().await.unwrap().status().as_u16(), 401);
    world.modern(&pair, "tools/list", json!({})).await.refused(503, -32000);
    world.modern(&pair, "tools/list", json!({})).await.ok();
}

#[tokio::test]
async fn a_tool_that_is_asked_too_often_says_when_to_come_back() {
    let world = World::start().await;
    let pair = world.connect().await;
    world.emulator.fault(Fault::new(
        "POST /mcp notion-create-comment",
        FaultKind::RateLimited { retry_after_seconds: 7, reason: "public_api_request_rate_limit".to_owned() },
    ));
    let result = world.call(&pair, "notion-create-comment", world.comment()).await;
    let error = &result["structuredContent"]["error"];
    assert_eq!((&result["isError"], &error["code"]), (&json!(true), &json!("rate_limited")));
    assert_eq!(error["retry_after_seconds"], 7);
    assert_eq!(world.emulator.writes().len(), 0);
    world.emulator.limit(Some(1), Duration::from_secs(60));
    assert_eq!(world.call(&pair, "notion-create-comment", world.comment()).await["isError"], false);
    let result = world.call(&pair, "notion-create-comment", world.comment()).await;
    assert_eq!(result["structuredContent"]["error"]["code"], "rate_limited");
    assert_eq!(world.emulator.writes().len(), 1);
}
