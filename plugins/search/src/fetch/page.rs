//! A page, or a part of one, as a document.

use serde_json::Map;
use toolbay_sdk::notion::{Related, flatten, titles_beside};
use toolbay_sdk::prelude::*;

use super::document::Document;
use super::window;

/// Most characters of one property beside the text, which is what a reader came for.
const MAX_VALUE_LENGTH: usize = 2_000;

/// Most ids of blocks that markdown could not say.
const MAX_UNKNOWN: usize = 20;

pub(super) fn document(call: &Call, page: &Value, markdown: &Value) -> Document {
    let mut metadata = Map::from_iter([("object".to_owned(), Value::from("page"))]);
    if let Some(edited) = page.get("last_edited_time").filter(|time| !time.is_null()) {
        metadata.insert("last_edited_time".to_owned(), edited.clone());
    }
    if page.get("in_trash").and_then(Value::as_bool) == Some(true) {
        metadata.insert("in_trash".to_owned(), true.into());
    }
    let whole = flatten::properties(page);
    let properties: Map<String, Value> =
        whole.iter().map(|(name, value)| (name.clone(), shortened(value.clone()))).collect();
    flatten::put_unknown(page, &mut metadata);
    for (name, _) in properties.iter().filter(|(name, value)| whole.get(*name) != Some(*value)) {
        let cut = metadata.entry("cut").or_insert_with(|| json!([]));
        if let Some(names) = cut.as_array_mut().filter(|names| !names.contains(&json!(name))) {
            names.push(json!(name));
        }
    }
    if !properties.is_empty() {
        metadata.insert("properties".to_owned(), Value::Object(properties));
    }
    let titles = titles_beside(call, &Related::of_page(page));
    if !titles.by_id.is_empty() {
        metadata.insert("titles".to_owned(), json!(titles.by_id));
    }
    Document {
        title: flatten::title(page),
        url: page.get("url").and_then(Value::as_str).map(str::to_owned),
        text: text(markdown),
        metadata,
        notes: notes(markdown),
    }
}

/// Notion renders any block as markdown, and knows no title of it.
pub(super) fn block(markdown: &Value) -> Document {
    Document {
        title: None,
        url: None,
        text: text(markdown),
        metadata: Map::from_iter([("object".to_owned(), Value::from("block"))]),
        notes: notes(markdown),
    }
}

fn text(markdown: &Value) -> String {
    markdown.get("markdown").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn notes(markdown: &Value) -> Vec<String> {
    let mut notes = Vec::new();
    if markdown.get("truncated").and_then(Value::as_bool) == Some(true) {
        notes.push("Notion cut the text: the page has more blocks than it renders.".to_owned());
    }
    let unknown: Vec<&str> = markdown
        .get("unknown_block_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !unknown.is_empty() {
        let listed = unknown.iter().take(MAX_UNKNOWN).copied().collect::<Vec<_>>().join(", ");
        let more = match unknown.len().saturating_sub(MAX_UNKNOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        notes.push(format!(
            "Blocks that are not in the text, or only as `<unknown>`; fetch them by id: {listed}{more}."
        ));
    }
    notes
}

fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let kept = window::to(&text, MAX_VALUE_LENGTH);
            if kept.len() == text.len() { Value::String(text) } else { format!("{kept}...").into() }
        }
        other => other,
    }
}
