//! Queries the rows of a database.

mod reader;

use serde_json::Map;
use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::table::Table;
use toolbay_sdk::notion::{DataSource, Detail, Object, VIEW_NOTE};
use toolbay_sdk::prelude::*;

use self::reader::{End, Found, Reader};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    database_id: String,
    /// {"Status": "Done", "Due": {"before": "2026-01-01"}, "Points": {">=": 3}} or {"or": [..]}
    #[serde(default)]
    filter: Option<Map<String, Value>>,
    /// ["Due", "-Points"]
    #[serde(default)]
    sorts: Vec<Value>,
    /// Only these columns.
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
    /// `next_cursor`
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    in_trash: bool,
    #[serde(default)]
    detail: Detail,
}

fn fifty() -> u32 {
    50
}

/// Finds rows of a database.
#[tool(reads, idempotent, route = "POST /v1/databases/{database_id}/query")]
pub(crate) fn query(call: &Call, input: Input) -> Result<Value, Problem> {
    let mut source = DataSource::find(call, &input.database_id)?;
    match attempt(call, &mut source, &input) {
        // The schema may be older than what Notion knows, such as a column that was renamed meanwhile.
        Err(problem) if is_refusal(&problem) => {
            if source.refreshed(call)? {
                attempt(call, &mut source, &input).map_err(|problem| explained(problem, &input))
            } else {
                Err(explained(problem, &input))
            }
        }
        other => other,
    }
}

/// What would help where Notion itself refused a query.
fn explained(problem: Problem, input: &Input) -> Problem {
    if !is_refusal(&problem) {
        return problem;
    }
    // Notion says so of what is no cursor; and one of another query it refuses in the same words.
    if input.cursor.is_some() && problem.message.contains("cursor") {
        return problem.hint("Give `next_cursor` of the answer before, with the same filter and sorts; or leave `cursor` out to begin again.");
    }
    if input.filter.is_none() || problem.hint.is_some() {
        return problem;
    }
    problem.hint(
        "Say the type of a computed column, as in {\"Score\": {\"number\": {\"is_not_empty\": true}}} or \
         {\"Total\": {\"any\": {\"select\": \"Done\"}}}; or leave out one condition after the other to find the one that Notion refuses.",
    )
}

fn attempt(call: &Call, source: &mut DataSource, input: &Input) -> Result<Value, Problem> {
    let mut body = Map::new();
    if let Some(filter) = &input.filter {
        let filter = source.filter(call, &Value::Object(filter.clone()))?;
        if !filter.is_null() {
            body.insert("filter".to_owned(), filter);
        }
    }
    if !input.sorts.is_empty() {
        body.insert("sorts".to_owned(), source.sorts(call, &json!(input.sorts))?);
    }
    if input.in_trash {
        body.insert("in_trash".to_owned(), true.into());
    }
    let chosen = chosen(call, source, &input.properties)?;
    let mut found = match input.detail {
        Detail::Compact => Found::Compact(Table::new(&source.schema, &chosen)),
        Detail::Full => Found::Full(Vec::new()),
    };
    let mut end = Reader { call, source, chosen: &chosen, body }.read(input, &mut found)?;
    if Object::names_view(&input.database_id) {
        end.notes.push(VIEW_NOTE.to_owned());
    }
    Ok(Value::Object(finished(found, end)))
}

fn is_refusal(problem: &Problem) -> bool {
    let details = problem.details.as_ref();
    details.and_then(|details| details.pointer("/notion/status")).and_then(Value::as_u64) == Some(400)
}

/// The columns that were asked for, the title among them; empty for all.
fn chosen(call: &Call, source: &mut DataSource, names: &[String]) -> Result<Vec<Property>, Problem> {
    let find = |source: &DataSource| {
        let mut chosen: Vec<Property> = Vec::new();
        for name in names {
            let property = source.schema.find(name)?;
            // Two ways to write a name are one column.
            if chosen.iter().all(|known| known.id != property.id) {
                chosen.push(property.clone());
            }
        }
        Ok::<_, Problem>(chosen)
    };
    let mut chosen = match find(source) {
        Err(_) if source.refreshed(call)? => find(source)?,
        found => found?,
    };
    if !chosen.is_empty()
        && let Some(title) = source.schema.title()
    {
        chosen.retain(|property| property.id != title.id);
        chosen.insert(0, title.clone());
    }
    Ok(chosen)
}

fn finished(found: Found, end: End) -> Map<String, Value> {
    let mut answer = Map::new();
    match found {
        Found::Compact(table) => table.put(&mut answer),
        Found::Full(rows) => {
            answer.insert("results".to_owned(), rows.into());
        }
    }
    if !end.sources.is_empty() {
        answer.insert("data_sources".to_owned(), end.sources.into());
    }
    if let Some(cursor) = end.next_cursor {
        answer.insert("next_cursor".to_owned(), cursor.into());
    }
    if !end.notes.is_empty() {
        answer.insert("notes".to_owned(), end.notes.into());
    }
    answer
}
