//! Markdown, read and written.

use serde_json::json;

use crate::client::App;

#[tokio::test]
async fn an_update_keeps_the_blocks_that_it_does_not_touch() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let path = format!("/v1/pages/{root}/markdown");
    let before = app.get(&format!("/v1/blocks/{root}/children")).await.ok();
    let update = |old: &str, new: &str| json!({"type": "update_content", "update_content": {"content_updates": [{"old_str": old, "new_str": new}]}});
    let answer = app.patch(&path, update("Second", "Other")).await.ok();
    assert!(answer["markdown"].as_str().unwrap().contains("- Other\n"), "{answer}");
    let after = app.get(&format!("/v1/blocks/{root}/children")).await.ok();
    let ids = |list: &serde_json::Value| -> Vec<String> {
        list["results"].as_array().unwrap().iter().map(|block| block["id"].to_string()).collect()
    };
    let (before, after) = (ids(&before), ids(&after));
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!((before.len(), changed), (after.len(), 1));
    app.patch(&path, update("not there", "x")).await.refused(400, "validation_error");
    app.patch(&path, update("e", "x")).await.refused(400, "validation_error");
}

#[tokio::test]
async fn child_databases_are_not_deleted_unless_allowed() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let path = format!("/v1/pages/{root}/markdown");
    let replace = |allow: bool| json!({"type": "replace_content", "replace_content": {"new_str": "Only this", "allow_deleting_content": allow}});
    app.patch(&path, replace(false)).await.refused(400, "validation_error");
    let answer = app.patch(&path, replace(true)).await.ok();
    assert_eq!(answer["markdown"], "Only this");
    assert_eq!(
        app.get(&format!("/v1/databases/{}", app.emulator.ids().tasks_database)).await.ok()["in_trash"],
        true
    );
}

#[tokio::test]
async fn a_page_is_made_from_markdown_with_its_heading_as_the_title() {
    let app = App::start().await;
    let text = "# Title\n\nBody\n- one\n\t- two\n\n| a | b |\n| --- | --- |\n| 1 | 2 |";
    let body = json!({"parent": {"page_id": app.emulator.ids().root_page}, "markdown": text});
    let page = app.post("/v1/pages", body).await.ok();
    assert_eq!(page["properties"]["title"]["title"][0]["plain_text"], "Title");
    let shown = app.get(&format!("/v1/pages/{}/markdown", page["id"].as_str().unwrap())).await.ok();
    let shown = shown["markdown"].as_str().unwrap();
    assert!(shown.starts_with("Body\n- one\n\t- two\n<table header-row=\"true\">"), "{shown}");
}

const EVERYTHING: &str = "# Title {color=\"blue\"}
Plain **bold** *italic* ~~struck~~ `code` <span color=\"red\" underline=\"true\">red</span> [link](https://example.com)
Money \\$5 and $`a^2`$ and <mention-date start=\"2026-05-01\"/>
### Toggle {toggle=\"true\"}
\tInside
- Item {color=\"gray_bg\"}
\t- Inner
\t\t- Innermost
1. One
2. Two
- [ ] Open
- [x] Done
> Line one<br>Line two
<details color=\"red\">
<summary>Toggle</summary>
\tInside
</details>
<callout icon=\"💡\" color=\"yellow_bg\">
\tWords
\tBelow
</callout>
```rust
fn main() {}
```
$$
x^2
$$
---
![A *drawing*](https://example.com/a.png)
<audio src=\"https://example.com/a.mp3\">Song</audio>
<file src=\"https://example.com/a.zip\"></file>
<table_of_contents color=\"gray\"/>
<table header-row=\"true\" header-column=\"true\">
\t<tr><td>a</td><td>**b**</td></tr>
</table>
<columns>
\t<column>
\t\tLeft
\t</column>
\t<column>
\t\t- Right
\t</column>
</columns>
<empty-block/>
#### Last";

#[tokio::test]
async fn what_markdown_can_say_is_read_as_it_was_written() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let body = json!({
        "parent": {"page_id": root}, "properties": {"title": {"title": [{"text": {"content": "All"}}]}}, "markdown": EVERYTHING,
    });
    let page = app.post("/v1/pages", body).await.ok();
    let path = format!("/v1/pages/{}/markdown", page["id"].as_str().unwrap());
    let read = app.get(&path).await.ok();
    assert_eq!(read["markdown"], EVERYTHING);
    assert_eq!(read["unknown_block_ids"], json!([]));
}

#[tokio::test]
async fn blocks_without_a_form_in_markdown_survive_an_edit_around_them() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let page =
        app.post("/v1/pages", json!({"parent": {"page_id": root}, "markdown": "first\n\nlast"})).await.ok();
    let id = page["id"].as_str().unwrap();
    let first = app.get(&format!("/v1/blocks/{id}/children")).await.ok()["results"][0]["id"].clone();
    let body = json!({
        "children": [{"bookmark": {"url": "https://example.com"}}],
        "position": {"type": "after_block", "after_block": {"id": first}},
    });
    let bookmark =
        app.patch(&format!("/v1/blocks/{id}/children"), body).await.ok()["results"][0]["id"].clone();
    let updates = json!([{"old_str": "first", "new_str": "1st"}, {"old_str": "last", "new_str": "at last"}]);
    let edit = json!({"type": "update_content", "update_content": {"content_updates": updates}});
    let edited = app.patch(&format!("/v1/pages/{id}/markdown"), edit).await.ok();
    assert_eq!(edited["unknown_block_ids"], json!([bookmark]));
    assert!(edited["markdown"].as_str().unwrap().starts_with("1st\n<unknown"), "{edited:#}");
    let block = app.get(&format!("/v1/blocks/{}", bookmark.as_str().unwrap())).await.ok();
    assert_eq!(block["in_trash"], false);
    let nobody = "<mention-user url=\"user://00000000-0000-4000-8000-000000000000\"/>";
    let edit = json!({"type": "insert_content", "insert_content": {"content": nobody}});
    app.patch(&format!("/v1/pages/{id}/markdown"), edit).await.refused(404, "object_not_found");
}
