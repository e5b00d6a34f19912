//! People who agree, and codes that are exchanged.

use std::collections::BTreeMap;

use notion_emulator::{HostedConsent, HostedSettings, OAuthApp, Options};
use serde_json::{Value, json};

use super::client::{Answer, CALLBACK, CHALLENGE, Pair, World, as_form, returned};

#[tokio::test]
async fn a_code_becomes_a_pair_that_says_whose_workspace_it_opens() {
    let world = World::start().await;
    let pair = world.connect().await;
    assert_eq!((&pair.body["token_type"], &pair.body["expires_in"]), (&json!("bearer"), &json!(3600)));
    assert_eq!(pair.body["workspace_name"], "Toolbay");
    assert!(pair.body["workspace_id"].is_string());
    assert_eq!(pair.body["owner"]["user"]["name"], "Ada Lovelace");
    assert_eq!(world.status(&pair).await, 200);
}

#[tokio::test]
async fn several_people_open_several_workspaces_and_write_as_themselves() {
    let world = World::start().await;
    let mut pairs: Vec<Pair> = Vec::new();
    for (person, workspace) in
        [("Ada Lovelace", "Toolbay"), ("Grace Hopper", "Toolbay"), ("Grace Hopper", "Acme")]
    {
        let consent = json!({ "person": person, "workspace": workspace });
        world.control("hosted/consent", consent).await;
        pairs.push(world.connect().await);
    }
    let workspace = |place: usize| pairs[place].body["workspace_id"].clone();
    assert_eq!(workspace(0), workspace(1));
    assert_ne!(workspace(1), workspace(2));
    let person = |place: usize| pairs[place].body["owner"]["user"]["id"].clone();
    assert_ne!(person(0), person(1));
    assert_eq!(person(1), person(2));
    for (place, pair) in pairs.iter().enumerate() {
        let me = world.call(pair, "notion-fetch", json!({ "id": "self" })).await;
        assert_eq!(me["structuredContent"]["user"]["id"], person(place));
        let page = json!({
            "parent": { "page_id": world.emulator.ids().root_page },
            "pages": [{ "properties": { "title": format!("By {place}") } }],
        });
        world.call(pair, "notion-create-pages", page).await;
    }
    let authors: Vec<Value> = world.emulator.writes().iter().map(|write| json!(write.token)).collect();
    assert_eq!(authors, [person(0), person(1), person(2)]);
}

#[tokio::test]
async fn somebody_may_refuse() {
    let world = World::start().await;
    world.hosted().consent(HostedConsent { agrees: false, ..HostedConsent::default() });
    let client = world.register("none").await;
    let answer = world.authorize(&world.request(client["client_id"].as_str().unwrap())).await;
    let went = returned(&answer);
    assert_eq!((went["error"].as_str(), went["state"].as_str()), ("access_denied", "s t"));
    assert!(!went.contains_key("code"));
}

#[tokio::test]
async fn a_page_has_a_link_for_each_answer_and_is_answered_once() {
    let world = World::start().await;
    world.hosted().consent(HostedConsent { page: true, ..HostedConsent::default() });
    let client = world.register("none").await;
    let id = client["client_id"].as_str().unwrap();
    let link = |page: &Answer, mark: &str| {
        let link = page.text.split("<a ").find(|link| link.starts_with(mark)).unwrap();
        let href = link.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        href.replace("&amp;", "&")
    };
    let page = world.authorize(&world.request(id)).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let agree = link(&page, "data-person=\"Ada Lovelace\" data-workspace=\"Acme\"");
    let code = returned(&world.get(&agree).await)["code"].clone();
    world.get(&agree).await.denied(400, "invalid_request");
    let given = world.form("/token", &world.exchange(id, &code)).await.ok();
    assert_eq!(given["workspace_name"], "Acme");
    let page = world.authorize(&world.request(id)).await;
    assert_eq!(returned(&world.get(&link(&page, "data-refuse")).await)["error"], "access_denied");
    let page = world.authorize(&world.request(id)).await;
    world.control("clock", json!({ "advance_ms": 600_000 })).await;
    world.get(&link(&page, "data-refuse")).await.denied(400, "invalid_request");
}

