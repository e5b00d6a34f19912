//! Creates, reads, changes and queries databases.

mod create_database;
mod get_database;
mod query;
mod related;
mod update_database;

use serde_json::Map;
use toolbay_sdk::notion::{Object, markdown, rich_text};
use toolbay_sdk::plugin;
use toolbay_sdk::prelude::{Problem, Value};

plugin!(
    create_database::create_database,
    get_database::get_database,
    update_database::update_database,
    query::query,
);

/// The id of a database or data source that a caller gives or links to, as Notion writes ids.
fn database(text: &str) -> Result<String, Problem> {
    Ok(Object::Database.find(text)?.to_string())
}

/// What there is to say of a description: it is read as inline markdown, as the texts of rows are. Titles are literal.
fn description_note(text: &str) -> Option<String> {
    let read = Value::Array(markdown::to_rich_text(text));
    (rich_text::plain_text(&read) != text).then(|| {
        "The text of `description` was read as markdown; a backslash before a sign keeps it.".to_owned()
    })
}

/// The data sources that a refusal to choose among them lists.
fn several(problem: &Problem) -> Option<&Vec<Value>> {
    problem.details.as_ref()?.get("data_sources")?.as_array()
}

/// Copies members that are there and not empty.
fn copy(from: &Value, keys: &[&str], to: &mut Map<String, Value>) {
    for key in keys {
        if let Some(value) = from.get(*key).filter(|value| !value.is_null()) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests;
