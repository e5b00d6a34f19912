//! Creates a view.

use serde_json::Map;
use toolbay_sdk::notion::{DataSource, Object, Schema};
use toolbay_sdk::prelude::*;

use crate::kind::Kind;
use crate::{configuration, members, view};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Database or data source.
    database_id: String,
    /// Name.
    name: String,
    /// Type.
    #[serde(rename = "type")]
    kind: Kind,
    /// As in `query`.
    filter: Option<Map<String, Value>>,
    /// As in `query`.
    sorts: Option<Vec<Value>>,
    /// `{"group_by": "Status", "properties": ["Name", "Due"], "date": "Due"}`, or Notion's own.
    configuration: Option<Map<String, Value>>,
    /// Dashboard view to put it into.
    dashboard_id: Option<String>,
}

/// Adds a view to a database.
#[tool(writes, route = "POST /v1/views")]
pub(crate) fn create_view(call: &Call, input: Input) -> Result<Value, Problem> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::invalid_input("The view has no name.").hint("Give `name`."));
    }
    let dashboard = input.dashboard_id.as_deref().map(|id| Object::View.find(id)).transpose()?;
    let mut data_source = DataSource::decide(call, &input.database_id)?;
    let mut body = Map::from_iter([
        ("data_source_id".to_owned(), data_source.id.as_str().into()),
        ("name".to_owned(), name.into()),
        ("type".to_owned(), input.kind.name().into()),
    ]);
    match (dashboard, &data_source.database_id) {
        (Some(dashboard), _) => body.insert("view_id".to_owned(), dashboard.to_string().into()),
        (None, Some(database)) => body.insert("database_id".to_owned(), database.as_str().into()),
        (None, None) => {
            return Err(Problem::upstream_failed("Notion did not say which database the data source is in."));
        }
    };
    if let Some(filter) = input.filter.filter(|filter| !filter.is_empty()) {
        body.insert("filter".to_owned(), data_source.view_filter(call, &Value::Object(filter))?);
    }
    if let Some(sorts) = input.sorts.filter(|sorts| !sorts.is_empty()) {
        body.insert("sorts".to_owned(), data_source.sorts(call, &Value::Array(sorts))?);
    }
    let given = input.configuration.unwrap_or_default();
    let make = |schema: &Schema| configuration::of_new(schema, input.kind, &given);
    if let Some(configuration) = data_source.checked(call, make)? {
        body.insert("configuration".to_owned(), configuration);
    }
    let has_configuration = body.contains_key("configuration");
    let created = call.notion().post("/v1/views", Value::Object(body)).send();
    let hinted = |problem| if has_configuration { members::hinted(problem, input.kind) } else { problem };
    view::written(&created.map_err(hinted)?.body)
}
