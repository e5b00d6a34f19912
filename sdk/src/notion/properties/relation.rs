//! Relations: pages by id or link.

use std::str::FromStr;

use serde_json::{Value, json};

use super::Property;
use crate::Problem;
use crate::notion::{ARRAY_LIMIT, NotionId};

/// Notion replaces the whole list, and takes 100 pages at once: a longer list cannot be sent in parts, because each part
/// would replace the one before.
pub(super) fn normalise(property: &Property, value: &Value) -> Result<Value, Problem> {
    let given = match value {
        Value::Null => &[],
        Value::Array(pages) => pages.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut ids: Vec<NotionId> = Vec::new();
    for page in given {
        let text = match page {
            Value::String(text) => Some(text.as_str()),
            Value::Object(page) => page.get("id").and_then(Value::as_str),
            _ => None,
        };
        let text = text.ok_or_else(|| property.refuse("has an entry that names no page"))?;
        let id = NotionId::from_str(text).map_err(|problem| property.blame(problem))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > ARRAY_LIMIT {
        return Err(
            property.refuse(&format!("has {} pages; Notion takes {ARRAY_LIMIT} in one request", ids.len()))
        );
    }
    Ok(ids.into_iter().map(|id| json!({ "id": id })).collect())
}
