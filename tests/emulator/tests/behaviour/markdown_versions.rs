//! The two markdowns side by side: who takes the version, and that each reads what it wrote.

use serde_json::{Value, json};

use crate::client::App;
use crate::markdown_rules::outline;

async fn page_of(app: &App, children: Value) -> String {
    let root = app.emulator.ids().root_page;
    let body = json!({
        "parent": {"page_id": root}, "properties": {"title": {"title": [{"text": {"content": "Both"}}]}},
    });
    let page = app.post("/v1/pages", body).await.ok()["id"].as_str().unwrap().to_owned();
    app.patch(&format!("/v1/blocks/{page}/children"), json!({"children": children})).await.ok();
    page
}

fn words(text: &str) -> Value {
    json!([{"text": {"content": text}}])
}

fn hard_blocks() -> Value {
    let one = || json!([{"paragraph": {"rich_text": words("in")}}]);
    json!([
        {"paragraph": {"rich_text": words("# no heading")}},
        {"paragraph": {"rich_text": words("1. no item\n- neither")}},
        {"paragraph": {"rich_text": words(" blanks at the ends ")}},
        {"paragraph": {"rich_text": words("a"), "color": "red", "children": one()}},
        {"paragraph": {"rich_text": []}},
        {"paragraph": {"rich_text": [
            {"text": {"content": " bold "}, "annotations": {"bold": true}}, {"text": {"content": "plain"}},
        ]}},
        {"heading_1": {"rich_text": words("Title #")}},
        {"heading_2": {"rich_text": words("two\nlines"), "color": "blue_background"}},
        {"heading_3": {"rich_text": words("T"), "is_toggleable": true, "children": one()}},
        {"bulleted_list_item": {"rich_text": words("a"), "children": [
            {"numbered_list_item": {"rich_text": words("b\nc"), "children": [{"to_do": {"rich_text": words("d")}}]}},
        ]}},
        {"bulleted_list_item": {"rich_text": words("- x")}},
        {"bulleted_list_item": {"rich_text": words("a"), "children": one()}},
        {"numbered_list_item": {"rich_text": words("red"), "color": "red"}},
        {"numbered_list_item": {"rich_text": words("then")}},
        {"to_do": {"rich_text": words("red"), "checked": true, "color": "red_background"}},
        {"quote": {"rich_text": words("one\n\ntwo")}},
        {"quote": {"rich_text": [], "children": one()}},
        {"callout": {"rich_text": words("t"), "icon": {"emoji": "💡"}, "color": "gray", "children": one()}},
        {"callout": {"rich_text": [], "children": [{"heading_1": {"rich_text": words("h")}}]}},
        {"toggle": {"rich_text": words("t"), "children": one()}},
        {"code": {"rich_text": words("```\n<p />\n```"), "language": "markdown"}},
        {"code": {"rich_text": [], "language": "rust"}},
        {"equation": {"expression": "a\nb"}},
        {"divider": {}},
        {"image": {"external": {"url": "https://x.example/a_(b).png"}, "caption": words("c")}},
        {"bookmark": {"url": "https://x.example"}},
        {"embed": {"url": "https://x.example"}},
        {"table_of_contents": {"color": "gray"}},
        {"table": {"table_width": 2, "has_column_header": true, "children": [
            {"table_row": {"cells": [words("a|b"), words("c\nd")]}}, {"table_row": {"cells": [[], words("e")]}},
        ]}},
        {"table": {"table_width": 1, "has_row_header": true, "children": [{"table_row": {"cells": [words("a|b")]}}]}},
        {"column_list": {"children": [
            {"column": {"width_ratio": 0.25, "children": one()}}, {"column": {"width_ratio": 0.75, "children": one()}},
        ]}},
        {"tab": {"children": [{"paragraph": {"rich_text": words("One"), "children": one()}}]}},
    ])
}

