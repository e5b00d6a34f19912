//! `connection_remove`: a connection and its credential go.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BuiltInDefinition, BuiltInTool, of_the_whole_connection, parsed};
use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::connecting::Connecting;
use crate::principal::PrincipalKind;
use crate::problem::{Code, Problem};

/// Removes a connection.
pub struct ConnectionRemove(pub Connecting);

#[derive(Deserialize)]
struct Arguments {
    /// By default yes: whoever removes a connection means that it ends, and a credential that lives on at Notion is in
    /// every backup of the database.
    revoke: Option<bool>,
}

#[async_trait]
impl BuiltInTool for ConnectionRemove {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: "connection_remove",
            title: "Remove a connection",
            description: "Removes a connection with its credential and what plugins kept for it. Nothing in Notion is \
                          changed. To use the workspace again, somebody has to connect it again.",
            input_schema: json!({
                "type": "object",
                "properties": {"revoke": {
                    "type": "boolean",
                    "description": "Whether Notion is asked to revoke what it gave through OAuth. Default true."
                }},
                "additionalProperties": false
            }),
            access: Access::Destroys,
            least: Access::Destroys,
            idempotent: false,
            route: ("DELETE", "/v1/connections/{connection_id}"),
            uses_connection: true,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let Arguments { revoke } = parsed(arguments)?;
        if call.principal().kind == PrincipalKind::OAuth {
            let message = "a client acts on the connections that a person gave it, and removes none";
            return Err(Problem::new(Code::Forbidden, message)
                .hint("a person removes a connection; to take this client's access back, open /account"));
        }
        of_the_whole_connection(call)?;
        let connection = call.connection()?;
        let removed = self.0.remove(connection.id, revoke.unwrap_or(true), call.actor()).await?;
        let mut answer = json!({"connection_id": connection.id, "name": connection.name, "removed": true});
        if let (Some(revoked), Some(members)) = (removed.revoked, answer.as_object_mut()) {
            members.insert("revoked".to_owned(), json!(revoked));
            if !revoked {
                let note =
                    "Notion could not be asked; people can remove the integration in Notion's settings";
                members.insert("note".to_owned(), json!(note));
            }
        }
        Ok(Answer::data(answer))
    }
}
