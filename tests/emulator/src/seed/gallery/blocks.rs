//! A page with every type of block, and one that is long and deep.

use serde_json::{Value, json};

use crate::json::put;
use crate::model::Stamps;
use crate::model::block::Block;
use crate::model::parent::Parent;
use crate::seed::gallery::planter::{Planter, text};

pub(super) fn plant(planter: &mut Planter) -> Result<(), String> {
    let page = planter.titled_page("blocks_page", "Every block")?;
    for children in [texts(planter), media(planter), structures(planter)] {
        planter.append(&page, children)?;
    }
    numbered(planter, &page);
    let original = json!([{"synced_block": {"synced_from": null, "children": [paragraph("Shown twice")]}}]);
    let original = planter.append(&page, original)?.pop().unwrap_or_default();
    planter.ids.insert("synced_original".to_owned(), original.clone());
    let shown = json!([{"synced_block": {"synced_from": {"type": "block_id", "block_id": original}}}]);
    let shown = planter.append(&page, shown)?.pop().unwrap_or_default();
    planter.ids.insert("synced_reference".to_owned(), shown);
    // Children of a page that are no blocks of their own.
    let child =
        json!({"parent": {"page_id": page}, "properties": {"title": {"title": text("A child page")}}});
    planter.page("child_page", child)?;
    let root = std::mem::replace(&mut planter.root_page, page.clone());
    let database = planter.database("child_database", "A child database", &json!({"Name": {"title": {}}}));
    planter.root_page = root;
    database?;
    read_only(planter, &page);
    long(planter)
}

/// A list that starts at three, in Roman numbers: people make such, the API can't.
fn numbered(planter: &mut Planter, page: &str) {
    let blocks = planter.workspace.live_children(page);
    let first = blocks
        .iter()
        .find(|id| planter.workspace.blocks.get(id).is_some_and(|block| block.kind == "numbered_list_item"));
    if let Some(block) = first.and_then(|id| planter.workspace.block_mut(id)) {
        put(&mut block.content, "list_start_index", json!(3));
        put(&mut block.content, "list_format", json!("roman"));
    }
}

fn paragraph(content: &str) -> Value {
    json!({"paragraph": {"rich_text": text(content)}})
}

/// Text of every kind of run and of mark.
fn runs(planter: &Planter) -> Value {
    let mut runs = vec![
        json!({"text": {"content": "bold"}, "annotations": {"bold": true}}),
        json!({"text": {"content": " italic"}, "annotations": {"italic": true}}),
        json!({"text": {"content": " struck"}, "annotations": {"strikethrough": true}}),
        json!({"text": {"content": " under"}, "annotations": {"underline": true}}),
        json!({"text": {"content": " code"}, "annotations": {"code": true}}),
        json!({"text": {"content": " red"}, "annotations": {"color": "red"}}),
        json!({"text": {"content": " on blue"}, "annotations": {"color": "blue_background"}}),
        json!({"text": {"content": " linked", "link": {"url": "https://example.com/a?b=c"}}}),
        json!({"equation": {"expression": "e^{i\\pi} + 1 = 0"}}),
    ];
    for mention in [
        json!({"user": {"id": planter.id("grace")}}),
        json!({"date": {"start": "2026-05-01"}}),
        json!({"date": {"start": "2026-05-01T09:00:00+02:00", "end": "2026-05-01T10:00:00+02:00"}}),
        json!({"page": {"id": planter.root_page}}),
        json!({"database": {"id": planter.id("everything")}}),
        json!({"template_mention": {"template_mention_date": "today"}}),
        json!({"template_mention": {"template_mention_user": "me"}}),
        json!({"custom_emoji": {"id": planter.id("emoji_bufo")}}),
    ] {
        runs.push(json!({"mention": mention}));
    }
    Value::from(runs)
}