#[tokio::test]
async fn what_the_second_version_wrote_it_reads_as_the_same_blocks() {
    let app = App::start().await;
    let page = page_of(&app, hard_blocks()).await;
    let path = format!("/v1/pages/{page}/markdown");
    let read = app.get(&format!("{path}?markdown_version=v2")).await.ok();
    assert_eq!(read["unknown_block_ids"], json!([]));
    let text = read["markdown"].as_str().unwrap();
    let body = json!({
        "parent": {"page_id": app.emulator.ids().root_page}, "markdown": text, "markdown_version": "v2",
        "properties": {"title": {"title": words("Again")}},
    });
    let again = app.post("/v1/pages", body).await.ok()["id"].as_str().unwrap().to_owned();
    let (first, second) = (outline(&app, &page).await, outline(&app, &again).await);
    for (first, second) in first.as_array().unwrap().iter().zip(second.as_array().unwrap()) {
        assert_eq!(second, first, "{text}");
    }
    assert_eq!(second, first);
    let read_again = app.get(&format!("/v1/pages/{again}/markdown?markdown_version=v2")).await.ok();
    assert_eq!(read_again["markdown"], read["markdown"]);
}

/// Blocks of every kind of line such that each stands once behind each other one, and behind itself.
fn all_neighbours() -> Vec<Value> {
    let kinds = [
        json!({"paragraph": {"rich_text": words("p")}}),
        json!({"heading_2": {"rich_text": words("h")}}),
        json!({"bulleted_list_item": {"rich_text": words("b")}}),
        json!({"numbered_list_item": {"rich_text": words("n")}}),
        json!({"to_do": {"rich_text": words("t"), "checked": true}}),
        json!({"quote": {"rich_text": words("q")}}),
        json!({"code": {"rich_text": words("1. c\n2. c"), "language": "rust"}}),
        json!({"divider": {}}),
        json!({"numbered_list_item": {"rich_text": words("o"), "children": [
            {"numbered_list_item": {"rich_text": words("i")}}, {"numbered_list_item": {"rich_text": words("j")}},
        ]}}),
    ];
    let mut blocks = Vec::new();
    for (place, first) in kinds.iter().enumerate() {
        blocks.push(first.clone());
        for second in kinds.iter().skip(place) {
            blocks.extend([second.clone(), first.clone()]);
        }
    }
    blocks
}

#[tokio::test]
async fn each_version_reads_what_it_wrote_whatever_stands_behind_what() {
    let app = App::start().await;
    let inside = |kind: &str, text: &str| {
        let mut block = json!({});
        block[kind] = json!({"rich_text": words(text), "children": all_neighbours()[..40].to_vec()});
        block
    };
    for (children, version) in [
        (Value::from(all_neighbours()[..90].to_vec()), "v1"),
        (Value::from(all_neighbours()[..90].to_vec()), "v2"),
        (json!([inside("toggle", "t"), inside("callout", "c")]), "v2"),
    ] {
        let page = page_of(&app, children).await;
        let read = app.get(&format!("/v1/pages/{page}/markdown?markdown_version={version}")).await.ok();
        let body = json!({
            "parent": {"page_id": app.emulator.ids().root_page}, "markdown": read["markdown"],
            "markdown_version": version, "properties": {"title": {"title": words("Again")}},
        });
        let again = app.post("/v1/pages", body).await.ok()["id"].as_str().unwrap().to_owned();
        let (first, second) = (outline(&app, &page).await, outline(&app, &again).await);
        assert_eq!(second, first, "{version}: {}", read["markdown"].as_str().unwrap());
    }
}

#[tokio::test]
async fn an_edit_in_the_second_version_keeps_the_blocks_that_it_does_not_touch() {
    let app = App::start().await;
    let page = page_of(&app, hard_blocks()).await;
    let list = format!("/v1/blocks/{page}/children");
    let ids = |list: Value| -> Vec<Value> {
        list["results"].as_array().unwrap().iter().map(|block| block["id"].clone()).collect()
    };
    let before = ids(app.get(&list).await.ok());
    let edit = json!({
        "type": "update_content", "markdown_version": "v2",
        "update_content": {"content_updates": [{"old_str": "a\nb", "new_str": "b\na"}]},
    });
    let answer = app.patch(&format!("/v1/pages/{page}/markdown"), edit).await.ok();
    assert!(answer["markdown"].as_str().unwrap().contains("$$\nb\na\n$$"), "{answer}");
    let after = ids(app.get(&list).await.ok());
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!((after.len(), changed), (before.len(), 1));
}

