//! A user as a small row.

use serde_json::Map;
use toolbay_sdk::Code;
use toolbay_sdk::notion::{NotionId, names};
use toolbay_sdk::prelude::*;

/// `{id, name, email}`, and `type` where it is no person.
pub(crate) fn compact(user: &Value) -> Map<String, Value> {
    let members = [
        ("id", user.get("id")),
        ("name", user.get("name")),
        ("email", user.pointer("/person/email")),
        ("type", user.get("type").filter(|kind| *kind != "person")),
    ];
    let present = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), present(value)?))).collect()
}

/// The connection's own bot, with its workspace, and the person whom it acts for where there is one.
pub(crate) fn own(bot: &Value) -> Map<String, Value> {
    let mut row = compact(bot);
    if let Some(workspace) = bot.pointer("/bot/workspace_name").filter(|name| !name.is_null()) {
        row.insert("workspace".to_owned(), workspace.clone());
    }
    if let Some(owner) = bot.pointer("/bot/owner/user") {
        row.insert("owner".to_owned(), Value::Object(compact(owner)));
    }
    row
}

/// The user of an id.
pub(crate) fn by_id(call: &Call, id: NotionId) -> Result<Value, Problem> {
    let id = id.to_string();
    let answer = call.notion().get(["v1", "users", id.as_str()]).send();
    answer.map(|response| response.body).map_err(|problem| match problem.code {
        Code::NotFound => Problem::not_found(format!("The workspace has no user `{id}`."))
            .hint("Find users by name or email with `query`; it may also be the id of a page."),
        _ => problem,
    })
}

/// True when name or email contains the words, whatever their case.
pub(crate) fn is_like(user: &Value, folded: &str) -> bool {
    [user.get("name"), user.pointer("/person/email")]
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|text| names::normal(text).to_lowercase().contains(folded))
}
