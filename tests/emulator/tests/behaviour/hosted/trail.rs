//! The record of what was said, message by message.

use serde_json::json;

use super::client::{LEGACY, World, asks};

#[tokio::test]
async fn every_message_is_recorded_with_what_came_of_it() {
    let world = World::start().await;
    world.http.post(world.hosted().url()).send().await.unwrap();
    let pair = world.connect().await;
    let session = world.session(&pair, LEGACY).await;
    world.in_session(&pair, &session, LEGACY).json(&asks("tools/list")).send().await.unwrap();
    world.call(&pair, "notion-search", json!({ "query": "mill" })).await;
    world.renew(&pair).await.ok();
    world.status(&pair).await;
    let trail = world.hosted().trail();
    let told: Vec<(String, u16)> = trail
        .iter()
        .map(|one| {
            let what = one.message["name"].as_str().or(one.message["method"].as_str());
            (format!("{} {} {}", one.method, one.path, what.unwrap_or_default()), one.status.unwrap())
        })
        .collect();
    let expected = [
        ("POST /mcp ", 401),
        ("POST /register ", 201),
        ("GET /authorize ", 302),
        ("POST /token ", 200),
        ("POST /mcp initialize", 200),
        ("POST /mcp notifications/initialized", 202),
        ("POST /mcp tools/list", 200),
        ("POST /mcp notion-search", 200),
        ("POST /token ", 200),
        ("POST /mcp tools/list", 401),
    ];
    assert_eq!(told, expected.map(|(what, status)| (what.to_owned(), status)));
    assert!(trail[0].answer_headers["www-authenticate"].starts_with("Bearer resource_metadata="));
    assert_eq!(trail[2].answer["says"]["code"], "code-1");
    assert_eq!(trail[3].parameters["code"], "code-1");
    assert_eq!(trail[3].answer["says"]["issued"], "access-1.1");
    assert_eq!(trail[4].answer_headers["mcp-session-id"], "session-1");
    assert_eq!(trail[6].headers["mcp-session-id"], "session-1");
    assert_eq!(trail[6].headers["authorization"], "Bearer access-1.1");
    assert_eq!(trail[8].parameters["refresh_token"], "refresh-1.1");
    assert_eq!(trail[7].headers["mcp-name"], "notion-search");
    let listed = world.get("/_emulator/hosted/trail").await.ok();
    assert_eq!(listed.as_array().unwrap().len(), trail.len());
    world.http.delete(world.at("/_emulator/hosted/trail")).send().await.unwrap();
    assert!(world.hosted().trail().is_empty());
}

#[tokio::test]
async fn no_secret_is_in_what_is_recorded() {
    let world = World::start().await;
    let client = world.register("client_secret_post").await;
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let mut exchange = world.exchange(id, &world.code(id).await);
    exchange.insert("client_secret", secret.to_owned());
    world.form("/token", &exchange).await.ok();
    let pair = world.connect().await;
    world.session(&pair, LEGACY).await;
    world.renew(&pair).await.ok();
    world.get(&format!("/mcp?access_token={}", pair.access())).await;
    world.post("a-token-of-somebody-else").send().await.unwrap();
    world.http.post(world.hosted().url()).header("authorization", "canary token").send().await.unwrap();
    world.get(&format!("/authorize?anything={}", pair.refresh())).await;
    let secrets = world.hosted().secrets();
    assert!(secrets.len() >= 8 && secrets.iter().any(|known| known == secret));
    let recorded =
        world.get("/_emulator/hosted/trail").await.text + &world.get("/_emulator/hosted/tokens").await.text;
    for secret in secrets.iter().map(String::as_str).chain([
        "a-token-of-somebody-else",
        "canary",
        &exchange["code_verifier"],
    ]) {
        assert!(!recorded.contains(secret), "{secret}");
    }
    assert!(recorded.contains("sha256:"));
}
