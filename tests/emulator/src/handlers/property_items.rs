//! One property of a page, whole: the long ones in pages of their own.

use serde_json::{Value, json};

use crate::call::Call;
use crate::check::query_string::decode_segment;
use crate::errors::{Refusal, bad_cursor, invalid};
use crate::handlers::Answer;
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::properties::{read, rollup};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let page = call.page(workspace, &call.id("page_id"))?;
    let wanted = call.raw("property_id");
    let decoded = decode_segment(wanted);
    let Some(data_source) = workspace.data_source_of(&page) else {
        if wanted != "title" {
            return Err(missing(wanted));
        }
        return items(call, &page.id, "title", "title", page.title(), None);
    };
    let property = data_source
        .property(&decoded)
        .or_else(|| data_source.property(wanted))
        .ok_or_else(|| missing(wanted))?;
    let kind = property.kind.as_str();
    let content = read::content(workspace, data_source, &page, property);
    match kind {
        "title" | "rich_text" | "people" | "relation" => {
            items(call, &page.id, kind, &property.id, content, None)
        }
        // A list whatever the function makes of it, with the result beside (recorded).
        "rollup" => {
            let inputs = rollup::inputs(workspace, data_source, &page, property);
            let function = content.at("function").clone();
            let summary = match content.text("type") {
                Some("array") => json!({"type": "array", "array": [], "function": function}),
                _ => content,
            };
            items(call, &page.id, kind, &property.id, Value::from(inputs), Some(summary))
        }
        _ => {
            let mut item = json!({"object": "property_item", "type": kind, "id": property.id});
            put(&mut item, kind, content);
            Ok(item.into())
        }
    }
}

fn missing(wanted: &str) -> Refusal {
    Refusal::new(404, "object_not_found", format!("Could not find property with ID: {wanted}."))
}

fn items(
    call: &Call,
    page_id: &str,
    kind: &str,
    property_id: &str,
    content: Value,
    rollup: Option<Value>,
) -> Result<Answer, Refusal> {
    let all = content.as_array().cloned().unwrap_or_default();
    // The items have no ids, so a cursor is a place.
    let start = match call.query.text("start_cursor") {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("at-")
            .and_then(|place| place.parse::<usize>().ok())
            .filter(|place| *place <= all.len())
            .ok_or_else(|| bad_cursor(cursor))?,
    };
    let size = call.page_size().ok_or_else(|| invalid("query.page_size should be ≥ `1`."))?;
    let end = (start + size).min(all.len());
    let results: Vec<Value> = all
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .map(|each| {
            let mut item = json!({"object": "property_item"});
            if rollup.is_some() {
                let inner = each.text("type").unwrap_or_default();
                put(&mut item, "type", json!(inner));
                put(&mut item, "id", json!(property_id));
                put(&mut item, inner, each.at(inner).clone());
            } else {
                put(&mut item, "type", json!(kind));
                put(&mut item, "id", json!(property_id));
                put(&mut item, kind, each.clone());
            }
            item
        })
        .collect();
    let next = (end < all.len()).then(|| format!("at-{end}"));
    let next_url = next.as_ref().map(|cursor| {
        format!(
            "{}/v1/pages/{page_id}/properties/{property_id}?start_cursor={cursor}&page_size={size}",
            call.base
        )
    });
    let mut summary = json!({"id": property_id, "next_url": next_url, "type": kind});
    let whole = rollup.unwrap_or_else(|| json!({}));
    // What a function makes of the values is there with the last of them (documented).
    let is_result = whole.has("function") && whole.text("type") != Some("array");
    let whole = match &next {
        Some(_) if is_result => {
            json!({"type": "incomplete", "incomplete": {}, "function": whole.at("function")})
        }
        _ => whole,
    };
    put(&mut summary, kind, whole);
    Ok(json!({
        "object": "list",
        "results": results,
        "next_cursor": next,
        "has_more": next.is_some(),
        "type": "property_item",
        "property_item": summary,
    })
    .into())
}
