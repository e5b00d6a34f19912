//! What answers mean, and what is bounded of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toolbay_kernel::Code;
use toolbay_kernel::egress::{Egress as _, Sent};
use toolbay_kernel::gate::Method;
use toolbay_kernel::ports::Limiter as _;
use toolbay_kernel::run::Priority;

use super::world::{Server, World, answer, fate, request, told};
use crate::egress::Http;
use crate::resolver::Names;

async fn of(method: Method, status: &str, headers: &str, body: &[u8]) -> Sent {
    let server = Server::answering(status, headers, body).await;
    let url = format!("http://api.example:{}/x", server.port);
    World::with(&server, &[]).ask(method, &url).await.unwrap()
}

#[tokio::test]
async fn a_read_is_told_what_was_answered_and_a_write_only_what_was_carried_out() {
    for (status, headers, read, write) in [
        ("200 OK", "", "answered", "answered"),
        ("204 No Content", "", "answered", "answered"),
        ("301 Moved", "location: /y\r\n", "answered", "refused"),
        ("302 Found", "location: /y\r\n", "answered", "unknown"),
        ("303 See Other", "location: /y\r\n", "answered", "answered"),
        ("307 Temporary", "location: /y\r\n", "answered", "refused"),
        ("308 Permanent", "location: /y\r\n", "answered", "refused"),
        ("400 Bad Request", "", "answered", "refused"),
        ("401 Unauthorized", "", "answered", "refused"),
        ("403 Forbidden", "", "answered", "refused"),
        ("404 Not Found", "", "answered", "refused"),
        ("408 Timeout", "", "unknown", "unknown"),
        ("409 Conflict", "", "answered", "refused"),
        ("425 Too Early", "", "unknown", "unknown"),
        ("429 Too Many", "", "busy, asked again", "busy, asked again"),
        ("500 Error", "", "unknown", "unknown"),
        ("501 Not Implemented", "", "answered", "unknown"),
        ("502 Bad Gateway", "", "unknown", "unknown"),
        ("503 Unavailable", "", "unknown", "unknown"),
        ("503 Unavailable", "retry-after: 1\r\n", "busy, asked again", "unknown"),
        ("504 Timeout", "", "unknown", "unknown"),
    ] {
        for method in [Method::Get, Method::Options] {
            assert_eq!(fate(&of(method, status, headers, b"").await), read, "{} {status}", method.as_str());
        }
        for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            assert_eq!(fate(&of(method, status, headers, b"").await), write, "{} {status}", method.as_str());
        }
    }
}

#[tokio::test]
async fn a_refused_write_says_status_and_text() {
    let Sent::Refused(problem) = of(Method::Post, "404 Not Found", "", b"no such hook").await else {
        panic!()
    };
    assert_eq!(problem.code, Code::NotFound);
    assert_eq!(*problem.details.unwrap(), json!({"http": {"status": 404, "text": "no such hook"}}));
    let long = "ä".repeat(100_000);
    let Sent::Refused(problem) = of(Method::Post, "400 Bad", "", long.as_bytes()).await else { panic!() };
    assert!(problem.details.unwrap()["http"]["text"].as_str().unwrap().len() <= 4 * 1024);
    let Sent::Busy { wait, .. } = of(Method::Post, "429 Busy", "retry-after: 99999999\r\n", b"").await else {
        panic!()
    };
    assert_eq!(wait, Duration::from_secs(3_600));
}

#[tokio::test]
async fn bodies_are_text_or_bytes_and_headers_those_of_use() {
    let headers = "content-type: text/plain\r\nset-cookie: a=b\r\n";
    let (_, body) = told(of(Method::Get, "200 OK", headers, "ü".as_bytes()).await);
    assert_eq!(body, json!({"headers": [["content-type", "text/plain"]], "text": "ü", "next": null}));
    let (_, body) = told(of(Method::Get, "200 OK", "", b"\xff\x00").await);
    assert_eq!(body["base64"], "/wA=");
    let (status, body) = told(of(Method::Head, "200 OK", headers, b"").await);
    assert_eq!((status, &body["text"]), (200, &json!("")));
}