#[tokio::test]
async fn a_request_that_lacks_anything_gets_no_code() {
    let world = World::start().await;
    let client = world.register("none").await;
    let good = world.request(client["client_id"].as_str().unwrap());
    let changed = |name: &'static str, value: &str| {
        let mut request = good.clone();
        request.insert(name, value.to_owned());
        request
    };
    for (name, value) in [
        ("client_id", "another"),
        ("redirect_uri", "http://127.0.0.1:9/callback/"),
        ("redirect_uri", "http://127.0.0.1:10/callback"),
        ("redirect_uri", "https://example.com/callback"),
        ("redirect_uri", ""),
    ] {
        assert_eq!(world.authorize(&changed(name, value)).await.status, 400, "{name} {value}");
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("state", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("resource", "", "invalid_target"),
        ("resource", "https://example.com/mcp", "invalid_target"),
    ] {
        let went = returned(&world.authorize(&changed(name, value)).await);
        assert_eq!(went["error"], error, "{name} {value}");
        assert!(!went.contains_key("code"));
    }
    let twice = format!("{}?state=a&state=b", world.at("/authorize"));
    assert_eq!(world.http.get(twice).send().await.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn a_code_is_good_once_in_time_and_for_what_it_was_asked_for() {
    let world = World::start().await;
    let client = world.register("none").await;
    let id = client["client_id"].as_str().unwrap();
    let other = world.register("none").await;
    for (name, value, error) in [
        ("code", "guessed", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:9/other", "invalid_grant"),
        ("code_verifier", CHALLENGE, "invalid_grant"),
        ("client_id", other["client_id"].as_str().unwrap(), "invalid_grant"),
        ("client_id", "nobody", "invalid_client"),
        ("resource", "https://example.com/mcp", "invalid_target"),
        ("code_verifier", "", "invalid_request"),
        ("resource", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
    ] {
        let mut exchange = world.exchange(id, &world.code(id).await);
        exchange.insert(name, value.to_owned());
        let answer = world.form("/token", &exchange).await;
        assert_eq!(answer.json()["error"], error, "{name} {value}");
        assert!(answer.status == 400 || error == "invalid_client" && answer.status == 401);
    }
    let late = world.exchange(id, &world.code(id).await);
    world.control("clock", json!({ "advance_ms": 600_000 })).await;
    world.form("/token", &late).await.denied(400, "invalid_grant");
    let json = world.http.post(world.at("/token")).json(&late).send().await.unwrap();
    Answer::of(json).await.denied(400, "invalid_request");
}

#[tokio::test]
async fn a_code_that_comes_again_ends_what_it_opened() {
    let world = World::start().await;
    let client_id = world.register("none").await["client_id"].as_str().unwrap().to_owned();
    let exchange = world.exchange(&client_id, &world.code(&client_id).await);
    let pair = Pair { client_id, body: world.form("/token", &exchange).await.ok() };
    assert_eq!(world.status(&pair).await, 200);
    world.form("/token", &exchange).await.denied(400, "invalid_grant");
    assert_eq!(world.status(&pair).await, 401);
    world.renew(&pair).await.denied(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_proves_who_it_is_as_it_registered() {
    let world = World::start().await;
    for method in ["client_secret_post", "client_secret_basic"] {
        let client = world.register(method).await;
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let (id, secret) = (text("client_id"), text("client_secret"));
        let exchange = |code: &str| world.exchange(&id, code);
        let posted = |form: &BTreeMap<&'static str, String>, secret: &str| {
            let mut form = form.clone();
            form.insert("client_secret", secret.to_owned());
            form
        };
        let form = exchange(&world.code(&id).await);
        let basic = |secret: &str| {
            let request = world.http.post(world.at("/token")).basic_auth(&id, Some(secret));
            let request = as_form(request, &form).send();
            async { Answer::of(request.await.unwrap()).await }
        };
        // None of these uses the code up.
        world.form("/token", &form).await.denied(401, "invalid_client");
        world.form("/token", &posted(&form, "guessed")).await.denied(401, "invalid_client");
        basic("guessed").await.denied(401, "invalid_client");
        if method == "client_secret_post" {
            basic(&secret).await.denied(401, "invalid_client");
            world.form("/token", &posted(&form, &secret)).await.ok();
        } else {
            world.form("/token", &posted(&form, &secret)).await.denied(401, "invalid_client");
            basic(&secret).await.ok();
        }
    }
}

#[tokio::test]
async fn the_client_of_the_start_has_its_addresses_and_its_secret() {
    let hosted_client = OAuthApp {
        client_id: "mine".to_owned(),
        client_secret: "my secret: %".to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
    };
    let world = World::with(Options { hosted_client, rate_limit: None, ..Options::default() }).await;
    let mut elsewhere = world.request("mine");
    elsewhere.insert("redirect_uri", "http://127.0.0.1:9/other".to_owned());
    assert_eq!(world.authorize(&elsewhere).await.status, 400);
    let mut form = world.exchange("mine", &world.code("mine").await);
    form.insert("client_secret", "my secret: %".to_owned());
    world.form("/token", &form).await.ok();
}

#[tokio::test]
async fn a_token_for_another_resource_opens_nothing_here() {
    let world = World::start().await;
    let other = "https://other.example/mcp";
    world
        .hosted()
        .set(HostedSettings { other_resources: vec![other.to_owned()], ..HostedSettings::default() });
    let client = world.register("none").await;
    let id = client["client_id"].as_str().unwrap();
    let mut request = world.request(id);
    request.insert("resource", other.to_owned());
    let code = returned(&world.authorize(&request).await)["code"].clone();
    let mut exchange = world.exchange(id, &code);
    exchange.insert("resource", other.to_owned());
    let pair = Pair { client_id: id.to_owned(), body: world.form("/token", &exchange).await.ok() };
    assert_eq!(world.status(&pair).await, 401);
}