#[tokio::test]
async fn a_page_reads_in_the_version_that_is_asked_for() {
    let app = App::start().await;
    let page = page_of(
        &app,
        json!([{"paragraph": {"rich_text": words("a")}}, {"paragraph": {"rich_text": words("b"), "color": "red"}}]),
    )
    .await;
    let path = format!("/v1/pages/{page}/markdown");
    for (query, wanted) in [
        ("", "a\nb {color=\"red\"}"),
        ("?markdown_version=v1", "a\nb {color=\"red\"}"),
        ("?markdown_version=v2", "a\n\n<p color=\"red\">\nb\n</p>"),
    ] {
        assert_eq!(app.get(&format!("{path}{query}")).await.ok()["markdown"], wanted, "{query}");
    }
}

#[tokio::test]
async fn an_unknown_version_is_refused_wherever_a_version_is_taken() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let (page, comment) =
        (format!("/v1/pages/{}/markdown", ids.root_page), format!("/v1/comments/{}", ids.comment));
    let insert = json!({"type": "insert_content", "insert_content": {"content": "x"}});
    let with = |mut body: Value, version: &str| {
        body["markdown_version"] = json!(version);
        body
    };
    let parent = json!({"page_id": ids.root_page});
    for version in ["v3", "V2", ""] {
        let words =
            app.get(&format!("{page}?markdown_version={version}")).await.refused(400, "validation_error");
        assert!(words.contains("query.markdown_version should be"), "{words}");
        for (method, path, body) in [
            ("PATCH", page.as_str(), insert.clone()),
            ("POST", "/v1/pages", json!({"parent": parent, "markdown": "x"})),
            ("POST", "/v1/comments", json!({"parent": parent, "markdown": "x"})),
            ("PATCH", comment.as_str(), json!({"markdown": "x"})),
        ] {
            let words = app.send(method, path, with(body, version)).await.refused(400, "validation_error");
            assert!(words.contains("body.markdown_version should be `\"v1\"`"), "{words}");
        }
    }
    // Beside blocks and rich text there is no markdown that it could be about.
    let paragraph = json!([{"paragraph": {"rich_text": []}}]);
    let body = with(json!({"parent": parent, "children": paragraph}), "v2");
    app.post("/v1/pages", body).await.refused(400, "validation_error");
    let body = with(json!({"parent": parent, "rich_text": words("x")}), "v2");
    app.post("/v1/comments", body).await.refused(400, "validation_error");
}

#[tokio::test]
async fn comments_take_both_versions() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let ada = app.emulator.ids().ada;
    for (version, text, wanted) in [
        ("v1", format!("<mention-user url=\"user://{ada}\"/> **look**"), "@Ada Lovelace look"),
        (
            "v2",
            format!("<mention url=\"user://{ada}\" /> **look**\nhere\n\nthen there"),
            "@Ada Lovelace look here\nthen there",
        ),
    ] {
        let body = json!({"parent": {"page_id": root}, "markdown": text, "markdown_version": version});
        let comment = app.post("/v1/comments", body).await.ok();
        let runs = comment["rich_text"].as_array().unwrap();
        let said: String = runs.iter().map(|run| run["plain_text"].as_str().unwrap()).collect();
        assert_eq!(said, wanted);
        assert_eq!(runs[0]["mention"]["user"]["id"], json!(ada));
        let path = format!("/v1/comments/{}", comment["id"].as_str().unwrap());
        app.patch(&path, json!({"markdown": text, "markdown_version": version})).await.ok();
    }
}

#[tokio::test]
async fn inserted_content_stands_behind_the_line_that_was_found() {
    let app = App::start().await;
    for (after, version) in [("- [ ] To Do\n", "v1"), ("- [ ] To Do", "v1"), ("- [ ] To Do\n", "v2")] {
        let to_do = |text: &str| json!({"to_do": {"rich_text": words(text)}});
        let page = page_of(&app, json!([to_do("To Do"), to_do("Later")])).await;
        let insert = json!({
            "type": "insert_content", "insert_content": {"content": "- [ ] New", "after": after},
            "markdown_version": version,
        });
        app.patch(&format!("/v1/pages/{page}/markdown"), insert).await.ok();
        let texts = outline(&app, &page).await;
        assert_eq!(
            texts,
            json!([["to_do", "To Do"], ["to_do", "New"], ["to_do", "Later"]]),
            "{after:?} {version}"
        );
    }
}
