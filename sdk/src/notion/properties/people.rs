//! People: users by id, or by what a lookup can resolve.

use std::str::FromStr;

use serde_json::{Value, json};

use super::Property;
use crate::Problem;
use crate::notion::{ARRAY_LIMIT, NotionId};

/// Finds the user whom a name or an email address means.
pub trait People {
    /// The id of that user.
    ///
    /// # Errors
    ///
    /// `invalid_input` when nobody, or more than one user, fits.
    fn find(&self, name_or_email: &str) -> Result<NotionId, Problem>;
}

/// Knows nobody: people are given by id.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdsOnly;

impl People for IdsOnly {
    fn find(&self, name_or_email: &str) -> Result<NotionId, Problem> {
        Err(Problem::invalid_input(format!("`{}` is not a user id.", crate::notion::excerpt(name_or_email)))
            .hint("Give user ids; GET /v1/users lists names, emails and ids."))
    }
}

pub(super) fn normalise(property: &Property, value: &Value, people: &dyn People) -> Result<Value, Problem> {
    let given = match value {
        Value::Null => &[],
        Value::Array(users) => users.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut ids: Vec<NotionId> = Vec::new();
    for user in given {
        let text = match user {
            Value::String(text) => Some(text.as_str()),
            Value::Object(user) => user.get("id").and_then(Value::as_str),
            _ => None,
        };
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| property.refuse("has an entry that names no user"))?;
        let id = NotionId::from_str(text).or_else(|_| people.find(text));
        let id = id.map_err(|problem| property.blame(problem))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > ARRAY_LIMIT {
        return Err(
            property.refuse(&format!("has {} people; Notion takes {ARRAY_LIMIT} in one request", ids.len()))
        );
    }
    Ok(ids.into_iter().map(|id| json!({ "object": "user", "id": id })).collect())
}
