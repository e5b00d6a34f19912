//! The addresses below `/api/notion`, from the first visit to the end of a connection.

use reqwest::header::{COOKIE, SET_COOKIE};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_kernel::administration::AdministrationStore as _;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;

use super::{BegunAuthorization, Connectable, token};
use crate::harness::TOKEN;

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_connects_lists_uses_and_disconnects_a_workspace() {
    let world = Connectable::start_with(|configuration| {
        configuration.secrets.notion_token = None;
        if let Some(oauth) = &mut configuration.oauth {
            oauth.redirect_uri.set_path("/api/notion/callback");
        }
    })
    .await;
    let at = |path: &str| format!("{}/api/notion/{path}", world.host.url);
    assert_eq!(world.browser.get(at("auth")).send().await.unwrap().status(), 401);
    let answer = world.browser.get(at("auth")).bearer_auth(TOKEN).send().await.unwrap();
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body: Value = answer.json().await.unwrap();
    let begun = BegunAuthorization { page: body["oauth_url"].as_str().unwrap().parse().unwrap(), cookie };
    let back = world.agree(&begun).await;
    assert_eq!(back.path(), "/api/notion/callback");
    let stranger = world.browser.get(back.clone()).send().await.unwrap();
    assert_eq!(stranger.status(), 400, "another browser");
    let begun = {
        let answer = world.browser.get(at("auth")).bearer_auth(TOKEN).send().await.unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        BegunAuthorization { page: body["oauth_url"].as_str().unwrap().parse().unwrap(), cookie }
    };
    let back = world.agree(&begun).await;
    let came = world.browser.get(back).header(COOKIE, &begun.cookie).send().await.unwrap();
    let came: Value = came.json().await.unwrap();
    assert_eq!((&came["status"], &came["workspace_name"]), (&json!("success"), &json!("Toolbay")), "{came}");
    let id = came["workspace_id"].as_str().unwrap();

    let listed: Value =
        world.browser.get(at("workspaces")).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    let workspace = json!({"workspace_id": id, "workspace_name": "Toolbay", "workspace_icon": null});
    assert_eq!(listed, json!({"workspaces": [workspace]}));
    let url = format!("{}?workspace_id={id}", at("connect"));
    let connected: Value =
        world.browser.post(&url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&connected["status"], &connected["workspace_id"]),
        (&json!("connected"), &json!(id)),
        "{connected}"
    );
    let tools = connected["tools"].as_array().unwrap();
    assert_eq!(connected["tool_count"], json!(tools.len()));
    assert!(tools.contains(&json!("probe_notion_get")), "{connected}");

    // Notion lets the host in no more, and a call has found that out.
    world.host.emulator.disconnect();
    assert_eq!(world.me(&json!({"connection_id": id})).await.0, 403);
    let ended = world.browser.post(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(ended.status(), 403, "it isn't connected any more");

    // Somebody else's workspace isn't there, and what a browser of another site sends does nothing.
    let new = token("other", Allowed::Only([].into()));
    let store = &world.host.host().store;
    let (other, _) = store.create_token(&new, &Actor::operator()).await.unwrap().unwrap();
    let other = other.expose_secret();
    for (method, url) in [("POST", url.clone()), ("DELETE", at(&format!("disconnect/{id}")))] {
        let answer =
            world.browser.request(method.parse().unwrap(), &url).bearer_auth(other).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{method}");
    }
    let gone: Value = world
        .browser
        .delete(at(&format!("disconnect/{id}")))
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(gone, json!({"status": "disconnected"}));
    assert!(world.connections().await.is_empty());
    assert_eq!(world.browser.post(&url).bearer_auth(TOKEN).send().await.unwrap().status(), 404);
    world.stop().await;
}
