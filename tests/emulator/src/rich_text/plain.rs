//! Runs of text, without anything of the workspace.

use serde_json::{Value, json};

use crate::json::Peek;

/// The plain text of an array of rich text.
pub(crate) fn plain(items: &Value) -> String {
    items
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.text("plain_text"))
        .collect()
}

/// One plain run of text, as an answer carries it.
pub(crate) fn of(text: &str) -> Value {
    if text.is_empty() {
        return json!([]);
    }
    json!([run(text, None, &Value::Null)])
}

/// One run of text with a link and annotations.
pub(crate) fn run(text: &str, link: Option<&str>, annotations: &Value) -> Value {
    json!({
        "type": "text",
        "text": {"content": text, "link": link.map(|url| json!({"url": url}))},
        "annotations": full_annotations(annotations),
        "plain_text": text,
        "href": link,
    })
}

pub(super) fn full_annotations(given: &Value) -> Value {
    let flag = |key: &str| given.is_true(key);
    json!({
        "bold": flag("bold"),
        "italic": flag("italic"),
        "strikethrough": flag("strikethrough"),
        "underline": flag("underline"),
        "code": flag("code"),
        "color": given.text("color").unwrap_or("default"),
    })
}
