//! Creates a row of a database, or updates the one that is there.

mod data_source;
mod row;

use serde_json::Map;
use toolbay_sdk::notion::flatten;
use toolbay_sdk::prelude::*;

use crate::row::Row;

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// The database, by database id, data source id or link. Of a database with several data sources give the id of one.
    database_id: String,
    /// What names the row: it is updated when it exists, and created when it does not.
    unique: Unique,
    /// Values by property name, such as {"Status": "Done", "Due": "2026-01-10", "Tags": ["a", "b"], "Points": 3}. A range
    /// is "2026-01-10/2026-01-12"; relations and people are arrays of ids; null empties a property. Also taken:
    /// {"type": "date", "value": "2026-01-10"} and Notion's own value objects. Others stay as they are.
    #[serde(default)]
    properties: Map<String, Value>,
    /// Markdown for the page of a new row; a row that exists keeps its content.
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unique {
    /// Name of a property whose value no two rows share, of type title, `rich_text`, number, select, status, date, url,
    /// email, `phone_number` or `unique_id`.
    property: String,
    /// The row's value of that property, such as "Project X" or 12.
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    Created,
    Updated,
    Unchanged,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    /// What happened to the row.
    action: Action,
    /// The row's page id.
    id: String,
    /// The row's link.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The row's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The row's other properties as plain values, without empty ones.
    properties: Map<String, Value>,
    /// What was asked for and not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Creates a row in a Notion database, or updates it when a row with the same unique value exists. Takes plain values and
/// checks all of them against the database's properties before anything is written. Safe to repeat: a row that already
/// has the values is left unchanged.
#[tool(writes, idempotent, route = "POST /v1/upsert")]
fn upsert(call: &Call, input: Input) -> Result<Output, Problem> {
    let data_source = data_source::find(call, &input.database_id)?;
    let row = Row::new(&data_source.schema, &input.unique, &input.properties)?;
    let content = input.content.filter(|content| !content.trim().is_empty());
    match row::matching(call, &data_source.id, &row.key)? {
        None => {
            let page = row.create(call, &data_source.id, content)?;
            output(Action::Created, &page, None)
        }
        Some(page) => {
            let note =
                content.map(|_| "`content` was not used: the row exists and keeps its content.".to_owned());
            match row.update(call, &page)? {
                Some(updated) => output(Action::Updated, &updated, note),
                None => output(Action::Unchanged, &page, note),
            }
        }
    }
}

fn output(action: Action, page: &Value, note: Option<String>) -> Result<Output, Problem> {
    Ok(Output {
        action,
        id: row::page_id(page)?.to_owned(),
        url: page.get("url").and_then(Value::as_str).map(str::to_owned),
        title: flatten::title(page),
        properties: flatten::properties(page),
        note,
    })
}

plugin!(upsert);

#[cfg(test)]
mod tests;
