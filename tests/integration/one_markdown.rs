//! One markdown: whatever is written means the same in every place that takes it, and what a tool answered goes back.

use notion_emulator::Seed;
use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// Inputs, and the blocks that they are wherever blocks are held.
fn inputs() -> Vec<(&'static str, Value)> {
    let paragraph = |text: &str| json!([{"type": "paragraph", "text": text}]);
    let code = |language: &str| json!([{"type": "code", "text": "x", "language": language}]);
    let bullet = |text: &str, children: Value| {
        let mut block = json!({"type": "bulleted_list_item", "text": text});
        if children != json!([]) {
            block["children"] = children;
        }
        block
    };
    let nested = json!([bullet("a", json!([bullet("b", json!([bullet("c", json!([]))]))]))]);
    vec![
        ("- a\n  - b\n    - c", nested.clone()),
        ("- a\n\t- b\n\t\t- c", nested.clone()),
        ("* a\n    * b\n        * c", nested),
        (
            "1. a\n   - b\n2. c",
            json!([
                {"type": "numbered_list_item", "text": "a", "children": [bullet("b", json!([]))]},
                {"type": "numbered_list_item", "text": "c"},
            ]),
        ),
        (
            "- [x] a\n- [ ] b",
            json!([{"type": "to_do", "text": "a", "checked": true}, {"type": "to_do", "text": "b"}]),
        ),
        ("It costs $5 to $10 and $x^2$", paragraph("It costs $5 to $10 and $`x^2`$")),
        (
            "**\u{6ce8}\u{610f}\u{ff1a}**\u{8bf7}\u{770b}",
            paragraph("**\u{6ce8}\u{610f}\u{ff1a}**\u{8bf7}\u{770b}"),
        ),
        ("Tom &amp; Jerry &#39;", paragraph("Tom & Jerry '")),
        ("2*3*4 = 24 and a_b_c", paragraph("2*3*4 = 24 and a_b_c")),
        ("a **b** *c* ~~d~~ `e`", paragraph("a **b** *c* ~~d~~ `e`")),
        (
            "[a](https://en.wikipedia.org/wiki/A_(b))",
            paragraph("[a](https://en.wikipedia.org/wiki/A_\\(b\\))"),
        ),
        ("one  \ntwo\\\nthree", paragraph("one\ntwo\nthree")),
        ("a <kbd>b</kbd> < c", paragraph("a \\<kbd>b\\</kbd> < c")),
        ("<!-- c -->", paragraph("<!-- c -->")),
        ("```py\nx\n```", code("python")),
        ("```js {1,3}\nx\n```", code("javascript")),
        ("```python title=\"a.py\"\nx\n```", code("python")),
        ("Title\n=====", json!([{"type": "heading_1", "text": "Title"}])),
        ("##### Five", json!([{"type": "heading_4", "text": "Five"}])),
        ("## Two ##", json!([{"type": "heading_2", "text": "Two"}])),
        ("> a\n> b", json!([{"type": "quote", "text": "a\nb"}])),
        (
            "> a\n>\n> > b",
            json!([{"type": "quote", "text": "a", "children": [{"type": "quote", "text": "b"}]}]),
        ),
        (
            "| a | b |\n|:--|--:|\n| c \\| d |\n| e | f |",
            json!([{"type": "table", "header_row": true, "rows": [["a", "b"], ["c | d", ""], ["e", "f"]]}]),
        ),
        (
            "a | b\n--- | ---\nc | d",
            json!([{"type": "table", "header_row": true, "rows": [["a", "b"], ["c", "d"]]}]),
        ),
        (
            "a\n\n---\n\nb",
            json!([{"type": "paragraph", "text": "a"}, {"type": "divider"}, {"type": "paragraph", "text": "b"}]),
        ),
        (
            "<callout icon=\"\u{1f4a1}\" color=\"red_bg\">\n\tMind\n\t- the gap\n</callout>",
            json!([{"type": "callout", "text": "Mind", "icon": "\u{1f4a1}", "color": "red_background", "children": [bullet("the gap", json!([]))]}]),
        ),
    ]
}

/// Blocks as they were listed, without ids, and the rows of tables as such.
fn plain(blocks: &Value) -> Value {
    let plain_one = |block: &Value| {
        let mut block = block.clone();
        let Some(members) = block.as_object_mut() else { return block };
        members.shift_remove("id");
        if let Some(children) = members.shift_remove("children") {
            let is_table = members.get("type") == Some(&json!("table"));
            if is_table {
                members.insert(
                    "rows".to_owned(),
                    children.as_array().unwrap().iter().map(|row| row["cells"].clone()).collect(),
                );
            } else {
                members.insert("children".to_owned(), plain(&children));
            }
        }
        block
    };
    blocks.as_array().unwrap().iter().map(plain_one).collect()
}

