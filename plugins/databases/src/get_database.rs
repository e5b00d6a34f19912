//! Describes the columns of a database.

use serde_json::Map;
use toolbay_sdk::notion::{DataSource, Detail, SCHEMA_AGE, columns, flatten, rich_text};
use toolbay_sdk::prelude::*;

use crate::choice::{database, several};
use crate::members::copy;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    database_id: String,
    /// Lists templates too.
    #[serde(default)]
    templates: bool,
    #[serde(default)]
    detail: Detail,
}

/// Gives a database's columns with types and options. Of several data sources it lists the ids.
#[tool(reads, idempotent, route = "GET /v1/databases/{database_id}")]
pub(crate) fn get_database(call: &Call, input: Input) -> Result<Value, Problem> {
    let given = database(&input.database_id)?;
    let source = match DataSource::find(call, &given) {
        Ok(source) => source,
        Err(problem) => {
            return match several(&problem) {
                Some(sources) => container(call, &given, sources, &input),
                None => Err(problem),
            };
        }
    };
    // Found by its database, which the host still has at hand.
    let is_by_database = source.id != given;
    let mut answer = match input.detail {
        Detail::Full => Map::from_iter([("data_source".to_owned(), source.body.clone())]),
        Detail::Compact => compact(&source),
    };
    if is_by_database {
        let database =
            call.notion().get(["v1", "databases", given.as_str()]).max_age(SCHEMA_AGE).send()?.body;
        match input.detail {
            Detail::Full => {
                answer.insert("database".to_owned(), database);
            }
            Detail::Compact => describe(&database, &mut answer),
        }
    }
    if input.templates {
        let (listed, has_more) = templates(call, &source.id)?;
        answer.insert("templates".to_owned(), listed);
        if has_more {
            answer.insert("note".to_owned(), "There are more templates than these, the first 100.".into());
        }
    }
    Ok(Value::Object(answer))
}

fn compact(source: &DataSource) -> Map<String, Value> {
    let mut answer = Map::from_iter([("id".to_owned(), Value::from(source.id.as_str()))]);
    if let Some(database_id) = &source.database_id {
        answer.insert("database_id".to_owned(), database_id.as_str().into());
    }
    describe(&source.body, &mut answer);
    answer.insert("columns".to_owned(), Value::Object(columns::describe(&source.schema)));
    answer
}

/// Adds title, link and description; what is there already stays.
fn describe(object: &Value, answer: &mut Map<String, Value>) {
    if let Some(title) = flatten::title(object) {
        answer.entry("title").or_insert(title.into());
    }
    if let Some(url) = object.get("url").filter(|url| !url.is_null()) {
        answer.entry("url").or_insert(url.clone());
    }
    let description = object.get("description").map(rich_text::plain_text).unwrap_or_default();
    if !description.is_empty() {
        answer.entry("description").or_insert(description.into());
    }
    if object.get("in_trash").and_then(Value::as_bool) == Some(true) {
        answer.insert("in_trash".to_owned(), true.into());
    }
}

/// A database of several data sources.
fn container(call: &Call, id: &str, sources: &[Value], input: &Input) -> Result<Value, Problem> {
    let database = call.notion().get(["v1", "databases", id]).max_age(SCHEMA_AGE).send()?.body;
    let mut answer = match input.detail {
        Detail::Full => Map::from_iter([("database".to_owned(), database)]),
        Detail::Compact => {
            let mut answer = Map::new();
            copy(&database, &["id"], &mut answer);
            describe(&database, &mut answer);
            answer.insert("data_sources".to_owned(), sources.into());
            answer
        }
    };
    let note = match (sources, input.detail) {
        ([], Detail::Compact) => Some("This is a linked view: Notion's API doesn't show whose rows it has."),
        ([_, ..], _) if input.templates => {
            Some("Templates belong to a data source: give the id of one as `database_id`.")
        }
        _ => None,
    };
    if let Some(note) = note {
        answer.insert("note".to_owned(), note.into());
    }
    Ok(Value::Object(answer))
}

/// The first hundred, and whether there are more.
fn templates(call: &Call, source_id: &str) -> Result<(Value, bool), Problem> {
    let listed = call
        .notion()
        .get(["v1", "data_sources", source_id, "templates"])
        .query("page_size", 100)
        .max_age(SCHEMA_AGE)
        .send()?
        .body;
    let has_more = listed.get("has_more").and_then(Value::as_bool).unwrap_or_default();
    let listed = listed.get("templates").and_then(Value::as_array).into_iter().flatten();
    let listed = listed
        .map(|template| {
            let mut row = Map::new();
            copy(template, &["id", "name"], &mut row);
            if template.get("is_default").and_then(Value::as_bool) == Some(true) {
                row.insert("default".to_owned(), true.into());
            }
            Value::Object(row)
        })
        .collect();
    Ok((listed, has_more))
}
