//! The targets of relations in new columns: people name databases, Notion wants data sources.

use serde_json::Map;
use toolbay_sdk::notion::DataSource;
use toolbay_sdk::prelude::*;

/// The columns with each relation's target as the id of a data source.
pub(crate) fn resolved(call: &Call, columns: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut columns = columns.clone();
    for (name, column) in &mut columns {
        let Some(column) = column.as_object_mut() else { continue };
        let is_relation = column.get("type").and_then(Value::as_str).is_some_and(|kind| kind == "relation");
        // Notion's own form has the target one level deeper.
        let target = match column.get_mut("relation") {
            Some(Value::Object(own)) => Some(own),
            _ if is_relation => Some(column),
            _ => None,
        };
        if let Some(target) = target {
            resolve(call, target).map_err(|mut problem| {
                problem.message = format!("The relation `{name}`: {}", problem.message);
                problem
            })?;
        }
    }
    Ok(columns)
}

fn resolve(call: &Call, target: &mut Map<String, Value>) -> Result<(), Problem> {
    let database = target.shift_remove("database_id");
    let given = target.get("data_source_id").cloned().or(database);
    if let Some(text) = given.as_ref().and_then(Value::as_str) {
        let id = DataSource::find(call, text)?.id;
        target.insert("data_source_id".to_owned(), id.into());
    }
    Ok(())
}
