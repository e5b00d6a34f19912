//! Blocks from requests into the workspace.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::{Answer, Committed};
use crate::identifiers::canonical;
use crate::json::{Peek, put, single};
use crate::model::block::Block;
use crate::model::parent::Parent;
use crate::model::{Stamps, Workspace};
use crate::paginate;
use crate::{rich_text, trash};

/// Documented: block elements of one request, nested ones included.
const REQUEST_LIMIT: usize = 1000;

/// Types that can have children.
const PARENTS: &[&str] = &[
    "paragraph",
    "bulleted_list_item",
    "numbered_list_item",
    "to_do",
    "toggle",
    "quote",
    "callout",
    "synced_block",
    "template",
    "column",
    "column_list",
    "table",
    "tab",
    "heading_1",
    "heading_2",
    "heading_3",
    "heading_4",
];

/// Where new blocks go among the children.
pub(crate) enum Place {
    Start,
    End,
    After(String),
}

pub(crate) fn handle(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("block_id");
    call.block(workspace, &id)?;
    trash::refuse_edit(workspace, &id)?;
    let position = call.body.at("position");
    let place = match position.text("type") {
        Some("start") => Place::Start,
        Some("after_block") => {
            let after = canonical(position.at("after_block").text("id").unwrap_or_default());
            if !workspace.live_children(&id).contains(&after) {
                return Err(invalid(format!("Block {after} is not a child of block {id}.")));
            }
            Place::After(after)
        }
        _ => Place::End,
    };
    let made = append(call, workspace, &id, call.body.at("children"), &place)?;
    if let Some(page) = workspace
        .ancestors(&id)
        .into_iter()
        .chain([id.clone()])
        .find(|above| workspace.pages.contains_key(above))
        && let Some(page) = workspace.page_mut(&page)
    {
        page.stamps.touch(call.now, call.bot());
    }
    // An append in the middle or at the start answers with every sibling that follows, too (recorded).
    let answered = match place {
        Place::End => made.clone(),
        _ if workspace.appended_alone => made.clone(),
        _ => {
            let siblings = workspace.live_children(&id);
            siblings.into_iter().skip_while(|child| made.first() != Some(child)).collect()
        }
    };
    let (shown, next) = paginate::slice(&answered, None, Some(paginate::MOST))?;
    let results = shown.iter().filter_map(|child| workspace.as_block(child)).collect();
    let body = paginate::list(results, next, "block");
    let committed = Some(Committed { resource_id: id, child_ids: made });
    Ok(Answer { committed, ..Answer::from(body) })
}

/// Appends the blocks of a request; answers with the ids of the first level.
pub(crate) fn append(
    call: &Call,
    workspace: &mut Workspace,
    parent_id: &str,
    blocks: &Value,
    place: &Place,
) -> Result<Vec<String>, Refusal> {
    let blocks = blocks.as_array().map(Vec::as_slice).unwrap_or_default();
    let total: usize = blocks.iter().map(count).sum();
    if total > REQUEST_LIMIT {
        return Err(invalid(format!("The request has {total} blocks; at most {REQUEST_LIMIT} are allowed.")));
    }
    append_unbounded(call, workspace, parent_id, blocks, place)
}

/// The same without the limit of a request, for content that the server itself made.
pub(crate) fn append_unbounded(
    call: &Call,
    workspace: &mut Workspace,
    parent_id: &str,
    blocks: &[Value],
    place: &Place,
) -> Result<Vec<String>, Refusal> {
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    check_parent(workspace, parent_id, blocks)?;
    let mut made = Vec::with_capacity(blocks.len());
    for block in blocks {
        made.push(make(call, workspace, parent_id, block)?);
    }
    let children = workspace.children_mut(parent_id);
    let at = match place {
        Place::Start => 0,
        Place::End => children.len(),
        Place::After(after) => {
            children.iter().position(|child| child == after).map_or(children.len(), |at| at + 1)
        }
    };
    let tail = children.split_off(at.min(children.len()));
    children.extend(made.iter().cloned());
    children.extend(tail);
    Ok(made)
}

