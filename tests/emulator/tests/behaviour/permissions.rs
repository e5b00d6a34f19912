//! What an integration may do and see.

use notion_emulator::{Capabilities, Options, Token};
use serde_json::{Value, json};

use crate::client::App;

#[tokio::test]
async fn a_missing_capability_is_403_and_an_unshared_object_404() {
    let reader = Token {
        capabilities: Capabilities {
            update_content: false,
            insert_content: false,
            ..Capabilities::default()
        },
        ..Token::new("secret_reader")
    };
    let options = Options { rate_limit: None, tokens: vec![Token::default(), reader], ..Options::default() };
    let mut app = App::with(options).await;
    let ids = app.emulator.ids();
    app.token = "secret_reader".to_owned();
    app.patch(&format!("/v1/pages/{}", ids.tasks[0]), json!({})).await.refused(403, "restricted_resource");
    app.get(&format!("/v1/pages/{}", ids.tasks[0])).await.ok();
    let narrowed = json!({"tokens": [{"token": "secret_reader", "shared": [ids.projects_database]}]});
    app.post("/_emulator/seed", narrowed).await.ok();
    app.get(&format!("/v1/pages/{}", ids.tasks[0])).await.refused(404, "object_not_found");
    app.get(&format!("/v1/pages/{}", ids.projects[0])).await.ok();
    let found = app.post("/v1/search", json!({})).await.ok();
    assert_eq!(found["results"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_reset_restores_the_seed() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    app.send("DELETE", &format!("/v1/blocks/{}", ids.tasks[0]), Value::Null).await.ok();
    app.post("/_emulator/reset", json!({})).await.ok();
    assert_eq!(app.get(&format!("/v1/pages/{}", ids.tasks[0])).await.ok()["in_trash"], false);
    assert_eq!(app.emulator.writes().len(), 0);
}
