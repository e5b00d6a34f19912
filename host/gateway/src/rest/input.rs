//! A tool's arguments, put together from where its route has them.

use serde_json::{Map, Value};

use crate::envelope::Refusal;

/// Arguments from path and body.
pub(crate) fn with_body(path: Vec<(String, String)>, body: Value) -> Result<Value, Refusal> {
    if path.is_empty() {
        return Ok(body);
    }
    let Value::Object(mut arguments) = body else {
        return Err(Refusal::invalid("the body must be a JSON object"));
    };
    for (name, value) in path {
        add(&mut arguments, name, Value::String(value))?;
    }
    Ok(Value::Object(arguments))
}

/// Arguments from path and query. They are texts; the door reads them as what the schema expects.
pub(crate) fn with_query(
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    schema: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let mut arguments = Map::new();
    for (name, value) in query {
        if is_list(schema, &name) && !value.trim_start().starts_with('[') {
            match arguments.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(Value::String(value)),
                _ => return Err(Refusal::invalid("a list is either repeated or one JSON array, not both")),
            }
        } else if let Some(_first) = arguments.insert(name.clone(), Value::String(value)) {
            return Err(Refusal::invalid(format!("`{}` is in the query twice", shown(&name))));
        }
    }
    for (name, value) in path {
        add(&mut arguments, name, Value::String(value))?;
    }
    Ok(Value::Object(arguments))
}

fn add(arguments: &mut Map<String, Value>, name: String, value: Value) -> Result<(), Refusal> {
    match arguments.get(&name) {
        Some(other) if *other != value => {
            Err(Refusal::invalid(format!("`{name}` is in the path, and differs from the other one"))
                .hint("give it in the path alone"))
        }
        _ => {
            arguments.insert(name, value);
            Ok(())
        }
    }
}

fn is_list(schema: &Map<String, Value>, name: &str) -> bool {
    let property = schema.get("properties").and_then(|properties| properties.get(name));
    property.and_then(|property| property.get("type")).is_some_and(|kind| kind == "array")
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn path_and_body_must_not_contradict() {
        let path = || pairs(&[("page_id", "a")]);
        assert_eq!(with_body(path(), json!({"x": 1})).unwrap(), json!({"x": 1, "page_id": "a"}));
        assert_eq!(with_body(path(), json!({"page_id": "a"})).unwrap(), json!({"page_id": "a"}));
        assert!(with_body(path(), json!({"page_id": "b"})).is_err());
        assert!(with_body(path(), json!([])).is_err());
    }

    #[test]
    fn lists_repeat_and_nothing_else_does() {
        let schema = json!({"properties": {"tags": {"type": "array"}, "title": {"type": "string"}}});
        let schema = schema.as_object().unwrap();
        let read = |query: &[(&str, &str)]| with_query(Vec::new(), pairs(query), schema);
        assert_eq!(read(&[("tags", "a"), ("tags", "b")]).unwrap(), json!({"tags": ["a", "b"]}));
        assert_eq!(read(&[("tags", "a")]).unwrap(), json!({"tags": ["a"]}));
        assert_eq!(read(&[("tags", "[1]")]).unwrap(), json!({"tags": "[1]"}));
        assert!(read(&[("tags", "[1]"), ("tags", "b")]).is_err());
        assert!(read(&[("tags", "b"), ("tags", "[1]")]).is_err());
        assert!(read(&[("title", "a"), ("title", "b")]).is_err());
    }
}