#[tokio::test]
async fn what_is_too_large_or_compressed_is_not_read() {
    let large = vec![b'x'; 4 * 1024 * 1024 + 1];
    let headers = "content-encoding: gzip\r\n";
    // Two hundred bytes that would become megabytes are never unpacked.
    for (headers, body, code) in
        [("", large.as_slice(), Code::LimitExceeded), (headers, &[0x1f, 0x8b, 8][..], Code::UpstreamFailed)]
    {
        let Sent::Refused(problem) = of(Method::Get, "200 OK", headers, body).await else { panic!() };
        assert_eq!(problem.code, code);
        let Sent::Unknown(problem) = of(Method::Post, "200 OK", headers, body).await else { panic!() };
        assert!(problem.hint.unwrap().contains("was carried out"));
    }
    let many = "x-a: ".to_owned() + &"y".repeat(70 * 1024) + "\r\n";
    assert_eq!(fate(&of(Method::Get, "200 OK", &many, b"").await), "unknown");
    assert_eq!(fate(&of(Method::Get, "200 OK", &"a: b\r\n".repeat(1_000), b"").await), "unknown");
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_is_slow() {
    let silent = Server::start(|_| Vec::new()).await;
    let endless = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nsome".to_vec()).await;
    for server in [silent, endless] {
        let url = format!("http://api.example:{}/x", server.port);
        for (method, expected) in [(Method::Get, "unknown"), (Method::Post, "unknown")] {
            let asked = request(method, &url, json!({}));
            let begun = std::time::Instant::now();
            let sent = World::with(&server, &[]).send_until(asked, Duration::from_millis(700)).await.unwrap();
            assert_eq!(fate(&sent), expected);
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
    let server = Server::answering("200 OK", "", b"").await;
    let url = format!("http://api.example:{}/x", server.port);
    let asked = request(Method::Post, &url, json!({}));
    let sent = World::with(&server, &[]).send_until(asked, Duration::from_millis(100)).await.unwrap();
    assert_eq!((fate(&sent), server.asked().len()), ("not sent", 0));
}

#[tokio::test]
async fn a_write_that_an_overloaded_server_may_have_carried_out_is_unknown_and_its_host_is_left_alone() {
    let server = Server::answering("503 Unavailable", "retry-after: 60\r\n", b"").await;
    let url = format!("http://api.example:{}/x", server.port);
    let http = Http::new(World::with(&server, &[]).settings).unwrap();
    let resolved = http.resolve(request(Method::Post, &url, json!({}))).unwrap();
    let keys = http.keys(&resolved, None).unwrap();
    let soon = || Instant::now() + Duration::from_secs(2);
    assert_eq!(fate(&http.send(&resolved, None, soon()).await), "unknown");
    assert!(http.acquire(&keys.budget, Priority::Interactive, soon()).await.is_err());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_write_has_its_own_answer_wherever_that_leads() {
    for headers in ["location: /y\r\n", "location: ftp://a/\r\n", ""] {
        let (status, body) = told(of(Method::Post, "303 See Other", headers, b"made").await);
        assert_eq!((status, &body["text"], &body["next"]), (303, &json!("made"), &Value::Null), "{headers}");
    }
    let (_, body) = told(of(Method::Get, "303 See Other", "location: /y\r\n", b"").await);
    assert_eq!(body["next"]["method"], "GET");
}

#[tokio::test]
async fn a_name_that_leads_nowhere_in_time_has_got_nothing() {
    let server = Server::answering("200 OK", "", b"").await;
    let mut world = World::with(&server, &[]);
    world.settings.resolve_by(Names::of(|_| Box::pin(std::future::pending())));
    let url = format!("http://api.example:{}/x", server.port);
    assert_eq!(fate(&world.ask(Method::Post, &url).await.unwrap()), "not sent");
}

#[tokio::test]
async fn a_server_that_is_not_there_has_got_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server { port, asked: std::sync::Arc::default() };
    for method in [Method::Get, Method::Post] {
        let sent =
            World::with(&server, &[]).ask(method, &format!("http://api.example:{port}/x")).await.unwrap();
        assert_eq!(fate(&sent), "not sent");
    }
}

#[tokio::test]
async fn a_request_is_sent_as_it_was_asked_for() {
    let server = Server::start(|_| answer("200 OK", "", b"")).await;
    let url = format!("http://api.example:{}/v1/x?a=1", server.port);
    let mut asked =
        request(Method::Put, &url, json!({"headers": [["X-Own", "1"], ["x-own", "2"]], "text": "ä"}));
    asked.query.push(("b".to_owned(), "2 3".to_owned()));
    World::with(&server, &[]).send(asked).await.unwrap();
    let asked = server.asked();
    let lines: Vec<&str> = asked[0].lines().collect();
    assert_eq!(lines[0], "PUT /v1/x?a=1&b=2+3 HTTP/1.1");
    let has = |line: &str| lines.iter().any(|known| known.eq_ignore_ascii_case(line));
    assert!(
        has("x-own: 1") && has("x-own: 2") && has("accept-encoding: identity") && has("content-length: 2")
    );
    assert!(has(&format!("host: api.example:{}", server.port)), "{lines:?}");
    assert!(asked[0].ends_with("\r\n\r\nä"));
    let _: Value = told(World::with(&server, &[]).ask(Method::Get, &url).await.unwrap()).1;
}
