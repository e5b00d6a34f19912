use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use super::generated::any_block;
use crate::blocks::kind::KINDS;
use crate::blocks::{compact, to_notion, to_update};

fn refused(block: Value) -> (String, String) {
    let error = to_notion(std::slice::from_ref(&block)).expect_err(&block.to_string());
    (error.message, error.hint.unwrap_or_default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn compact_blocks_survive_notion(blocks in prop::collection::vec(any_block(), 1..4)) {
        let notion = to_notion(&blocks).unwrap();
        let back: Vec<Value> = notion.iter().map(compact).collect();
        prop_assert_eq!(&back, &blocks);
        // Notion's own objects pass as they are.
        prop_assert_eq!(to_notion(&notion).unwrap(), notion);
    }

    #[test]
    fn anything_is_written_or_refused(kind in "[a-z_]{0,12}", name in "[a-z_]{0,8}", value in "\\PC{0,8}") {
        for block in [json!({ "type": kind, name.clone(): value }), json!({ kind: { name: value } }), json!([value])] {
            let _ = to_notion(&[block]);
        }
    }
}

#[test]
fn the_generator_makes_every_type() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    fn collect(block: &Value, seen: &mut std::collections::BTreeSet<String>) {
        seen.extend(block["type"].as_str().map(str::to_owned));
        block["children"].as_array().into_iter().flatten().for_each(|child| collect(child, seen));
        if block.get("rows").is_some() {
            seen.insert("table_row".to_owned());
        }
    }
    for _ in 0..5_000 {
        collect(&any_block().new_tree(&mut runner).unwrap().current(), &mut seen);
        if seen.len() == KINDS.len() {
            break;
        }
    }
    for kind in KINDS {
        assert!(seen.contains(kind.name), "{}", kind.name);
    }
}

