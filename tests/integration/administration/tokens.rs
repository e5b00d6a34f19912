//! Tokens: made, listed and revoked over REST.

use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, TokenChange};

use super::{Desk, code, named};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_works_is_listed_without_its_secret_and_is_revoked() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let page = desk.host.emulator.ids().root_page;
    let wanted = json!({
        "name": "reports",
        "strongest": "reads",
        "tools": ["probe_notion_get"],
        "within": [page],
        "rate": "60/minute",
        "tool_rates": {"probe_notion_get": "10/minute"},
        "expires_in_days": 30,
    });
    let made = operator.post("/v1/administration/tokens", &wanted).await;
    let secret = made["token"].as_str().unwrap().to_owned();
    let clients = made["clients"].as_array().unwrap();
    assert!(clients.iter().all(|client| client["text"].as_str().unwrap().contains(&secret)), "{made:#}");
    assert!(clients.iter().any(|client| client["name"] == "Cursor" && client["place"].is_string()));
    let (_, meta) = desk.by_token(&secret, "GET", "/v1/meta", None).await;
    assert_eq!((&meta["result"]["principal"], &meta["result"]["tools"]), (&json!("reports"), &json!(1)));

    let listed = operator.get("/v1/administration/tokens").await;
    assert!(!listed.to_string().contains(&secret));
    let token = named(&listed, "tokens", "reports");
    assert_eq!(token["tools"], json!(["probe_notion_get"]));
    assert_eq!((&token["connections"], &token["strongest"]), (&json!("all"), &json!("reads")));
    assert_eq!(token["rates"], json!(["60/minute", "probe_notion_get=10/minute"]));
    assert_eq!(token["within"].as_array().unwrap().len(), 1);
    assert!(token["expires_at"].is_string() && token["revoked_at"].is_null(), "{token:#}");
    assert_eq!(token["administers"], false);

    let id = made["id"].as_str().unwrap();
    let revoked = operator.delete(&format!("/v1/administration/tokens/{id}")).await;
    assert_eq!(revoked, json!({"revoked": id}));
    assert_eq!(desk.by_token(&secret, "GET", "/v1/meta", None).await.0, 401);
    let again = operator.ask("DELETE", &format!("/v1/administration/tokens/{id}"), None).await;
    assert_eq!((again.0, code(&again.1)), (404, "not_found"));

    let changes = desk.changes().await;
    let of_tokens: Vec<(&str, &str, bool)> = changes
        .iter()
        .filter_map(|(by, surface, act)| match act {
            Act::Token { change, .. } => {
                Some((by.as_str(), *surface, matches!(change, TokenChange::Created { .. })))
            }
            _ => None,
        })
        .collect();
    assert_eq!(of_tokens, [("operator", "console", true), ("operator", "console", false)]);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_administer_and_its_acts_are_its_own() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let wanted = json!({"name": "deputy", "administers": true, "strongest": "reads"});
    let deputy = operator.post("/v1/administration/tokens", &wanted).await;
    let deputy = deputy["token"].as_str().unwrap();
    let (_, session) = desk.by_token(deputy, "GET", "/v1/session", None).await;
    assert_eq!(
        (&session["result"]["kind"], &session["result"]["administers"]),
        (&json!("token"), &json!(true))
    );
    let body = json!({"name": "made by the deputy"});
    let (status, _) = desk.by_token(deputy, "POST", "/v1/administration/tokens", Some(&body)).await;
    assert_eq!(status, 200);
    let last = desk.changes().await.pop().unwrap();
    assert_eq!((last.0.as_str(), last.1), ("deputy", "rest"));
    // In a browser it is the same principal.
    let signed = desk.sign_in("token", deputy).await;
    assert!(signed.get("/v1/administration/tokens").await["tokens"].as_array().unwrap().len() >= 2);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_a_token_is_refused_with_what_would_work() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    operator.post("/v1/administration/tokens", &json!({"name": "there"})).await;
    let unknown = "0192f3a4-5b6c-7d8e-9f00-112233445566";
    let bad: [(Value, u16, &str); 14] = [
        (json!({}), 400, "name"),
        (json!([]), 400, "body"),
        (json!({"name": " "}), 400, "name"),
        (json!({"name": "x".repeat(101)}), 400, "name"),
        (json!({"name": "there"}), 409, "there"),
        (json!({"name": "x", "strongst": "reads"}), 400, "strongst"),
        (json!({"name": "x", "strongest": "everything"}), 400, "everything"),
        (json!({"name": "x", "tools": ["probe_notion_gt"]}), 400, "probe_notion_gt"),
        (json!({"name": "x", "connections": [unknown]}), 400, unknown),
        (json!({"name": "x", "connections": ["acme"]}), 400, "body"),
        (json!({"name": "x", "within": ["a page"]}), 400, "a page"),
        (json!({"name": "x", "profile": "nobody"}), 400, "profile"),
        (json!({"name": "x", "rate": "10"}), 400, "10/minute"),
        (json!({"name": "x", "expires_in_days": 0}), 400, "expires_in_days"),
    ];
    for (body, expected, word) in bad {
        let (status, envelope) = operator.ask("POST", "/v1/administration/tokens", Some(&body)).await;
        assert_eq!(status, expected, "{body}: {envelope:#}");
        assert!(envelope["error"].to_string().contains(word), "{body}: {envelope:#}");
    }
    let body = json!({"name": "x", "tools": ["probe_notion_gt"]});
    let (_, envelope) = operator.ask("POST", "/v1/administration/tokens", Some(&body)).await;
    assert!(envelope["error"]["hint"].as_str().unwrap().contains("probe_notion_get"), "{envelope:#}");
    let tokens = operator.get("/v1/administration/tokens").await;
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 1, "nothing was made");
    let keyed = operator.request("POST", "/v1/administration/tokens").header("Idempotency-Key", "k");
    let answer = keyed.json(&json!({"name": "keyed"})).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    desk.stop().await;
}