fn check_parent(workspace: &Workspace, parent_id: &str, blocks: &[Value]) -> Result<(), Refusal> {
    if workspace.databases.contains_key(parent_id) {
        return Err(invalid("Can't append block children to a database."));
    }
    let Some(parent) = workspace.blocks.get(parent_id) else { return Ok(()) };
    let kind = parent.kind.as_str();
    let toggle_needed = kind.starts_with("heading_") && !parent.content.is_true("is_toggleable");
    if !PARENTS.contains(&kind) || toggle_needed {
        return Err(invalid(format!("Block of type {kind} does not support children.")));
    }
    if kind == "synced_block" && !parent.content.at("synced_from").is_null() {
        return Err(invalid("Blocks can't be appended through a synced block that shows another one."));
    }
    for block in blocks {
        let child = kind_of(block);
        if kind == "table" && child == "table_row" {
            check_row(parent.content.at("table_width").as_u64().unwrap_or(0), block)?;
        }
        let fits = match kind {
            "table" => child == "table_row",
            "column_list" => child == "column",
            "tab" => child == "paragraph",
            _ => child != "table_row" && child != "column",
        };
        if !fits {
            return Err(invalid(format!("Block of type {child} can't be a child of block of type {kind}.")));
        }
    }
    Ok(())
}

/// The type of a block in a request.
pub(crate) fn kind_of(block: &Value) -> &str {
    block
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
        .find(|key| !["type", "object"].contains(&key.as_str()))
        .map(String::as_str)
        .unwrap_or_default()
}

fn count(block: &Value) -> usize {
    1 + block.at(kind_of(block)).items("children").iter().map(count).sum::<usize>()
}

fn make(call: &Call, workspace: &mut Workspace, parent_id: &str, wanted: &Value) -> Result<String, Refusal> {
    let kind = kind_of(wanted).to_owned();
    let given = wanted.at(&kind);
    if let Some(named) = wanted.text("type")
        && named != kind
    {
        return Err(invalid(format!(
            "body failed validation: the block's type is {named}, its content is {kind}."
        )));
    }
    let is_block = workspace.blocks.contains_key(parent_id);
    if !is_block && ["table_row", "column"].contains(&kind.as_str()) {
        return Err(invalid(format!("Block of type {kind} can't be a child of a page.")));
    }
    let content = content(workspace, &kind, given, None)?;
    if let Some(original) = content.at("synced_from").text("block_id")
        && workspace.is_seen_within(original, parent_id)
    {
        return Err(invalid("A synced block can't stand within the block that it shows."));
    }
    let parent =
        if is_block { Parent::Block(parent_id.to_owned()) } else { Parent::Page(parent_id.to_owned()) };
    let id = workspace.mint();
    let block = Block {
        id: id.clone(),
        stamps: Stamps::new(call.now, call.bot()),
        parent,
        kind: kind.clone(),
        content,
        in_trash: false,
    };
    workspace.blocks.insert(id.clone(), block.into());
    let children = given.items("children").to_vec();
    if kind.starts_with("heading_")
        && !children.is_empty()
        && let Some(heading) = workspace.blocks.get_mut(&id)
    {
        // Children make a heading toggle, whatever it says itself (recorded).
        put(&mut heading.content, "is_toggleable", json!(true));
    }
    append_unbounded(call, workspace, &id, &children, &Place::End)?;
    Ok(id)
}

fn check_row(width: u64, row: &Value) -> Result<(), Refusal> {
    if row.at("table_row").items("cells").len() as u64 == width {
        return Ok(());
    }
    Err(invalid("body failed validation: the number of cells in a table row must match the table's width."))
}

