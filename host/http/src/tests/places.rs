//! Which places are asked: the same rules for plugins, for MCP servers (by the client of here) and for documents of OAuth.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use toolbay_kernel::gate::Method;
use toolbay_kernel::identity::{ClientDocuments as _, DocumentError};
use toolbay_kernel::{Code, Problem};
use url::Url;

use super::world::{PRIVATE, Server, World, answer, fate, names, request, told};
use crate::client;
use crate::documents::Documents;
use crate::reach::Reach;
use crate::resolver::{Names, is_not_public};

/// Addresses of this machine and of private networks, in every notation that leads there.
const PRIVATE_ADDRESSES: [&str; 30] = [
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://198.18.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
];

fn refused(problem: &Problem) -> bool {
    problem.code == Code::Forbidden && problem.message.contains("private network")
}

/// A world in which a plugin is granted the host of an address.
fn granted(url: &Url, resolved_by: Names) -> World {
    let place = format!("{}://{}/*", url.scheme(), url.authority());
    let mut world = World::of(&[place], &[]);
    world.settings.resolve_by(resolved_by);
    world
}

#[tokio::test]
async fn plugins_upstreams_and_documents_alike_refuse_private_addresses_in_every_notation() {
    let documents = Documents::new(Reach::Public).unwrap();
    for text in PRIVATE_ADDRESSES {
        let url: Url = text.parse().unwrap();
        assert!(!Reach::Public.takes(&url), "an MCP server at {text}");
        assert_eq!(documents.read(&url).await, Err(DocumentError::NotPublic), "{text}");
        let sent = granted(&url, Names::system()).ask(Method::Get, text).await.unwrap();
        let toolbay_kernel::egress::Sent::Refused(problem) = sent else { panic!("{text}: {sent:?}") };
        assert!(refused(&problem), "{text}: {problem:?}");
    }
}

#[tokio::test]
async fn plugins_upstreams_and_documents_alike_refuse_names_that_lead_to_private_addresses() {
    let server = Server::answering("200 OK", "content-type: application/json\r\n", b"{}").await;
    for address in
        ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::a00:1"]
    {
        let by = || names(&[("inside.example", address), ("xn--bcher-kva.example", address)]);
        for host in ["inside.example", "INSIDE.example", "xn--bcher-kva.example"] {
            let url: Url = format!("https://{host}:{}/", server.port).parse().unwrap();
            let documents = Documents::by(Reach::Public, by()).unwrap();
            assert_eq!(documents.read(&url).await, Err(DocumentError::NotPublic), "{host} at {address}");
            let upstream = client::client_by(Reach::Public, by()).unwrap();
            assert!(
                is_not_public(&upstream.get(url.clone()).send().await.unwrap_err()),
                "{host} at {address}"
            );
            let sent = granted(&url, by()).ask(Method::Get, url.as_str()).await.unwrap();
            assert_eq!(fate(&sent), "refused", "{host} at {address}: {sent:?}");
        }
    }
    assert_eq!(server.asked(), [""; 0]);
}

