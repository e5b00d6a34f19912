//! The accept loop, over real connections on loopback.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolbay_gateway::{ServerLimits, ServerSettings, serve};

use crate::harness::{Host, OPERATOR};

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) server: JoinHandle<()>,
}

async fn start(router: Router, limits: ServerLimits) -> Running {
    start_until(CancellationToken::new(), router, limits).await
}

/// A server of this router, listening on loopback.
pub(crate) async fn start_with(router: Router, settings: ServerSettings) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve_on(listener, CancellationToken::new(), router, settings)
}

/// A server of this router on this listener.
pub(crate) fn serve_on(
    listener: TcpListener,
    shutdown: CancellationToken,
    router: Router,
    settings: ServerSettings,
) -> Running {
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, router, shutdown.clone(), settings));
    Running { address, shutdown, server }
}

async fn start_until(shutdown: CancellationToken, router: Router, limits: ServerLimits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve_on(listener, shutdown, router, ServerSettings { limits, ..ServerSettings::default() })
}

pub(crate) async fn rest_of(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_call_over_a_real_connection() {
    let host = Host::new();
    let running = start(host.router.clone(), ServerLimits::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let body = r#"{"a":1,"b":2}"#;
    let request = format!(
        "POST /v1/tools/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = rest_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""result":{"sum":3}"#), "{answer}");
    running.shutdown.cancel();
    running.server.await.unwrap();
}

#[tokio::test]
async fn connections_that_keep_the_host_waiting_are_closed() {
    let host = Host::new();
    let begin =
        format!("POST /v1/tools/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\n");
    let half_a_body = format!("{begin}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{{");
    let whole = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned();
    // Only the bound in question is short, so that a busy machine does not meet another one.
    let (usual, short) = (ServerLimits::default(), Duration::from_millis(500));
    let head = ServerLimits { first_head: short, ..usual.clone() };
    let body = ServerLimits { body_idle: short, ..usual.clone() };
    let idle = ServerLimits { idle: short, ..usual };
    for (case, limits, sent, answered) in [
        ("silence", head.clone(), String::new(), ""),
        ("half a head", head, begin, ""),
        ("half a body", body, half_a_body, "HTTP/1.1 408"),
        ("idle after an answer", idle, whole, "HTTP/1.1 200"),
    ] {
        let running = start(host.router.clone(), limits).await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        // It returns at all: the host has closed the connection.
        let answer = rest_of(&mut stream).await;
        assert!(answer.starts_with(answered), "{case}: {answer}");
        assert_eq!(answer.is_empty(), answered.is_empty(), "{case}: {answer}");
        running.shutdown.cancel();
        running.server.await.unwrap();
    }
}

/// A router with an answer without end, which no buffer on the way can take; the token is cancelled when it is given up.
fn endless() -> (Router, CancellationToken) {
    let given_up = CancellationToken::new();
    let held = given_up.clone();
    let endless = get(async move || {
        let held = held.drop_guard();
        axum::body::Body::from_stream(futures_util::stream::unfold(held, async |held| {
            Some((Ok::<_, std::io::Error>(vec![0; 64 * 1024]), held))
        }))
    });
    (Router::new().route("/", endless), given_up)
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed_and_its_answer_given_up() {
    let (router, given_up) = endless();
    let limits = ServerLimits { write_idle: Duration::from_millis(500), ..ServerLimits::default() };
    let running = start(router, limits).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    given_up.cancelled().await;
    // The system holds nothing for it either: it would offer that for minutes, and end in order.
    assert!(stream.read_to_end(&mut Vec::new()).await.is_err());
    running.shutdown.cancel();
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_client_that_reads_too_slowly_is_closed_too() {
    let (router, given_up) = endless();
    let limits = ServerLimits {
        write_idle: Duration::from_secs(1),
        // More than the client below takes, and than its silence would be too long for.
        least_write_rate: 1024 * 1024 * 1024,
        ..ServerLimits::default()
    };
    let running = start(router, limits).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut piece = vec![0; 256 * 1024];
    let begun = Instant::now();
    while !given_up.is_cancelled() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is served on and on");
        tokio::time::sleep(Duration::from_millis(20)).await;
        if stream.read(&mut piece).await.is_err() {
            break;
        }
    }
    given_up.cancelled().await;
    running.shutdown.cancel();
    running.server.await.unwrap();
}

#[tokio::test]
async fn heads_are_bounded() {
    let host = Host::new();
    let running = start(host.router.clone(), ServerLimits::default()).await;
    for head in ["X: y\r\n".repeat(150), format!("X: {}\r\n", "y".repeat(100_000))] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{head}\r\n");
        // The host may close before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 431");
    }
    running.shutdown.cancel();
    running.server.await.unwrap();
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed() {
    let host = Host::new();
    let running =
        start(host.router.clone(), ServerLimits { connections: 1, ..ServerLimits::default() }).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut status = [0; 12];
    first.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    let mut second = TcpStream::connect(running.address).await.unwrap();
    assert_eq!(rest_of(&mut second).await, "");
    running.shutdown.cancel();
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_lets_requests_end_and_waits_for_nothing_else() {
    let begun = CancellationToken::new();
    let (seen, gate) = (begun.clone(), CancellationToken::new());
    let opened = gate.clone();
    let slow = post(async move || {
        seen.cancel();
        opened.cancelled().await;
        "done"
    });
    let host = Host::new();
    let router = host.router.clone().merge(Router::new().route("/slow", slow));
    let running = start_until(host.gateway.stopping.clone(), router, ServerLimits::default()).await;

    let mut idle = TcpStream::connect(running.address).await.unwrap();
    let mut half = TcpStream::connect(running.address).await.unwrap();
    half.write_all(b"GET /slow HTT").await.unwrap();
    let mut listening = TcpStream::connect(running.address).await.unwrap();
    let listen = format!(
        "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\nAccept: text/event-stream\r\n\r\n"
    );
    listening.write_all(listen.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    listening.read_exact(&mut status).await.unwrap();
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    begun.cancelled().await;

    running.shutdown.cancel();
    assert_eq!(rest_of(&mut idle).await, "");
    assert_eq!(rest_of(&mut half).await, "");
    assert!(rest_of(&mut listening).await.ends_with("0\r\n\r\n"));
    gate.cancel();
    let answer = rest_of(&mut slow).await;
    assert!(answer.ends_with("done"), "{answer}");
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_a_shutdown_for_ever() {
    let begun = CancellationToken::new();
    let seen = begun.clone();
    let stuck = get(async move || {
        seen.cancel();
        std::future::pending::<()>().await;
    });
    let running = start(
        Router::new().route("/", stuck),
        ServerLimits { drain: Duration::from_millis(50), ..ServerLimits::default() },
    )
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    begun.cancelled().await;
    running.shutdown.cancel();
    running.server.await.unwrap();
    assert_eq!(rest_of(&mut stream).await, "");
}
