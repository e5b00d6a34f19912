//! The whole path: a client finds the host, a person signs in and decides, and the client calls a tool.

use reqwest::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use super::{BACK, SendForm as _, Tokens, World, hidden, parameter};

/// Serves one JSON document on this machine, under an address that names itself.
pub(super) async fn document(text: impl Fn(&str) -> Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/client.json", listener.local_addr().unwrap());
    let body = text(&address).to_string();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 2_048];
            let _ = stream.read(&mut request).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_client_discovers_registers_and_calls_a_tool_on_the_workspace_that_a_person_opens() {
    let world = World::start().await;

    // As the specification of MCP has it: a request without a token says where to look.
    let refused = world.http.post(world.address("/mcp")).json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
    let resource = world.address("/.well-known/oauth-protected-resource/mcp");
    assert_eq!(
        challenge,
        format!(r#"Bearer realm="toolbay", resource_metadata="{resource}", scope="reads writes""#)
    );
    let resource = world.get("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(resource["resource"], world.address("/mcp"));
    assert_eq!(resource["authorization_servers"], json!([world.host.url]));
    let server = world.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(server["issuer"], json!(world.host.url), "letter by letter, without a slash");
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    for path in [
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/v1",
    ] {
        world.get(path).await;
    }

    // Known by another name of this machine, the host is that one to its clients; people are asked at one place all the same.
    let port = world.host.url.rsplit(':').next().unwrap();
    let other = format!("http://localhost:{port}");
    let answer =
        world.http.get(format!("{other}/.well-known/oauth-authorization-server")).send().await.unwrap();
    let server: Value = answer.json().await.unwrap();
    assert_eq!(server["issuer"], other);
    let place = server["authorization_endpoint"].as_str().unwrap();
    assert!(place.starts_with(&world.address("/oauth/authorize?issuer=http%3A%2F%2Flocalhost")), "{place}");

    let client = world.client().await;
    let more = [("issuer", &*other), ("resource", &format!("{other}/mcp"))];
    let back = world.browser().through_notion(&world.authorize_url(&client, &more)).await;
    assert_eq!(parameter(&back, "iss").as_deref(), Some(&*other));
    let foreign = world.authorize_url(&client, &[("issuer", "https://evil.example")]);
    assert_eq!(world.browser().get(&foreign).await.status(), 400);

    let browser = world.browser();
    let (request, page) = browser.asked(&world.authorize_url(&client, &[])).await;
    for shown in ["Test client", BACK, "registered here by itself", "Allow, and choose a workspace in Notion"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("Everything"), "no more than is asked for: {page}");
    let notion =
        browser.decide(&[("request", &request), ("decision", "connect"), ("access", "writes")]).await;
    assert!(notion.as_str().starts_with(&world.host.emulator.url()), "{notion}");
    let back = browser.agree(&notion).await;
    assert!(back.as_str().starts_with(BACK), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    assert_eq!(parameter(&back, "iss").as_deref(), Some(world.host.url.as_str()));

    let tokens = world.exchange(&client, &parameter(&back, "code").unwrap()).await;
    assert_eq!(tokens.scope, "reads writes");
    let (status, envelope) =
        world.call(&tokens.access, "probe_notion_get", json!({"path": "/v1/users/me"})).await;
    assert_eq!((status, &envelope["result"]["body"]["object"]), (200, &json!("user")), "{envelope:#}");

    // The same token over MCP.
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "probe_notion_get", "arguments": {"path": "/v1/users/me"}}});
    let request = world.http.post(world.address("/mcp")).bearer_auth(&tokens.access);
    let request = request.header("Accept", "application/json, text/event-stream").json(&message);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["isError"], json!(false), "{answer:#}");

    // And a new pair for the refresh token.
    let (status, answer) = world.refresh(&client, &tokens.refresh).await;
    assert_eq!(status, 200, "{answer}");
    assert!(world.lets_in(&Tokens::of(&answer).access).await);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_known_by_the_document_at_its_own_address() {
    let world = World::start().await;
    let client = document(|address| {
        json!({"client_id": address, "client_name": "Documented", "redirect_uris": [BACK],
            "token_endpoint_auth_method": "private_key_jwt"})
    })
    .await;
    let browser = world.browser();
    let (_, page) = browser.asked(&world.authorize_url(&client, &[])).await;
    assert!(page.contains("Documented") && page.contains(&client), "{page}");
    let tokens = world.authorized(&client).await;
    assert!(world.lets_in(&tokens.access).await);

    // A document that speaks for another address is nobody's.
    let other = document(|_| json!({"client_id": "https://chatgpt.com/x", "redirect_uris": [BACK]})).await;
    let answer = browser.get(&world.authorize_url(&other, &[])).await;
    assert_eq!(answer.status(), 400);
    let page = answer.text().await.unwrap();
    assert!(page.contains("is not the address of the metadata"), "{page}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_client_with_a_secret_does_as_actions_do() {
    let world = World::start().await;
    let added = crate::harness::command(
        &world.host,
        &["client", "add", "Our GPT", "--redirect-uri", BACK, "--without-pkce", "--json"],
    )
    .output()
    .unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let added: Value = serde_json::from_slice(&added.stdout).unwrap();
    let (id, secret) = (added["client_id"].as_str().unwrap(), added["client_secret"].as_str().unwrap());

    // No PKCE, no resource; the secret in the form, as the editor of Actions has it by default.
    let url = world.authorize_url(
        id,
        &[("code_challenge", ""), ("code_challenge_method", ""), ("resource", ""), ("scope", "")],
    );
    let back = world.browser().through_notion(&url).await;
    let code = parameter(&back, "code").unwrap();
    let form =
        [("grant_type", "authorization_code"), ("client_id", id), ("code", &code), ("redirect_uri", BACK)];
    let (status, refused) = world.token(&form).await;
    assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")), "{refused}");
    let form = [&form[..], &[("client_secret", secret)]].concat();
    let (status, answer) = world.token(&form).await;
    assert_eq!(status, 200, "{answer}");
    let tokens = Tokens::of(&answer);
    let (status, _) = world.call(&tokens.access, "probe_notion_get", json!({"path": "/v1/users/me"})).await;
    assert_eq!(status, 200);

    // By HTTP Basic, which is the editor's other choice.
    let request = world.http.post(world.address("/oauth/token")).basic_auth(id, Some(secret));
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh)];
    let answer = request.form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_needs_more_is_told_which_scope_to_ask_for() {
    let world = World::start().await;
    let client = world.client().await;
    let browser = world.browser();
    browser.through_notion(&world.authorize_url(&client, &[])).await;
    let (request, page) = browser.asked(&world.authorize_url(&client, &[("scope", "reads")])).await;
    let connection = hidden(&page, "connection");
    let form =
        [("request", &*request), ("decision", "allow"), ("access", "reads"), ("connection", &*connection)];
    let back = browser.decide(&form).await;
    let tokens = world.exchange(&client, &parameter(&back, "code").unwrap()).await;

    let wanted = r#"error="insufficient_scope""#;
    let request = world.http.post(world.address("/v1/tools/create_page")).bearer_auth(&tokens.access);
    let refused = request.json(&json!({"title": "x"})).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains(wanted) && challenge.contains(r#"scope="reads writes""#), "{challenge}");
    assert!(challenge.contains("/.well-known/oauth-protected-resource/v1"), "{challenge}");

    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "create_page", "arguments": {"title": "x"}}});
    let request = world.http.post(world.address("/mcp")).bearer_auth(&tokens.access);
    let request = request.header("Accept", "application/json, text/event-stream").json(&message);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.headers()[WWW_AUTHENTICATE].to_str().unwrap().contains(wanted));
    let answer: Value = refused.json().await.unwrap();
    let told = answer["result"]["_meta"]["mcp/www_authenticate"][0].as_str().unwrap();
    assert!(told.contains(wanted) && told.contains("error_description="), "{answer:#}");

    // An API token has no scope to ask for: it is told where it ends.
    let made =
        crate::harness::command(&world.host, &["token", "create", "r", "--strongest", "reads", "--json"])
            .output()
            .unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let (status, refused) =
        world.call(made["token"].as_str().unwrap(), "create_page", json!({"title": "x"})).await;
    assert_eq!(status, 403, "{refused}");
    let message = refused["error"]["message"].as_str().unwrap();
    assert_eq!(message, "`create_page` writes, and your token or profile ends at `reads`");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_a_token_by_its_own_secret() {
    let world = World::start().await;
    let made =
        crate::harness::command(&world.host, &["token", "create", "ci", "--strongest", "reads", "--json"]);
    let made = { made }.output().unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", token)];
    let (status, answer) = world.token(&form).await;
    assert_eq!((status, &answer["scope"]), (200, &json!("reads")), "{answer}");
    assert!(answer.get("refresh_token").is_none());
    let access = answer["access_token"].as_str().unwrap();
    assert!(world.lets_in(access).await);
    for (wrong_id, wrong) in [(id, "tb_wrong"), ("tbc_other", token), (id, access)] {
        let form = [("grant_type", "client_credentials"), ("client_id", wrong_id), ("client_secret", wrong)];
        let (status, answer) = world.token(&form).await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{answer}");
    }
    // The token's end is the end of what it got.
    let revoked = crate::harness::command(&world.host, &["token", "revoke", id]).status().unwrap();
    assert!(revoked.success());
    world.host.soon("the access token ends with the API token", async || !world.lets_in(access).await).await;
    world.stop().await;
}
