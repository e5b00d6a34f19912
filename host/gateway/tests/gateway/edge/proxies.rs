//! Clients behind a proxy.

use tokio::io::AsyncWriteExt as _;
use toolbay_gateway::{EdgeSettings, Network, RateSettings, ServerLimits, ServerSettings};

use super::wire::{ask, connection, request};
use crate::harness::{Host, OPERATOR};
use crate::server::start_with;

const PROXY: &str = "127.0.0.1";

/// One that trusts the proxy.
fn behind_the_proxy(limits: ServerLimits) -> ServerSettings {
    let network: Network = PROXY.parse().unwrap();
    ServerSettings { limits, trusted_proxies: [network].into_iter().collect(), ..ServerSettings::default() }
}

#[tokio::test]
async fn a_client_behind_a_trusted_proxy_counts_for_itself_and_only_the_proxy_says_who_it_is() {
    let rates = RateSettings { address: Some("1/hour".parse().unwrap()), ..RateSettings::default() };
    let host = Host::behind(EdgeSettings { rates, ..EdgeSettings::default() });
    let running = start_with(host.router, behind_the_proxy(ServerLimits::default())).await;
    let ask = async |from: &str, forwarded: &str| {
        let headers = [("X-Forwarded-For", forwarded)];
        ask(from, running.address, "GET /openapi.json", &headers).await.status
    };
    assert_eq!(ask(PROXY, "198.51.100.1").await, 200);
    assert_eq!(ask(PROXY, "198.51.100.1").await, 429);
    // What the client wrote itself stands further left.
    assert_eq!(ask(PROXY, "198.51.100.7, 198.51.100.1").await, 429);
    assert_eq!(ask(PROXY, "198.51.100.2").await, 200);
    // Another program on this machine is no proxy, and can't use up what others have.
    assert_eq!(ask("127.0.0.2", "198.51.100.3").await, 200);
    assert_eq!(ask(PROXY, "198.51.100.3").await, 200);
}

#[tokio::test]
async fn what_is_under_way_for_a_client_behind_a_proxy_is_bounded_as_its_connections_would_be() {
    let host = Host::new();
    let limits = ServerLimits { connections_of_one: 2, ..ServerLimits::default() };
    let running = start_with(host.router, behind_the_proxy(limits)).await;
    let bearer = format!("Bearer {OPERATOR}");
    let of = |client: &'static str| [("X-Forwarded-For", client), ("Authorization", bearer.as_str())];
    let listening = async |client: &'static str| {
        let mut stream = connection(PROXY, running.address).await;
        let mut headers = of(client).to_vec();
        headers.push(("Accept", "text/event-stream"));
        stream.write_all(request("GET /mcp", &headers).as_bytes()).await.unwrap();
        // The head of the answer: it is under way.
        stream.readable().await.unwrap();
        stream
    };
    let tools = async |client: &'static str| ask(PROXY, running.address, "GET /v1/tools", &of(client)).await;
    let first = listening("198.51.100.1").await;
    let _second = listening("198.51.100.1").await;
    let refused = tools("198.51.100.1").await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("too many requests under way"), "{}", refused.body);
    assert_eq!(tools("198.51.100.2").await.status, 200);
    // Its place is free when it has gone, also for a stream that would have gone on.
    drop(first);
    while tools("198.51.100.1").await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
