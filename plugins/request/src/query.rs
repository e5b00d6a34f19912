//! Query parameters, from JSON values to text.

use serde_json::Map;
use toolbay_sdk::Problem;
use toolbay_sdk::prelude::Value;

/// Names and values; null is left out, an array repeats its name, as `filter_properties` wants it.
pub(crate) fn read(given: &Map<String, Value>) -> Result<Vec<(String, String)>, Problem> {
    let mut query = Vec::new();
    for (name, value) in given {
        match value {
            Value::Array(values) if values.is_empty() => {
                return Err(Problem::invalid_input(format!("The query parameter `{name}` has no values."))
                    .hint("Leave it out, or give at least one."));
            }
            Value::Array(values) => {
                for value in values {
                    query.push((name.clone(), scalar(name, value)?));
                }
            }
            Value::Null => {}
            single => query.push((name.clone(), scalar(name, single)?)),
        }
    }
    Ok(query)
}

fn scalar(name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err(Problem::invalid_input(format!(
            "The query parameter `{name}` is neither text, number nor boolean."
        ))
        .hint("Objects belong into `body`, with POST or PATCH.")),
    }
}
