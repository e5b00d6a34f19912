//! The transport of revision 2024-11-05: a stream, and messages to another address.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::harness::{Host, OPERATOR, READER, Reply, definitions, request_of};

const PATIENCE: Duration = Duration::from_secs(10);

/// A client of this transport.
struct Client {
    token: &'static str,
    messages: String,
    body: Body,
    text: String,
}

impl Client {
    async fn open(host: &Host, token: &'static str, address: &str) -> Self {
        let request = request_of(token, "GET", address).body(Body::empty()).unwrap();
        let response = host.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let mut client =
            Self { token, messages: String::new(), body: response.into_body(), text: String::new() };
        client.messages = client.event("endpoint").await.expect("it says where its messages go");
        assert!(client.messages.starts_with("/messages?session_id="), "{}", client.messages);
        client
    }

    /// As clients begin.
    async fn begun(host: &Host, token: &'static str) -> Self {
        let mut client = Self::open(host, token, "/sse").await;
        let hello = json!({"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}});
        let opened = client.ask(host, 1, "initialize", hello).await;
        assert_eq!(opened["result"]["protocolVersion"], "2024-11-05");
        let told = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(client.say(host, &told).await.status, StatusCode::ACCEPTED);
        client
    }

    fn request(&self, body: Body) -> Request<Body> {
        let request = request_of(self.token, "POST", &self.messages);
        request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    async fn say(&self, host: &Host, message: &Value) -> Reply {
        host.send(self.request(message.to_string().into())).await
    }

    /// Asks, and waits for the answer.
    async fn ask(&mut self, host: &Host, id: u32, method: &str, params: Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        assert_eq!(self.say(host, &message).await.status, StatusCode::ACCEPTED);
        loop {
            let told: Value = serde_json::from_str(&self.event("message").await.unwrap()).unwrap();
            if told["id"] == id {
                return told;
            }
        }
    }

    /// The data of the next event of this name; none at the end of the stream.
    async fn event(&mut self, name: &str) -> Option<String> {
        let wanted = format!("event: {name}\ndata: ");
        loop {
            if let Some((_, rest)) = self.text.split_once(&wanted)
                && let Some((data, rest)) = rest.split_once("\n\n")
            {
                let data = data.to_owned();
                self.text = rest.to_owned();
                return Some(data);
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("nothing came")?;
            self.text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn a_client_of_the_oldest_transport_lists_calls_and_hears() {
    let host = Host::new();
    let mut client = Client::begun(&host, OPERATOR).await;
    let listed = client.ask(&host, 2, "tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), definitions().len());
    let sum = client.ask(&host, 3, "tools/call", json!({"name": "add", "arguments": {"a": 1, "b": 2}})).await;
    assert_eq!(sum["result"]["isError"], false, "{sum}");
    host.publish(&definitions()[..2]);
    let heard: Value = serde_json::from_str(&client.event("message").await.unwrap()).unwrap();
    assert_eq!(heard["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn a_stream_is_its_principals_alone_and_has_their_rights() {
    let host = Host::new();
    let own = Client::begun(&host, OPERATOR).await;
    let message = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/list"});
    let strangers = Client { token: READER, ..own };
    let refused = strangers.say(&host, &message).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "somebody else's stream is no stream");
    for address in
        ["/messages", "/messages?session_id=x", "/messages?session_id=00000000000000000000000000000000"]
    {
        let request = request_of(OPERATOR, "POST", address).body(message.to_string().into()).unwrap();
        assert_eq!(host.send(request).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    for address in ["/sse", "/messages"] {
        let method = if address == "/sse" { "GET" } else { "POST" };
        let request = Request::builder().method(method).uri(address).header("host", "tools.example.com");
        let refused = host.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.header("www-authenticate").contains("/.well-known/oauth-protected-resource/sse"));
    }
    let mut reader = Client::begun(&host, READER).await;
    let listed = reader.ask(&host, 2, "tools/list", json!({})).await;
    let names = listed["result"]["tools"].as_array().unwrap().len();
    assert!(names < definitions().len(), "a reader is shown what they may use");
}

#[tokio::test]
async fn what_is_no_message_is_refused_where_it_was_sent() {
    let host = Host::new();
    let client = Client::begun(&host, OPERATOR).await;
    for (body, says) in [
        ("{", "not JSON"),
        ("[1]", "not one JSON-RPC message"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, "id"),
    ] {
        let refused = host.send(client.request(body.into())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(refused.value()["error"]["message"].as_str().unwrap().contains(says), "{}", refused.value());
    }
    let long = host.send(client.request(" ".repeat(4 * 1024 * 1024 + 1).into())).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_stream_ends_with_its_principal_with_its_reader_and_with_the_host() {
    let host = Host::new();
    let mut revoked = Client::begun(&host, READER).await;
    host.world.is_revoked.store(true, Ordering::Relaxed);
    let ended = timeout(Duration::from_secs(2), revoked.event("message")).await.expect("within two seconds");
    assert_eq!(ended, None);

    let host = Host::new();
    let mut client = Client::begun(&host, OPERATOR).await;
    let waits = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "wait", "arguments": {}}});
    client.say(&host, &waits).await;
    host.samples.waiting.notified().await;
    let gone = std::mem::replace(&mut client.body, Body::empty());
    drop(gone);
    timeout(PATIENCE, host.samples.given_up.notified())
        .await
        .expect("what was under way ends with its reader");
    let ping = json!({"jsonrpc": "2.0", "id": 6, "method": "ping"});
    assert_eq!(client.say(&host, &ping).await.status, StatusCode::NOT_FOUND);

    let mut last = Client::begun(&host, OPERATOR).await;
    host.gateway.stopping.cancel();
    assert_eq!(last.event("message").await, None);
}
