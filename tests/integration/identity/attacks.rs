//! What somebody tries who wants another's tokens, consent or session.

use serde_json::{Value, json};
use toolbay_kernel::connecting::People;

use super::{BACK, SendForm as _, Tokens, VERIFIER, World, code_form, location, parameter};
use crate::harness::{TOKEN, command};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_and_its_second_use_ends_what_came_of_the_first() {
    let world = World::start().await;
    let client = world.client().await;
    let back = world.browser().through_notion(&world.authorize_url(&client, &[])).await;
    let code = parameter(&back, "code").unwrap();
    let tokens = world.exchange(&client, &code).await;
    assert!(world.lets_in(&tokens.access).await);
    let (status, answer) = world.token(&code_form(&client, &code)).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    assert!(!world.lets_in(&tokens.access).await, "somebody else holds the code");
    assert_eq!(world.refresh(&client, &tokens.refresh).await.0, 400);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_nothing_to_another_client_or_without_the_verifier() {
    let world = World::start().await;
    let (client, other) = (world.client().await, world.client().await);
    for change in [
        ("client_id", &*other),
        ("code_verifier", "x".repeat(43).leak()),
        ("code_verifier", ""),
        ("redirect_uri", "http://127.0.0.1:8/callback"),
        ("redirect_uri", "https://evil.example/"),
    ] {
        let back = world.browser().through_notion(&world.authorize_url(&client, &[])).await;
        let code = parameter(&back, "code").unwrap();
        let form = code_form(&client, &code)
            .map(|(name, value)| if name == change.0 { change } else { (name, value) });
        let (status, answer) = world.token(&form).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{change:?}: {answer}");
        assert_eq!(world.token(&code_form(&client, &code)).await.0, 400, "and it is used up");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_an_address_that_is_not_the_clients() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    for address in [
        "https://evil.example/",
        "http://127.0.0.1:7/callback/",
        "http://127.0.0.1:7/callback?x=1",
        "http://127.0.0.1:7/callback#x",
        "http://127.0.0.1:7@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "//evil.example/callback",
        "javascript:alert(1)",
        "",
    ] {
        let more = [("redirect_uri", if address.is_empty() { " " } else { address })];
        let answer = browser.get(&world.authorize_url(&client, &more)).await;
        assert_eq!(answer.status(), 400, "{address}");
        assert!(answer.headers().get("location").is_none(), "{address}");
    }
    // An unknown client is no reason to send anybody anywhere either.
    let answer = browser.get(&world.authorize_url("tbc_unknown", &[])).await;
    assert_eq!(answer.status(), 400);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_is_wrong_goes_back_to_the_client_with_the_hosts_name() {
    let world = World::start().await;
    let client = world.client().await;
    let added =
        command(&world.host, &["client", "add", "Own", "--redirect-uri", BACK, "--json"]).output().unwrap();
    let added: Value = serde_json::from_slice(&added.stdout).unwrap();
    let added = added["client_id"].as_str().unwrap();
    let browser = world.browser();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("resource", "https://other.example/mcp", "invalid_target"),
        ("response_mode", "fragment", "invalid_request"),
        ("request_uri", "https://evil.example/r", "invalid_request"),
    ] {
        // Who registered itself may have named any address: the person decides whether to go there.
        let answer = browser.get(&world.authorize_url(&client, &[(name, value)])).await;
        assert_eq!(answer.status(), 400, "{name}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("error={error}")) && page.contains("Back to 127.0.0.1"), "{page}");
        // The operator knows the address of a client that they added.
        let answer = browser.get(&world.authorize_url(added, &[(name, value)])).await;
        assert_eq!(answer.status(), 303, "{name}");
        let back = location(&answer).parse().unwrap();
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{back}");
        assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
        assert_eq!(parameter(&back, "iss").as_deref(), Some(world.host.url.as_str()));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_or_comes_back_for_another_browser() {
    let world = World::start().await;
    let client = world.client().await;
    let (victim, thief) = (world.browser(), world.browser());
    let (request, _) = thief.asked(&world.authorize_url(&client, &[])).await;

    // The thief's request, in the victim's browser.
    let page = victim.get(&world.address(&format!("/oauth/authorize?request={request}"))).await;
    assert_eq!(page.status(), 400);
    victim.asked(&world.authorize_url(&client, &[])).await;
    let answer = victim
        .post("/oauth/authorize", &[("request", &request), ("decision", "connect"), ("access", "writes")])
        .await;
    assert_eq!(answer.status(), 400);

    // What comes back from Notion, in the victim's browser.
    let notion = thief.decide(&[("request", &request), ("decision", "connect"), ("access", "writes")]).await;
    let answer = world.http.get(notion).send().await.unwrap();
    let back = location(&answer);
    let answer = victim.get(&back).await;
    assert_eq!(answer.status(), 400, "the state is another browser's");
    assert_eq!(thief.get(&back).await.status(), 400, "and it is used up");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_changes_nothing() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    browser.sign_in_as_operator().await;
    let (request, _) = browser.asked(&world.authorize_url(&client, &[])).await;
    let form = [("request", &*request), ("decision", "deny")];
    let foreign = |name: &'static str, value: &'static str| {
        let sent = world.http.post(world.address("/oauth/authorize")).form(&form).header(name, value);
        browser.send(sent)
    };
    assert_eq!(foreign("Origin", "https://evil.example").await.status(), 403);
    assert_eq!(foreign("Sec-Fetch-Site", "cross-site").await.status(), 403);
    for path in ["/sign-in", "/sign-out", "/account"] {
        let sent = world.http.post(world.address(path)).form(&[("token", "x")]);
        assert_eq!(browser.send(sent.header("Origin", "null")).await.status(), 403, "{path}");
    }
    // It is still there to be decided, in the person's own page.
    let back = browser.decide(&form).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_no_frame_and_have_no_script() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    let (request, _) = browser.asked(&world.authorize_url(&client, &[])).await;
    for path in [format!("/oauth/authorize?request={request}"), "/sign-in".to_owned()] {
        let answer = browser.get(&world.address(&path)).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cache-control"), "no-store");
        assert!(!answer.text().await.unwrap().contains("<script"));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_calls_itself_is_no_markup() {
    let world = World::start().await;
    let metadata = json!({"client_name": "<script>alert(1)</script>\u{202e}", "redirect_uris": [BACK],
        "token_endpoint_auth_method": "none"});
    let (_, client) = world.register(metadata).await;
    let (_, page) =
        world.browser().asked(&world.authorize_url(client["client_id"].as_str().unwrap(), &[])).await;
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains('\u{202e}'),
        "{page}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_again_ends_the_grant() {
    let world = World::start().await;
    let client = world.client().await;
    let first = world.authorized(&client).await;
    let (_, second) = world.refresh(&client, &first.refresh).await;
    let second = Tokens::of(&second);

    // A lost answer, asked for again at once: the same pair, and nobody is thrown out.
    let (status, again) = world.refresh(&client, &first.refresh).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(Tokens::of(&again).access, second.access);
    assert_eq!(Tokens::of(&again).refresh, second.refresh);

    // Once the new one was used, the old one is in two hands.
    let (_, third) = world.refresh(&client, &second.refresh).await;
    let third = Tokens::of(&third);
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    let (status, answer) = world.refresh(&client, &first.refresh).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    assert!(!world.lets_in(&third.access).await);
    assert_eq!(world.refresh(&client, &third.refresh).await.0, 400);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_place_or_in_another_place_lets_nobody_in() {
    let world = World::start().await;
    let client = world.client().await;
    let tokens = world.authorized(&client).await;
    let in_query = world.address(&format!("/v1/connections?access_token={}", tokens.access));
    assert_eq!(world.http.get(in_query).send().await.unwrap().status(), 401);
    for other in [
        tokens.refresh.as_str(),
        "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL290aGVyLmV4YW1wbGUifQ.",
        &tokens.access.replace("tba_", "tbr_"),
        &tokens.access[..tokens.access.len() - 1],
    ] {
        assert!(!world.lets_in(other).await, "{other}");
    }
    // Asking this server for a token of another one.
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &*client),
        ("refresh_token", &*tokens.refresh),
        ("resource", "https://other.example/mcp"),
    ];
    let (status, answer) = world.token(&form).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_target")), "{answer}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_come_to_connections_or_access_that_were_not_given() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    browser.sign_in_as_operator().await;
    for (form, status) in [
        (json!({"access": "destroys", "connection": "x"}), 400),
        (json!({"access": "reads"}), 400),
        (json!({"access": "reads", "connection": "018f2d6e-0000-7000-8000-000000000000"}), 404),
        (json!({"access": "destroys", "connection": "018f2d6e-0000-7000-8000-000000000000"}), 400),
    ] {
        let (request, _) = browser.asked(&world.authorize_url(&client, &[])).await;
        let mut fields = vec![("request", request.as_str()), ("decision", "allow")];
        fields.extend(
            form.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())),
        );
        let answer = browser.post("/oauth/authorize", &fields).await;
        assert_eq!(answer.status(), status, "{form}");
    }
    // A client's token makes no connection of its own.
    let tokens = world.authorized(&client).await;
    let answer =
        world.http.get(world.address("/oauth/start")).bearer_auth(&tokens.access).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_put_into_a_browser_is_not_the_one_that_is_signed_in() {
    let world = World::start().await;
    let browser = world.browser();
    browser.cookies.lock().insert("toolbay-session".to_owned(), "A".repeat(43));
    browser.sign_in_as_operator().await;
    assert_ne!(browser.cookies.lock()["toolbay-session"], "A".repeat(43));
    let planted = world.browser();
    planted.cookies.lock().insert("toolbay-session".to_owned(), "A".repeat(43));
    assert_eq!(location(&planted.get(&world.address("/account")).await), "/sign-in");
    // Signing in again ends the session before.
    let before = browser.cookies.lock().clone();
    browser.sign_in_as_operator().await;
    let old = world.browser();
    *old.cookies.lock() = before;
    assert_eq!(location(&old.get(&world.address("/account")).await), "/sign-in");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_worth_nothing_and_another_clients_is_not_touched() {
    let world = World::start().await;
    let (client, other) = (world.client().await, world.client().await);
    let tokens = world.authorized(&client).await;
    let revoke = async |client: &str, token: &str| {
        super::revoke(&world, &[("client_id", client), ("token", token)]).await;
    };
    revoke(&other, &tokens.refresh).await;
    revoke(&client, "tba_unknown").await;
    assert!(world.lets_in(&tokens.access).await);
    revoke(&client, &tokens.refresh).await;
    assert!(!world.lets_in(&tokens.access).await);
    let (status, answer) = world.refresh(&client, &tokens.refresh).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    let unauthenticated: Value = answer;
    assert!(unauthenticated["error_description"].as_str().unwrap().contains("Sign in again"));
    let form = [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", VERIFIER)];
    assert_eq!(world.token(&form).await.0, 401, "nobody is named");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_of_the_token_of_the_environment_that_would_outlive_it() {
    let world = World::start().await;
    let answer = world.browser().post("/sign-in", &[("token", TOKEN)]).await;
    assert_eq!(answer.status(), 401);
    let id = toolbay_kernel::PrincipalId::of_environment("action").to_string();
    let form = [("grant_type", "client_credentials"), ("client_id", &*id), ("client_secret", TOKEN)];
    assert_eq!(world.token(&form).await.0, 401);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_by_notion_whom_the_operator_does_not_let_in() {
    let world = World::start_with(|configuration| configuration.people = People::Nobody).await;
    let browser = world.browser();
    assert!(!browser.text("/sign-in").await.contains("Continue with Notion"));
    assert_eq!(browser.post("/sign-in", &[("how", "notion")]).await.status(), 403);
    world.stop().await;

    let other = People::named(&["018f2d6e-0000-7000-8000-000000000000".to_owned()]);
    let world = World::start_with(|configuration| configuration.people = other).await;
    let client = world.client().await;
    let back = world.browser().through_notion(&world.authorize_url(&client, &[])).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"), "{back}");
    let none = world.http.get(world.address("/v1/connections")).bearer_auth(TOKEN).send().await.unwrap();
    let none: Value = none.json().await.unwrap();
    assert_eq!(none["result"]["connections"], json!([]), "and nothing is kept of them");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_removes_no_connection_and_ends_with_its_removal() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    let (request, _) = browser.asked(&world.authorize_url(&client, &[("scope", "destroys")])).await;
    let form = [("request", &*request), ("decision", "connect"), ("access", "destroys")];
    let back = browser.agree(&browser.decide(&form).await).await;
    let tokens = world.exchange(&client, &parameter(&back, "code").unwrap()).await;
    let (status, problem) = world.call(&tokens.access, "connection_remove", json!({})).await;
    assert_eq!(status, 403, "{problem}");

    // What waits for its person when the client is removed becomes nothing.
    let (request, page) = browser.asked(&world.authorize_url(&client, &[])).await;
    let connection = super::hidden(&page, "connection");
    assert!(command(&world.host, &["client", "remove", &client]).status().unwrap().success());
    let form =
        [("request", &*request), ("decision", "allow"), ("access", "reads"), ("connection", &*connection)];
    assert_eq!(browser.post("/oauth/authorize", &form).await.status(), 422);
    world.host.soon("its tokens end", async || !world.lets_in(&tokens.access).await).await;
    world.stop().await;
}
