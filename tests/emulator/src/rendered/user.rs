//! People and bots as the API writes them.

use serde_json::{Value, json};

use crate::json::put;
use crate::model::Workspace;
use crate::model::user::{Kind, User};

impl User {
    pub(crate) fn to_json(&self, workspace: &Workspace, with_email: bool) -> Value {
        let mut user = json!({"object": "user", "id": self.id, "name": self.name, "avatar_url": null});
        match &self.kind {
            Kind::Person { email } => {
                put(&mut user, "type", json!("person"));
                let person = match email {
                    Some(email) if with_email => json!({"email": email, "email_verified": true}),
                    _ => json!({}),
                };
                put(&mut user, "person", person);
            }
            Kind::Bot => {
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
