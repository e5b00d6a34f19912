//! What texts of models name: an id, an address of a page, or a data source as `collection://`.

use serde_json::{Value, json};

use crate::errors::{Refusal, invalid};
use crate::identifiers::{canonical, id_of_url, is_uuid};
use crate::json::Peek;

/// The id in a text, dashed.
pub(super) fn id(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let found = match text.strip_prefix("collection://") {
        Some(id) => canonical(id),
        None if text.contains('/') => id_of_url(text),
        None => canonical(text),
    };
    if is_uuid(&found) {
        return Ok(found);
    }
    Err(invalid("An id is a UUID, the address of a page, or collection:// and a UUID."))
}

/// The parent that arguments name, as the API takes it.
pub(super) fn parent(arguments: &Value) -> Result<Value, Refusal> {
    for kind in ["page_id", "data_source_id", "database_id"] {
        if let Some(text) = arguments.text(kind) {
            return Ok(json!({ kind: id(text)? }));
        }
    }
    Err(invalid("parent must have page_id, data_source_id or database_id."))
}

/// The schema of a parent.
pub(super) fn parent_schema() -> Value {
    json!({
        "type": "object",
        "description": "Where it goes: one of page_id, data_source_id and database_id.",
        "properties": {
            "page_id": { "type": "string", "description": "A page, by id or address." },
            "data_source_id": { "type": "string", "description": "A data source, by id or collection:// address." },
            "database_id": { "type": "string", "description": "A database with one data source, by id or address." }
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false
    })
}
