//! Relations: pages by id, link or title.

use serde_json::{Value, json};

use super::{Lookup, Property};
use crate::Error;
use crate::members::only_of;
use crate::{ARRAY_LIMIT, NotionId, Object, TEXT_LIMIT, rich_text};

/// Notion replaces the whole list, and takes 100 pages at once: a longer list cannot be sent in parts, because each part
/// would replace the one before.
pub(super) fn normalise(property: &Property, value: &Value, lookup: &dyn Lookup) -> Result<Value, Error> {
    let given = match value {
        Value::Null => &[],
        Value::Array(pages) => pages.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut ids: Vec<NotionId> = Vec::new();
    for page in given {
        only_of(Some(page), "a page", &["id", "url", "title", "type", "object"])
            .map_err(|error| property.blame(error))?;
        let id = id_of(property, page, lookup)?;
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

fn id_of(property: &Property, page: &Value, lookup: &dyn Lookup) -> Result<NotionId, Error> {
    let text = match page {
        Value::String(text) => Some(text.as_str()),
        Value::Object(page) => ["id", "url", "title"].iter().find_map(|key| page.get(*key)?.as_str()),
        _ => None,
    };
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| property.refuse("has an entry that names no page"))?;
    let id = match (Object::Page.find_unless_name(text), property.related()) {
        (Ok(Some(id)), _) => Ok(id),
        (Ok(None), Some(data_source_id)) => {
            rich_text::check_length(text, TEXT_LIMIT).and_then(|()| lookup.page(data_source_id, text))
        }
        (Ok(None), None) => Object::Page.find(text),
        (Err(error), _) => Err(error),
    };
    id.map_err(|error| property.blame(error))
}
