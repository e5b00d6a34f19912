//! `/metrics`: who may read it, and what it says.

use http::StatusCode;
use serde_json::json;
use toolbay_kernel::tally::MAX_NAMED;

use crate::harness::{Host, OPERATOR, READER, definitions, request_of};

const TOKEN: &str = "metrics-of-the-tests";

async fn read(host: &Host) -> String {
    let reply = host.send(request_of(TOKEN, "GET", "/metrics").body("".into()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
    assert_eq!(reply.header("cache-control"), "no-store");
    String::from_utf8(reply.bytes).unwrap()
}

/// The samples that have one of these beginnings.
fn samples<'a>(text: &'a str, beginnings: &[&str]) -> Vec<&'a str> {
    text.lines().filter(|line| beginnings.iter().any(|beginning| line.starts_with(beginning))).collect()
}

#[tokio::test]
async fn only_its_own_token_and_an_administrator_read_it() {
    let host = Host::new();
    let asked = |request: http::request::Builder| host.send(request.body("".into()).unwrap());
    let nobody = http::Request::get("/metrics").header("host", "tools.example.com");
    assert_eq!(asked(nobody).await.status, StatusCode::UNAUTHORIZED);
    for (token, status) in [
        ("metrics-of-the-test", StatusCode::UNAUTHORIZED),
        ("metrics-of-the-tests2", StatusCode::UNAUTHORIZED),
        (READER, StatusCode::FORBIDDEN),
        (OPERATOR, StatusCode::OK),
        (TOKEN, StatusCode::OK),
    ] {
        assert_eq!(asked(request_of(token, "GET", "/metrics")).await.status, status, "{token}");
    }
    let calls = asked(request_of(TOKEN, "GET", "/v1/tools")).await;
    assert_eq!(calls.status, StatusCode::UNAUTHORIZED, "it is for metrics and nothing else");
    // A scraper knows the host by whatever name its network has for it.
    let elsewhere = request_of(TOKEN, "GET", "/metrics").header("host", "10.0.0.7:8700");
    assert_eq!(asked(elsewhere).await.status, StatusCode::OK);
}

#[tokio::test]
async fn calls_are_told_by_tool_and_by_what_their_callers_read() {
    let host = Host::new();
    host.call("add", &json!({"a": 1, "b": 2})).await;
    host.call("add", &json!({"a": 1, "b": 3})).await;
    host.call("add", &json!({"a": 1})).await;
    host.call("refuse", &json!({"code": "upstream_failed"})).await;
    host.call("nothing_such", &json!({})).await;
    let text = read(&host).await;
    let beginnings =
        ["toolbay_calls_total", "toolbay_calls_running", "toolbay_http_requests_total", "toolbay_tools "];
    assert_eq!(
        samples(&text, &beginnings),
        [
            &format!("toolbay_tools {}", definitions().len()) as &str,
            r#"toolbay_http_requests_total{place="rest",status="2xx"} 2"#,
            r#"toolbay_http_requests_total{place="rest",status="4xx"} 2"#,
            r#"toolbay_http_requests_total{place="rest",status="5xx"} 1"#,
            "toolbay_calls_running 0",
            r#"toolbay_calls_total{tool="add",outcome="ok"} 2"#,
            r#"toolbay_calls_total{tool="add",outcome="invalid_input"} 1"#,
            r#"toolbay_calls_total{tool="refuse",outcome="ok"} 0"#,
            r#"toolbay_calls_total{tool="refuse",outcome="upstream_failed"} 1"#,
        ]
    );
    let counted = samples(&text, &[r#"toolbay_call_duration_seconds_count{surface="rest"}"#]);
    assert_eq!(
        counted,
        [r#"toolbay_call_duration_seconds_count{surface="rest"} 5"#],
        "the one of no tool, too"
    );
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("nothing_such") && !text.contains(OPERATOR), "callers write no label");
}

#[tokio::test]
async fn ten_thousand_tools_make_no_more_series_than_five_hundred() {
    let host = Host::new();
    let add = definitions().into_iter().find(|tool| tool.name.as_str() == "add").unwrap();
    let tools: Vec<_> = (0..10_000)
        .map(|number| {
            let mut tool = add.clone();
            tool.name = format!("add_{number}").parse().unwrap();
            tool.routes.clear();
            tool
        })
        .collect();
    host.publish(&tools);
    for tool in tools.iter().take(MAX_NAMED + 100) {
        host.call(tool.name.as_str(), &json!({"a": 1, "b": 2})).await;
    }
    let text = read(&host).await;
    let series =
        |beginning: &str| samples(&text, &[beginning]).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(series("toolbay_tool_seconds_total").len(), MAX_NAMED + 1);
    let others = series(r#"toolbay_calls_total{tool="(other)""#);
    let counts = others.iter().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
    assert_eq!(counts.sum::<u64>(), 100, "{others:?}");
    assert!(text.len() < 400_000, "{} bytes", text.len());
}
