//! Isolation: every route and tool refuses who may not use it, and nobody's answer goes to another.

use std::env;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use toolbay_kernel::administration::{AdministrationStore as _, NewToken};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, ConnectionId, Parts, PrincipalId};

use super::{World, parameter};
use crate::harness::TestHost;

/// Principals that call at the same time.
const PRINCIPALS: usize = 50;

/// Calls of the short form. The long one sets `TOOLBAY_TEST_CASES=100000`.
const CALLS: usize = 4_000;

fn new_token(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        tools: Allowed::All,
        connections: Allowed::All,
        default_connection: None,
        strongest: Access::Destroys,
        parts: Parts::default(),
        rates: Rates::default(),
        expires_at: None,
        administers: false,
    }
}

async fn made(host: &TestHost, new: NewToken) -> (String, PrincipalId) {
    let (secret, row) = host.host().store.create_token(&new, &Actor::operator()).await.unwrap().unwrap();
    (secret.expose_secret().to_owned(), row.id)
}

/// An operation of the OpenAPI document: method, path with something in the place of its parameters, declared statuses.
fn operations(document: &Value) -> Vec<(String, String, Vec<String>)> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(responses) = operation["responses"].as_object() else { continue };
            let is_public = operation["security"].as_array().is_some_and(Vec::is_empty);
            if !is_public {
                let named =
                    path.split('/')
                        .map(|part| {
                            if part.starts_with('{') { "018f2d6e-0000-7000-8000-000000000000" } else { part }
                        })
                        .collect::<Vec<_>>()
                        .join("/");
                operations.push((method.to_uppercase(), named, responses.keys().cloned().collect()));
            }
        }
    }
    operations
}

async fn status(world: &World, token: Option<&str>, method: &str, path: &str, body: &Value) -> (u16, String) {
    let request = world.http.request(method.parse().unwrap(), world.address(path));
    let request = if method == "GET" || method == "DELETE" { request } else { request.json(body) };
    let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_who_is_not_known_as_the_document_declares() {
    let world = World::start_with_every_plugin().await;
    let document = world.get("/openapi/full.json").await;
    let operations = operations(&document);
    assert!(operations.len() > 40, "{}", operations.len());

    let (revoked, id) = made(&world.host, new_token("revoked")).await;
    assert!(world.host.host().store.revoke_token(id, &Actor::operator()).await.unwrap());
    let past = Some(OffsetDateTime::now_utc() - Duration::minutes(1));
    let (expired, _) = made(&world.host, NewToken { expires_at: past, ..new_token("expired") }).await;
    let client = world.client().await;
    let withdrawn = world.authorized(&client).await;
    assert!(withdrawn.refresh.starts_with("tbr_"));
    let form = [("client_id", &*client), ("token", &*withdrawn.refresh)];
    super::revoke(&world, &form).await;

    for (method, path, declared) in &operations {
        for token in [
            None,
            Some("tb_wrong"),
            Some(&*revoked),
            Some(&*expired),
            Some(&*withdrawn.access),
            Some(&*withdrawn.refresh),
        ] {
            let (status, text) = status(&world, token, method, path, &json!({})).await;
            assert_eq!(status, 401, "{method} {path}: {text}");
            assert!(declared.iter().any(|known| known == "401"), "{method} {path} declares {declared:?}");
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_refuses_too_little_access_and_the_connection_of_another() {
    let world = World::start_with_every_plugin().await;
    let client = world.client().await;
    let browser = world.browser();
    browser.through_notion(&world.authorize_url(&client, &[])).await;
    let (request, page) = browser.asked(&world.authorize_url(&client, &[("scope", "reads")])).await;
    let own = super::hidden(&page, "connection");
    let form = [("request", &*request), ("decision", "allow"), ("access", "reads"), ("connection", &*own)];
    let back = browser.decide(&form).await;
    let reader = world.exchange(&client, &parameter(&back, "code").unwrap()).await.access;
    let only = Allowed::Only([ConnectionId::new()].into());
    let (stranger, _) = made(&world.host, NewToken { connections: only, ..new_token("stranger") }).await;

    let catalog = world.host.host().gateway.catalogs.current();
    let mut refused = (0, 0);
    for tool in catalog.tools() {
        let path = format!("/v1/tools/{}", tool.name());
        if tool.definition.least > Access::Reads {
            let (status, text) = status(&world, Some(&reader), "POST", &path, &json!({})).await;
            assert_eq!(status, 403, "{path}: {text}");
            refused.0 += 1;
        }
        if tool.uses_connection {
            let named = json!({"connection_id": own});
            let (status, text) = status(&world, Some(&stranger), "POST", &path, &named).await;
            assert_eq!(status, 404, "{path}: {text}");
            assert!(text.contains("there is no connection"), "{path}: {text}");
            refused.1 += 1;
        }
    }
    assert!(refused.0 > 15 && refused.1 > 25, "{refused:?}");
    world.stop().await;
}

/// Request ids, session ids and job ids that collide: each principal gets its own answers alone.
#[tokio::test(flavor = "multi_thread")]
async fn nobodys_answer_goes_to_another() {
    let host = Arc::new(TestHost::start(&["echo"]).await);
    let calls = env::var("TOOLBAY_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CALLS);
    let mut tokens = Vec::new();
    for number in 0..PRINCIPALS {
        tokens.push(made(&host, new_token(&format!("principal {number}"))).await.0);
    }
    let tokens = Arc::new(tokens);
    let ask = |call: usize| {
        let (host, tokens) = (Arc::clone(&host), Arc::clone(&tokens));
        async move {
            let principal = call % PRINCIPALS;
            let said = format!("<{principal}:{call}>");
            let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "echo", "arguments": {"message": said}}});
            let request = match call % 3 {
                0 => host.client.post(format!("{}/v1/tools/echo", host.url)).json(&json!({"message": said})),
                1 => host.client.post(format!("{}/mcp", host.url)).json(&message),
                _ => host
                    .client
                    .post(format!("{}/mcp", host.url))
                    .json(&message)
                    .header("Mcp-Session-Id", "one-for-all"),
            };
            let request = request.header("Accept", "application/json, text/event-stream");
            let answer = request.bearer_auth(&tokens[principal]).send().await.unwrap();
            let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            assert!(text.contains(&said), "{status}: {text}");
            let others = text.matches('<').count();
            assert_eq!(others, text.matches(&said).count(), "foreign bytes: {text}");
        }
    };
    stream::iter(0..calls).map(ask).buffer_unordered(PRINCIPALS * 2).collect::<Vec<()>>().await;

    // A job is its owner's, whoever knows its id.
    let start = |principal: usize| {
        let arguments = json!({"kind": "echo", "args": {"message": format!("<{principal}>")}});
        host.client
            .post(format!("{}/v1/jobs", host.url))
            .json(&arguments)
            .bearer_auth(&tokens[principal])
            .send()
    };
    let job: Value = start(0).await.unwrap().json().await.unwrap();
    let id = job["result"]["job_id"].as_str().unwrap_or_else(|| panic!("{job:#}")).to_owned();
    for (principal, status) in [(0, 200), (1, 404), (49, 404)] {
        let asked = host.client.get(format!("{}/v1/jobs/{id}", host.url)).bearer_auth(&tokens[principal]);
        assert_eq!(asked.send().await.unwrap().status().as_u16(), status, "{principal}");
    }
    Arc::into_inner(host).unwrap().stop().await;
}
