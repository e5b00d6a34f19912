//! Changes a view.

use serde::Deserializer;
use serde_json::Map;
use toolbay_sdk::notion::{DataSource, Object, Schema};
use toolbay_sdk::prelude::*;

use crate::{configuration, members, view};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link of the view.
    view_id: String,
    /// New name.
    name: Option<String>,
    /// As in `query`; {} removes it.
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Map<String, Value>>")]
    filter: Said<Map<String, Value>>,
    /// As in `query`; [] removes them.
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Vec<Value>>")]
    sorts: Said<Vec<Value>>,
    /// What changes, as in `create_view`; a member that is null is reset.
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Map<String, Value>>")]
    configuration: Said<Map<String, Value>>,
}

/// What a caller says: nothing, null, or a value. Some clients send null for whatever they don't want to say, so it changes
/// nothing, and the answer tells.
type Said<T> = Option<Option<T>>;

fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Said<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What nulls would have meant, beside something that is changed.
fn notes(input: &Input) -> Vec<&'static str> {
    [
        (matches!(input.filter, Some(None)), "`filter` null changes nothing; {} removes the filter."),
        (matches!(input.sorts, Some(None)), "`sorts` null changes nothing; [] removes the sorts."),
        (
            matches!(input.configuration, Some(None)),
            "`configuration` null changes nothing; null as one of its members resets that.",
        ),
    ]
    .into_iter()
    .filter(|(is_null, _)| *is_null)
    .map(|(_, note)| note)
    .collect()
}

/// Changes name, filter, sorts or configuration of a view.
#[tool(writes, idempotent, route = "PATCH /v1/views/{view_id}")]
pub(crate) fn update_view(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::View.find(&input.view_id)?;
    let mut body = Map::new();
    let notes = notes(&input);
    if let Some(name) = input.name.as_deref().map(str::trim) {
        if name.is_empty() {
            return Err(Problem::invalid_input("The view would have no name.")
                .hint("Give another `name`, or leave it out to keep the view's."));
        }
        body.insert("name".to_owned(), name.into());
    }
    let (filter, sorts) = (input.filter.flatten(), input.sorts.flatten());
    if filter.as_ref().is_some_and(Map::is_empty) {
        body.insert("filter".to_owned(), Value::Null);
    }
    if sorts.as_ref().is_some_and(Vec::is_empty) {
        body.insert("sorts".to_owned(), Value::Null);
    }
    let filter = filter.filter(|filter| !filter.is_empty());
    let sorts = sorts.filter(|sorts| !sorts.is_empty());
    let configuration = input.configuration.flatten().filter(|configuration| !configuration.is_empty());
    let mut is_as_it_is = false;
    let mut configured = None;
    if filter.is_some() || sorts.is_some() || configuration.is_some() {
        let current = view::read(call, id)?;
        let mut data_source = DataSource::find(call, view::data_source_id(&current)?)?;
        if let Some(filter) = filter {
            body.insert("filter".to_owned(), data_source.view_filter(call, &Value::Object(filter))?);
        }
        if let Some(sorts) = sorts {
            let sorts = data_source.sorts(call, &Value::Array(sorts))?;
            if current.get("sorts") == Some(&sorts) {
                is_as_it_is = true;
            } else {
                body.insert("sorts".to_owned(), by_columns(&data_source.schema, sorts)?);
            }
        }
        if let Some(given) = configuration {
            let kind = view::kind(&current).ok_or_else(|| {
                Problem::invalid_input("The view is of a type that this tool does not know.")
                    .hint("Change it with `notion_request`: PATCH /v1/views/{view_id}.")
            })?;
            let present = current.get("configuration");
            let make = |schema: &Schema| configuration::normalise(schema, kind, &given, present);
            let configuration = data_source.checked(call, make)?;
            body.insert("configuration".to_owned(), configuration);
            configured = Some(kind);
        }
    }
    if body.is_empty() && is_as_it_is {
        return Ok(json!({ "id": id.to_string(), "unchanged": true }));
    }
    if body.is_empty() {
        return Err(Problem::invalid_input("Nothing is to be changed.")
            .hint("Give `name`, `filter`, `sorts` or `configuration`."));
    }
    let id = id.to_string();
    let updated = call.notion().patch(["v1", "views", id.as_str()], Value::Object(body)).send();
    let hinted = |problem| match configured {
        Some(kind) => members::hinted(problem, kind),
        None => problem,
    };
    let mut answer = view::written(&updated.map_err(|problem| hinted(view::missing(&id, problem)))?.body)?;
    if let (false, Some(answer)) = (notes.is_empty(), answer.as_object_mut()) {
        answer.insert("notes".to_owned(), json!(notes));
    }
    Ok(answer)
}

/// Notion takes a timestamp in the sorts of a new view, and of one that is there columns alone.
fn by_columns(schema: &Schema, sorts: Value) -> Result<Value, Problem> {
    let Value::Array(sorts) = sorts else { return Ok(sorts) };
    let sorts = sorts.into_iter().map(|sort| {
        let Some(timestamp) = sort.get("timestamp").and_then(Value::as_str) else { return Ok(sort) };
        let column = schema.properties().iter().find(|property| property.kind.name() == timestamp);
        let column = column.ok_or_else(|| {
            Problem::invalid_input(format!("Notion's API sorts a view that is there by columns, and none is a {timestamp}."))
                .hint(format!("Add a column of the type `{timestamp}` and sort by that; or create the view anew, where `{timestamp}` is taken."))
        })?;
        Ok(json!({ "property": column.name, "direction": sort.get("direction") }))
    });
    sorts.collect()
}
