//! From the first visit to the first call, message by message.

use notion_emulator::{HostedConsent, HostedExchange};
use serde_json::{Value, json};
use toolbay_kernel::audit::ConnectionChange;

use super::{COMMENT, Hosted, SEARCH};
use crate::harness::TOKEN;

/// A message, as far as the diagram has it.
fn line(exchange: &HostedExchange) -> String {
    let HostedExchange { method, path, parameters, message, status, .. } = exchange;
    let what = parameters.get("grant_type").map(String::as_str).or(message["method"].as_str());
    let what = what.map(|what| format!(" {what}")).unwrap_or_default();
    let tool = message["name"].as_str().map(|tool| format!(" {tool}")).unwrap_or_default();
    format!("{method} {path}{what}{tool} {}", status.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_the_flow_is_the_one_that_the_diagram_has() {
    let world = Hosted::start().await;
    // Nobody has an account: there are no tools, and nothing is asked with another's credential.
    assert!(!world.host.publishes(SEARCH));
    let before: Vec<String> = world.host.emulator.hosted().trail().iter().map(line).collect();
    assert_eq!(before, [""; 0]);

    let begun = world.begin(TOKEN).await;
    let parameter =
        |name: &str| begun.page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(parameter("state"), begun.state);
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert_eq!(parameter("resource"), world.host.emulator.hosted().url());
    assert_eq!(
        parameter("redirect_uri"),
        format!("{}/integrations/notion/mcp/oauth/callback", world.host.url)
    );
    let back = world.agree(&begun).await;
    assert!(back.query_pairs().any(|(name, value)| name == "state" && value == begun.state));
    let (status, envelope) = world.come_back(&back, &begun).await;
    assert_eq!(status, 200, "{envelope:#}");
    assert_eq!(envelope["result"]["workspace_name"], "Toolbay", "{envelope:#}");
    world.host.soon("its tools", async || world.host.publishes(SEARCH)).await;

    let flow: Vec<String> = world.host.emulator.hosted().trail().iter().map(line).collect();
    let connecting = [
        "GET /.well-known/oauth-protected-resource/mcp 200",
        "GET /.well-known/oauth-authorization-server 200",
        "POST /register 201",
        "GET /authorize 302",
        "POST /token authorization_code 200",
    ];
    assert_eq!(flow[..5], connecting, "{flow:#?}");
    assert!(flow[5..].iter().all(|line| !line.contains(" 401") && line.contains("/mcp")), "{flow:#?}");
    assert!(flow.iter().any(|line| line.contains("tools/list 200")), "{flow:#?}");

    let found = world.host.result(SEARCH, json!({"query": "Toolbay"})).await;
    assert!(found.is_object(), "{found:#}");
    let comment = json!({"page_id": world.root(), "markdown": "Seen."});
    world.host.result(COMMENT, comment).await;
    let writes = world.host.emulator.writes();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let changes = world.host.connection_changes().await;
    assert_eq!(changes, [ConnectionChange::Connecting, ConnectionChange::Connected]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_client_is_used_where_there_is_one() {
    let settings =
        "oauth = { client_id = \"emulator-mcp-client\", client_secret = \"secret_emulator_mcp_client\" }";
    let world = Hosted::start_with(settings).await;
    world.connect().await;
    let trail = world.host.emulator.hosted().trail();
    assert!(trail.iter().all(|exchange| exchange.path != "/register"), "{trail:#?}");
    world.host.result(SEARCH, json!({"query": "x"})).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_is_told_where_to_connect_one() {
    let world = Hosted::start().await;
    world.connect().await;
    let stranger = world.token("stranger").await;
    let (status, envelope) = world.call_as(&stranger, SEARCH, json!({"query": "x"})).await;
    assert_eq!(status, 403, "{envelope:#}");
    let url = format!("{}/oauth/start?upstream=notion", world.host.url);
    assert_eq!(envelope["error"]["details"]["connect_url"], json!(url), "{envelope:#}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_call_with_accounts_of_their_own() {
    let world = Hosted::start().await;
    let (ada, grace) = (world.token("ada").await, world.token("grace").await);
    let consent = |person: &str| HostedConsent { person: person.to_owned(), ..HostedConsent::default() };
    let own = world.connect_as(&ada).await;
    world.host.emulator.hosted().consent(consent("Grace Hopper"));
    let theirs = world.connect_as(&grace).await;
    assert_ne!(own["connection_id"], theirs["connection_id"]);
    world.host.soon("its tools", async || world.host.publishes(SEARCH)).await;
    let comment = |text: &str| json!({"page_id": world.root(), "markdown": text});
    for (token, text) in [(&ada, "Of Ada."), (&grace, "Of Grace.")] {
        let (status, envelope) = world.call_as(token, COMMENT, comment(text)).await;
        assert_eq!(status, 200, "{envelope:#}");
    }
    let by = |exchange: &HostedExchange| {
        let is_comment = exchange.message["name"] == "notion-create-comment";
        is_comment.then(|| exchange.headers.get("authorization").cloned().unwrap_or_default())
    };
    let senders: Vec<String> = world.host.emulator.hosted().trail().iter().filter_map(by).collect();
    assert!(
        senders.len() == 2 && senders[0] != senders[1],
        "each with a credential of their own: {senders:?}"
    );
    // The connection of one is not there for the other, whether it is named or not.
    for (status, connection) in [(200, &theirs["connection_id"]), (404, &own["connection_id"])] {
        let asked = json!({"query": "x", "connection_id": connection});
        assert_eq!(world.call_as(&grace, SEARCH, asked).await.0, status);
    }
    // A workspace over Notion's API is no account there.
    let asked = json!({"query": "x", "connection_id": "default"});
    let (status, envelope) = world.call_as(TOKEN, SEARCH, asked).await;
    assert_eq!((status, &envelope["error"]["code"]), (400, &json!("invalid_input")), "{envelope:#}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_does_not_agree_and_a_guess_connect_nothing() {
    let world = Hosted::start().await;
    world.host.emulator.hosted().consent(HostedConsent { agrees: false, ..HostedConsent::default() });
    let begun = world.begin(TOKEN).await;
    let back = world.agree(&begun).await;
    let (status, envelope) = world.come_back(&back, &begun).await;
    assert_eq!((status, &envelope["error"]["code"]), (403, &json!("forbidden")), "{envelope:#}");

    world.host.emulator.hosted().consent(HostedConsent::default());
    let begun = world.begin(TOKEN).await;
    let mut other_issuer = world.agree(&begun).await;
    let pairs: Vec<(String, String)> = other_issuer
        .query_pairs()
        .filter(|(name, _)| name != "iss")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    other_issuer.query_pairs_mut().clear().extend_pairs(pairs).append_pair("iss", "https://evil.example");
    let (status, envelope) = world.come_back(&other_issuer, &begun).await;
    assert!(status >= 400, "{envelope:#}");
    let exchanged = world.host.emulator.hosted().token_requests();
    assert!(exchanged.is_empty(), "no code goes to a server that didn't give it: {exchanged:#?}");
    let listed: Value = world.host.get("/v1/connections").await;
    let names: Vec<&str> = listed["result"]["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["default"]);
    world.stop().await;
}
