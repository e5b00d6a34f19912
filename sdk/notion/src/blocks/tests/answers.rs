use serde_json::{Value, json};

use crate::blocks::{compact, to_markdown, to_notion};

const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

/// A block with all that Notion answers.
fn answered(kind: &str, mut body: Value) -> Value {
    if let Some(text) = body.get("text").cloned() {
        body.as_object_mut().unwrap().remove("text");
        body["rich_text"] = json!([{
            "type": "text", "text": { "content": text, "link": null }, "plain_text": text, "href": null,
            "annotations": { "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default" },
        }]);
    }
    json!({
        "object": "block", "id": ID, "type": kind, kind: body, "has_children": false, "in_trash": false, "archived": false,
        "parent": { "type": "page_id", "page_id": ID }, "created_time": "2026-01-01T00:00:00.000Z",
        "created_by": { "object": "user", "id": ID }, "last_edited_time": "2026-01-01T00:00:00.000Z",
        "last_edited_by": { "object": "user", "id": ID },
    })
}

#[test]
fn answers_become_small_and_have_nothing_that_is_a_default() {
    for (block, small) in [
        (
            answered("paragraph", json!({ "text": "a", "color": "default", "icon": null })),
            json!({ "type": "paragraph", "text": "a" }),
        ),
        (
            answered("to_do", json!({ "text": "a", "color": "red", "checked": false })),
            json!({ "type": "to_do", "text": "a", "color": "red" }),
        ),
        (
            answered(
                "numbered_list_item",
                json!({ "text": "a", "color": "default", "list_start_index": 3, "list_format": "roman" }),
            ),
            json!({ "type": "numbered_list_item", "text": "a", "start": 3, "format": "roman" }),
        ),
        (
            answered("child_page", json!({ "title": "Plan" })),
            json!({ "type": "child_page", "title": "Plan" }),
        ),
        (
            answered("child_database", json!({ "title": "Tasks" })),
            json!({ "type": "child_database", "title": "Tasks" }),
        ),
        (
            answered("unsupported", json!({ "block_type": "form" })),
            json!({ "type": "unsupported", "block_type": "form" }),
        ),
        (
            answered("link_preview", json!({ "url": "https://a.b" })),
            json!({ "type": "link_preview", "url": "https://a.b" }),
        ),
        (
            answered(
                "image",
                json!({ "caption": [], "type": "file", "file": { "url": "https://s3/x/a%20b.png?X-Amz=1", "expiry_time": "2026" } }),
            ),
            json!({ "type": "image", "hosted_file": "a%20b.png" }),
        ),
        (
            answered(
                "meeting_notes",
                json!({ "title": [{ "plain_text": "Sync" }], "status": "notes_ready", "children": { "notes_block_id": ID } }),
            ),
            json!({ "type": "meeting_notes", "title": "Sync", "status": "notes_ready", "parts": { "notes_block_id": ID } }),
        ),
        (
            answered(
                "callout",
                json!({ "text": "a", "color": "default", "icon": { "type": "icon", "icon": { "name": "pizza", "color": "red" } } }),
            ),
            json!({ "type": "callout", "text": "a", "icon": { "type": "icon", "icon": { "name": "pizza", "color": "red" } } }),
        ),
        (answered("brand_new", json!({ "x": 1 })), json!({ "type": "brand_new" })),
        (answered("synced_block", json!({ "synced_from": null })), json!({ "type": "synced_block" })),
    ] {
        let mut expected = json!({ "id": ID });
        expected.as_object_mut().unwrap().extend(small.as_object().unwrap().clone());
        assert_eq!(compact(&block), expected);
    }
    assert_eq!(compact(&json!({ "object": "block", "id": ID })), json!({ "id": ID, "type": "" }));
}

#[test]
fn children_that_were_not_read_are_said() {
    let mut block = answered("toggle", json!({ "text": "a", "color": "default" }));
    block["has_children"] = true.into();
    assert_eq!(compact(&block)["has_children"], true);
    block["children"] = json!([answered("paragraph", json!({ "text": "b" }))]);
    block["more"] = "cursor".into();
    let small = compact(&block);
    assert_eq!((&small["more"], small.get("has_children")), (&json!("cursor"), None));
    assert_eq!(small["children"][0]["text"], "b");
    let table =
        answered("table", json!({ "table_width": 2, "has_column_header": true, "has_row_header": false }));
    assert_eq!(compact(&table), json!({ "id": ID, "type": "table", "header_row": true, "width": 2 }));
}

#[test]
fn what_was_read_can_be_written_elsewhere() {
    let mut block = answered("bulleted_list_item", json!({ "text": "a", "color": "default" }));
    block["has_children"] = true.into();
    block["children"] =
        json!([answered("to_do", json!({ "text": "b", "color": "default", "checked": true }))]);
    let from_small = to_notion(&[compact(&block)]).unwrap();
    let from_own = to_notion(&[block]).unwrap();
    assert_eq!(compact(&from_small[0]), compact(&from_own[0]));
    assert!(from_own[0].get("id").is_none() && from_own[0].get("parent").is_none());
}

#[test]
fn what_markdown_cannot_hold_is_named_in_it() {
    let blocks = [
        answered("child_page", json!({ "title": "Plan</page>" })),
        answered("unsupported", json!({ "block_type": "form" })),
        answered("link_preview", json!({ "url": "https://a.b/?c&d" })),
        answered(
            "video",
            json!({ "type": "file", "file": { "url": "https://s3/a.mp4?sig" }, "caption": [] }),
        ),
    ];
    let id = ID.replace('-', "");
    assert_eq!(
        to_markdown(&blocks),
        format!(
            "<page url=\"https://www.notion.so/{id}\">Plan\\</page></page>\n\n\
             <unknown url=\"https://www.notion.so/{id}\" alt=\"form\" />\n\n\
             <unknown url=\"https://a.b/?c&amp;d\" alt=\"link_preview\" />\n\n\
             <unknown url=\"https://www.notion.so/{id}\" alt=\"video\" name=\"a.mp4\" />"
        )
    );
}
