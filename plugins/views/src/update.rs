//! Changes of a view.

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
    filter: Option<Map<String, Value>>,
    /// As in `query`; [] removes them.
    sorts: Option<Vec<Value>>,
    /// What changes, as in `create_view`; null resets.
    configuration: Option<Map<String, Value>>,
}

/// Changes name, filter, sorts or configuration of a view.
#[tool(writes, idempotent, route = "PATCH /v1/views/{view_id}")]
pub(crate) fn update_view(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::View.find(&input.view_id)?;
    let mut body = Map::new();
    if let Some(name) = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        body.insert("name".to_owned(), name.into());
    }
    if input.filter.as_ref().is_some_and(Map::is_empty) {
        body.insert("filter".to_owned(), Value::Null);
    }
    if input.sorts.as_ref().is_some_and(Vec::is_empty) {
        body.insert("sorts".to_owned(), Value::Null);
    }
    let filter = input.filter.filter(|filter| !filter.is_empty());
    let sorts = input.sorts.filter(|sorts| !sorts.is_empty());
    let configuration = input.configuration.filter(|configuration| !configuration.is_empty());
    let mut configured = None;
    if filter.is_some() || sorts.is_some() || configuration.is_some() {
        let current = view::read(call, id)?;
        let mut data_source = DataSource::find(call, view::data_source_id(&current)?)?;
        if let Some(filter) = filter {
            body.insert("filter".to_owned(), data_source.view_filter(call, &Value::Object(filter))?);
        }
        if let Some(sorts) = sorts {
            body.insert("sorts".to_owned(), data_source.sorts(call, &Value::Array(sorts))?);
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
    view::written(&updated.map_err(|problem| hinted(view::missing(&id, problem)))?.body)
}
