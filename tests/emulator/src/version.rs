//! Older versions of the API, as far as clients still send them: the same operations, in the shape of
//! 2026-03-11, with the words that it renamed.

use serde_json::{Value, json};

use crate::json::{Peek, put};
use crate::routes::Route;

/// What is spoken where nobody says another.
pub(crate) const NEWEST: &str = "2026-03-11";

/// A request of an older version in the words of the newest: `archived` is `in_trash`, and `after` is
/// a `position`. Under the newest version both are unknown keys, and refused as such.
pub(crate) fn modernize(version: &str, route: &Route, body: &mut Value) {
    if version >= NEWEST {
        return;
    }
    let Some(map) = body.as_object_mut() else { return };
    if route.method == "PATCH"
        && let Some(archived) = map.shift_remove("archived")
        && !map.contains_key("in_trash")
    {
        map.insert("in_trash".to_owned(), archived);
    }
    if route.template.ends_with("/children")
        && let Some(after) = map.shift_remove("after")
        && !map.contains_key("position")
    {
        map.insert("position".to_owned(), json!({"type": "after_block", "after_block": {"id": after}}));
    }
}

/// An answer to an older version: every object that says `in_trash` says `archived` too.
pub(crate) fn antiquate(version: &str, value: &mut Value) {
    if version >= NEWEST {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| antiquate(version, item)),
        Value::Object(_) => {
            if value.has("object") && value.has("in_trash") {
                let archived = value.at("in_trash").clone();
                put(value, "archived", archived);
            }
            if let Some(results) = value.get_mut("results") {
                antiquate(version, results);
            }
        }
        _ => {}
    }
}
