//! One of everything, and how it is read back.

use std::collections::BTreeSet;

use notion_emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::client::App;

async fn start() -> App {
    App::with(Options { rate_limit: None, seed: Seed::Gallery, ..Options::default() }).await
}

fn id(app: &App, name: &str) -> String {
    app.emulator.ids().gallery.get(name).unwrap_or_else(|| panic!("no {name} in the gallery")).clone()
}

/// All children of a block, over all pages of the list.
async fn children(app: &App, block: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let list = app.get(&format!("/v1/blocks/{block}/children?{cursor}")).await.ok();
        all.extend(list["results"].as_array().unwrap().iter().cloned());
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("start_cursor={next}"),
            None => return all,
        }
    }
}

/// The kinds of all blocks below one.
async fn kinds(app: &App, block: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![block.to_owned()];
    while let Some(next) = waiting.pop() {
        for child in children(app, &next).await {
            let kind = child["type"].as_str().unwrap();
            assert!(child[kind].is_object(), "{child:#}");
            if child["has_children"] == true && !kind.starts_with("child_") {
                waiting.push(child["id"].as_str().unwrap().to_owned());
            }
            found.insert(kind.to_owned());
        }
    }
    found
}

#[tokio::test]
async fn the_gallery_can_be_planted_anywhere() {
    let app = App::start().await;
    let planted = app.emulator.plant(&json!({"gallery": [{"title": "Here"}]})).unwrap();
    assert!(planted["gallery"][0]["full_row"].is_string(), "{planted:#}");
}

#[tokio::test]
async fn every_type_of_block_is_there() {
    let app = start().await;
    let wanted = [
        "audio",
        "bookmark",
        "breadcrumb",
        "bulleted_list_item",
        "callout",
        "child_database",
        "child_page",
        "code",
        "column",
        "column_list",
        "divider",
        "embed",
        "equation",
        "file",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
        "image",
        "link_preview",
        "link_to_page",
        "meeting_notes",
        "numbered_list_item",
        "paragraph",
        "pdf",
        "quote",
        "synced_block",
        "tab",
        "table",
        "table_of_contents",
        "table_row",
        "template",
        "to_do",
        "toggle",
        "unsupported",
        "video",
    ];
    let found = kinds(&app, &id(&app, "blocks_page")).await;
    assert_eq!(found, wanted.map(str::to_owned).into());
    assert_eq!(children(&app, &id(&app, "long_page")).await.len(), 251);
    let original = children(&app, &id(&app, "synced_original")).await;
    assert_eq!(children(&app, &id(&app, "synced_reference")).await, original);
}

#[tokio::test]
async fn every_type_of_property_is_there_with_and_without_a_value() {
    let app = start().await;
    let source = app.get(&format!("/v1/data_sources/{}", id(&app, "everything_source"))).await.ok();
    let kinds: BTreeSet<&str> = source["properties"]
        .as_object()
        .unwrap()
        .values()
        .map(|property| property["type"].as_str().unwrap())
        .collect();
    let wanted = [
        "button",
        "checkbox",
        "created_by",
        "created_time",
        "date",
        "email",
        "files",
        "formula",
        "last_edited_by",
        "last_edited_time",
        "multi_select",
        "number",
        "people",
        "phone_number",
        "place",
        "relation",
        "rich_text",
        "rollup",
        "select",
        "status",
        "title",
        "unique_id",
        "url",
        "verification",
    ];
    assert_eq!(kinds, wanted.into());

    let full = app.get(&format!("/v1/pages/{}", id(&app, "full_row"))).await.ok();
    let value = |name: &str| {
        let property = &full["properties"][name];
        property[property["type"].as_str().unwrap()].clone()
    };
    assert_eq!(value("Number"), json!(-1234.5));
    assert_eq!(value("Date")["start"], "2026-05-01T09:00:00.000+02:00");
    assert_eq!(value("Files")[1]["type"], "file");
    assert_eq!(value("Place")["address"], "London SW1A");
    assert_eq!(value("Verification")["state"], "verified");
    assert_eq!(value("Formula: number"), json!({"type": "number", "number": -2469}));
    assert_eq!(value("Formula: text"), json!({"type": "string", "string": "Full row!"}));
    assert_eq!(value("Formula: date")["date"]["start"], "2026-05-08T09:00:00.000+02:00");
    assert_eq!(value("Rollup: sum")["number"], 6);
    assert_eq!(value("Rollup: show_unique")["array"].as_array().unwrap().len(), 2);
    assert_eq!(value("Rollup: date_range")["date"]["end"], "2026-03-04");
    assert_eq!(value("Rollup: count_per_group")["type"], "unsupported");

    let empty = app.get(&format!("/v1/pages/{}", id(&app, "empty_row"))).await.ok();
    for (name, wanted) in [
        ("Name", json!([])),
        ("Text", json!([])),
        ("Number", Value::Null),
        ("Select", Value::Null),
        ("Tags", json!([])),
        ("Date", Value::Null),
        ("People", json!([])),
        ("Files", json!([])),
        ("Checkbox", json!(false)),
        ("URL", Value::Null),
        ("Email", Value::Null),
        ("Phone", Value::Null),
        ("One way", json!([])),
        ("Place", Value::Null),
        ("Rollup: average", json!({"type": "number", "number": null, "function": "average"})),
    ] {
        let property = &empty["properties"][name];
        assert_eq!(property[property["type"].as_str().unwrap()], wanted, "{name}");
    }
}