/// A block's content as it is answered: what the request gives over what the block had, with every
/// member that Notion always carries.
pub(crate) fn content(
    workspace: &Workspace,
    kind: &str,
    given: &Value,
    before: Option<&Value>,
) -> Result<Value, Refusal> {
    let pick = |key: &str, fallback: Value| -> Value {
        if given.has(key) {
            given.at(key).clone()
        } else {
            before.filter(|before| before.has(key)).map_or(fallback, |before| before.at(key).clone())
        }
    };
    let rich = |key: &str| -> Value {
        if given.has(key) { rich_text::fill(workspace, given.at(key)) } else { pick(key, json!([])) }
    };
    let icon = || {
        if given.has("icon") {
            rich_text::fill_file(workspace, given.at("icon"))
        } else {
            pick("icon", Value::Null)
        }
    };
    let color = || pick("color", json!("default"));
    Ok(match kind {
        "paragraph" | "callout" => json!({"rich_text": rich("rich_text"), "icon": icon(), "color": color()}),
        "bulleted_list_item" | "quote" | "toggle" => {
            json!({"rich_text": rich("rich_text"), "color": color()})
        }
        "numbered_list_item" => {
            let mut item = json!({"rich_text": rich("rich_text"), "color": color()});
            for key in ["list_start_index", "list_format"] {
                let value = pick(key, Value::Null);
                if !value.is_null() {
                    put(&mut item, key, value);
                }
            }
            item
        }
        "to_do" => {
            json!({"rich_text": rich("rich_text"), "checked": pick("checked", json!(false)), "color": color()})
        }
        "heading_1" | "heading_2" | "heading_3" | "heading_4" => json!({
            "rich_text": rich("rich_text"), "is_toggleable": pick("is_toggleable", json!(false)), "color": color(),
        }),
        "template" => json!({"rich_text": rich("rich_text")}),
        "code" => json!({
            "caption": rich("caption"), "rich_text": rich("rich_text"), "language": pick("language", json!("plain text")),
        }),
        "equation" => json!({"expression": pick("expression", json!(""))}),
        "embed" | "bookmark" => json!({"caption": rich("caption"), "url": pick("url", json!(""))}),
        "image" | "video" | "pdf" | "audio" | "file" => {
            media(workspace, kind, given, before, rich("caption"))
        }
        "table_of_contents" => json!({"color": color()}),
        "link_to_page" => link(given),
        "synced_block" => {
            let from = pick("synced_from", Value::Null);
            match from.text("block_id") {
                Some(id) => json!({"synced_from": {"type": "block_id", "block_id": canonical(id)}}),
                None => json!({"synced_from": null}),
            }
        }
        "table" => json!({
            "table_width": pick("table_width", json!(1)),
            "has_column_header": pick("has_column_header", json!(false)),
            "has_row_header": pick("has_row_header", json!(false)),
        }),
        "table_row" => {
            let cells: Vec<Value> =
                given.items("cells").iter().map(|cell| rich_text::fill(workspace, cell)).collect();
            if let Some(before) = before
                && before.items("cells").len() != cells.len()
            {
                return Err(invalid("The number of cells in a table row must match the table's width."));
            }
            json!({"cells": cells})
        }
        "column" => {
            let ratio = pick("width_ratio", Value::Null);
            if ratio.is_null() { json!({}) } else { json!({"width_ratio": ratio}) }
        }
        _ => Value::Object(Map::new()),
    })
}

fn link(given: &Value) -> Value {
    for key in ["page_id", "database_id", "comment_id"] {
        if let Some(id) = given.text(key) {
            let mut link = single("type", json!(key));
            put(&mut link, key, json!(canonical(id)));
            return link;
        }
    }
    json!({})
}

fn media(workspace: &Workspace, kind: &str, given: &Value, before: Option<&Value>, caption: Value) -> Value {
    let mut media = single("caption", caption);
    let filled = rich_text::fill_file(workspace, given);
    let source = if filled.is_null() { before.cloned().unwrap_or(Value::Null) } else { filled };
    let file_kind = source.text("type").unwrap_or("external").to_owned();
    put(&mut media, "type", json!(file_kind));
    put(&mut media, &file_kind, source.at(&file_kind).clone());
    if kind == "file" {
        // Without a name of its own a file has that of its address (recorded).
        let url = media.at(&file_kind).text("url").and_then(rich_text::name_in);
        let name = given.text("name").or(before.and_then(|before| before.text("name"))).or(url.as_deref());
        put(&mut media, "name", json!(name.unwrap_or("file")));
    }
    media
}

/// A block as a request would make it again, with its children.
pub(crate) fn as_request(workspace: &Workspace, id: &str) -> Option<Value> {
    let block = workspace.blocks.get(id)?;
    let mut content = block.content.clone();
    let children: Vec<Value> =
        workspace.live_children(id).iter().filter_map(|child| as_request(workspace, child)).collect();
    if !children.is_empty() {
        put(&mut content, "children", Value::from(children));
    }
    Some(single(&block.kind, content))
}
