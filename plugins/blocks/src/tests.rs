use toolbay_sdk::mock::{self, MockHost};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const PAGE: &str = "11111111-1111-1111-1111-111111111111";
const BLOCK: &str = "22222222-2222-2222-2222-222222222222";

fn children(results: Value) -> Value {
    json!({ "object": "list", "results": results, "has_more": false, "next_cursor": null })
}

fn text(content: &str) -> Value {
    json!([{
        "type": "text", "text": { "content": content, "link": null }, "plain_text": content, "href": null,
        "annotations": { "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default" },
    }])
}

fn block(kind: &str, body: Value) -> Value {
    json!({ "object": "block", "id": BLOCK, "type": kind, "has_children": false, "in_trash": false, kind: body })
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Value {
    host.run(&PLUGIN, tool, arguments).expect("an answer").value().expect("data")
}

fn refused(host: &MockHost, tool: &str, arguments: Value) -> (String, String) {
    let problem = host.run(&PLUGIN, tool, arguments).expect_err("a problem");
    (problem.message, problem.hint.unwrap_or_default())
}

/// Answers each append with as many blocks as it was given.
fn appending() -> MockHost {
    MockHost::new().on_with("PATCH /v1/blocks/{id}/children", |request| {
        let given = request.body.as_ref().and_then(|body| body["children"].as_array()).map_or(0, Vec::len);
        let results: Vec<Value> = (0..given).map(|number| json!({ "id": format!("b{number}") })).collect();
        Ok(Response { status: 200, body: children(json!(results)) })
    })
}

#[test]
fn definitions_are_small() {
    for definition in PLUGIN.definitions() {
        let name = definition.name;
        let size = json!({
            "name": definition.name, "description": definition.description, "inputSchema": definition.input_schema,
        })
        .to_string()
        .len();
        assert!(size <= 900, "{name}: {size}");
        assert!(definition.output_schema.is_none(), "{name}");
    }
}

#[test]
fn blocks_are_listed_compact_and_nested() {
    let mut outer = block("toggle", json!({ "rich_text": text("Plan"), "color": "default" }));
    outer["has_children"] = true.into();
    let inner = block("to_do", json!({ "rich_text": text("Call"), "color": "red", "checked": true }));
    let host = MockHost::new().on_with("GET /v1/blocks/{id}/children", move |request| {
        let results = if request.path.segments()[2] == PAGE { json!([outer]) } else { json!([inner]) };
        Ok(Response { status: 200, body: children(results) })
    });
    let link = format!("https://www.notion.so/acme/Plan-{}", PAGE.replace('-', ""));
    assert_eq!(
        run(&host, "list_blocks", json!({ "block_id": link })),
        json!({ "blocks": [{
            "id": BLOCK, "type": "toggle", "text": "Plan",
            "children": [{ "id": BLOCK, "type": "to_do", "text": "Call", "checked": true, "color": "red" }],
        }] })
    );
    assert_eq!(
        run(&host, "list_blocks", json!({ "block_id": PAGE, "depth": 0 })),
        json!({ "blocks": [{ "id": BLOCK, "type": "toggle", "text": "Plan", "has_children": true }] })
    );
    let full = run(&host, "list_blocks", json!({ "block_id": PAGE, "detail": "full", "depth": 0 }));
    assert_eq!(full["blocks"][0]["toggle"]["rich_text"], text("Plan"));
}

#[test]
fn a_list_goes_on_with_its_cursor() {
    let host = MockHost::new().on(
        "GET /v1/blocks/{id}/children",
        json!({ "results": [block("divider", json!({}))], "next_cursor": "next" }),
    );
    let answer = run(&host, "list_blocks", json!({ "block_id": PAGE, "limit": 1, "cursor": "here" }));
    assert_eq!(answer, json!({ "blocks": [{ "id": BLOCK, "type": "divider" }], "next_cursor": "next" }));
    assert_eq!(host.sent(), [format!("GET /v1/blocks/{PAGE}/children?page_size=1&start_cursor=here")]);
}

#[test]
fn markdown_is_appended_after_a_block() {
    let host = appending();
    let link = format!("https://www.notion.so/Plan-{}#{}", PAGE.replace('-', ""), BLOCK.replace('-', ""));
    let answer = run(
        &host,
        "append_blocks",
        json!({ "block_id": PAGE, "markdown": "# Plan\n- [x] a\n<div>b</div>", "after": link }),
    );
    assert_eq!(answer["appended"], 3);
    assert_eq!(answer["ids"], json!(["b0", "b1", "b2"]));
    assert!(answer["notes"][0].as_str().unwrap().starts_with("Line 3: `<div>`"));
    let body = host.requests()[0].body.clone().unwrap();
    assert_eq!(body["position"], json!({ "type": "after_block", "after_block": { "id": BLOCK } }));
    assert_eq!(body["children"][1]["to_do"]["checked"], true);
}

#[test]
fn any_number_of_blocks_of_both_forms_is_appended() {
    let host = appending();
    let mut blocks = vec![json!({ "type": "paragraph", "text": "a" }); 250];
    blocks.push(json!({ "object": "block", "type": "quote", "quote": { "rich_text": [{ "text": { "content": "b" } }] } }));
    let answer = run(&host, "append_blocks", json!({ "block_id": PAGE, "blocks": blocks }));
    assert_eq!(answer, json!({ "appended": 251, "first_id": "b0", "last_id": "b50" }));
    assert_eq!(host.sent().len(), 3);
    assert_eq!(host.requests()[2].body.as_ref().unwrap()["children"][50]["type"], "quote");
}

#[test]
fn nothing_is_sent_before_all_of_it_is_right() {
    let host = MockHost::new();
    for (arguments, message) in [
        (json!({ "block_id": PAGE }), "nothing to append"),
        (json!({ "block_id": PAGE, "markdown": "a", "blocks": [] }), "Both"),
        (json!({ "block_id": PAGE, "blocks": ["a", { "type": "to_dos" }] }), "`blocks[1]`: There is no type"),
        (json!({ "block_id": PAGE, "markdown": "a\n<table>" }), "Line 2: `<table>`"),
        (json!({ "block_id": "Plan", "markdown": "a" }), "`Plan` is not a Notion id."),
    ] {
        let (said, _) = refused(&host, "append_blocks", arguments);
        assert!(said.contains(message), "{said}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_change_keeps_what_is_not_given() {
    let host = MockHost::new()
        .on(
            "GET /v1/blocks/{id}",
            block("quote", json!({ "rich_text": text("Old *words*"), "color": "default" })),
        )
        .on("PATCH /v1/blocks/{id}", block("quote", json!({})));
    let answer = run(&host, "update_block", json!({ "block_id": BLOCK, "block": { "color": "red" } }));
    assert_eq!(answer, json!({ "id": BLOCK }));
    assert_eq!(
        host.requests()[1].body,
        Some(json!({ "quote": {
            "color": "red", "rich_text": [{ "type": "text", "text": { "content": "Old *words*" } }],
        } }))
    );
}

#[test]
fn a_change_with_type_and_text_is_one_request() {
    let host = MockHost::new().on("PATCH /v1/blocks/{id}", block("to_do", json!({})));
    run(
        &host,
        "update_block",
        json!({ "block_id": BLOCK, "block": { "type": "to_do", "text": "b", "checked": false } }),
    );
    assert_eq!(
        host.requests()[0].body,
        Some(
            json!({ "to_do": { "rich_text": [{ "type": "text", "text": { "content": "b" } }], "checked": false } })
        )
    );
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn a_type_cannot_be_changed() {
    let wrong = mock::refused(400, "body failed validation.");
    let host = MockHost::new()
        .on("GET /v1/blocks/{id}", block("to_do", json!({ "rich_text": [], "checked": false })))
        .on("PATCH /v1/blocks/{id}", wrong);
    for change in [json!({ "type": "quote", "text": "a" }), json!({ "type": "quote", "color": "red" })] {
        let (message, hint) = refused(&host, "update_block", json!({ "block_id": BLOCK, "block": change }));
        assert_eq!(message, "The block is of type `to_do`; Notion can't make it `quote`.");
        assert!(hint.contains("Append a block of the other type"));
    }
    let change = json!({ "type": "to_do", "text": "a" });
    let (message, _) = refused(&host, "update_block", json!({ "block_id": BLOCK, "block": change }));
    assert_eq!(
        message, "Notion: body failed validation.",
        "the type is right, so it is Notion's to say what is not"
    );
}

#[test]
fn what_is_in_the_trash_is_said_to_be_restored_first() {
    let archived =
        mock::refused(400, "Can't edit block that is archived. You must unarchive the block before editing.");
    let host = MockHost::new()
        .on("PATCH /v1/blocks/{id}/children", archived.clone())
        .on("DELETE /v1/blocks/{id}", archived.clone())
        .on("PATCH /v1/blocks/{id}", archived)
        .on("GET /v1/blocks/{id}", block("to_do", json!({ "rich_text": [] })));
    for (tool, arguments) in [
        ("append_blocks", json!({ "block_id": PAGE, "markdown": "a" })),
        ("update_block", json!({ "block_id": BLOCK, "block": { "text": "a" } })),
        ("update_block", json!({ "block_id": BLOCK, "block": { "type": "to_do", "text": "a" } })),
        ("delete_block", json!({ "block_id": BLOCK })),
    ] {
        let (message, hint) = refused(&host, tool, arguments);
        assert!(
            message.contains("archived") && hint.contains("`trash` and `restore: true`"),
            "{tool}: {hint}"
        );
    }
}

#[test]
fn a_block_is_trashed_by_its_link() {
    let host = MockHost::new()
        .on("GET /v1/blocks/{id}", block("to_do", json!({})))
        .on("DELETE /v1/blocks/{id}", block("to_do", json!({})));
    let link = format!("https://www.notion.so/Plan-{}#{}", PAGE.replace('-', ""), BLOCK.replace('-', ""));
    assert_eq!(
        run(&host, "delete_block", json!({ "block_id": link })),
        json!({ "id": BLOCK, "type": "to_do" })
    );
    assert_eq!(host.sent(), [format!("GET /v1/blocks/{BLOCK}"), format!("DELETE /v1/blocks/{BLOCK}")]);
}

/// A paragraph as Notion answers it.
fn answered() -> Value {
    let mut block = block("paragraph", json!({ "rich_text": text("t"), "color": "default" }));
    block["parent"] = json!({ "type": "page_id", "page_id": PAGE });
    block["created_time"] = json!("2026-07-04T10:07:00.000Z");
    block["last_edited_time"] = json!("2026-07-04T10:07:00.000Z");
    block["created_by"] = json!({ "object": "user", "id": "u" });
    block
}

#[test]
fn what_describes_a_block_is_taken_as_it_was_answered_and_refused_otherwise() {
    let host = MockHost::new()
        .on("GET /v1/blocks/{id}", answered())
        .on("PATCH /v1/blocks/{id}", block("paragraph", json!({})));
    run(&host, "update_block", json!({ "block_id": BLOCK, "block": answered() }));
    for (name, value) in [
        ("in_trash", json!(true)),
        ("archived", json!(true)),
        ("parent", json!({ "type": "page_id", "page_id": BLOCK })),
        ("id", json!(PAGE)),
        ("created_time", json!("2020-01-01T00:00:00.000Z")),
        ("has_children", json!(true)),
        ("object", json!("page")),
        ("children", json!("x")),
    ] {
        for mut change in [
            json!({ "text": "t2" }),
            json!({ "type": "paragraph", "text": "t2" }),
            json!({ "paragraph": { "rich_text": [{ "text": { "content": "t2" } }] } }),
        ] {
            change[name] = value.clone();
            let (message, hint) =
                refused(&host, "update_block", json!({ "block_id": BLOCK, "block": change }));
            assert!(message.contains(&format!("`{name}`")) && !hint.is_empty(), "{name}: {message} {hint}");
        }
    }
    let changed = host.sent().iter().filter(|sent| sent.starts_with("PATCH")).count();
    assert_eq!(changed, 1);
}

#[test]
fn a_page_or_database_is_no_block_to_delete_list_or_change() {
    let host = MockHost::new()
        .on("GET /v1/blocks/{id}", block("child_database", json!({ "title": "Tasks" })))
        .on("GET /v1/blocks/{id}/children", children(json!([])))
        .on(
            "PATCH /v1/blocks/{id}/children",
            mock::refused(400, "Can't append block children to a database."),
        );
    for (tool, arguments, helps) in [
        ("delete_block", json!({ "block_id": BLOCK }), "`trash`"),
        ("list_blocks", json!({ "block_id": BLOCK }), "`query`"),
        ("update_block", json!({ "block_id": BLOCK, "block": { "text": "x" } }), "`update_database`"),
        ("append_blocks", json!({ "block_id": BLOCK, "markdown": "x" }), "`create_page`"),
    ] {
        let (_, hint) = refused(&host, tool, arguments);
        assert!(hint.contains(helps), "{tool}: {hint}");
    }
    assert!(!host.sent().iter().any(|sent| sent.starts_with("DELETE")));
}

#[test]
fn a_block_that_is_in_the_trash_already_is_deleted() {
    let mut gone = answered();
    gone["in_trash"] = true.into();
    let host = MockHost::new().on("GET /v1/blocks/{id}", gone);
    let answer = run(&host, "delete_block", json!({ "block_id": BLOCK }));
    assert_eq!(answer["note"], "It was in the trash already.");
}

#[test]
fn a_place_in_another_page_is_said_to_be_there() {
    let host = MockHost::new()
        .on("PATCH /v1/blocks/{id}/children", mock::refused(400, "Block is not a child of the parent."))
        .on("GET /v1/blocks/{id}", answered());
    let (_, hint) =
        refused(&host, "append_blocks", json!({ "block_id": BLOCK, "markdown": "x", "after": BLOCK }));
    assert!(hint.contains(&format!("in `{PAGE}`")), "{hint}");
    let host = appending();
    run(&host, "append_blocks", json!({ "block_id": PAGE, "markdown": "x", "after": "" }));
    assert!(host.requests()[0].body.as_ref().is_some_and(|body| body.get("position").is_none()));
}

#[test]
fn what_one_block_cannot_say_is_noted_or_refused() {
    let host = MockHost::new()
        .on("GET /v1/blocks/{id}", answered())
        .on("PATCH /v1/blocks/{id}", block("paragraph", json!({})));
    for text in ["# h", "- x\n- y", "> q", "1. a"] {
        let answer = run(&host, "update_block", json!({ "block_id": BLOCK, "block": { "text": text } }));
        assert!(answer["notes"][0].as_str().expect("a note").contains("one block"), "{answer}");
    }
    let row = block("table_row", json!({ "cells": [text("a"), text("b")] }));
    let host = MockHost::new().on("GET /v1/blocks/{id}", row);
    let (message, _) =
        refused(&host, "update_block", json!({ "block_id": BLOCK, "block": { "cells": ["a"] } }));
    assert!(message.contains("has 2 cells"), "{message}");
    let host = MockHost::new().on("GET /v1/blocks/{id}", block("callout", json!({ "rich_text": [] })));
    let (_, hint) = refused(&host, "update_block", json!({ "block_id": BLOCK, "block": { "icon": null } }));
    assert!(hint.contains("emoji"), "{hint}");
}