async fn listed(host: &TestHost, id: &Value) -> Value {
    let answer = host.result("list_blocks", json!({"block_id": id, "depth": 8, "limit": 1000})).await;
    answer["blocks"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn markdown_makes_the_same_blocks_wherever_it_is_given() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let mut differing = Vec::new();
    for (number, (markdown, expected)) in inputs().into_iter().enumerate() {
        let created = host
            .result(
                "create_page",
                json!({"parent_page_id": ids.root_page, "title": "C", "content": markdown}),
            )
            .await;
        let upserted = host
            .result(
                "upsert",
                json!({"database_id": ids.tasks_database, "unique": {"property": "Name", "value": format!("Input {number}")}, "content": markdown}),
            )
            .await;
        let mut pages = vec![("create_page", created["id"].clone()), ("upsert", upserted["id"].clone())];
        for (tool, arguments) in [
            ("append_blocks", json!({"markdown": markdown})),
            ("edit_page", json!({"append": markdown})),
            ("edit_page", json!({"replace": markdown})),
        ] {
            let page =
                host.result("create_page", json!({"parent_page_id": ids.root_page, "title": "E"})).await;
            let mut arguments = arguments;
            arguments[if tool == "edit_page" { "page_id" } else { "block_id" }] = page["id"].clone();
            host.result(tool, arguments).await;
            pages.push((tool, page["id"].clone()));
        }
        for (tool, page) in pages {
            let found = plain(&listed(&host, &page).await);
            if found != expected {
                differing.push(format!("{tool} {markdown:?}\n  {found}\n  {expected}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_comment_reads_as_a_block_does() {
    let host = TestHost::start(&BUILT_IN).await;
    let page = host.emulator.ids().root_page;
    let mut differing = Vec::new();
    for (markdown, expected) in inputs() {
        let created = host.result("create_comment", json!({"page_id": page, "text": markdown})).await;
        let comments = host.result("list_comments", json!({"page_id": page, "limit": 1000})).await;
        let last = comments["comments"].as_array().unwrap().last().unwrap().clone();
        let [only] = expected.as_array().unwrap().as_slice() else { continue };
        if only["type"] == "paragraph" {
            if last["text"] != only["text"] {
                differing.push(format!("{markdown:?}: {} instead of {}", last["text"], only["text"]));
            }
        } else if created["notes"].is_null() {
            differing.push(format!("{markdown:?}: nothing is said of what a comment can't hold"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_after_an_at_sign_mentions_its_person_in_every_markdown() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let mention = format!("<mention-user url=\"user://{}\">", ids.ada);
    let text = "@Ada Lovelace please look";
    let created = host
        .result("create_page", json!({"parent_page_id": ids.root_page, "title": "C", "content": text}))
        .await;
    host.result("append_blocks", json!({"block_id": created["id"], "markdown": text})).await;
    host.result(
        "append_blocks",
        json!({"block_id": created["id"], "blocks": [{"type": "to_do", "text": text}]}),
    )
    .await;
    host.result("edit_page", json!({"page_id": created["id"], "append": text})).await;
    let blocks = listed(&host, &created["id"]).await;
    let texts: Vec<&str> =
        blocks.as_array().unwrap().iter().map(|block| block["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 4);
    assert!(texts.iter().all(|text| text.starts_with(&mention)), "{texts:?}");
    host.result("create_comment", json!({"page_id": created["id"], "text": text})).await;
    let comments = host.result("list_comments", json!({"page_id": created["id"]})).await;
    assert!(comments["comments"][0]["text"].as_str().unwrap().starts_with(&mention), "{comments}");

    let other =
        host.result("create_comment", json!({"page_id": created["id"], "text": "@ada lovelace look"})).await;
    assert!(other["notes"][0].as_str().unwrap().contains("`@Ada Lovelace`"), "{other}");
    host.emulator.forget_requests();
    host.result(
        "append_blocks",
        json!({"block_id": created["id"], "markdown": "mail ada@example.com, run `@Ada Lovelace`"}),
    )
    .await;
    assert_eq!(host.emulator.requests().of("GET /v1/users"), 0);
    host.stop().await;
}

/// Notion answers an append in the middle with every sibling behind it, or with the new blocks alone.
#[tokio::test(flavor = "multi_thread")]
async fn blocks_put_among_others_keep_their_order_and_ids_whatever_of_them_is_answered() {
    let host = TestHost::start(&BUILT_IN).await;
    let root = host.emulator.ids().root_page;
    let lines = |name: &str, count: usize| -> Vec<Value> {
        (0..count).map(|number| json!({"type": "paragraph", "text": format!("{name} {number}")})).collect()
    };
    for is_alone in [false, true] {
        host.emulator.answer_appends_alone(is_alone);
        let page = host.result("create_page", json!({"parent_page_id": root, "title": "Long"})).await;
        host.result("append_blocks", json!({"block_id": page["id"], "blocks": lines("Old", 151)})).await;
        let first = listed(&host, &page["id"]).await[0]["id"].clone();
        host.emulator.forget_requests();
        let arguments = json!({"block_id": page["id"], "after": first, "blocks": lines("New", 150)});
        let answer = host.result("append_blocks", arguments).await;
        assert_eq!(host.emulator.requests().total, 2, "{:?}", host.emulator.requests().routes);
        let blocks = listed(&host, &page["id"]).await;
        let texts: Vec<&str> =
            blocks.as_array().unwrap().iter().map(|block| block["text"].as_str().unwrap()).collect();
        let mut expected: Vec<String> = (0..151).map(|number| format!("Old {number}")).collect();
        expected.splice(1..1, (0..150).map(|number| format!("New {number}")));
        assert_eq!(texts, expected);
        assert_eq!(
            (&answer["appended"], &answer["first_id"], &answer["last_id"]),
            (&json!(150), &blocks[1]["id"], &blocks[150]["id"])
        );
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_blocks_are_taken_back() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.reset(Seed::Gallery).gallery;
    let root = host.emulator.ids().root_page;
    for detail in ["compact", "full"] {
        let given = host
            .result(
                "list_blocks",
                json!({"block_id": ids["blocks_page"], "depth": 8, "limit": 1000, "detail": detail}),
            )
            .await;
        let blocks = given["blocks"].clone();
        let page = host.result("create_page", json!({"parent_page_id": root, "title": "Back"})).await;
        let answer = host.result("append_blocks", json!({"block_id": page["id"], "blocks": blocks})).await;
        let notes = answer["notes"].to_string();
        assert!(notes.contains("was linked to") && notes.contains("left out"), "{answer:#}");
        host.result("create_page", json!({"parent_page_id": root, "title": "Back", "blocks": blocks})).await;

        let back =
            host.result("list_blocks", json!({"block_id": page["id"], "depth": 8, "limit": 1000})).await;
        let again =
            host.result("append_blocks", json!({"block_id": page["id"], "blocks": back["blocks"]})).await;
        let notes = again["notes"].as_array().cloned().unwrap_or_default();
        let is_of_mirror = |note: &Value| note.as_str().unwrap().contains("comes from its original");
        assert!(notes.iter().all(is_of_mirror), "{again:#}");
        if detail == "compact" {
            for block in blocks.as_array().unwrap() {
                let (status, envelope) =
                    host.call("update_block", json!({"block_id": block["id"], "block": block})).await;
                let is_helped = envelope["error"]["hint"].is_string();
                assert!(status == 200 || is_helped, "{block} {envelope:#}");
            }
        }
    }
    let numbered = json!([{"type": "numbered_list_item", "id": "x", "text": "c", "start": 3}]);
    let answer = host.result("append_blocks", json!({"block_id": root, "blocks": numbered})).await;
    assert!(answer["notes"][0].as_str().unwrap().contains("`start`"), "{answer}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_was_read_can_be_written_back() {
    let host = TestHost::start(&BUILT_IN).await;
    let root = host.emulator.ids().root_page;
    let content = "<columns>\n<column>\n</column>\n<column>\n- a\n</column>\n</columns>\n\n# T\n\n- x\n  - y\n\n> q\n\n**b** $5 &lt;i&gt; 2*3*4";
    let page =
        host.result("create_page", json!({"parent_page_id": root, "title": "A", "content": content})).await;
    let before = plain(&listed(&host, &page["id"]).await);
    let read = host.result("get_page", json!({"page_id": page["id"], "content": true})).await;
    host.result("edit_page", json!({"page_id": page["id"], "replace": read["content"]})).await;
    assert_eq!(plain(&listed(&host, &page["id"]).await), before, "{}", read["content"]);
    let other = host
        .result("create_page", json!({"parent_page_id": root, "title": "B", "content": read["content"]}))
        .await;
    assert_eq!(plain(&listed(&host, &other["id"]).await), before);
    // A line as it is shown is found.
    let line = read["content"].as_str().unwrap().lines().find(|line| line.contains("T")).unwrap();
    host.result(
        "edit_page",
        json!({"page_id": page["id"], "edits": [{"old": line, "new": "# New $5 to $10"}]}),
    )
    .await;
    let after = listed(&host, &page["id"]).await.to_string();
    assert!(after.contains("New $5 to $10"), "{after}");
    host.stop().await;
}
