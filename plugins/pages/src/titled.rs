//! Values of a page that is no row: it has a title, and nothing else.

use serde_json::Map;
use toolbay_sdk::notion::{IdsOnly, NewOptions, Schema, normalise};
use toolbay_sdk::prelude::*;

/// The values in Notion's form.
pub(crate) fn values(given: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let schema = Schema::of_data_source(
        &json!({ "properties": { "title": { "id": "title", "type": "title", "title": {} } } }),
    )?;
    if let Some(other) = given.keys().find(|name| schema.find(name).is_err()) {
        return Err(Problem::invalid_input(format!(
            "The page is not in a database, so it has no property `{}`.",
            other.chars().take(60).collect::<String>()
        ))
        .hint("It has only `title`; rows of a database have more."));
    }
    Ok(normalise(&schema, given, &IdsOnly, NewOptions::Refuse)?)
}
