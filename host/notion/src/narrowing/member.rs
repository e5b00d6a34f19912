//! Members of an object of Notion.

use serde_json::{Map, Value};

/// A member that is a text.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// An object of these members of another one.
pub(super) fn copied(object: &Value, members: &[&str]) -> Map<String, Value> {
    let member = |key: &&str| Some(((*key).to_owned(), object.get(*key)?.clone()));
    members.iter().filter_map(member).collect()
}
