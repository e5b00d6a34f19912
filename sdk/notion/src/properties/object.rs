//! Types whose values are objects of their own: places, verifications, and those that are not known here.

use serde_json::{Map, Value};

use super::{Lookup, Property, date};
use crate::Error;

pub(super) fn normalise(property: &Property, value: &Value, lookup: &dyn Lookup) -> Result<Value, Error> {
    let object = match value {
        Value::Null => return Ok(Value::Null),
        Value::Object(object) => object,
        _ => return Err(property.refuse("has no plain form")),
    };
    match property.kind.name() {
        "place" => place(property, object),
        "verification" => verification(property, object, lookup),
        _ => Ok(value.clone()),
    }
}

fn place(property: &Property, object: &Map<String, Value>) -> Result<Value, Error> {
    if ["lat", "lon"].iter().all(|key| object.get(*key).is_some_and(Value::is_number)) {
        return Ok(Value::Object(object.clone()));
    }
    Err(property
        .refuse("has no position")
        .hint("Give {\"lat\": 48.2, \"lon\": 16.37, \"name\": \"Vienna\"}."))
}

/// Who verified is Notion's to say, and an unverified page has no date.
fn verification(
    property: &Property,
    object: &Map<String, Value>,
    lookup: &dyn Lookup,
) -> Result<Value, Error> {
    let keys: &[&str] = match object.get("state").and_then(Value::as_str) {
        Some("verified") => &["state", "date"],
        Some("unverified") => &["state"],
        _ => {
            return Err(property
                .refuse("can be set to `verified` or `unverified` only")
                .hint("Give {\"state\": \"verified\"} or {\"state\": \"unverified\"}."));
        }
    };
    let other = object.iter().find(|(key, value)| !value.is_null() && !keys.contains(&key.as_str()));
    if let Some((other, _)) = other {
        let fault = match other.as_str() {
            "verified_by" => "is verified by whoever sets it, and takes no `verified_by`".to_owned(),
            other => format!("takes no `{}` there", crate::excerpt(other)),
        };
        return Err(property.refuse(&fault).hint(
            "Give {\"state\": \"verified\"}, with a `date` where it ends, or {\"state\": \"unverified\"}.",
        ));
    }
    let mut kept = Map::new();
    for key in keys {
        let given = match object.get(*key) {
            None | Some(Value::Null) => continue,
            Some(given) => given,
        };
        let value = if *key == "date" { date::normalise(property, given, lookup)? } else { given.clone() };
        kept.insert((*key).to_owned(), value);
    }
    Ok(Value::Object(kept))
}
