//! People and bots.

use serde_json::{Value, json};

/// A user of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
}

/// A person, whose address may be unknown, or the bot of an integration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Person { email: Option<String> },
    Bot,
}

/// The user that other objects name: the object and its id alone (recorded).
pub(crate) fn partial(id: &str) -> Value {
    json!({"object": "user", "id": id})
}
