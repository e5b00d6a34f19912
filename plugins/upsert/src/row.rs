//! The row: what names it, what it shall have, and whether it is there.

use serde_json::Map;
use toolbay_sdk::notion::properties::same::same;
use toolbay_sdk::notion::properties::{IdsOnly, RowKey};
use toolbay_sdk::notion::{Schema, normalise};
use toolbay_sdk::prelude::*;

use crate::Unique;

/// Enough to tell one match from several, and to name those.
const MOST_MATCHES: usize = 10;

/// What a caller wants a row to be, checked against the schema.
pub(crate) struct Row {
    pub(crate) key: RowKey,
    properties: Map<String, Value>,
}

impl Row {
    /// Checks key and properties; nothing is sent.
    pub(crate) fn new(schema: &Schema, unique: &Unique, given: &Map<String, Value>) -> Result<Self, Problem> {
        let key = RowKey::new(schema.find(&unique.property)?, &unique.value)?;
        let mut properties = normalise(schema, given, &IdsOnly)?;
        if let Some(own) = properties.shift_remove(&key.property)
            && key.value.as_ref() != Some(&own)
        {
            return Err(Problem::invalid_input(format!(
                "`{}` is given twice, with different values.",
                key.property
            ))
            .hint(
                "The unique value names the row, so it cannot be changed here: leave it out of `properties`.",
            ));
        }
        Ok(Self { key, properties })
    }

    /// Creates the page; answers with it.
    pub(crate) fn create(
        mut self,
        call: &Call,
        data_source_id: &str,
        content: Option<String>,
    ) -> Result<Value, Problem> {
        let Some(value) = self.key.value else {
            return Err(Problem::not_found(format!("No row has this `{}`.", self.key.property))
                .hint("Notion gives that number itself, so no row can be created with it: use another unique property."));
        };
        self.properties.insert(self.key.property, value);
        let mut body = json!({
            "parent": { "type": "data_source_id", "data_source_id": data_source_id },
            "properties": self.properties,
        });
        if let (Some(content), Some(body)) = (content, body.as_object_mut()) {
            body.insert("markdown".to_owned(), Value::String(content));
        }
        Ok(call.notion().post("/v1/pages", body).send()?.body)
    }

    /// Writes what differs from the page; answers with the page as it then is, or none when nothing differs.
    pub(crate) fn update(mut self, call: &Call, page: &Value) -> Result<Option<Value>, Problem> {
        let current = page.get("properties");
        self.properties.retain(|name, wanted| {
            !current.and_then(|properties| properties.get(name)).is_some_and(|current| same(wanted, current))
        });
        if self.properties.is_empty() {
            return Ok(None);
        }
        let body = json!({ "properties": self.properties });
        Ok(Some(call.notion().patch(["v1", "pages", page_id(page)?], body).send()?.body))
    }
}

/// The one row that has the key; none when no row has.
pub(crate) fn matching(call: &Call, data_source_id: &str, key: &RowKey) -> Result<Option<Value>, Problem> {
    let body = json!({ "filter": key.filter, "page_size": MOST_MATCHES });
    let mut answer = call.notion().post(["v1", "data_sources", data_source_id, "query"], body).send()?.body;
    let has_more = answer.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    let mut pages = match answer.get_mut("results").map(Value::take) {
        Some(Value::Array(results)) => results,
        _ => return Err(Problem::upstream_failed("Notion answered a query without results.")),
    };
    // A wiki's data source also lists data sources.
    pages.retain(|found| found.get("object").and_then(Value::as_str) == Some("page"));
    // Where Notion's own comparison takes more than this very value, the row that has it exactly is the one meant.
    if pages.iter().any(|page| key.is_exactly(page)) {
        pages.retain(|page| key.is_exactly(page));
    }
    if has_more || pages.len() > 1 {
        return Err(ambiguous(key, &pages, has_more));
    }
    Ok(pages.pop())
}

fn ambiguous(key: &RowKey, pages: &[Value], has_more: bool) -> Problem {
    let ids: Vec<&str> = pages.iter().filter_map(|page| page_id(page).ok()).collect();
    let count = if has_more { format!("more than {MOST_MATCHES}") } else { ids.len().to_string() };
    Problem::conflict(format!("The value of `{}` is not unique: {count} rows have it.", key.property))
        .hint(format!(
            "Nothing was written. Choose another unique property, or change one of these pages by its id: {}.",
            ids.join(", ")
        ))
        .details(json!({ "ids": ids }))
}

/// The id of a page that Notion answered.
pub(crate) fn page_id(page: &Value) -> Result<&str, Problem> {
    let id = page.get("id").and_then(Value::as_str);
    id.ok_or_else(|| Problem::upstream_failed("Notion answered a page without an id."))
}
