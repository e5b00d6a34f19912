//! OAuth for public integrations: who is sent back, what a code and a refresh token are good for, and how often.

use notion_emulator::{Consent, OAuthApp, Options};
use serde_json::{Value, json};

use crate::client::{App, Reply};

const ADDRESS: &str = "http://127.0.0.1:8700/oauth/callback";
/// `emulator-client:secret_emulator_client`
const BASIC: &str = "ZW11bGF0b3ItY2xpZW50OnNlY3JldF9lbXVsYXRvcl9jbGllbnQ=";

async fn authorize(app: &App, state: &str) -> Reply {
    let query = format!(
        "client_id=emulator-client&redirect_uri={ADDRESS}&response_type=code&owner=user&state={state}"
    );
    app.raw("GET", &format!("/v1/oauth/authorize?{query}"), "", b"").await.unwrap()
}

/// Where the browser is sent.
fn location(reply: &Reply) -> &str {
    reply.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap()
}

async fn code(app: &App) -> String {
    let reply = authorize(app, "s").await;
    let query = location(&reply).strip_prefix(ADDRESS).unwrap().to_owned();
    query.strip_prefix("?code=").unwrap().strip_suffix("&state=s").unwrap().to_owned()
}

async fn ask(app: &App, operation: &str, body: Value) -> Reply {
    ask_as(app, BASIC, operation, body).await
}

async fn ask_as(app: &App, basic: &str, operation: &str, body: Value) -> Reply {
    let headers = format!(
        "Authorization: Basic {basic}\r\nNotion-Version: 2026-03-11\r\nContent-Type: application/json\r\n"
    );
    app.raw("POST", &format!("/v1/oauth/{operation}"), &headers, body.to_string().as_bytes()).await.unwrap()
}

async fn connect(app: &App) -> Value {
    let code = code(app).await;
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": ADDRESS});
    ask(app, "token", body).await.ok()
}

async fn renew(app: &App, pair: &Value) -> Reply {
    let body = json!({"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]});
    ask(app, "token", body).await
}

async fn status(app: &mut App, pair: &Value) -> u16 {
    app.token = pair["access_token"].as_str().unwrap().to_owned();
    app.get("/v1/users/me").await.status
}

#[track_caller]
fn assert_denied(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.json()["error"].as_str()), (status, Some(error)), "{}", reply.text);
    assert!(reply.json()["error_description"].is_string());
}

#[tokio::test]
async fn a_code_becomes_a_pair_that_works_for_the_api() {
    let mut app = App::start().await;
    let pair = connect(&app).await;
    assert!(pair["access_token"].as_str().unwrap().starts_with("ntn_"));
    assert!(pair["refresh_token"].as_str().unwrap().starts_with("nrt_"));
    assert_eq!((&pair["token_type"], &pair["workspace_name"]), (&json!("bearer"), &json!("Toolbay")));
    assert_eq!(pair["owner"]["type"], "user");
    assert_eq!(status(&mut app, &pair).await, 200);
    let me = app.get("/v1/users/me").await.ok();
    assert_eq!(me["id"], pair["bot_id"]);
    let about = ask(&app, "introspect", json!({"token": pair["access_token"]})).await.ok();
    assert_eq!(about["active"], true);
    assert_eq!(app.emulator.requests().of("POST /v1/oauth/token"), 1);
}

#[tokio::test]
async fn people_may_refuse_and_may_choose_another_workspace() {
    let app = App::start().await;
    app.emulator.consent(Consent { agrees: false, ..Consent::default() });
    let reply = authorize(&app, "a%26b").await;
    assert_eq!(
        (reply.status, location(&reply)),
        (302, &*format!("{ADDRESS}?error=access_denied&state=a%26b"))
    );
    app.post("/_emulator/oauth", json!({})).await.ok();
    let first = connect(&app).await;
    app.post("/_emulator/oauth", json!({"workspace": "Acme"})).await.ok();
    let second = connect(&app).await;
    assert_eq!(second["workspace_name"], "Acme");
    assert_ne!(first["bot_id"], second["bot_id"]);
    app.post("/_emulator/oauth", json!({"agree": true})).await.refused(400, "");
}

