//! The arguments of the tool that is tried.

use anyhow::Context;
use serde_json::{Map, Value};

/// Reads an object.
pub(super) fn read(text: &str) -> anyhow::Result<Value> {
    let given: Map<String, Value> =
        serde_json::from_str(text).context("--args must be a JSON object, such as '{\"name\": \"Ada\"}'")?;
    Ok(Value::Object(given))
}

/// The same with ids in the places of their names, such as `tasks_database`, wherever a value is nothing but a name.
pub(super) fn with_ids(given: Value, ids: &Value) -> Value {
    match given {
        Value::String(text) => match ids.get(&text) {
            Some(id @ Value::String(_)) => id.clone(),
            _ => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| with_ids(item, ids)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, member)| (name, with_ids(member, ids))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_ids_stand_for_them_and_nothing_else_changes() {
        let ids = json!({"tasks_database": "1", "tasks": ["2"]});
        let given =
            read(r#"{"database_id": "tasks_database", "in": [{"id": "tasks_database"}], "text": "tasks"}"#)
                .unwrap();
        let expected = json!({"database_id": "1", "in": [{"id": "1"}], "text": "tasks"});
        assert_eq!(with_ids(given, &ids), expected);
        assert!(read("[]").is_err());
    }
}
