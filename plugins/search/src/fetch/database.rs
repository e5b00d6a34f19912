//! A database as a document: what its columns are, and its first rows.

use serde_json::Map;
use toolbay_sdk::notion::{DataSource, SCHEMA_AGE, columns, flatten};
use toolbay_sdk::prelude::*;

use super::document::Document;
use super::table;

/// Rows in the text; the query tool has the others.
const ROWS: usize = 20;

pub(super) fn document(call: &Call, id: &str) -> Result<Document, Problem> {
    match DataSource::find(call, id) {
        Ok(source) => of_source(call, &source),
        Err(problem) => match several(&problem) {
            Some(sources) => of_several(call, id, &sources),
            None if problem.code == toolbay_sdk::Code::NotFound => Err(missing(id, problem)),
            None => Err(problem),
        },
    }
}

fn of_source(call: &Call, source: &DataSource) -> Result<Document, Problem> {
    let path = ["v1", "data_sources", source.id.as_str(), "query"];
    let found = call.notion().post(path, json!({ "page_size": ROWS, "result_type": "page" })).send()?.body;
    let rows = found.get("results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut text = String::from("Columns:\n");
    for (name, column) in columns::describe(&source.schema) {
        text.push_str(&format!("- {name}: {}\n", words(&column)));
    }
    let has_more = found.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    text.push_str(match (rows.is_empty(), has_more) {
        (true, _) => "\nIt has no rows.",
        (false, true) => "\nFirst rows (the tool `query` has more):\n",
        (false, false) => "\nRows:\n",
    });
    let mut unsaid = Map::new();
    if !rows.is_empty() {
        let shown = table::of(&source.schema, rows);
        text.push_str(&shown.text);
        for (key, names) in
            [("left_out", shown.left_out), ("cut", shown.cut), ("not_computed", shown.not_computed)]
        {
            if !names.is_empty() {
                unsaid.insert(key.to_owned(), json!(names));
            }
        }
    }
    let mut metadata = object("data_source");
    if let Some(database_id) = &source.database_id {
        metadata.insert("database_id".to_owned(), database_id.as_str().into());
    }
    metadata.insert("data_source_id".to_owned(), source.id.as_str().into());
    metadata.extend(unsaid);
    let url = source.body.get("url").and_then(Value::as_str).map(str::to_owned);
    // A data source without a title is called like its database.
    let named = |id: &String| container(call, id).ok().and_then(|database| flatten::title(&database));
    let title = source.title.clone().or_else(|| source.database_id.as_ref().and_then(named));
    Ok(Document { title, url, text, metadata, notes: Vec::new() })
}

fn container(call: &Call, id: &str) -> Result<Value, Problem> {
    Ok(call.notion().get(["v1", "databases", id]).max_age(SCHEMA_AGE).send()?.body)
}

/// The data sources that a refusal to choose among them lists.
fn several(problem: &Problem) -> Option<Vec<Value>> {
    problem.details.as_ref()?.get("data_sources")?.as_array().cloned()
}

fn of_several(call: &Call, id: &str, sources: &[Value]) -> Result<Document, Problem> {
    let database = container(call, id)?;
    let mut text = String::from(match sources {
        [] => {
            "This database is a linked view: Notion's API doesn't show whose rows it has. Fetch the database that it is a view of."
        }
        _ => "This database has several data sources; fetch one by its id:\n",
    });
    for source in sources {
        let member = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!("- {} ({})\n", member("id"), member("name")));
    }
    let url = database.get("url").and_then(Value::as_str).map(str::to_owned);
    let title = flatten::title(&database);
    Ok(Document { title, url, text, metadata: object("database"), notes: Vec::new() })
}

fn object(kind: &str) -> Map<String, Value> {
    Map::from_iter([("object".to_owned(), Value::from(kind))])
}

/// A column's description in one line: its type, or all that is known of it.
fn words(column: &Value) -> String {
    column.as_str().map_or_else(|| column.to_string(), str::to_owned)
}

fn missing(id: &str, problem: Problem) -> Problem {
    let missing = Problem::not_found(format!("This connection can see nothing with the id `{id}`.")).hint(
        "Share the page or database with the integration in Notion; the tool `search` lists what is shared.",
    );
    match problem.details {
        Some(details) => missing.details(details),
        None => missing,
    }
}
