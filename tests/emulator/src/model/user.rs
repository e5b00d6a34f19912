//! People and bots.

use serde_json::{Value, json};

use crate::json::put;
use crate::model::Workspace;

/// A user of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The address of a person; a bot has none.
    pub(crate) email: Option<String>,
}

impl User {
    pub(crate) fn to_json(&self, workspace: &Workspace, with_email: bool) -> Value {
        let mut user = json!({"object": "user", "id": self.id, "name": self.name, "avatar_url": null});
        match &self.email {
            Some(email) => {
                put(&mut user, "type", json!("person"));
                let person =
                    if with_email { json!({"email": email, "email_verified": true}) } else { json!({}) };
                put(&mut user, "person", person);
            }
            None => {
                put(&mut user, "type", json!("bot"));
                let bot = json!({
                    "owner": {"type": "workspace", "workspace": true},
                    "workspace_name": workspace.name,
                    "workspace_id": workspace.id,
                    "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
                });
                put(&mut user, "bot", bot);
            }
        }
        user
    }
}

/// The user that other objects name: the object and its id alone (recorded).
pub(crate) fn partial(id: &str) -> Value {
    json!({"object": "user", "id": id})
}
