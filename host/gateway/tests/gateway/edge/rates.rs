//! How many requests are taken of an address and of a principal.

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};
use toolbay_gateway::{EdgeSettings, Loopback, RateSettings, ServerSettings};

use super::wire::ask;
use crate::harness::{Host, OPERATOR, READER, request_of};
use crate::server::{Running, start_with};

const NO_RATES: RateSettings = RateSettings { address: None, wrong_tokens: None, principal: None };

fn host(rates: RateSettings) -> Host {
    Host::behind(EdgeSettings { rates, ..EdgeSettings::default() })
}

/// A server on which loopback addresses are clients as any other.
async fn counting(rates: RateSettings) -> Running {
    let settings = ServerSettings { loopback: Loopback::Counted, ..ServerSettings::default() };
    start_with(host(rates).router, settings).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_how_long_to_wait_and_others_are_not() {
    let running = counting(RateSettings { address: Some("3/hour".parse().unwrap()), ..NO_RATES }).await;
    let ask = async |from: &str, line: &str| ask(from, running.address, line, &[]).await;
    for _ in 0..3 {
        assert_eq!(ask("127.0.0.2", "GET /openapi.json").await.status, 200);
    }
    let refused = ask("127.0.0.2", "GET /openapi.json").await;
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1_190..=1_200).contains(&wait), "{wait}");
    let envelope: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(envelope["error"]["code"], "rate_limited");
    assert_eq!(envelope["error"]["details"], json!({"retry_after_seconds": wait}));
    let hint = envelope["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("3/hour") && hint.contains("`address` below `[rates]`"), "{hint}");
    assert_eq!(refused.header("x-content-type-options"), Some("nosniff"));

    let over_mcp = ask("127.0.0.2", "POST /mcp").await;
    assert_eq!((over_mcp.status, over_mcp.header("retry-after").is_some()), (429, true));
    let error: Value = serde_json::from_str(&over_mcp.body).unwrap();
    assert_eq!(error["jsonrpc"], "2.0");
    assert_eq!(error["error"]["data"]["code"], "rate_limited");
    assert!(error["error"]["message"].as_str().unwrap().contains("`address` below `[rates]`"));

    // Whatever watches over the host must not think that it died, and others aren't the ones who asked.
    assert_eq!(ask("127.0.0.2", "GET /readyz").await.status, 200);
    assert_eq!(ask("127.0.0.3", "GET /openapi.json").await.status, 200);
}

#[tokio::test]
async fn wrong_tokens_count_for_the_address_and_then_none_is_looked_at() {
    let running = counting(RateSettings { wrong_tokens: Some("3/hour".parse().unwrap()), ..NO_RATES }).await;
    let tools = async |from: &str, headers: &[(&str, &str)]| {
        ask(from, running.address, "GET /v1/tools", headers).await
    };
    let (right, wrong) = (bearer(OPERATOR), bearer("wrong"));
    // A client that has no token yet asks without one, to be told where to get one.
    for _ in 0..5 {
        assert_eq!(tools("127.0.0.2", &[]).await.status, 401);
    }
    for _ in 0..3 {
        assert_eq!(tools("127.0.0.2", &[("Authorization", &right)]).await.status, 200);
        assert_eq!(tools("127.0.0.2", &[("Authorization", &wrong)]).await.status, 401);
    }
    for token in [&wrong, &right] {
        let refused = tools("127.0.0.2", &[("Authorization", token)]).await;
        assert_eq!(refused.status, 429);
        assert!(refused.body.contains("`wrong_tokens` below `[rates]`"), "{}", refused.body);
    }
    assert_eq!(tools("127.0.0.2", &[]).await.status, 401);
    assert_eq!(tools("127.0.0.3", &[("Authorization", &right)]).await.status, 200);
}

#[tokio::test]
async fn a_principal_has_a_rate_of_its_own_wherever_it_asks_from() {
    let host = host(RateSettings { principal: Some("2/hour".parse().unwrap()), ..NO_RATES });
    let ask = async |token: &str, method: &str, path: &str| {
        host.send(request_of(token, method, path).body(Body::empty()).unwrap()).await
    };
    for _ in 0..2 {
        assert_eq!(ask(OPERATOR, "GET", "/v1/tools").await.status, StatusCode::OK);
    }
    let refused = ask(OPERATOR, "GET", "/v1/tools").await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert!(!refused.header("retry-after").is_empty());
    assert!(refused.value()["error"]["hint"].as_str().unwrap().contains("`principal` below `[rates]`"));
    let over_mcp = ask(OPERATOR, "POST", "/mcp").await;
    assert_eq!(over_mcp.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(over_mcp.value()["error"]["data"]["code"], "rate_limited");
    assert_eq!(ask(READER, "GET", "/v1/tools").await.status, StatusCode::OK);
    assert_eq!(ask("wrong", "GET", "/v1/tools").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn programs_on_this_machine_are_not_counted() {
    let one = || Some("1/hour".parse().unwrap());
    let rates = RateSettings { address: one(), wrong_tokens: one(), principal: None };
    let running = start_with(host(rates).router, ServerSettings::default()).await;
    for _ in 0..5 {
        let wrong = [("Authorization", "Bearer wrong")];
        assert_eq!(ask("127.0.0.1", running.address, "GET /v1/tools", &wrong).await.status, 401);
        assert_eq!(ask("127.0.0.1", running.address, "GET /openapi.json", &[]).await.status, 200);
    }
}
