//! Values of properties: as the tools have them, plain, and as the API has them.

use serde_json::{Map, Value, json};

use super::place;
use super::work::Work;
use crate::errors::{Refusal, invalid};
use crate::json::{Peek, put};

/// The schema of properties in arguments.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Values by the name of the property. A date is date:NAME:start and date:NAME:end; a checkbox is \
                        __YES__ or __NO__; several options, people or relations are a list; null empties.",
        "additionalProperties": { "type": ["string", "number", "array", "null"], "items": { "type": "string" } }
    })
}

/// The text of rich text.
pub(super) fn text(rich: &Value) -> Value {
    let runs = rich.as_array().map(Vec::as_slice).unwrap_or_default();
    Value::from(runs.iter().filter_map(|run| run.text("plain_text")).collect::<String>())
}

/// The title of a page.
pub(super) fn title(page: &Value) -> Value {
    let properties = page.at("properties").as_object();
    let found = properties.and_then(|all| all.values().find(|value| value.text("type") == Some("title")));
    found.map_or_else(|| json!(""), |value| text(value.at("title")))
}

/// What a column is, for a reader.
pub(super) fn column(column: &Value) -> Value {
    let kind = column.text("type").unwrap_or_default();
    let mut shown = json!({ "type": kind });
    let options: Vec<&Value> =
        column.at(kind).items("options").iter().map(|option| option.at("name")).collect();
    if !options.is_empty() {
        put(&mut shown, "options", json!(options));
    }
    shown
}

/// All properties of a page, plain.
pub(super) fn plain_all(properties: &Value) -> Value {
    let mut shown = Map::new();
    for (name, value) in properties.as_object().into_iter().flatten() {
        plain(name, value, &mut shown);
    }
    Value::Object(shown)
}

fn plain(name: &str, value: &Value, shown: &mut Map<String, Value>) {
    let kind = value.text("type").unwrap_or_default();
    let inner = value.at(kind);
    let names = |key: &str| -> Vec<Value> {
        inner.as_array().into_iter().flatten().map(|item| item.at(key).clone()).collect()
    };
    let plain = match kind {
        "title" | "rich_text" => text(inner),
        "select" | "status" => inner.at("name").clone(),
        "multi_select" => json!(names("name")),
        "people" | "relation" => json!(names("id")),
        "checkbox" => json!(if inner.as_bool() == Some(true) { "__YES__" } else { "__NO__" }),
        "date" => {
            for part in ["start", "end"] {
                if !inner.at(part).is_null() {
                    shown.insert(format!("date:{name}:{part}"), inner.at(part).clone());
                }
            }
            return;
        }
        "number" | "url" | "email" | "phone_number" | "created_time" | "last_edited_time" => inner.clone(),
        // Formulas, rollups and files are shown as the API has them.
        _ => inner.clone(),
    };
    if !plain.is_null() {
        shown.insert(name.to_owned(), plain);
    }
}

/// The columns below a parent: those of a data source by name, or the title alone below a page.
pub(super) fn columns(work: &Work, parent: &Value) -> Result<Map<String, Value>, Refusal> {
    let source = match (parent.text("data_source_id"), parent.text("database_id")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(id)) => {
            let database = work.ask("GET", &format!("/v1/databases/{id}"), Value::Null)?;
            match database.items("data_sources") {
                [only] => only.text("id").unwrap_or_default().to_owned(),
                _ => {
                    return Err(invalid(
                        "The database has several data sources. Name one by data_source_id.",
                    ));
                }
            }
        }
        (None, None) => return Ok(Map::from_iter([("title".to_owned(), json!({ "type": "title" }))])),
    };
    let source = work.ask("GET", &format!("/v1/data_sources/{source}"), Value::Null)?;
    Ok(source.at("properties").as_object().cloned().unwrap_or_default())
}

/// Values of arguments as the API takes them.
pub(super) fn to_api(values: &Value, columns: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut found: Map<String, Value> = Map::new();
    for (key, value) in values.as_object().into_iter().flatten() {
        let (name, part) = match key.strip_prefix("date:").and_then(|rest| rest.rsplit_once(':')) {
            Some((name, part @ ("start" | "end"))) => (name, Some(part)),
            _ => (key.as_str(), None),
        };
        let column = columns.get(name).ok_or_else(|| unknown(name, columns))?;
        let kind = column.text("type").unwrap_or_default();
        match part {
            Some(part) if kind == "date" => {
                let date = found.entry(name.to_owned()).or_insert_with(|| json!({ "date": null }));
                let mut inner = match date.at("date") {
                    Value::Null => json!({}),
                    inner => inner.clone(),
                };
                put(&mut inner, part, value.clone());
                put(date, "date", inner);
            }
            None if kind != "date" => {
                found.insert(name.to_owned(), json!({ kind: one(name, kind, value)? }));
            }
            _ => return Err(invalid(format!("{name} is of the type {kind}. A date is date:NAME:start."))),
        }
    }
    Ok(found)
}

fn one(name: &str, kind: &str, value: &Value) -> Result<Value, Refusal> {
    let wrong = || invalid(format!("The value of {name} doesn't fit its type, {kind}."));
    let list = || -> Result<Vec<&str>, Refusal> {
        match value {
            Value::String(text) => Ok(vec![text.as_str()]),
            Value::Array(items) => items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect(),
            Value::Null => Ok(Vec::new()),
            _ => Err(wrong()),
        }
    };
    Ok(match (kind, value) {
        ("title" | "rich_text", Value::String(text)) => json!([{ "text": { "content": text } }]),
        ("title" | "rich_text", Value::Null) => json!([]),
        ("multi_select", _) => list()?.into_iter().map(|option| json!({ "name": option })).collect(),
        ("people" | "relation", _) => list()?
            .into_iter()
            .map(|id| Ok(json!({ "id": place::id(id)? })))
            .collect::<Result<Value, Refusal>>()?,
        ("select" | "status", Value::String(option)) => json!({ "name": option }),
        ("checkbox", Value::String(text)) => match text.as_str() {
            "__YES__" => json!(true),
            "__NO__" => json!(false),
            _ => return Err(wrong()),
        },
        ("number", Value::Number(_)) | ("url" | "email" | "phone_number", Value::String(_)) => value.clone(),
        ("select" | "status" | "number" | "url" | "email" | "phone_number", Value::Null) => Value::Null,
        _ => return Err(wrong()),
    })
}

fn unknown(name: &str, columns: &Map<String, Value>) -> Refusal {
    let known: Vec<&str> = columns.keys().map(String::as_str).take(50).collect();
    let name: String = name.chars().take(100).collect();
    invalid(format!("There is no property {name}. There are: {}.", known.join(", ")))
}
