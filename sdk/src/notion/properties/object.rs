//! Types whose values are objects of their own: places, verifications, and those that are not known here.

use serde_json::{Map, Value};

use super::Property;
use crate::Problem;

pub(super) fn normalise(property: &Property, value: &Value) -> Result<Value, Problem> {
    let object = match value {
        Value::Null => return Ok(Value::Null),
        Value::Object(object) => object,
        _ => return Err(property.refuse("has no plain form")),
    };
    match property.kind.name() {
        "place" => place(property, object),
        "verification" => verification(property, object),
        _ => Ok(value.clone()),
    }
}

fn place(property: &Property, object: &Map<String, Value>) -> Result<Value, Problem> {
    if ["lat", "lon"].iter().all(|key| object.get(*key).is_some_and(Value::is_number)) {
        return Ok(Value::Object(object.clone()));
    }
    Err(property
        .refuse("has no position")
        .hint("Give {\"lat\": 48.2, \"lon\": 16.37, \"name\": \"Vienna\"}."))
}

/// Who verified is Notion's to say, and an unverified page has no date.
fn verification(property: &Property, object: &Map<String, Value>) -> Result<Value, Problem> {
    let keys: &[&str] = match object.get("state").and_then(Value::as_str) {
        Some("verified") => &["state", "date"],
        Some("unverified") => &["state"],
        _ => {
            return Err(property
                .refuse("can be set to `verified` or `unverified` only")
                .hint("Give {\"state\": \"verified\"} or {\"state\": \"unverified\"}."));
        }
    };
    let kept =
        |key: &&str| Some(((*key).to_owned(), object.get(*key).filter(|value| !value.is_null())?.clone()));
    Ok(keys.iter().filter_map(kept).collect())
}
