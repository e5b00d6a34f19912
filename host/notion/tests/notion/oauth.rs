//! The authorization server: what is sent there, and what its answers mean.

use std::sync::Arc;
use std::time::Duration;

use notion_emulator::{Consent, Emulator, Options};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use toolbay_kernel::connecting::{Agreed, AuthorizationError, AuthorizationServer, Authorized};
use toolbay_notion::{Notion, NotionSettings, OAuthClient};
use url::Url;

use crate::CANARY;
use crate::wire::{Act, Wire, answer};

fn agreed(code: &str) -> Agreed {
    Agreed { code: SecretString::from(code), issuer: None }
}

fn server(url: &Url, secret: &str) -> Arc<dyn AuthorizationServer> {
    let client = OAuthClient {
        id: "emulator-client".to_owned(),
        secret: SecretString::from(secret),
        redirect_uri: "http://127.0.0.1:8700/oauth/callback".parse().unwrap(),
    };
    Notion::new(&NotionSettings::at(url.clone())).unwrap().authorization(client).unwrap()
}

fn pair() -> Value {
    json!({"access_token": "ntn_new", "token_type": "bearer", "refresh_token": "nrt_new", "bot_id": "b-1",
        "workspace_id": "w-1", "workspace_name": "Ac\u{7}me", "workspace_icon": null, "owner": {},
        "duplicated_template_id": null})
}

async fn renewed(act: Act) -> Result<Authorized, AuthorizationError> {
    let wire = Wire::start(act).await;
    let renewed = server(&wire.url, "s").renew(&SecretString::from(CANARY), None).await;
    assert!(!format!("{renewed:?}").contains(CANARY), "{renewed:?}");
    renewed
}

async fn answered(status: &str, body: &Value) -> Result<Authorized, AuthorizationError> {
    renewed(Act::Answer(answer(status, "retry-after: 7\r\n", &body.to_string()))).await
}

#[tokio::test]
async fn people_agree_at_the_apis_origin() {
    let url = server(&"https://api.notion.com".parse().unwrap(), "s")
        .begin(&SecretString::from("a&b"))
        .await
        .unwrap()
        .url;
    assert_eq!(
        url.as_str(),
        "https://api.notion.com/v1/oauth/authorize?client_id=emulator-client\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A8700%2Foauth%2Fcallback&response_type=code&owner=user&state=a%26b"
    );
}

