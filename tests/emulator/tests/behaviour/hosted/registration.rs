//! Clients that register themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Answer, CALLBACK, World, as_form};

async fn register(world: &World, body: &Value) -> Answer {
    Answer::of(world.http.post(world.at("/register")).json(body).send().await.unwrap()).await
}

#[tokio::test]
async fn a_client_is_given_a_secret_unless_it_is_public() {
    let world = World::start().await;
    let public = world.register("none").await;
    assert!(public["client_secret"].is_null() && public["client_id"].is_string());
    for method in ["client_secret_post", "client_secret_basic"] {
        let client = world.register(method).await;
        assert!(client["client_secret"].is_string());
        assert_eq!(
            (&client["client_secret_expires_at"], &client["token_endpoint_auth_method"]),
            (&json!(0), &json!(method))
        );
    }
    let silent = register(&world, &json!({ "redirect_uris": [CALLBACK] })).await;
    assert_eq!(silent.json()["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(silent.json()["grant_types"], json!(["authorization_code"]));
}

#[tokio::test]
async fn addresses_that_nobody_may_be_sent_to_are_refused() {
    let world = World::start().await;
    for addresses in [
        json!(null),
        json!([]),
        json!([""]),
        json!(["http://example.com/callback"]),
        json!(["http://127.0.0.1.example.com/callback"]),
        json!(["https://example.com/callback#part"]),
        json!(["javascript:alert(1)"]),
        json!([CALLBACK, "ftp://example.com/"]),
        json!(CALLBACK),
        json!([7]),
        json!(vec![CALLBACK; 11]),
    ] {
        let answer = register(&world, &json!({ "redirect_uris": addresses })).await;
        answer.denied(400, "invalid_redirect_uri");
    }
    let good = json!({ "redirect_uris": ["https://example.com/callback", "http://localhost:1/", "http://[::1]:2/x"] });
    assert_eq!(register(&world, &good).await.status, 201);
}

#[tokio::test]
async fn what_the_server_does_not_do_can_not_be_registered_for() {
    let world = World::start().await;
    for (member, value) in [
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_method", json!(1)),
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!(["refresh_token"])),
        ("response_types", json!(["token"])),
        ("client_name", json!({})),
    ] {
        let answer = register(&world, &json!({ "redirect_uris": [CALLBACK], member: value })).await;
        answer.denied(400, "invalid_client_metadata");
    }
    let form = as_form(
        world.http.post(world.at("/register")),
        &BTreeMap::from([("redirect_uris", CALLBACK.to_owned())]),
    )
    .send()
    .await;
    Answer::of(form.unwrap()).await.denied(400, "invalid_client_metadata");
}

#[tokio::test]
async fn a_client_that_did_not_register_for_it_is_given_no_refresh_token() {
    let world = World::start().await;
    let body = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let client = register(&world, &body).await.json();
    let id = client["client_id"].as_str().unwrap();
    let code = world.code(id).await;
    let given = world.form("/token", &world.exchange(id, &code)).await.ok();
    assert!(given["refresh_token"].is_null() && given["access_token"].is_string());
}
