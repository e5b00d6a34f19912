//! Who may begin, who may finish, and what comes of it.

use notion_emulator::Consent;
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use toolbay_kernel::Access;
use toolbay_kernel::administration::{AdministrationStore as _, NewToken};
use toolbay_kernel::audit::{Actor, ConnectionChange};
use toolbay_kernel::principal::Allowed;
use url::Url;

use super::{Connectable, error, header, parameter, token};
use crate::harness::TOKEN;

fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let others: Vec<_> = url.query_pairs().filter(|(key, _)| key != name).collect();
    changed.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_a_workspace_and_tools_work_on_it() {
    let world = Connectable::start().await;
    let done = format!("{}/done?tab=2", world.host.url);
    let begun =
        world.begin(TOKEN, &[("state", "a&b"), ("return_url", &done), ("connection_hint", "Team")]).await;
    assert_eq!(parameter(&begun.page, "client_id").as_deref(), Some("emulator-client"));
    assert_ne!(parameter(&begun.page, "state").as_deref(), Some("a&b"), "the caller's state stays here");

    let back = world.agree(&begun).await;
    let answer = world.come_back(&back, Some(&begun.cookie)).await;
    assert_eq!(answer.status(), 303);
    assert!(header(&answer, SET_COOKIE.as_str()).contains("Max-Age=0"));
    let sent_to: Url = header(&answer, LOCATION.as_str()).parse().unwrap();
    assert!(sent_to.as_str().starts_with(&done), "{sent_to}");
    assert_eq!(parameter(&sent_to, "state").as_deref(), Some("a&b"));
    let id = parameter(&sent_to, "connection_id").unwrap();
    assert_eq!(world.connections().await, [json!({"id": id, "name": "Team", "workspace_name": "Toolbay"})]);
    world.assert_works(&json!({"connection_id": id})).await;
    let changes = world.host.connection_changes().await;
    assert_eq!(
        changes,
        [ConnectionChange::Connecting, ConnectionChange::Connected],
        "and it is in the audit"
    );

    // Whoever has no program to read JSON is sent there at once.
    let answer =
        world.browser.get(format!("{}/oauth/start", world.host.url)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(
        header(&answer, LOCATION.as_str())
            .starts_with(&format!("{}/v1/oauth/authorize?", world.host.emulator.url()))
    );
    let cookie = header(&answer, SET_COOKIE.as_str());
    assert!(cookie.starts_with("toolbay-connect=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_connected_again_is_the_same_connection() {
    let world = Connectable::start().await;
    let first = world.connect().await;
    let again = world.connect_as(TOKEN, &[("connection_hint", "Other")]).await;
    assert_eq!(again, first);
    world.assert_works(&first).await;
    world.host.emulator.consent(Consent { workspace: "Acme".to_owned(), ..Consent::default() });
    let other = world.connect().await;
    assert_eq!(other["name"], "Acme");
    assert_eq!(world.connections().await.len(), 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_does_not_agree_is_sent_back_with_that() {
    let world = Connectable::start().await;
    world.host.emulator.consent(Consent { agrees: false, ..Consent::default() });
    let done = format!("{}/done", world.host.url);
    let begun = world.begin(TOKEN, &[("state", "s"), ("return_url", &done)]).await;
    let back = world.agree(&begun).await;
    let answer = world.come_back(&back, Some(&begun.cookie)).await;
    assert_eq!(header(&answer, LOCATION.as_str()), format!("{done}?error=access_denied&state=s"));

    let begun = world.begin(TOKEN, &[]).await;
    let back = world.agree(&begun).await;
    let page = world.browser.get(back).header(COOKIE, &begun.cookie).header(ACCEPT, "text/html,*/*;q=0.8");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 403);
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("Not connected") && page.contains("nothing was connected"), "{page}");
    assert!(world.connections().await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_reads_has_no_markup_of_others() {
    let world = Connectable::start().await;
    world
        .host
        .emulator
        .consent(Consent { workspace: "<script>alert(1)</script>".to_owned(), ..Consent::default() });
    let begun = world.begin(TOKEN, &[]).await;
    let back = world.agree(&begun).await;
    let page = world.browser.get(back).header(COOKIE, &begun.cookie).header(ACCEPT, "text/html");
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_good_once_and_a_guess_never() {
    let world = Connectable::start().await;
    let begun = world.begin(TOKEN, &[]).await;
    let back = world.agree(&begun).await;
    let guess = with_parameter(&back, "state", &"A".repeat(43));
    for wrong in [guess, with_parameter(&back, "state", "short"), with_parameter(&back, "state", "")] {
        let (status, problem) = error(world.come_back(&wrong, Some(&begun.cookie)).await).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_input")), "{problem}");
        assert!(problem["message"].as_str().unwrap().contains("unknown, has been used, or is older"));
    }
    assert_eq!(world.exchanges(), 0);
    assert_eq!(world.come_back(&back, Some(&begun.cookie)).await.status(), 200);
    let (status, problem) = error(world.come_back(&back, Some(&begun.cookie)).await).await;
    assert_eq!(status, 400, "{problem}");
    assert_eq!(world.exchanges(), 1, "the code was sent once");
    for incomplete in ["", "?code=x", "?state=x", "?code=x&error=y&state=z", "?code=x&code=y&state=z"] {
        let url: Url = format!("{}/oauth/callback{incomplete}", world.host.url).parse().unwrap();
        assert_eq!(world.come_back(&url, Some(&begun.cookie)).await.status(), 400, "{incomplete}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finishes_what_another_browser_began() {
    let world = Connectable::start().await;
    let other = world.begin(TOKEN, &[]).await;
    let own = other.cookie.split_once('=').unwrap().0;
    for cookie in [None, Some(other.cookie.clone()), Some(format!("{own}=")), Some("toolbay=x".to_owned())] {
        let begun = world.begin(TOKEN, &[("return_url", &format!("{}/done", world.host.url))]).await;
        let back = world.agree(&begun).await;
        let (status, problem) = error(world.come_back(&back, cookie.as_deref()).await).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["message"], "this authorization was begun in another browser");
        // And it is used up by the attempt.
        assert_eq!(world.come_back(&back, Some(&begun.cookie)).await.status(), 400);
    }
    assert_eq!(world.exchanges(), 0);
    assert!(world.connections().await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_sent_where_the_operator_allows_it_alone() {
    let world = Connectable::start_with(|configuration| {
        configuration.return_origins = vec!["https://app.example.com".parse().unwrap()];
    })
    .await;
    let (status, problem) =
        error(world.ask_to_start(Some(TOKEN), &[("return_url", "https://evil.example/x")]).await).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_input")));
    assert!(problem["hint"].as_str().unwrap().contains("[oauth] return_origins"), "{problem}");
    world.begin(TOKEN, &[("return_url", "https://app.example.com/done")]).await;
    for (name, value) in
        [("state", &*"x".repeat(513)), ("connection_hint", " x"), ("connection_hint", ""), ("return", "x")]
    {
        let (status, problem) = error(world.ask_to_start(Some(TOKEN), &[(name, value)]).await).await;
        assert_eq!(status, 400, "{name}: {problem}");
    }
    let twice = world.ask_to_start(Some(TOKEN), &[("state", "a"), ("state", "b")]).await;
    assert_eq!(twice.status(), 400);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_write_begins_and_only_where_it_is_configured() {
    let world = Connectable::start().await;
    let (status, problem) = error(world.ask_to_start(None, &[]).await).await;
    assert_eq!((status, &problem["code"]), (401, &json!("unauthenticated")));
    assert_eq!(world.ask_to_start(Some("tb_wrong"), &[]).await.status(), 401);
    let reader = NewToken { strongest: Access::Reads, ..token("reader", Allowed::All) };
    let (reader, _) =
        world.host.host().store.create_token(&reader, &Actor::operator()).await.unwrap().unwrap();
    let (status, problem) = error(world.ask_to_start(Some(reader.expose_secret()), &[]).await).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{problem}");

    for number in 0..21 {
        let answer = world.ask_to_start(Some(TOKEN), &[]).await;
        assert_eq!(answer.status(), if number < 20 { 200 } else { 429 }, "{number}");
    }
    world.stop().await;

    let world = Connectable::start_with(|configuration| configuration.oauth = None).await;
    let (status, problem) = error(world.ask_to_start(Some(TOKEN), &[]).await).await;
    assert_eq!(status, 403);
    for name in ["NOTION_OAUTH_CLIENT_ID", "NOTION_OAUTH_CLIENT_SECRET", "NOTION_OAUTH_REDIRECT_URI"] {
        assert!(problem["hint"].as_str().unwrap().contains(name), "{problem}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_meanwhile_connects_nothing() {
    let world = Connectable::start().await;
    let store = &world.host.host().store;
    let (secret, row) =
        store.create_token(&token("gone", Allowed::All), &Actor::operator()).await.unwrap().unwrap();
    let begun = world.begin(secret.expose_secret(), &[]).await;
    store.revoke_token(row.id, &Actor::operator()).await.unwrap();
    let back = world.agree(&begun).await;
    let (status, problem) = error(world.come_back(&back, Some(&begun.cookie)).await).await;
    assert_eq!(status, 403, "{problem}");
    assert_eq!(world.exchanges(), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_principals_connection_is_not_there() {
    let world = Connectable::start().await;
    let store = &world.host.host().store;
    let (ada, _) = store
        .create_token(&token("ada", Allowed::Only([].into())), &Actor::operator())
        .await
        .unwrap()
        .unwrap();
    let (bob, _) = store
        .create_token(&token("bob", Allowed::Only([].into())), &Actor::operator())
        .await
        .unwrap()
        .unwrap();
    let connection = world.connect_as(ada.expose_secret(), &[]).await;
    let id = connection["connection_id"].as_str().unwrap();
    let ask = async |secret: &SecretString, method: &str, path: &str, body: Value| {
        let request = world.host.client.request(method.parse().unwrap(), format!("{}{path}", world.host.url));
        let request = request.bearer_auth(secret.expose_secret());
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let listed = async |secret: &SecretString| {
        ask(secret, "GET", "/v1/connections", Value::Null).await.1["result"]["connections"].clone()
    };
    assert_eq!(listed(&ada).await.as_array().unwrap().len(), 1);
    assert_eq!(listed(&bob).await, json!([]));
    let named = json!({"connection_id": id});
    let removal = format!("/v1/connections/{id}");
    assert_eq!(ask(&bob, "POST", "/v1/connections/refresh", named.clone()).await.0, 404);
    assert_eq!(ask(&bob, "DELETE", &removal, Value::Null).await.0, 404);
    // The same person agrees for both: then it is both's.
    assert_eq!(world.connect_as(bob.expose_secret(), &[]).await["connection_id"], json!(id));
    assert_eq!(ask(&bob, "POST", "/v1/connections/refresh", named).await.0, 200);
    assert_eq!(ask(&ada, "DELETE", &removal, Value::Null).await.0, 200);
    assert_eq!(listed(&bob).await, json!([]));
    world.stop().await;
}
