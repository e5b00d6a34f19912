//! The tools on data as it is: every type of property, long lists, ten thousand rows, empty and odd values.

use notion_emulator::Seed;
use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

async fn gallery() -> (TestHost, std::collections::BTreeMap<String, String>) {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.reset(Seed::Gallery);
    (host, ids.gallery)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_every_type_of_property() {
    let (host, ids) = gallery().await;
    let page = host.result("get_page", json!({"page_id": ids["full_row"]})).await;
    let properties = page["properties"].as_object().unwrap();
    for name in [
        "Text",
        "Number",
        "Price",
        "Select",
        "Tags",
        "Status",
        "Date",
        "People",
        "Files",
        "Checkbox",
        "URL",
        "Email",
        "Phone",
        "Formula: number",
        "Formula: text",
        "Formula: truth",
        "One way",
        "Two ways",
        "Created",
        "Created by",
        "Edited",
        "Edited by",
        "ID",
        "Rollup: sum",
        "Rollup: show_original",
    ] {
        assert!(properties.contains_key(name), "{name} is missing: {page:#}");
    }
    assert_eq!(page["title"], "Full row");
    // Plain values, not Notion's objects.
    assert_eq!((&properties["Number"], &properties["Select"]), (&json!(-1234.5), &json!("Is red")));
    assert!(properties["ID"].as_str().unwrap().starts_with("ALL-"));

    let schema = host.result("get_database", json!({"database_id": ids["everything"]})).await;
    let described = schema.to_string();
    for name in ["Formula: date", "Rollup: percent_per_group", "Verification", "quoted"] {
        assert!(described.contains(name), "{name} is not described: {schema:#}");
    }
    let full = host.result("get_page", json!({"page_id": ids["full_row"], "detail": "full"})).await;
    assert_eq!(full["object"], "page");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_beyond_25_are_whole() {
    let (host, ids) = gallery().await;
    let page = host.result("get_page", json!({"page_id": ids["many_row"]})).await;
    let properties = &page["properties"];
    assert_eq!(properties["One way"].as_array().unwrap().len(), 30);
    assert_eq!(properties["Two ways"].as_array().unwrap().len(), 30);
    assert_eq!(properties["People"].as_array().unwrap().len(), 26);
    assert!(properties["Text"].as_str().unwrap().contains("run 30"));
    assert!(page.get("truncated").is_none(), "{page:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_and_odd_values() {
    let (host, ids) = gallery().await;
    let empty = host.result("get_page", json!({"page_id": ids["empty_row"]})).await;
    assert!(empty.get("title").is_none() || empty["title"] == "", "{empty:#}");
    assert!(!empty.to_string().contains("null"), "{empty:#}");
    for (name, part) in
        [("emoji_row", "\u{1f9ee}"), ("right_to_left_row", "\u{645}\u{631}\u{62d}\u{628}\u{627}")]
    {
        let page = host.result("get_page", json!({"page_id": ids[name]})).await;
        assert!(page["title"].as_str().unwrap().contains(part));
        let fetched = host.result("fetch", json!({"id": ids[name]})).await;
        assert!(fetched["title"].as_str().unwrap().contains(part));
    }
    let rows = host.result("query", json!({"database_id": ids["everything"], "limit": 100})).await;
    assert!(rows["rows"].as_array().unwrap().len() >= 8, "{rows:#}");
    // An odd name works as any other, to read and to write.
    let odd = "\u{dc}n\u{ef}c\u{f6}d\u{e9} / \"quoted\" \u{1f9ee}";
    host.result("update_page", json!({"page_id": ids["empty_row"], "properties": {odd: "said"}})).await;
    let read = host.result("get_page", json!({"page_id": ids["empty_row"]})).await;
    assert_eq!(read["properties"][odd], "said");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_block_and_view_of_the_gallery_is_read_or_refused() {
    let (host, ids) = gallery().await;
    let mut failed = Vec::new();
    for (name, id) in &ids {
        for (tool, arguments) in [
            ("fetch", json!({"id": id})),
            ("get_page", json!({"page_id": id, "content": true})),
            ("get_database", json!({"database_id": id})),
            ("query", json!({"database_id": id})),
            ("list_blocks", json!({"block_id": id, "depth": 3})),
            ("list_comments", json!({"page_id": id})),
            ("query_view", json!({"view_id": id})),
        ] {
            let (status, envelope) = host.call(tool, arguments).await;
            let is_explained = envelope["error"]["hint"].is_string();
            let is_ours = matches!(
                envelope["error"]["code"].as_str(),
                Some("not_found" | "invalid_input" | "forbidden")
            );
            if envelope["ok"] != json!(true) && !(is_explained && is_ours) {
                failed.push(format!("{tool} of {name}: {status} {envelope:#}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rows_are_read_to_the_end_and_the_cap_is_told() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let here = ids.tasks.len();
    let rows = json!({"rows": [{"data_source_id": ids.tasks_data_source, "count": 10_050 - here, "title": "Row {n}"}]});
    host.emulator.plant(&rows).unwrap();
    let (mut seen, mut cursor, mut last) = (0, Value::Null, Value::Null);
    for _ in 0..200 {
        let mut arguments =
            json!({"database_id": ids.tasks_database, "properties": ["Estimate"], "limit": 1_000});
        if cursor.is_string() {
            arguments["cursor"] = cursor;
        }
        last = host.result("query", arguments).await;
        seen += last["rows"].as_array().unwrap().len();
        cursor = last["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen, 10_000);
    assert!(
        last.to_string().contains("10,000") || last.to_string().contains("10000"),
        "the cap is not told: {last:#}"
    );
    host.stop().await;
}
