//! The people and bots of a workspace.

mod list;
mod user;

use serde_json::Map;
use toolbay_sdk::notion::{NotionId, Object};
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// Part of a name or an email address.
    query: Option<String>,
    /// One user by id.
    user_id: Option<String>,
    /// The bot that this connection acts as.
    me: Option<bool>,
    /// Most users.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// `next_cursor` of the answer before.
    cursor: Option<String>,
}

fn hundred() -> usize {
    100
}

/// Whom a caller asks for.
enum Asked {
    Everybody,
    Like(String),
    One(NotionId),
    Me,
}

/// Lists people and bots of the workspace with their ids, or finds them by name or email.
#[tool(reads, idempotent, route = "GET /v1/users")]
fn list_users(call: &Call, input: Input) -> Result<Value, Problem> {
    let cursor = input.cursor.clone().filter(|cursor| !cursor.trim().is_empty());
    let asked = asked(&input)?;
    if cursor.is_some() && matches!(asked, Asked::Me | Asked::One(_)) {
        return Err(Problem::invalid_input("One user has no further pages, and a `cursor` is given.")
            .hint("Leave `cursor` out; or leave `me` and `user_id` out to go on with a list."));
    }
    match asked {
        Asked::Me => Ok(only(user::own(&call.notion().get("/v1/users/me").send()?.body))),
        Asked::One(id) => user::by_id(call, id).map(|user| only(user::compact(&user))),
        Asked::Everybody => list::everybody(call, input.limit, cursor),
        Asked::Like(words) => list::like(call, &words, input.limit, cursor),
    }
}

fn only(user: Map<String, Value>) -> Value {
    json!({ "users": [user] })
}

fn asked(input: &Input) -> Result<Asked, Problem> {
    let text = |given: &Option<String>| {
        given.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    match (text(&input.query), text(&input.user_id), input.me.unwrap_or(false)) {
        (None, None, false) => Ok(Asked::Everybody),
        (Some(words), None, false) => Ok(Asked::Like(words)),
        (None, Some(id), false) => Ok(Asked::One(Object::Person.find(&id)?)),
        (None, None, true) => Ok(Asked::Me),
        _ => Err(Problem::invalid_input("More than one of `query`, `user_id` and `me` is given.")
            .hint("Give one of them, or none to list everybody.")),
    }
}

plugin!(list_users);

#[cfg(test)]
mod tests;
