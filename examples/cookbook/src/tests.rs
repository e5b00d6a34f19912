use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::PLUGIN;

const BOOK: &str = include_str!("../../../docs/cookbook.md");

const RECIPES: [(&str, &str); 7] = [
    ("spent", include_str!("spent.rs")),
    ("largest", include_str!("largest.rs")),
    ("close_late", include_str!("close_late.rs")),
    ("with_content", include_str!("with_content.rs")),
    ("through_another_tool", include_str!("through_another_tool.rs")),
    ("changed_since", include_str!("changed_since.rs")),
    ("comment_texts", include_str!("comment_texts.rs")),
];

#[test]
fn the_book_has_every_recipe_as_it_is_compiled() {
    for (name, source) in RECIPES {
        // In a plugin of its own a tool needs no visibility.
        let source = source.replace("pub(crate) ", "");
        assert!(BOOK.contains(&format!("```rust\n{source}```")), "docs/cookbook.md differs from {name}.rs");
    }
    assert_eq!(BOOK.matches("```rust\n").count(), RECIPES.len());
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Value {
    let answer = host.run(&PLUGIN, tool, arguments).unwrap_or_else(|problem| panic!("{tool}: {problem:?}"));
    answer.value().unwrap()
}

#[test]
fn rows_are_added_up_by_month() {
    let host = MockHost::on_emulator();
    let columns = json!({ "Name": { "title": {} }, "Amount": { "number": {} }, "Paid": { "date": {} } });
    let database = host.plant(&json!({ "databases": [{
        "parent": { "type": "page_id", "page_id": host.emulated("root_page") },
        "title": [{ "text": { "content": "Expenses" } }],
        "initial_data_source": { "properties": columns },
    }] }))["databases"][0]
        .clone();
    let database = database.as_str().unwrap();
    let source = host.call().notion().get(["v1", "databases", database]).send().unwrap().body["data_sources"]
        [0]["id"]
        .clone();
    let row = |amount: f64, day: &str| {
        json!({ "parent": { "type": "data_source_id", "data_source_id": source }, "properties": {
            "Amount": { "number": amount }, "Paid": { "date": { "start": day } } } })
    };
    host.plant(&json!({ "pages": [row(1.5, "2026-01-03"), row(2.0, "2026-01-30"), row(4.0, "2025-12-31")] }));
    let all = run(&host, "spent", json!({ "database_id": database }));
    assert_eq!(all, json!({ "2025-12": 4.0, "2026-01": 3.5 }));
    let month = json!({ "database_id": database, "filter": { "Paid": "this month" } });
    assert_eq!(run(&host, "spent", month), json!({ "2026-01": 3.5 }));
}

#[test]
fn the_first_of_sorted_rows_is_the_largest() {
    let host = MockHost::on_emulator();
    let largest = run(&host, "largest", json!({ "database_id": host.emulated("tasks_database") }));
    assert!(largest["estimate"].as_f64().unwrap() > 0.0, "{largest}");
    let none = json!({ "database_id": host.emulated("projects_database") });
    let refused = host.run(&PLUGIN, "largest", none).unwrap_err();
    assert!(refused.message.contains("Estimate"), "{refused:?}");
}

#[test]
fn what_is_late_is_closed_once() {
    let host = MockHost::on_emulator().with_time(1_800_000_000_000);
    let input = json!({ "database_id": host.emulated("tasks_database") });
    assert!(run(&host, "close_late", input.clone())["closed"].as_u64().unwrap() > 0);
    assert_eq!(run(&host, "close_late", input)["closed"], 0);
}

#[test]
fn a_page_is_made_with_its_content() {
    let host = MockHost::on_emulator();
    let input = json!({ "parent_page_id": host.emulated("root_page"), "what": "The mill stands still" });
    let opened = run(&host, "open_incident", input);
    let id = opened["id"].as_str().unwrap();
    let markdown = host.call().notion().get(["v1", "pages", id, "markdown"]).send().unwrap().body;
    assert!(markdown["markdown"].as_str().unwrap().contains("- [ ] Tell the customers"), "{markdown}");
}

#[test]
fn another_tool_is_asked_with_plain_values() {
    let host = MockHost::new().on_tool("upsert", json!({ "id": "1", "action": "created" }));
    let logged = run(&host, "log_visit", json!({ "database_id": "x", "customer": "Coho" }));
    assert_eq!(logged, json!({ "id": "1" }));
    assert_eq!(host.invocations()[0].arguments["properties"], json!({ "Due": "2026-01-01" }));
}

#[test]
fn a_second_look_names_only_what_has_changed_since() {
    let host = MockHost::on_emulator();
    let input = json!({ "database_id": host.emulated("tasks_database") });
    let first = run(&host, "changed_since", input.clone());
    assert!(first["titles"].as_array().unwrap().len() > 3, "{first}");
    let host = host.with_time(1_767_225_700_000);
    run(&host, "changed_since", input.clone());
    // Edited in the minute of the call before, and after it.
    let host = host.with_time(1_767_225_710_000);
    let page = host.emulated_all("tasks")[0].clone();
    let estimate = json!({ "properties": { "Estimate": { "number": 4 } } });
    let edited = host.call().notion().patch(["v1", "pages", page.as_str()], estimate).send();
    assert!(edited.is_ok(), "{edited:?}");
    let host = host.with_time(1_767_229_000_000);
    let changed = run(&host, "changed_since", input.clone());
    assert_eq!(changed["titles"].as_array().map(Vec::len), Some(1), "{changed}");
    assert_eq!(run(&host, "changed_since", input), json!({ "titles": [] }));
}

#[test]
fn comments_of_pages_are_read_side_by_side() {
    let host = MockHost::on_emulator();
    let page = host.emulated("root_page");
    let texts = run(&host, "comment_texts", json!({ "page_ids": [page] }));
    assert_eq!(texts[&page], "Shall we begin with the mill?");
}