#[tokio::test]
async fn plugins_upstreams_and_documents_alike_connect_to_the_address_that_was_looked_at() {
    let server = Server::answering("200 OK", "content-type: application/json\r\n", b"{}").await;
    // A name that has another address each time that somebody looks.
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&looks);
    let rebound = || {
        let seen = Arc::clone(&seen);
        Names::of(move |_| {
            let first = seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            let address = if first { Ipv4Addr::new(192, 0, 2, 1) } else { Ipv4Addr::LOCALHOST };
            Box::pin(async move { Ok(vec![IpAddr::V4(address), IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
        })
    };
    let url: Url = format!("https://rebound.example:{}/", server.port).parse().unwrap();
    for _ in 0..4 {
        let documents = Documents::by(Reach::Public, rebound()).unwrap();
        assert_eq!(documents.read(&url).await, Err(DocumentError::NotPublic));
        let upstream = client::client_by(Reach::Public, rebound()).unwrap();
        assert!(is_not_public(&upstream.get(url.clone()).send().await.unwrap_err()));
        let sent = granted(&url, rebound()).ask(Method::Get, url.as_str()).await.unwrap();
        assert_eq!(fate(&sent), "refused", "{sent:?}");
    }
    // Each looked once: what it found is what it would have connected to.
    assert_eq!(looks.load(Ordering::Relaxed), 12);
    assert_eq!(server.asked(), [""; 0]);
}

#[tokio::test]
async fn plugins_upstreams_and_documents_alike_follow_nothing_by_themselves() {
    let server = Server::start(|_| answer("302 Found", "location: http://127.0.0.1:9/in\r\n", b"")).await;
    let at = |host: &str| -> Url { format!("http://{host}:{}/", server.port).parse().unwrap() };
    let documents = Documents::new(Reach::ThisMachine).unwrap();
    assert_eq!(documents.read(&at("127.0.0.1")).await, Err(DocumentError::NotADocument));
    let upstream = client::client(Reach::Everywhere).unwrap();
    assert_eq!(upstream.get(at("127.0.0.1")).send().await.unwrap().status(), 302);
    let sent = World::with(&server, &[]).ask(Method::Get, at("api.example").as_str()).await.unwrap();
    assert_eq!(told(sent).1["next"]["url"], "http://127.0.0.1:9/in");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_host_may_be_private_where_the_operator_named_that_very_host() {
    let server = Server::answering("200 OK", "", b"inside").await;
    let (host, other) = (format!("api.example:{}", server.port), format!("other.example:{}", server.port));
    let mut world = World::of(&[format!("http://{host}/*"), format!("http://{other}/*")], &[]);
    world.settings.treat(&host, PRIVATE).unwrap();
    let sent = world.ask(Method::Get, &format!("http://{host}/x")).await.unwrap();
    assert_eq!(told(sent), (200, json!({"headers": [], "text": "inside", "next": null})));
    let sent = world.ask(Method::Get, &format!("http://{other}/x")).await.unwrap();
    assert_eq!(fate(&sent), "refused");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_the_operator_has_not_granted_is_refused_with_the_words_that_would_grant_it() {
    let world = World::of(&["api.example/v1/*".to_owned()], &[]);
    for url in [
        "https://api.example/v2",
        "https://api.example/",
        "http://api.example/v1/x",
        "https://api.example:444/v1/x",
        "https://other.example/v1/x",
        "https://127.0.0.1/v1/x",
    ] {
        let problem = world.ask(Method::Get, url).await.unwrap_err();
        assert_eq!(problem.code, Code::Forbidden, "{url}");
        assert!(problem.hint.unwrap().contains("[plugins.a] http = [\"GET "), "{url}");
    }
    let mut of_another = request(Method::Get, "https://api.example/v1/x", json!({}));
    of_another.body = Some(json!({"plugin": "b"}));
    assert_eq!(world.send(of_another).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn headers_and_bodies_that_would_be_read_in_two_ways_are_refused() {
    let world = World::of(&["api.example/*".to_owned()], &[]);
    let url = "https://api.example/x";
    for (method, more) in [
        (Method::Post, json!({"headers": [["Host", "other.example"]]})),
        (Method::Post, json!({"headers": [["Transfer-Encoding", "chunked"]]})),
        (Method::Post, json!({"headers": [["Content-Length", "0"]], "text": "x"})),
        (Method::Post, json!({"headers": [["a", "b\r\nHost: other.example"]]})),
        (Method::Post, json!({"headers": [["a\r\nHost", "other.example"]]})),
        (Method::Get, json!({"text": "x"})),
        (Method::Head, json!({"text": "x"})),
        (Method::Post, json!({"text": "x", "base64": "eA=="})),
        (Method::Post, json!({"base64": "!"})),
        (Method::Post, json!({"text": "x".repeat(1024 * 1024 + 1)})),
        (Method::Post, json!({"unknown": 1})),
    ] {
        let refusal = world.send(request(method, url, more.clone())).await.unwrap_err();
        assert_eq!(
            refusal.code,
            Code::InvalidInput,
            "{}",
            more.to_string().chars().take(100).collect::<String>()
        );
    }
}
