//! From a refusal to the endpoints.

use serde_json::json;

use super::client::{Answer, World};

#[tokio::test]
async fn a_client_without_a_token_finds_its_way_to_the_endpoints() {
    let world = World::start().await;
    let sent = world.http.post(world.hosted().url()).json(&json!({})).send().await.unwrap();
    let refused = Answer::of(sent).await;
    assert_eq!(refused.status, 401);
    let base = world.emulator.url();
    let document = format!("{base}/.well-known/oauth-protected-resource/mcp");
    assert_eq!(refused.header("www-authenticate"), format!("Bearer resource_metadata=\"{document}\""));
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        let resource = world.get(path).await.ok();
        assert_eq!(resource["resource"], world.hosted().url());
        assert_eq!(resource["authorization_servers"], json!([base]));
    }
    let server = world.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(server["issuer"], base);
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    for (member, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("registration_endpoint", "/register"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(server[member], format!("{base}{path}"));
    }
    assert_eq!(world.get("/.well-known/openid-configuration").await.status, 404);
}

#[tokio::test]
async fn tokens_of_the_api_and_of_this_server_open_nothing_of_each_other() {
    let world = World::start().await;
    let pair = world.connect().await;
    assert_eq!(world.status(&pair).await, 200);
    let of_api = world.post(world.emulator.token()).send().await.unwrap();
    assert_eq!(of_api.status().as_u16(), 401);
    let header = of_api.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(header.starts_with("Bearer error=\"invalid_token\"") && header.contains("resource_metadata="));
    let of_hosted = world
        .http
        .get(world.at("/v1/users/me"))
        .bearer_auth(pair.access())
        .header("notion-version", "2026-03-11")
        .send()
        .await
        .unwrap();
    assert_eq!(of_hosted.status().as_u16(), 401);
}

#[tokio::test]
async fn a_token_is_neither_taken_from_the_address_nor_under_another_scheme() {
    let world = World::start().await;
    let pair = world.connect().await;
    let address = format!("{}?access_token={}", world.hosted().url(), pair.access());
    let in_address = world.http.post(address).bearer_auth(pair.access()).send().await.unwrap();
    assert_eq!(in_address.status().as_u16(), 400);
    let basic =
        world.http.post(world.hosted().url()).basic_auth(pair.access(), Some("")).send().await.unwrap();
    assert_eq!(basic.status().as_u16(), 401);
}