#[tokio::test]
async fn long_values_are_cut_in_pages_and_whole_as_items() {
    let app = start().await;
    let row = id(&app, "many_row");
    let page = app.get(&format!("/v1/pages/{row}")).await.ok();
    for (name, whole) in [("One way", 30), ("People", 26), ("Text", 30)] {
        let property = &page["properties"][name];
        let kind = property["type"].as_str().unwrap();
        assert_eq!(property[kind].as_array().unwrap().len(), 25, "{name}");
        let path = format!("/v1/pages/{row}/properties/{}", property["id"].as_str().unwrap());
        let (mut seen, mut query) = (0, "?page_size=10".to_owned());
        loop {
            let list = app.get(&format!("{path}{query}")).await.ok();
            let results = list["results"].as_array().unwrap();
            assert!(results.iter().all(|item| item[kind].is_object()), "{list:#}");
            seen += results.len();
            let Some(next) = list["next_cursor"].as_str() else { break };
            query = format!("?page_size=10&start_cursor={next}");
        }
        assert_eq!(seen, whole, "{name}");
    }
    assert_eq!(page["properties"]["One way"]["has_more"], true);
}

#[tokio::test]
async fn odd_places_are_there() {
    let app = start().await;
    let database = app.get(&format!("/v1/databases/{}", id(&app, "two_sources"))).await.ok();
    assert_eq!(database["data_sources"].as_array().unwrap().len(), 2);
    let wiki = format!("/v1/data_sources/{}/query", id(&app, "wiki_source"));
    let objects = |list: &Value| -> Vec<String> {
        let results = list["results"].as_array().unwrap();
        results.iter().map(|result| result["object"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(objects(&app.post(&wiki, json!({})).await.ok()), ["page", "data_source"]);
    assert_eq!(objects(&app.post(&wiki, json!({"result_type": "page"})).await.ok()), ["page"]);
    assert_eq!(objects(&app.post(&wiki, json!({"result_type": "data_source"})).await.ok()), ["data_source"]);
    for (kind, name) in
        [("pages", "trashed_page"), ("databases", "trashed_database"), ("blocks", "trashed_block")]
    {
        let found = app.get(&format!("/v1/{kind}/{}", id(&app, name))).await.ok();
        assert_eq!(found["in_trash"], true, "{name}");
    }
    let trashed = json!({"in_trash": true});
    let list =
        app.post(&format!("/v1/data_sources/{}/query", id(&app, "everything_source")), trashed).await.ok();
    assert_eq!(list["results"][0]["id"], json!(id(&app, "trashed_row")));
    let comments = app.get(&format!("/v1/comments?block_id={}", id(&app, "talk_page"))).await.ok();
    assert_eq!((comments["results"].as_array().unwrap().len(), &comments["has_more"]), (100, &json!(true)));
    let users = app.get("/v1/users").await.ok();
    let same = users["results"].as_array().unwrap().iter().filter(|user| user["name"] == "Grace Hopper");
    assert_eq!(same.count(), 2);
}