fn texts(planter: &Planter) -> Value {
    let rich = || text("Words");
    let one = || json!([paragraph("Inside")]);
    json!([
        {"heading_1": {"rich_text": rich(), "color": "blue"}},
        {"heading_2": {"rich_text": rich()}},
        {"heading_3": {"rich_text": rich(), "is_toggleable": true, "children": one()}},
        {"heading_4": {"rich_text": rich()}},
        {"paragraph": {"rich_text": runs(planter)}},
        {"paragraph": {"rich_text": [], "color": "gray_background"}},
        {"paragraph": {"rich_text": text("שלום عالم 👩‍👩‍👧‍👦 e\u{301}"), "children": one()}},
        {"bulleted_list_item": {"rich_text": rich(), "children": [
            {"bulleted_list_item": {"rich_text": rich(), "children": one()}},
        ]}},
        {"numbered_list_item": {"rich_text": rich()}},
        {"numbered_list_item": {"rich_text": rich()}},
        {"to_do": {"rich_text": rich(), "checked": true}},
        {"to_do": {"rich_text": rich(), "children": one()}},
        {"toggle": {"rich_text": rich(), "color": "red", "children": one()}},
        {"quote": {"rich_text": text("Line one\nLine two"), "children": one()}},
        {"callout": {"rich_text": rich(), "icon": {"emoji": "💡"}, "color": "yellow_background", "children": one()}},
        {"callout": {"rich_text": rich(), "icon": {"icon": {"name": "pizza", "color": "blue"}}}},
        {"callout": {"rich_text": rich(), "icon": {"custom_emoji": {"id": planter.id("emoji_gear")}}}},
        {"code": {"rich_text": text("fn main() {\n\tprintln!(\"*\");\n}"), "language": "rust", "caption": rich()}},
        {"equation": {"expression": "a^2 + b^2 = c^2"}},
        {"template": {"rich_text": rich(), "children": one()}},
    ])
}

fn media(planter: &Planter) -> Value {
    let url = |name: &str| json!({"url": format!("https://example.com/{name}")});
    let upload = planter.id("uploaded_file");
    json!([
        {"image": {"external": url("a.png"), "caption": text("A drawing")}},
        {"image": {"file_upload": {"id": upload}}},
        {"video": {"external": url("a.mp4")}},
        {"audio": {"external": url("a.mp3"), "caption": text("A song")}},
        {"pdf": {"external": url("a.pdf")}},
        {"file": {"external": url("a.zip"), "name": "a.zip", "caption": text("All of it")}},
        {"file": {"file_upload": {"id": upload}, "name": "drawing.png"}},
        {"bookmark": {"url": "https://example.com/bookmark", "caption": text("Read later")}},
        {"embed": {"url": "https://example.com/embed"}},
    ])
}

fn structures(planter: &Planter) -> Value {
    let column = |content: &str| json!({"column": {"children": [paragraph(content)]}});
    json!([
        {"divider": {}},
        {"breadcrumb": {}},
        {"table_of_contents": {"color": "gray"}},
        {"link_to_page": {"page_id": planter.root_page}},
        {"link_to_page": {"type": "database_id", "database_id": planter.id("everything")}},
        {"table": {"table_width": 2, "has_column_header": true, "has_row_header": true, "children": [
            {"table_row": {"cells": [text("Name"), text("a | b")]}},
            {"table_row": {"cells": [text("Ada"), []]}},
        ]}},
        {"column_list": {"children": [
            column("Left"),
            {"column": {"width_ratio": 0.6, "children": [{"toggle": {"rich_text": text("Right"), "children": [
                paragraph("Deep in the right"),
            ]}}]}},
        ]}},
        {"tab": {"children": [
            {"paragraph": {"rich_text": text("First tab"), "icon": {"emoji": "🧭"}, "children": [paragraph("Inside")]}},
            {"paragraph": {"rich_text": text("Second tab")}},
        ]}},
    ])
}

/// What the API shows and never makes.
fn read_only(planter: &mut Planter, page: &str) {
    let notes = json!({
        "title": [], "status": "notes_ready", "recording": {"start_time": "2026-05-01T09:00:00.000Z"},
    });
    for (kind, content) in [
        ("unsupported", json!({"block_type": "ai_block"})),
        ("link_preview", json!({"url": "https://github.com/example/example/pull/1"})),
        ("meeting_notes", notes),
    ] {
        let id = planter.workspace.mint();
        let block = Block {
            id: id.clone(),
            stamps: Stamps::new(planter.owner.now, planter.owner.bot()),
            parent: Parent::Page(page.to_owned()),
            kind: kind.to_owned(),
            content,
            in_trash: false,
        };
        planter.workspace.blocks.insert(id.clone(), block.into());
        planter.workspace.children_mut(page).push(id.clone());
        planter.ids.insert(kind.to_owned(), id);
    }
}

/// 250 blocks in a row, and eight levels of one below another.
fn long(planter: &mut Planter) -> Result<(), String> {
    let page = planter.titled_page("long_page", "Long and deep")?;
    for start in [1, 101, 201] {
        let blocks: Vec<Value> =
            (start..=(start + 99).min(250)).map(|number| paragraph(&format!("Paragraph {number}"))).collect();
        planter.append(&page, Value::from(blocks))?;
    }
    let mut parent = page;
    for depth in 1..=8 {
        let item = json!([{"bulleted_list_item": {"rich_text": text(&format!("Level {depth}"))}}]);
        parent = planter.append(&parent, item)?.pop().unwrap_or_default();
    }
    planter.ids.insert("deepest_block".to_owned(), parent);
    Ok(())
}