#[tokio::test]
async fn a_code_is_good_once_for_one_address_and_ten_minutes() {
    let app = App::start().await;
    let exchange = |code: String, address: &str| json!({"grant_type": "authorization_code", "code": code, "redirect_uri": address});
    let used = code(&app).await;
    ask(&app, "token", exchange(used.clone(), ADDRESS)).await.ok();
    assert_denied(&ask(&app, "token", exchange(used, ADDRESS)).await, 400, "invalid_grant");
    let elsewhere = exchange(code(&app).await, "http://127.0.0.1:8700/other");
    assert_denied(&ask(&app, "token", elsewhere).await, 400, "invalid_grant");
    let late = exchange(code(&app).await, ADDRESS);
    app.post("/_emulator/clock", json!({"advance_ms": 600_000})).await.ok();
    assert_denied(&ask(&app, "token", late).await, 400, "invalid_grant");
    assert_denied(&ask(&app, "token", exchange("guessed".into(), ADDRESS)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_renewed_pair_makes_the_old_one_worthless() {
    let mut app = App::start().await;
    let old = connect(&app).await;
    assert_eq!(app.emulator.expire_access(), 1);
    assert_eq!(status(&mut app, &old).await, 401);
    let new = renew(&app, &old).await.ok();
    assert_eq!(new["bot_id"], old["bot_id"]);
    assert_eq!((status(&mut app, &old).await, status(&mut app, &new).await), (401, 200));
    // Whoever comes with the old one is not whom the new one was given to, or it is; nobody can tell.
    assert_denied(&renew(&app, &old).await, 400, "invalid_grant");
    assert_eq!(status(&mut app, &new).await, 401);
    assert_denied(&renew(&app, &new).await, 400, "invalid_grant");

    let again = connect(&app).await;
    assert_eq!(again["bot_id"], old["bot_id"]);
    let third = connect(&app).await;
    assert_eq!((status(&mut app, &again).await, status(&mut app, &third).await), (401, 200));
}

#[tokio::test]
async fn revoked_and_disconnected_tokens_work_no_more() {
    let mut app = App::start().await;
    let pair = connect(&app).await;
    ask(&app, "revoke", json!({"token": pair["access_token"]})).await.ok();
    assert_eq!(status(&mut app, &pair).await, 401);
    assert_denied(&renew(&app, &pair).await, 400, "invalid_grant");
    let about = ask(&app, "introspect", json!({"token": pair["access_token"]})).await.ok();
    assert_eq!(about["active"], false);
    let pair = connect(&app).await;
    assert_eq!(app.post("/_emulator/oauth/disconnect", json!({})).await.ok()["disconnected"], 1);
    assert_eq!(status(&mut app, &pair).await, 401);
    assert_denied(&renew(&app, &pair).await, 400, "invalid_grant");
}

#[tokio::test]
async fn only_the_integration_itself_gets_anything() {
    let app = App::start().await;
    let code = code(&app).await;
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": ADDRESS});
    // `emulator-client:guess`
    let wrong = "ZW11bGF0b3ItY2xpZW50Omd1ZXNz";
    assert_denied(&ask_as(&app, wrong, "token", body.clone()).await, 401, "invalid_client");
    assert_denied(&app.post("/v1/oauth/token", body.clone()).await, 401, "invalid_client");
    let headers = format!("Authorization: Basic {BASIC}\r\nNotion-Version: 2026-03-11\r\n");
    let form = app.raw("POST", "/v1/oauth/token", &headers, b"grant_type=refresh_token").await.unwrap();
    assert_denied(&form, 400, "invalid_request");
    let unversioned = format!("Authorization: Basic {BASIC}\r\nContent-Type: application/json\r\n");
    let reply = app.raw("POST", "/v1/oauth/token", &unversioned, body.to_string().as_bytes()).await.unwrap();
    reply.refused(400, "missing_version");
    assert_denied(
        &ask(&app, "token", json!({"grant_type": "password"})).await,
        400,
        "unsupported_grant_type",
    );
    let mut more = body.clone();
    more["scope"] = json!("all");
    assert_denied(&ask(&app, "token", more).await, 400, "invalid_request");
    // None of these used the code up.
    ask(&app, "token", body).await.ok();
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_was_not_registered() {
    let oauth = OAuthApp { redirect_uris: vec![ADDRESS.to_owned()], ..OAuthApp::default() };
    let app = App::with(Options { oauth, ..Options::default() }).await;
    assert_eq!(authorize(&app, "s").await.status, 302);
    for query in [
        "client_id=emulator-client&redirect_uri=http://127.0.0.1/x&response_type=code&owner=user",
        "client_id=other&redirect_uri=http://127.0.0.1:8700/oauth/callback&response_type=code&owner=user",
        "client_id=emulator-client&redirect_uri=http://127.0.0.1:8700/oauth/callback&response_type=code",
        "client_id=emulator-client&redirect_uri=http://127.0.0.1:8700/oauth/callback&response_type=code&owner=user&scope=x",
    ] {
        let reply = app.raw("GET", &format!("/v1/oauth/authorize?{query}"), "", b"").await.unwrap();
        assert_eq!(reply.status, 400, "{query}");
    }
    let app = App::start().await;
    for address in
        ["http://evil.example/", "http://127.0.0.1.evil.example/", "https://127.0.0.1@evil.example/"]
    {
        let query = format!("client_id=emulator-client&redirect_uri={address}&response_type=code&owner=user");
        let reply = app.raw("GET", &format!("/v1/oauth/authorize?{query}"), "", b"").await.unwrap();
        assert_eq!(reply.status, 400, "{address}");
    }
}
