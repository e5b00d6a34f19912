//! What a request looks like on the wire, and what every kind of answer means.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::Code;
use toolbay_kernel::Egress as _;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::{Method, Request, ResolvedRequest};
use toolbay_notion::{NAME, Notion, NotionSettings};
use url::Url;

use crate::wire::{Act, Wire, answer};
use crate::{CANARY, ID};

fn notion(url: &Url) -> Notion {
    Notion::new(&NotionSettings::at(url.clone())).unwrap()
}

fn read() -> Request {
    Request {
        egress: NAME,
        method: Method::Get,
        path: format!("/v1/pages/{ID}"),
        query: Vec::new(),
        body: None,
        max_age: None,
    }
}

fn write() -> Request {
    let body = Some(json!({"parent": {"page_id": ID}, "properties": {}}));
    Request {
        egress: NAME,
        method: Method::Post,
        path: "/v1/pages".to_owned(),
        query: Vec::new(),
        body,
        max_age: None,
    }
}

fn resolve(notion: &Notion, request: Request) -> ResolvedRequest {
    notion.resolve(request).unwrap()
}

async fn send_within(url: &Url, request: Request, time: Duration) -> Sent {
    let notion = notion(url);
    let request = resolve(&notion, request);
    notion.send(&request, Some(&SecretString::from(CANARY)), Instant::now() + time).await
}

async fn send(url: &Url, request: Request) -> Sent {
    send_within(url, request, Duration::from_secs(30)).await
}

/// The outcome in a word, with the problem's code and what it says.
fn outcome(sent: &Sent) -> (&'static str, Option<Code>, String) {
    let words = |problem: &toolbay_kernel::Problem| {
        format!("{}; {}", problem.message, problem.hint.clone().unwrap_or_default())
    };
    match sent {
        Sent::Answered(response) => ("answered", None, response.body.text().to_owned()),
        Sent::Refused(problem) => ("refused", Some(problem.code), words(problem)),
        Sent::Unauthorized(problem) => ("unauthorized", Some(problem.code), words(problem)),
        Sent::Busy { problem, retryable: true, .. } => ("busy", Some(problem.code), words(problem)),
        Sent::Busy { problem, retryable: false, .. } => ("blocked", Some(problem.code), words(problem)),
        Sent::NotSent(problem) => ("not sent", Some(problem.code), words(problem)),
        Sent::Unknown(problem) => ("unknown", Some(problem.code), words(problem)),
    }
}

