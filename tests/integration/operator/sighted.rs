//! A call that names none of several connections works on the one that shows what it is about.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use super::json_of;
use crate::harness::{TestHost, command};

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_that_alone_shows_an_id_is_chosen() {
    let host = TestHost::start_with(&["pages", "databases", "search"], |configuration| {
        configuration.secrets.notion_token = None;
    })
    .await;
    let ids = host.emulator.ids();
    let shared = |name: &str, pages: &[&str]| json!({"token": format!("secret_{name}"), "name": name, "shared": pages});
    let (tasks, projects) = (ids.tasks_database.as_str(), ids.projects_database.as_str());
    host.emulator
        .plant(&json!({"tokens": [shared("left", &[tasks]), shared("right", &[projects])]}))
        .unwrap();
    for name in ["left", "right"] {
        let mut adding = command(&host, &["connection", "add", name]);
        let mut child = adding.env_remove("NOTION_TOKEN").stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("secret_{name}").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    // By a page, a database, its data source, and a link.
    let row = host.result("get_page", json!({"page_id": ids.tasks[0]})).await;
    assert!(row["title"].is_string(), "{row}");
    host.result("query", json!({"database_id": projects})).await;
    host.result("query", json!({"database_id": ids.tasks_data_source})).await;
    let link = format!("https://app.notion.com/p/{}", ids.projects[0].replace('-', ""));
    host.result("get_page", json!({"page_id": link})).await;

    // What was found is remembered: the next call asks Notion for nothing but the page.
    host.emulator.forget_requests();
    host.result("get_page", json!({"page_id": ids.tasks[0], "properties": ["Status"]})).await;
    let requests = host.emulator.requests();
    assert!(!requests.routes.keys().any(|route| route.contains("/v1/blocks")), "{requests:?}");

    // Where nothing decides, the connections are named.
    for (tool, arguments) in
        [("search", json!({"query": "plan"})), ("get_page", json!({"page_id": ids.root_page}))]
    {
        let refused = host.error(tool, arguments).await;
        assert_eq!(refused["code"], "invalid_input", "{refused}");
        let hint = refused["hint"].as_str().unwrap();
        assert!(hint.contains("`left`") && hint.contains("`right`"), "{refused}");
    }
    host.result("search", json!({"query": "", "connection_id": "left"})).await;

    // A token may have a default of its own.
    let made = json_of(
        &command(&host, &["--json", "token", "create", "right", "--default-connection", "right"])
            .output()
            .unwrap(),
    );
    let token = made["token"].as_str().unwrap();
    let search = host.client.post(format!("{}/v1/tools/search", host.url)).bearer_auth(token);
    let found: serde_json::Value =
        search.json(&json!({"query": ""})).send().await.unwrap().json().await.unwrap();
    assert_eq!(found["ok"], true, "{found}");
    assert!(!found.to_string().contains(&ids.tasks[0].replace('-', "")), "{found}");
    let refused =
        command(&host, &["token", "create", "x", "--connection", "left", "--default-connection", "right"]);
    assert!(!{ refused }.status().unwrap().success());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_connection_is_taken_where_it_shows_an_id_too() {
    let host = TestHost::start(&["pages", "search"]).await;
    let ids = host.emulator.ids();
    host.emulator
        .plant(&json!({"tokens": [{"token": "secret_right", "shared": [ids.projects_database]}]}))
        .unwrap();
    let mut adding = command(&host, &["connection", "add", "right"]);
    let mut child = adding.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"secret_right").unwrap();
    assert!(child.wait().unwrap().success());

    // Both show the project; the default one shows what is beside it as well.
    let moved = json!({"page_id": ids.projects[0], "connection_id": "default"});
    host.result("get_page", moved).await;
    host.result("get_page", json!({"page_id": ids.projects[0]})).await;
    host.result("get_page", json!({"page_id": ids.root_page})).await;
    host.result("search", json!({"query": ""})).await;
    host.stop().await;
}
