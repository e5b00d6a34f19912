//! People: how they sign in, what they may give, and how they take it back.

use notion_emulator::Consent;
use serde_json::json;

use super::{World, hidden, location, parameter};
use crate::harness::{TOKEN, command};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_signs_in_by_a_link_once() {
    let world = World::start_with(|configuration| {
        configuration.secrets.notion_token = Some("secret_emulator".to_owned().into());
    })
    .await;
    let browser = world.browser();
    let link = world.operator_link().await;
    // Looking at it uses nothing up.
    for _ in 0..2 {
        assert!(browser.get(&link).await.text().await.unwrap().contains("signs you in as the operator"));
    }
    let secret = parameter(&link.parse().unwrap(), "link").unwrap();
    let answer = browser.post("/sign-in", &[("link", &secret)]).await;
    assert_eq!(location(&answer), "/console");
    assert!(browser.text("/account").await.contains("You are <strong>operator</strong>"));
    let again = world.browser().post("/sign-in", &[("link", &secret)]).await;
    assert_eq!(again.status(), 401);

    // The operator allows a client on a connection that is there.
    let client = world.client().await;
    let (request, page) = browser.asked(&world.authorize_url(&client, &[])).await;
    let connection = hidden(&page, "connection");
    let form =
        [("request", &*request), ("decision", "allow"), ("access", "reads"), ("connection", &*connection)];
    let back = browser.decide(&form).await;
    let tokens = world.exchange(&client, &parameter(&back, "code").unwrap()).await;
    assert_eq!(tokens.scope, "reads", "less than was asked for");
    assert!(world.lets_in(&tokens.access).await);

    // They see it, and take it back.
    let page = browser.text("/account").await;
    assert!(page.contains("Test client") && page.contains("1 workspace"), "{page}");
    let (grant, form_token) = (hidden(&page, "grant"), hidden(&page, "form_token"));
    let wrong = browser.post("/account", &[("grant", &grant), ("form_token", "guessed")]).await;
    assert_eq!(wrong.status(), 403);
    let answer = browser.post("/account", &[("grant", &grant), ("form_token", &form_token)]).await;
    assert_eq!(answer.status(), 303);
    assert!(!world.lets_in(&tokens.access).await);
    assert_eq!(world.refresh(&client, &tokens.refresh).await.0, 400);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signs_in_its_bearer_and_no_client_does() {
    let world = World::start().await;
    let browser = world.browser();
    let wrong = browser.post("/sign-in", &[("token", "tb_wrong")]).await;
    assert_eq!(wrong.status(), 401);
    let made = command(&world.host, &["token", "create", "Ada", "--json"]).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let answer = browser.post("/sign-in", &[("token", made["token"].as_str().unwrap())]).await;
    assert_eq!(location(&answer), "/console");
    assert!(browser.text("/account").await.contains("You are <strong>Ada</strong>"));
    let client = world.client().await;
    let tokens = world.authorized(&client).await;
    let answer = world.browser().post("/sign-in", &[("token", &tokens.access)]).await;
    assert_eq!(answer.status(), 401, "a client acts for somebody, and is nobody");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_has_their_own_workspaces() {
    let world = World::start().await;
    let client = world.client().await;
    let ada = world.authorized(&client).await;
    let connections = |token: String| {
        let request = world.http.get(world.address("/v1/connections")).bearer_auth(token);
        async move {
            let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
            answer["result"]["connections"].as_array().unwrap().clone()
        }
    };
    let own = connections(ada.access.clone()).await;
    assert_eq!(own.len(), 1, "{own:?}");
    // Who may use every connection may not use what a person opened for themselves, nor find it.
    assert!(connections(TOKEN.to_owned()).await.is_empty());
    let named = json!({"path": "/v1/users/me", "connection_id": own[0]["id"]});
    assert_eq!(world.call(TOKEN, "probe_notion_get", named.clone()).await.0, 404);
    assert_eq!(world.call(&ada.access, "probe_notion_get", named).await.0, 200);
    world.host.emulator.consent(Consent { workspace: "Globex".to_owned(), ..Consent::default() });
    let other = world.authorized(&client).await;
    let others = connections(other.access.clone()).await;
    assert_eq!(others.len(), 1, "a grant is for what was chosen: {others:?}");
    assert_ne!(own[0]["id"], others[0]["id"]);
    let (status, problem) = world
        .call(
            &ada.access,
            "probe_notion_get",
            json!({"path": "/v1/users/me", "connection_id": others[0]["id"]}),
        )
        .await;
    assert_eq!(status, 404, "{problem}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_agree_is_told_to_the_client() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    let (request, _) = browser.asked(&world.authorize_url(&client, &[])).await;
    let back = browser.decide(&[("request", &request), ("decision", "deny")]).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "iss").as_deref(), Some(world.host.url.as_str()));

    world.host.emulator.consent(Consent { agrees: false, ..Consent::default() });
    let back = browser.through_notion(&world.authorize_url(&client, &[])).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_everywhere_means_all() {
    let world = World::start().await;
    let (one, other) = (world.browser(), world.browser());
    one.sign_in_as_operator().await;
    other.sign_in_as_operator().await;
    let page = one.text("/account").await;
    assert!(page.contains("signed in in 2 browsers"), "{page}");
    let form_token = hidden(&page, "form_token");
    let kept = one.cookies.lock().clone();
    let answer = one.post("/sign-out", &[("form_token", &form_token), ("everywhere", "yes")]).await;
    assert_eq!(location(&answer), "/sign-in");
    assert!(!one.cookies.lock().contains_key("toolbay-session"));
    // Also for who kept the cookie.
    *one.cookies.lock() = kept;
    for browser in [&one, &other] {
        let answer = browser.get(&world.address("/account")).await;
        assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, "/sign-in"));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_one_person_share_what_the_person_may() {
    let world = World::start_with(|configuration| {
        configuration.secrets.notion_token = Some("secret_emulator".to_owned().into());
    })
    .await;
    let arguments = ["token", "create", "limited", "--rate", "2/hour", "--json"];
    let made = command(&world.host, &arguments).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let browser = world.browser();
    browser.post("/sign-in", &[("token", made["token"].as_str().unwrap())]).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let client = world.client().await;
        let (request, page) = browser.asked(&world.authorize_url(&client, &[])).await;
        let connection = hidden(&page, "connection");
        let form = [
            ("request", &*request),
            ("decision", "allow"),
            ("access", "reads"),
            ("connection", &*connection),
        ];
        let back = browser.decide(&form).await;
        let tokens = world.exchange(&client, &parameter(&back, "code").unwrap()).await;
        let (status, _) =
            world.call(&tokens.access, "probe_notion_get", json!({"path": "/v1/users/me"})).await;
        statuses.push(status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_operators_is_not_for_who_signs_in_unless_they_say_so() {
    for shares in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.db");
        let world = World::start_of(&["probe", "sql"], |configuration| {
            configuration.secrets.notion_token = None;
            configuration.people_use_shared = shares;
            std::fs::write(&file, "").unwrap();
            configuration.databases.push(toolbay_sql::DatabaseSettings {
                name: "own".parse().unwrap(),
                place: toolbay_sql::Place::Sqlite(file),
                writes: false,
                connections: 4,
                time: toolbay_sql::DEFAULT_TIME,
            });
        })
        .await;
        let client = world.client().await;
        let person = world.authorized(&client).await;
        let query = json!({"sql": "SELECT 1 AS one"});
        assert_eq!(world.call(TOKEN, "read_query", query.clone()).await.0, 200);
        let (status, envelope) = world.call(&person.access, "read_query", query).await;
        assert_eq!(status, if shares { 200 } else { 403 }, "{envelope:#}");
        world.stop().await;
    }
}
