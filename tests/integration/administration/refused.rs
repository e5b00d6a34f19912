//! Who doesn't administer is refused everywhere, and no listing holds a secret.

use serde_json::{Value, json};

use super::{Desk, code};
use crate::harness::TOKEN;

/// The addresses of administration, by the document that lists them all.
async fn addresses(desk: &Desk) -> Vec<(String, String)> {
    let document = desk.host.get("/openapi/full.json").await;
    let paths = document["paths"].as_object().unwrap();
    let own = paths.iter().filter(|(path, _)| path.starts_with("/v1/administration/"));
    own.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| (method.to_uppercase(), path.replace(['{', '}'], ""))).collect::<Vec<_>>()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_administer_is_refused_at_every_address() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    // All that a token may be but that.
    let made =
        operator.post("/v1/administration/tokens", &json!({"name": "strong", "strongest": "destroys"})).await;
    let strong = made["token"].as_str().unwrap();
    let guest = desk.sign_in("token", strong).await;
    let before = desk.changes().await.len();
    let all = addresses(&desk).await;
    assert!(all.len() >= 18, "{all:?}");
    for (method, path) in &all {
        let body = (method == "POST").then(|| json!({}));
        for (who, (status, envelope)) in [
            ("action", desk.by_token(TOKEN, method, path, body.as_ref()).await),
            ("token", desk.by_token(strong, method, path, body.as_ref()).await),
            ("session", guest.ask(method, path, body.as_ref()).await),
        ] {
            assert_eq!((status, code(&envelope)), (403, "forbidden"), "{who} {method} {path}");
            assert!(
                envelope["error"]["hint"].as_str().unwrap().contains("--administers"),
                "{who} {method} {path}"
            );
        }
        let nobody = desk.request(method, path).send().await.unwrap();
        assert_eq!(nobody.status(), 401, "{method} {path}");
    }
    assert_eq!(desk.changes().await.len(), before, "nothing was done");
    // What is there is no secret, and neither is what isn't.
    assert_eq!(desk.by_token(TOKEN, "GET", "/v1/administration/nothing", None).await.0, 404);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plugin_takes_an_address_of_administration() {
    let desk = Desk::start(&["probe"]).await;
    for (_, path) in addresses(&desk).await.into_iter().chain([
        (String::new(), "/v1/session".to_owned()),
        (String::new(), "/v1/account".to_owned()),
        (String::new(), "/v1/connections/authorize".to_owned()),
    ]) {
        let answer = desk.request("TRACE", &path).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path} is the host's");
    }
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_listing_holds_a_secret() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let made = operator.post("/v1/administration/tokens", &json!({"name": "canary"})).await;
    let (url, let_in) = (desk.host.emulator.hosted().url(), desk.host.emulator.hosted().access_token());
    let upstream = json!({"name": "hosted", "url": url, "token": let_in, "allow_private": true});
    operator.post("/v1/administration/upstreams", &upstream).await;
    let integration = desk.host.emulator.token().to_owned();
    let connection = json!({"name": "acme", "token": integration});
    operator.post("/v1/administration/connections", &connection).await;
    let secrets = [made["token"].as_str().unwrap().to_owned(), let_in, integration, TOKEN.to_owned()];
    let mut listed = vec!["/v1/account".to_owned(), "/v1/administration/upstreams/hosted".to_owned()];
    let readable = addresses(&desk)
        .await
        .into_iter()
        .filter(|(method, path)| method == "GET" && !path.ends_with("/name"));
    listed.extend(readable.map(|(_, path)| path));
    assert!(listed.len() >= 8, "{listed:?}");
    for path in listed {
        let shown: Value = operator.get(&path).await;
        for secret in &secrets {
            assert!(!shown.to_string().contains(secret), "{path}");
        }
    }
    let audit =
        serde_json::to_string(&desk.changes().await.into_iter().map(|(.., act)| act).collect::<Vec<_>>());
    for secret in &secrets {
        assert!(!audit.as_ref().unwrap().contains(secret));
        assert!(!std::fs::read_to_string(desk.file()).unwrap().contains(secret));
    }
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_runs() {
    let desk = Desk::start(&["probe", "echo"]).await;
    let operator = desk.operator().await;
    let status = operator.get("/v1/administration/status").await;
    assert_eq!(
        status["database"],
        if std::env::var("TOOLBAY_TEST_DATABASE_URL").is_ok() { "postgresql" } else { "sqlite" }
    );
    assert_eq!(status["plugins"], json!({"live": 2, "refused": 0}), "{status:#}");
    assert_eq!(status["loading"], Value::Null);
    assert!(status["tools"].as_u64().unwrap() > 10);
    assert_eq!(
        status["counts"],
        json!({"connections": 1, "connections_to_renew": 0, "tokens": 0, "open_jobs": 0})
    );
    assert!(desk.host.url.ends_with(status["address"].as_str().unwrap()), "{status:#}");
    desk.stop().await;
}