#[tokio::test]
async fn a_request_carries_what_it_must_and_nothing_else() {
    let wire = Wire::answering("200 OK", "", &pair().to_string()).await;
    let server = server(&wire.url, "hush");
    let given = server.exchange(&agreed("the-code"), None).await.unwrap();
    assert_eq!(given.credential.expose_secret(), "ntn_new");
    assert_eq!(given.refresh_credential.as_ref().unwrap().expose_secret(), "nrt_new");
    assert_eq!((given.account.as_deref().unwrap(), given.workspace_name.as_deref()), ("b-1", Some("Acme")));
    server.renew(&SecretString::from("nrt_old"), None).await.unwrap();
    server.revoke(&SecretString::from("ntn_old"), None).await.unwrap();
    let requests = wire.requests();
    let bodies: Vec<Value> = requests
        .iter()
        .map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"grant_type": "authorization_code", "code": "the-code",
                "redirect_uri": "http://127.0.0.1:8700/oauth/callback"}),
            json!({"grant_type": "refresh_token", "refresh_token": "nrt_old"}),
            json!({"token": "ntn_old"}),
        ]
    );
    assert!(requests[0].starts_with("POST /v1/oauth/token HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[2].starts_with("POST /v1/oauth/revoke HTTP/1.1\r\n"), "{}", requests[2]);
    for request in &requests {
        // `emulator-client:hush`
        assert!(request.contains("authorization: Basic ZW11bGF0b3ItY2xpZW50Omh1c2g=\r\n"), "{request}");
        assert!(request.contains("notion-version: 2026-03-11\r\n"), "{request}");
        assert!(request.contains("content-type: application/json\r\n"), "{request}");
    }
}

#[tokio::test]
async fn each_answer_means_one_thing() {
    use AuthorizationError::{Busy, Ended, Refused, Unknown};
    let refused = |name: &str| Refused(name.to_owned());
    let rows = [
        ("400 Bad Request", json!({"error": "invalid_grant", "error_description": CANARY}), Ended),
        ("400 Bad Request", json!({"error": "invalid_request"}), refused("invalid_request")),
        ("401 Unauthorized", json!({"error": "invalid_client"}), refused("invalid_client")),
        ("401 Unauthorized", json!({"object": "error", "code": "unauthorized"}), refused("unauthorized")),
        ("403 Forbidden", json!({"error": CANARY}), refused("status 403")),
        ("429 Too Many Requests", json!({}), Busy(Duration::from_secs(7))),
        ("529 Overloaded", json!({}), Busy(Duration::from_secs(7))),
        ("302 Found", json!({}), Unknown),
        ("500 Internal Server Error", json!({"error": "invalid_grant"}), Unknown),
        ("504 Gateway Timeout", json!({}), Unknown),
        ("200 OK", json!([]), Unknown),
        ("200 OK", json!({"access_token": "ntn_x"}), Unknown),
    ];
    for (status, body, expected) in rows {
        assert_eq!(answered(status, &body).await.unwrap_err(), expected, "{status} {body}");
    }
    for (member, value) in [
        ("access_token", json!("")),
        ("access_token", json!("two words")),
        ("access_token", json!("x".repeat(5_000))),
        ("refresh_token", json!("line\nbreak")),
        ("token_type", json!("mac")),
        ("bot_id", json!("../x")),
    ] {
        let mut body = pair();
        body[member] = value;
        assert_eq!(answered("200 OK", &body).await.unwrap_err(), Unknown, "{body}");
    }
    let mut without = pair();
    without["refresh_token"] = Value::Null;
    assert!(answered("200 OK", &without).await.unwrap().refresh_credential.is_none());
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_outcome_unknown() {
    assert_eq!(renewed(Act::Close).await.unwrap_err(), AuthorizationError::Unknown);
    let more = Act::AnswerWithoutEnd("HTTP/1.1 200 OK\r\n\r\n".to_owned(), " ".repeat(4_096));
    assert_eq!(renewed(more).await.unwrap_err(), AuthorizationError::Unknown);
    let nobody = server(&"http://127.0.0.1:1".parse().unwrap(), "s");
    let refused = nobody.renew(&SecretString::from("nrt_x"), None).await.unwrap_err();
    assert_eq!(refused, AuthorizationError::Unreachable);
}

#[tokio::test]
async fn it_works_with_a_server_that_checks_everything() {
    // A second provider in one process finds the first.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let emulator = Emulator::start(Options::default()).await.unwrap();
    emulator.consent(Consent { workspace: "Acme".to_owned(), ..Consent::default() });
    let url = emulator.url().parse().unwrap();
    let server = server(&url, "secret_emulator_client");
    let page = server.begin(&SecretString::from("s")).await.unwrap().url;
    let browser =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let back = browser.get(page).send().await.unwrap();
    let back: Url = back.headers()["location"].to_str().unwrap().parse().unwrap();
    let code = back.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned();

    let first = server.exchange(&agreed(&code), None).await.unwrap();
    assert_eq!(first.workspace_name.as_deref(), Some("Acme"));
    let again = server.exchange(&agreed(&code), None).await.unwrap_err();
    assert_eq!(again, AuthorizationError::Ended);
    let second = server.renew(first.refresh_credential.as_ref().unwrap(), None).await.unwrap();
    assert_eq!(second.account, first.account);
    assert_ne!(second.credential.expose_secret(), first.credential.expose_secret());
    server.revoke(&second.credential, None).await.unwrap();
    let ended = server.renew(second.refresh_credential.as_ref().unwrap(), None).await.unwrap_err();
    assert_eq!(ended, AuthorizationError::Ended);
    emulator.stop().await;
}
