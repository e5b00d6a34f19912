//! Creates a database, or adds a data source to one.

use serde_json::Map;
use toolbay_sdk::notion::{Object, SCHEMA_AGE, appearance, columns, markdown, rich_text};
use toolbay_sdk::prelude::*;

use crate::choice::database;
use crate::description::description_note;
use crate::members::copy;
use crate::related;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page to put it on.
    #[serde(default)]
    parent_page_id: Option<String>,
    /// Or database to add a data source to.
    #[serde(default)]
    database_id: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// Columns: {"Due": "date", "Stage": {"type": "select", "options": ["A"]}}
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    description: Option<String>,
    /// Emoji or image URL.
    #[serde(default)]
    icon: Option<Value>,
    /// Image URL.
    #[serde(default)]
    cover: Option<Value>,
    #[serde(default)]
    inline: bool,
}

/// Creates a database with its columns on a page, or adds a data source to a database.
#[tool(writes, route = "POST /v1/databases")]
pub(crate) fn create_database(call: &Call, input: Input) -> Result<Value, Problem> {
    let definitions = columns::normalise(&related::resolved(call, &input.properties)?, None)?;
    let columns = definitions.columns;
    let mut answer = match (&input.parent_page_id, &input.database_id) {
        (Some(page), None) => in_page(call, &input, &Object::Page.find(page)?.to_string(), columns),
        (None, Some(given)) => data_source(call, &input, &database(given)?, columns),
        _ => Err(Problem::invalid_input("Where the database shall be is not clear.")
            .hint("Give `parent_page_id`, or `database_id` to add a data source to that database.")),
    }?;
    let mut notes = definitions.notes;
    notes.extend(input.description.as_deref().and_then(description_note));
    if let (false, Some(answer)) = (notes.is_empty(), answer.as_object_mut()) {
        answer.insert("notes".to_owned(), json!(notes));
    }
    Ok(answer)
}

fn in_page(call: &Call, input: &Input, page_id: &str, columns: Map<String, Value>) -> Result<Value, Problem> {
    let mut body = common(input)?;
    body.insert("parent".to_owned(), json!({ "type": "page_id", "page_id": page_id }));
    body.insert("initial_data_source".to_owned(), json!({ "properties": columns }));
    if let Some(description) = &input.description {
        body.insert("description".to_owned(), json!(markdown::to_rich_text(description)));
    }
    if let Some(cover) = input.cover.as_ref().filter(|cover| !cover.is_null()) {
        body.insert("cover".to_owned(), appearance::cover(cover)?);
    }
    if input.inline {
        body.insert("is_inline".to_owned(), true.into());
    }
    let created = call.notion().post("/v1/databases", Value::Object(body)).send()?.body;
    let mut answer = Map::new();
    copy(&created, &["id", "url"], &mut answer);
    if let Some(source) = created.pointer("/data_sources/0/id") {
        answer.insert("data_source_id".to_owned(), source.clone());
    }
    Ok(Value::Object(answer))
}

fn data_source(
    call: &Call,
    input: &Input,
    given: &str,
    columns: Map<String, Value>,
) -> Result<Value, Problem> {
    if input.description.is_some() || input.cover.is_some() || input.inline {
        return Err(Problem::invalid_input(
            "`description`, `cover` and `inline` are the database's, not the data source's.",
        )
        .hint("Leave them out, or change the database with the tool `update_database`."));
    }
    let database_id = containing(call, given)?;
    let mut body = common(input)?;
    body.insert("parent".to_owned(), json!({ "type": "database_id", "database_id": database_id }));
    body.insert("properties".to_owned(), Value::Object(columns));
    let created = call.notion().post("/v1/data_sources", Value::Object(body)).send()?.body;
    let mut answer = Map::new();
    copy(&created, &["id", "url"], &mut answer);
    answer.insert("database_id".to_owned(), database_id.into());
    Ok(Value::Object(answer))
}

/// Title and icon, which both kinds have.
fn common(input: &Input) -> Result<Map<String, Value>, Problem> {
    let mut body = Map::new();
    if let Some(title) = &input.title {
        body.insert("title".to_owned(), json!(rich_text::from_text(title)?));
    }
    if let Some(icon) = input.icon.as_ref().filter(|icon| !icon.is_null()) {
        body.insert("icon".to_owned(), appearance::icon(icon)?);
    }
    Ok(body)
}

/// The database itself, also where the id is that of one of its data sources.
fn containing(call: &Call, given: &str) -> Result<String, Problem> {
    let missing = match call.notion().get(["v1", "databases", given]).max_age(SCHEMA_AGE).send() {
        Ok(_) => return Ok(given.to_owned()),
        Err(problem) => problem,
    };
    let source = call.notion().get(["v1", "data_sources", given]).max_age(SCHEMA_AGE).send();
    let database = source.ok().and_then(|source| {
        source.body.pointer("/parent/database_id").and_then(Value::as_str).map(str::to_owned)
    });
    database.ok_or(missing)
}
