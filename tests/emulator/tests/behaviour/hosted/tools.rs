//! What the tools do.

use serde_json::{Value, json};

use super::client::{Pair, World};

struct Desk {
    world: World,
    pair: Pair,
}

impl Desk {
    async fn new() -> Desk {
        let world = World::start().await;
        let pair = world.connect().await;
        Desk { world, pair }
    }

    async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let result = self.world.call(&self.pair, tool, arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    async fn refused(&self, tool: &str, arguments: Value, code: &str) -> String {
        let result = self.world.call(&self.pair, tool, arguments).await;
        let error = &result["structuredContent"]["error"];
        assert_eq!((&result["isError"], &error["code"]), (&json!(true), &json!(code)), "{result}");
        error["message"].as_str().unwrap().to_owned()
    }

    fn routes(&self) -> Vec<String> {
        self.world.emulator.writes().iter().map(|write| write.route.clone()).collect()
    }
}

#[tokio::test]
async fn rows_are_made_with_plain_values_and_read_back() {
    let desk = Desk::new().await;
    let ids = desk.world.emulator.ids();
    let source = format!("collection://{}", ids.tasks_data_source);
    let properties = json!({
        "Name": "Oil the mill", "Status": "In progress", "Priority": "High", "Tags": ["parts"],
        "date:Due:start": "2026-06-01", "Estimate": 2.5, "Done": "__YES__", "Project": [ids.projects[0]],
    });
    let made = desk
        .ok(
            "notion-create-pages",
            json!({
                "parent": { "data_source_id": source },
                "pages": [{ "properties": properties, "content": "# Why\nIt squeaks.", "icon": "🛢️" }],
            }),
        )
        .await;
    let id = made["pages"][0]["id"].as_str().unwrap();
    let read = desk.ok("notion-fetch", json!({ "id": made["pages"][0]["url"] })).await;
    assert_eq!((&read["title"], &read["metadata"]["type"]), (&json!("Oil the mill"), &json!("page")));
    let text = read["text"].as_str().unwrap();
    for part in [
        "\"Status\":\"In progress\"",
        "\"date:Due:start\":\"2026-06-01\"",
        "\"Done\":\"__YES__\"",
        "It squeaks.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let rows = desk
        .ok(
            "notion-query-data-sources",
            json!({ "data_source_url": source, "mode": "rows", "max_rows": 200 }),
        )
        .await;
    assert_eq!((rows["results"].as_array().unwrap().len(), &rows["has_more"]), (7, &json!(false)));
    let found = desk.ok("notion-search", json!({ "query": "oil the" })).await;
    assert_eq!((&found["results"][0]["id"], found["results"].as_array().unwrap().len()), (&json!(id), 1));
    assert_eq!(desk.routes(), ["POST /v1/pages"]);
    let write = desk.world.emulator.writes()[0].clone();
    assert_eq!((write.created[0].as_str(), write.token), (id, ids.ada));
}

#[tokio::test]
async fn pages_change_by_command_and_all_or_nothing() {
    let desk = Desk::new().await;
    let ids = desk.world.emulator.ids();
    let page = &ids.tasks[0];
    let update = |mut arguments: Value| {
        arguments["page_id"] = json!(page);
        arguments
    };
    let done = update(
        json!({ "command": "update_properties", "properties": { "Status": "Done", "Estimate": null } }),
    );
    desk.ok("notion-update-page", done).await;
    desk.ok(
        "notion-update-page",
        update(json!({ "command": "replace_content", "new_str": "One\nTwo\nTwo" })),
    )
    .await;
    let changes = json!([{ "old_str": "One", "new_str": "Three" }, { "old_str": "Two", "new_str": "Four" }]);
    let twice = update(json!({ "command": "update_content", "content_updates": changes }));
    desk.refused("notion-update-page", twice, "validation_error").await;
    let read = desk.ok("notion-fetch", json!({ "id": page })).await;
    let text = read["text"].as_str().unwrap();
    assert!(
        text.contains("One\nTwo\nTwo") && !text.contains("Three") && text.contains("\"Status\":\"Done\"")
    );
    let once = update(
        json!({ "command": "update_content", "content_updates": [{ "old_str": "One", "new_str": "Three" }] }),
    );
    desk.ok("notion-update-page", once).await;
    for missing in ["update_properties", "update_content", "replace_content"] {
        desk.refused("notion-update-page", update(json!({ "command": missing })), "validation_error").await;
    }
    let unknown = update(json!({ "command": "update_properties", "properties": { "Colour": "red" } }));
    assert!(desk.refused("notion-update-page", unknown, "validation_error").await.contains("Status"));
    assert_eq!(desk.routes().len(), 3);
}

#[tokio::test]
async fn comments_are_written_read_and_answered() {
    let desk = Desk::new().await;
    let page = desk.world.emulator.ids().tasks[1].clone();
    let made =
        desk.ok("notion-create-comment", json!({ "page_id": page, "markdown": "Is it **done**?" })).await;
    let answer = json!({ "discussion_id": made["discussion_id"], "markdown": "Yes." });
    desk.ok("notion-create-comment", answer).await;
    let read = desk.ok("notion-get-comments", json!({ "page_id": page })).await;
    let texts: Vec<&str> =
        read["comments"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Is it done?", "Yes."]);
    assert_eq!(read["comments"][0]["created_by"], desk.world.emulator.ids().ada);
    desk.refused("notion-create-comment", json!({ "markdown": "Where?" }), "validation_error").await;
    assert_eq!(desk.routes(), ["POST /v1/comments", "POST /v1/comments"]);
}

#[tokio::test]
async fn pages_move_and_users_are_found() {
    let desk = Desk::new().await;
    let ids = desk.world.emulator.ids();
    let parent = json!({ "page_id": ids.root_page });
    let pages = json!([{ "properties": { "title": "Shelf" } }, { "properties": { "title": "Book" } }]);
    let made = desk.ok("notion-create-pages", json!({ "parent": parent, "pages": pages })).await;
    let (shelf, book) = (&made["pages"][0]["id"], &made["pages"][1]["id"]);
    let moving = json!({ "page_or_database_ids": [book], "new_parent": { "page_id": shelf } });
    assert_eq!(desk.ok("notion-move-pages", moving).await["moved"], json!([book]));
    let read = desk.ok("notion-fetch", json!({ "id": shelf })).await;
    assert!(read["text"].as_str().unwrap().contains("Book"));
    let found = desk.ok("notion-get-users", json!({ "query": "lovelace" })).await;
    assert_eq!(found["results"][0]["id"], json!(ids.ada));
    let me = desk.ok("notion-get-users", json!({ "user_id": "self" })).await;
    assert_eq!(me["results"][0]["name"], "Ada Lovelace");
}

#[tokio::test]
async fn databases_and_data_sources_say_what_is_in_them() {
    let desk = Desk::new().await;
    let ids = desk.world.emulator.ids();
    let database = desk.ok("notion-fetch", json!({ "id": ids.tasks_database })).await;
    let source = format!("collection://{}", ids.tasks_data_source);
    assert!(database["text"].as_str().unwrap().contains(&source));
    let columns = desk.ok("notion-fetch", json!({ "id": source })).await;
    assert!(columns["text"].as_str().unwrap().contains("\"Priority\":{\"type\":\"select\""));
}

#[tokio::test]
async fn what_is_not_there_or_does_not_fit_is_refused_before_anything_is_written() {
    let desk = Desk::new().await;
    let ids = desk.world.emulator.ids();
    let nowhere = "11111111-1111-4111-8111-111111111111";
    desk.refused("notion-fetch", json!({ "id": nowhere }), "object_not_found").await;
    desk.refused("notion-fetch", json!({ "id": "the mill" }), "validation_error").await;
    let pages =
        json!([{ "properties": { "Name": "Good" } }, { "properties": { "Name": "Bad", "Done": "yes" } }]);
    let parent = json!({ "data_source_id": ids.tasks_data_source });
    desk.refused("notion-create-pages", json!({ "parent": parent, "pages": pages }), "validation_error")
        .await;
    let page = json!({ "pages": [{}], "parent": { "page_id": ids.root_page, "data_source_id": nowhere } });
    desk.refused("notion-create-pages", page, "validation_error").await;
    desk.refused(
        "notion-query-data-sources",
        json!({ "data_source_url": nowhere, "mode": "sql" }),
        "validation_error",
    )
    .await;
    assert!(desk.routes().is_empty());
}