#[tokio::test]
async fn a_request_carries_what_it_must_and_nothing_else() {
    let wire = Wire::answering("200 OK", "", r#"{"object":"list"}"#).await;
    let request = Request {
        egress: NAME,
        method: Method::Post,
        path: format!("/v1/data_sources/{}/query", ID.replace('-', "").to_uppercase()),
        query: vec![("filter_properties".to_owned(), "a=b&c#d".to_owned())],
        body: Some(json!({"page_size": 1})),
        max_age: None,
    };
    assert_eq!(outcome(&send(&wire.url, request).await).0, "answered");
    let [sent] = wire.requests().try_into().unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"page_size":1}"#);
    let mut lines = head.lines();
    assert_eq!(
        lines.next().unwrap(),
        format!("POST /v1/data_sources/{ID}/query?filter_properties=a%3Db%26c%23d HTTP/1.1")
    );
    let mut headers: Vec<&str> = lines.collect();
    headers.sort_unstable();
    let host = format!("host: {}", wire.url.authority());
    assert_eq!(
        headers,
        [
            "accept: application/json",
            &format!("authorization: Bearer {CANARY}"),
            "content-length: 15",
            "content-type: application/json",
            &host,
            "notion-version: 2026-03-11",
            concat!("user-agent: toolbay/", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let envelope = |code: &str, additional_data: Value| {
        json!({"object": "error", "code": code, "message": "Said.", "additional_data": additional_data})
            .to_string()
    };
    let saved = envelope("service_unavailable", json!({"committed_resource_id": ID}));
    let blocked = envelope("rate_limited", json!({"rate_limit_reason": "public_api_request_blocked"}));
    let html = "<html>Bad Gateway</html>".to_owned();
    use Code::*;
    let rows = [
        ("200 OK", json!({"id": ID}).to_string(), "answered", None, "{"),
        ("202 Accepted", r#"{"object":"async_task","id":"t"}"#.to_owned(), "answered", None, "async_task"),
        ("200 OK", "{}".to_owned(), "unknown", Some(UpstreamFailed), "doesn't show what was done"),
        (
            "200 OK",
            html.clone(),
            "unknown",
            Some(UpstreamFailed),
            "not JSON; Notion answered that it was done",
        ),
        ("200 OK", "[".repeat(10_000), "unknown", Some(UpstreamFailed), "not JSON"),
        ("204 No Content", String::new(), "unknown", Some(UpstreamFailed), "not JSON"),
        ("302 Found", html.clone(), "unknown", Some(UpstreamFailed), "status 302"),
        (
            "400 Bad Request",
            envelope("validation_error", json!({})),
            "refused",
            Some(InvalidInput),
            "Notion: Said.",
        ),
        (
            "401 Unauthorized",
            envelope("unauthorized", json!({})),
            "unauthorized",
            Some(Forbidden),
            "no longer works",
        ),
        (
            "403 Forbidden",
            envelope("restricted_resource", json!({})),
            "refused",
            Some(Forbidden),
            "capability",
        ),
        ("404 Not Found", envelope("object_not_found", json!({})), "refused", Some(NotFound), "Connections"),
        ("409 Conflict", envelope("conflict_error", json!({})), "refused", Some(Conflict), "read it again"),
        ("413 Payload Too Large", r#"{"code":413}"#.to_owned(), "refused", Some(LimitExceeded), "500 KB"),
        ("408 Timeout", envelope("request_timeout", json!({})), "unknown", Some(UpstreamFailed), "Said."),
        ("404 Not Found", html.clone(), "unknown", Some(UpstreamFailed), "status 404"),
        ("418 Teapot", html.clone(), "unknown", Some(UpstreamFailed), "status 418"),
        ("499 Gone", html.clone(), "unknown", Some(UpstreamFailed), "status 499"),
        ("429 Too Many", envelope("rate_limited", json!({})), "busy", Some(RateLimited), "try again in 5 s"),
        ("429 Too Many", blocked, "blocked", Some(Forbidden), "waiting doesn't help"),
        ("529 Overload", html.clone(), "busy", Some(RateLimited), "status 529"),
        (
            "500 Internal",
            envelope("internal_server_error", json!({})),
            "unknown",
            Some(UpstreamFailed),
            "Said.",
        ),
        ("502 Bad Gateway", html.clone(), "unknown", Some(UpstreamFailed), "status 502"),
        (
            "503 Unavailable",
            saved,
            "unknown",
            Some(UpstreamFailed),
            "saved as 59833787-2cf9-4fdf-8782-e53db20768a5",
        ),
        ("504 Timeout", html, "unknown", Some(UpstreamFailed), "status 504"),
    ];
    for (status, body, kind, code, words) in rows {
        let wire = Wire::answering(status, "", &body).await;
        let (got_kind, got_code, said) = outcome(&send(&wire.url, write()).await);
        assert_eq!((got_kind, got_code), (kind, code), "{status}: {said}");
        assert!(said.contains(words), "{status}: {said}");
        assert_eq!(wire.requests().len(), 1, "{status} was sent again");
    }
}

#[tokio::test]
async fn the_wait_is_notions_within_reason() {
    let body = r#"{"code":"rate_limited","additional_data":{"retry_after":"9"}}"#;
    for (header, seconds) in [
        ("retry-after: 17\r\n", 17),
        ("", 9),
        ("retry-after: soon\r\n", 9),
        ("retry-after: 99999999999\r\n", 3_600),
    ] {
        let wire = Wire::answering("429 Too Many", header, body).await;
        let Sent::Busy { wait, problem, .. } = send(&wire.url, write()).await else { panic!("not busy") };
        assert_eq!(wait, Duration::from_secs(seconds));
        assert_eq!(problem.details.unwrap()["retry_after_seconds"], seconds);
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Wire::answering("200 OK", "", "{}").await;
    for status in ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"] {
        let wire = Wire::answering(status, &format!("location: {}\r\n", elsewhere.url), "{}").await;
        for request in [read(), write()] {
            assert_eq!(outcome(&send(&wire.url, request).await).0, "unknown");
        }
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    assert_eq!(outcome(&send(&url, write()).await).0, "not sent");
}

#[tokio::test]
async fn what_breaks_after_the_request_is_unknown_and_sent_once() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"object\":";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n";
    for (act, words) in [
        (Act::Close, "broke before there was an answer"),
        (Act::Answer("HTTP/1.1 200".to_owned()), "broke before there was an answer"),
        (Act::Answer("gibberish\r\n\r\n".to_owned()), "broke before there was an answer"),
        (Act::Answer(half.to_owned()), "broke off; Notion answered that it was done"),
        (Act::Answer(chunked.to_owned()), "broke off; Notion answered that it was done"),
    ] {
        let wire = Wire::start(act).await;
        let (kind, _, said) = outcome(&send(&wire.url, write()).await);
        assert_eq!(kind, "unknown");
        assert!(said.contains(words), "{said}");
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_whose_text_breaks_off_is_still_a_refusal() {
    let half = "HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{\"object\":";
    let wire = Wire::start(Act::Answer(half.to_owned())).await;
    assert_eq!(outcome(&send(&wire.url, write()).await).0, "refused");
}

#[tokio::test]
async fn silence_ends_with_the_calls_time() {
    let slow_body = Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_owned());
    let wire = Wire::start(Act::Hang).await;
    let (kind, _, said) = outcome(&send_within(&wire.url, write(), Duration::from_millis(800)).await);
    assert_eq!(kind, "unknown");
    assert!(said.contains("did not answer in time"), "{said}");
    assert_eq!(wire.requests().len(), 1);

    let wire = Wire::start(slow_body).await;
    assert_eq!(outcome(&send_within(&wire.url, write(), Duration::from_millis(800)).await).0, "unknown");
}

#[tokio::test]
async fn without_time_nothing_is_sent() {
    let wire = Wire::answering("200 OK", "", "{}").await;
    let sent = send_within(&wire.url, write(), Duration::ZERO).await;
    assert_eq!(outcome(&sent).0, "not sent");
    assert_eq!(outcome(&sent).1, Some(Code::LimitExceeded));
    assert_eq!(wire.requests().len(), 0);
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 40);
    let unannounced = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let brackets = "[".repeat(0x10000);
    let chunk = format!("10000\r\n{brackets}\r\n");
    for (head, more) in [(announced.as_str(), &brackets), (unannounced, &chunk)] {
        let wire = Wire::start(Act::AnswerWithoutEnd(head.to_owned(), more.clone())).await;
        let (kind, code, said) = outcome(&send(&wire.url, read()).await);
        assert_eq!((kind, code), ("refused", Some(Code::LimitExceeded)), "{said}");
        assert_eq!(outcome(&send(&wire.url, write()).await).0, "unknown");
    }
    let refusal = unannounced.replace("200 OK", "400 Bad Request");
    let wire = Wire::start(Act::AnswerWithoutEnd(refusal, chunk)).await;
    assert_eq!(outcome(&send(&wire.url, write()).await).0, "refused");
}

#[tokio::test]
async fn a_credential_that_is_no_header_is_not_sent() {
    let wire = Wire::answering("200 OK", "", "{}").await;
    let notion = notion(&wire.url);
    let request = resolve(&notion, read());
    let credential = SecretString::from(format!("{CANARY}\r\nhost: evil.com"));
    let sent = notion.send(&request, Some(&credential), Instant::now() + Duration::from_secs(30)).await;
    assert_eq!(outcome(&sent).1, Some(Code::Forbidden));
    assert!(!format!("{sent:?}").contains(CANARY));
    assert_eq!(wire.requests().len(), 0);
}

#[tokio::test]
async fn a_workspace_tells_its_name() {
    let user =
        json!({"object": "user", "name": "Helper", "bot": {"workspace_name": "Acme\u{7}"}}).to_string();
    let wire = Wire::answering("200 OK", "", &user).await;
    let workspace = notion(&wire.url).workspace(&SecretString::from(CANARY)).await.unwrap();
    assert_eq!((workspace.name.as_deref(), workspace.bot_name.as_deref()), (Some("Acme"), Some("Helper")));
    assert!(wire.requests()[0].starts_with("GET /v1/users/me HTTP/1.1\r\n"));

    let wire = Wire::start(Act::Answer(answer("401 Unauthorized", "", r#"{"code":"unauthorized"}"#))).await;
    let problem = notion(&wire.url).workspace(&SecretString::from(CANARY)).await.unwrap_err();
    assert_eq!(problem.code, Code::Forbidden);
    assert!(problem.hint.unwrap().contains("copy the token again"));

    let wire = Wire::answering("200 OK", "", r#"{"hello":"world"}"#).await;
    let problem = notion(&wire.url).workspace(&SecretString::from(CANARY)).await.unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("check NOTION_API_URL"));
}
