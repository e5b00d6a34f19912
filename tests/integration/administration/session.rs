//! Sessions on REST: whose page asks, and who is signed in.

use reqwest::header::COOKIE;
use serde_json::{Value, json};
use toolbay_kernel::Surface;
use toolbay_kernel::audit::Event;

use super::{Desk, answered, code};
use crate::harness::TOKEN;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_for_the_pages_of_this_host_and_changes_show_its_form_token() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let session = operator.get("/v1/session").await;
    assert_eq!((&session["kind"], &session["administers"]), (&json!("operator"), &json!(true)));
    assert_eq!(session["strongest"], "destroys");
    assert_eq!(session["people_may_sign_in"], true);
    assert!(session["addresses"]["mcp"].as_str().unwrap().ends_with("/mcp"), "{session:#}");
    for site in [None, Some("none"), Some("same-site"), Some("cross-site"), Some("Same-Origin")] {
        let request = desk.request("GET", "/v1/session").header(COOKIE, &operator.cookie);
        let request = site.into_iter().fold(request, |request, site| request.header("Sec-Fetch-Site", site));
        let (status, envelope) = answered(request).await;
        assert_eq!((status, code(&envelope)), (403, "forbidden"), "{site:?}");
    }
    for (method, path) in
        [("POST", "/v1/tools/job_list"), ("DELETE", "/v1/chat/conversations/x"), ("PATCH", "/v1/x")]
    {
        for shown in [None, Some(""), Some("x"), Some(&operator.form_token[1..])] {
            let request = desk.request(method, path).header(COOKIE, &operator.cookie);
            let request = request.header("Sec-Fetch-Site", "same-origin");
            let request =
                shown.into_iter().fold(request, |request, shown| request.header("X-Form-Token", shown));
            let (status, envelope) = answered(request).await;
            assert_eq!((status, code(&envelope)), (403, "forbidden"), "{method} {shown:?}");
            assert!(envelope["error"]["message"].as_str().unwrap().contains("X-Form-Token"));
        }
    }
    assert!(operator.post("/v1/tools/job_list", &json!({})).await["jobs"].is_array());
    // Nowhere else is the cookie looked at.
    for path in ["/mcp", "/api/chat/multi"] {
        let (status, _) = answered(operator.request("POST", path).json(&json!({}))).await;
        assert_eq!(status, 401, "{path}");
    }
    // Who brings a token is its bearer, or nobody.
    let both = operator.request("GET", "/v1/session").bearer_auth(TOKEN);
    let (_, envelope) = answered(both).await;
    assert_eq!(envelope["result"]["name"], "action");
    assert_eq!(envelope["result"].get("form_token"), None);
    let (status, _) = answered(operator.request("GET", "/v1/session").bearer_auth("tb_wrong")).await;
    assert_eq!(status, 401);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_session_come_in_by_the_console() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    operator.post("/v1/tools/probe_write", &desk.host.new_page("By a page")).await;
    desk.host.result("probe_write", desk.host.new_page("By a program")).await;
    let calls: Vec<(Surface, String)> = desk
        .host
        .events()
        .await
        .into_iter()
        .filter(|event: &Event| event.act.kind() == "call.started")
        .map(|event| (event.by.surface, event.by.name))
        .collect();
    let expected = [(Surface::Console, "operator".to_owned()), (Surface::Rest, "action".to_owned())];
    assert_eq!(calls, expected);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_out_at_once() {
    let desk = Desk::start(&["probe"]).await;
    let operator = desk.operator().await;
    let refused = async |signed: &super::SignedIn<'_>| {
        let (status, envelope) = signed.ask("GET", "/v1/session", None).await;
        assert_eq!((status, code(&envelope)), (401, "unauthenticated"), "{envelope:#}");
        assert!(envelope["error"]["hint"].as_str().unwrap().contains("/sign-in"));
    };
    // Whoever signed in by a token is out with it.
    let made = operator.post("/v1/administration/tokens", &json!({"name": "guest"})).await;
    let guest = desk.sign_in("token", made["token"].as_str().unwrap()).await;
    let session = guest.get("/v1/session").await;
    assert_eq!((&session["kind"], &session["administers"]), (&json!("token"), &json!(false)));
    let id = made["id"].as_str().unwrap();
    operator.delete(&format!("/v1/administration/tokens/{id}")).await;
    refused(&guest).await;
    // And whoever signs out, here or everywhere.
    let again = desk.operator().await;
    let answer = again.request("POST", "/v1/account/sign-out").json(&json!({})).send().await.unwrap();
    let taken = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(answer.status() == 200 && taken.contains("Max-Age=0"), "{taken}");
    refused(&again).await;
    let third = desk.operator().await;
    assert_eq!(operator.get("/v1/account").await["sessions"], 2);
    third.post("/v1/account/sign-out", &json!({"everywhere": true})).await;
    refused(&third).await;
    refused(&operator).await;
    // A token has nothing to sign out of.
    let (status, envelope) = desk.by_token(TOKEN, "POST", "/v1/account/sign-out", Some(&json!({}))).await;
    assert_eq!((status, code(&envelope)), (409, "conflict"));
    let account: Value = desk.by_token(TOKEN, "GET", "/v1/account", None).await.1;
    let (account, connections) = (&account["result"], &account["result"]["connections"]);
    assert_eq!((&account["sessions"], &account["grants"]), (&json!(0), &json!([])));
    assert_eq!(connections[0]["name"], "default", "{connections:#}");
    desk.stop().await;
}
