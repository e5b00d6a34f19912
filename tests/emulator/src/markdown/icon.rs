//! Icons and files as attributes of tags.

use serde_json::{Value, json};

use crate::json::Peek;

/// A file's address in the content of a block, as markdown names it.
pub(super) fn source_of(content: &Value) -> &str {
    let kind = content.text("type").unwrap_or("external");
    content.at(kind).text("url").unwrap_or_default()
}

/// An icon as an attribute says it: an emoji, or the address of a picture. Others have no form.
pub(super) fn icon_text(icon: &Value) -> Option<&str> {
    icon.text("emoji").or(icon.at("external").text("url"))
}

/// An icon from an attribute.
pub(super) fn icon_of(text: &str) -> Value {
    if text.starts_with("http") { json!({"external": {"url": text}}) } else { json!({"emoji": text}) }
}