#[test]
fn compact_blocks_become_what_requests_take() {
    let blocks = [
        json!("just text"),
        json!({ "type": "heading_2", "text": "Plan", "children": ["hidden"] }),
        json!({ "type": "to_do", "text": "Call **Ada**", "checked": true, "color": "red_bg" }),
        json!({ "type": "code", "text": "let a = *b;", "language": "rs" }),
        json!({ "type": "table", "header_row": true, "rows": [["a", 1], ["c", null]] }),
        json!({ "type": "callout", "icon": "\u{1F4A1}", "text": "Mind" }),
        json!({ "type": "image", "url": "https://example.com/a.png", "caption": "*A*" }),
    ];
    let text = |content: &str| json!({ "type": "text", "text": { "content": content } });
    assert_eq!(
        Value::from(to_notion(&blocks).unwrap()),
        json!([
            { "type": "paragraph", "paragraph": { "rich_text": [text("just text")] } },
            { "type": "heading_2", "heading_2": {
                "rich_text": [text("Plan")], "is_toggleable": true,
                "children": [{ "type": "paragraph", "paragraph": { "rich_text": [text("hidden")] } }],
            } },
            { "type": "to_do", "to_do": {
                "rich_text": [text("Call "), { "type": "text", "text": { "content": "Ada" }, "annotations": { "bold": true } }],
                "checked": true, "color": "red_background",
            } },
            { "type": "code", "code": { "rich_text": [text("let a = *b;")], "language": "rust" } },
            { "type": "table", "table": { "has_column_header": true, "table_width": 2, "children": [
                { "type": "table_row", "table_row": { "cells": [[text("a")], [text("1")]] } },
                { "type": "table_row", "table_row": { "cells": [[text("c")], []] } },
            ] } },
            { "type": "callout", "callout": { "rich_text": [text("Mind")], "icon": { "type": "emoji", "emoji": "\u{1F4A1}" } } },
            { "type": "image", "image": {
                "external": { "url": "https://example.com/a.png" },
                "caption": [{ "type": "text", "text": { "content": "A" }, "annotations": { "italic": true } }],
            } },
        ])
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_would_be_right() {
    for (block, message, hint) in [
        (json!({ "type": "todos" }), "`blocks[0]`: There is no type of block `todos`.", "`to_do`"),
        (
            json!({ "type": "to_do", "done": true }),
            "`blocks[0]`: A block of type `to_do` has no `done`.",
            "`checked`",
        ),
        (json!({ "type": "to_do", "checked": "yes" }), "`checked` is true or false.", ""),
        (json!({ "type": "quote", "color": "mauve" }), "There is no colour `mauve`.", "`blue`"),
        (
            json!({ "type": "code", "language": "klingon" }),
            "There is no language `klingon`.",
            "nearest first",
        ),
        (json!({ "type": "child_page", "title": "x" }), "can be read, not written.", "Create a page"),
        (json!({ "type": "image" }), "needs one of `url`, `upload`.", ""),
        (json!({ "type": "image", "url": "javascript:alert(1)" }), "starts with https://", ""),
        (json!({ "type": "table", "rows": [["a"], ["a", "b"]] }), "row 2 has 2.", "Fill it up"),
        (json!({ "type": "table" }), "needs at least one row.", "`rows`"),
        (json!({ "type": "column_list", "children": [] }), "at least two columns.", "`column`"),
        (
            json!({ "type": "toggle", "children": [{ "type": "column", "children": ["a"] }] }),
            "can't hold a `column`.",
            "column_list",
        ),
        (
            json!({ "type": "toggle", "children": [{ "type": "quote", "text": 3 }] }),
            "`blocks[0].children[0]`: `text`: `text` is a text.",
            "",
        ),
        (json!({ "type": "divider", "children": ["a"] }), "holds no blocks.", "after it"),
        (
            json!({ "type": "toggle", "has_children": true }),
            "children that were not read.",
            "List the block again",
        ),
        (json!({ "type": "equation", "expression": "x".repeat(1_001) }), "It has 1001 characters", ""),
        (json!({ "type": "callout", "icon": "bulb" }), "This is no icon.", "emoji"),
        (
            json!({ "type": "image", "image": { "type": "file", "file": { "url": "https://s3/x" } } }),
            "hosts can't be written",
            "external",
        ),
        (json!(3), "A block is an object or a text.", "to_do"),
    ] {
        let (said, hinted) = refused(block.clone());
        assert!(said.contains(message), "{block}: {said}");
        assert!(hinted.contains(hint), "{block}: {hinted}");
    }
}

#[test]
fn bombs_are_refused() {
    let mut deep = json!({ "type": "toggle" });
    for _ in 0..40 {
        deep = json!({ "type": "toggle", "children": [deep] });
    }
    assert!(refused(deep).0.contains("32 levels"));
    assert!(refused(json!({ "type": "toggle", "children": vec!["a"; 10_001] })).0.contains("10000 blocks"));
    assert!(refused(json!("*a* ".repeat(60))).0.contains("pieces"));
}

#[test]
fn a_change_has_only_what_is_given() {
    let text = |content: &str| json!([{ "type": "text", "text": { "content": content } }]);
    for (kind, change, expected) in [
        ("to_do", json!({ "checked": false }), json!({ "to_do": { "checked": false } })),
        (
            "paragraph",
            json!({ "type": "paragraph", "text": "b" }),
            json!({ "paragraph": { "rich_text": text("b") } }),
        ),
        (
            "quote",
            json!({ "text": null, "color": null }),
            json!({ "quote": { "rich_text": [], "color": "default" } }),
        ),
        (
            "image",
            json!({ "url": "https://a.b/c" }),
            json!({ "image": { "external": { "url": "https://a.b/c" } } }),
        ),
        (
            "callout",
            json!({ "callout": { "icon": { "emoji": "\u{1F680}" } } }),
            json!({ "callout": { "icon": { "emoji": "\u{1F680}" } } }),
        ),
    ] {
        assert_eq!(to_update(kind, &change).unwrap().body, expected);
    }
    for (kind, change, message) in [
        (
            "to_do",
            json!({ "type": "quote", "text": "a" }),
            "is of type `to_do`; Notion can't make it `quote`.",
        ),
        ("to_do", json!({ "text": "a", "children": ["b"] }), "can't be changed together"),
        ("to_do", json!({ "language": "rust" }), "has no `language`."),
        ("quote", json!({ "quote": { "children": [] } }), "Nothing is to be changed."),
        ("quote", json!({ "quote": { "color": "red" }, "text": "a" }), "`text` is given beside `quote`."),
        ("to_do", json!({}), "Nothing is to be changed."),
        ("child_page", json!({ "title": "a" }), "can be read, not written."),
    ] {
        let error = to_update(kind, &change).expect_err(message);
        assert!(error.message.contains(message), "{}", error.message);
    }
    let given_back = json!({ "id": "x", "type": "toggle", "text": "a", "has_children": true, "children": [{ "id": "y" }] });
    let update = to_update("toggle", &given_back).unwrap();
    assert_eq!(update.body, json!({ "toggle": { "rich_text": text("a") } }));
    assert!(update.notes[0].contains("stay as they are"), "{:?}", update.notes);
    let noted = to_update("quote", &json!({ "text": "![a](https://b.c)" })).unwrap().notes;
    assert_eq!(noted, ["text: an image inside text became a link."]);
}
