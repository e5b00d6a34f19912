//! People: users by id, name or email address.

use serde_json::{Value, json};

use super::{Lookup, Property};
use crate::Error;
use crate::members::only_of;
use crate::{ARRAY_LIMIT, NotionId, Object};

pub(super) fn normalise(property: &Property, value: &Value, lookup: &dyn Lookup) -> Result<Value, Error> {
    let given = match value {
        Value::Null => &[],
        Value::Array(users) => users.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut users: Vec<Value> = Vec::new();
    for user in given {
        let known = ["object", "id", "name", "email", "avatar_url", "type", "person", "bot", "request_id"];
        only_of(Some(user), "a person", &known).map_err(|error| property.blame(error))?;
        let user = json!({ "object": object_of(user), "id": id_of(property, user, lookup)? });
        if !users.contains(&user) {
            users.push(user);
        }
    }
    if users.len() > ARRAY_LIMIT {
        return Err(property
            .refuse(&format!("has {} people; Notion takes {ARRAY_LIMIT} in one request", users.len())));
    }
    Ok(Value::Array(users))
}

/// A group of people is given by Notion's own object.
fn object_of(user: &Value) -> &'static str {
    if user.get("object").and_then(Value::as_str) == Some("group") { "group" } else { "user" }
}

fn id_of(property: &Property, user: &Value, lookup: &dyn Lookup) -> Result<NotionId, Error> {
    let text = match user {
        Value::String(text) => Some(text.as_str()),
        Value::Object(user) => ["id", "email", "name"].iter().find_map(|key| user.get(*key)?.as_str()),
        _ => None,
    };
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| property.refuse("has an entry that names no user"))?;
    let id = match Object::Person.find_unless_name(text) {
        Ok(None) => lookup.person(text),
        Ok(Some(id)) => Ok(id),
        Err(error) => Err(error),
    };
    id.map_err(|error| property.blame(error))
}
