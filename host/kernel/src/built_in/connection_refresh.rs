//! `connection_refresh`: a connection gets a new credential.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{BuiltInDefinition, BuiltInTool, of_the_whole_connection};
use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::connecting::Connecting;
use crate::problem::Problem;

/// Renews a connection's credential.
pub struct ConnectionRefresh(pub Connecting);

#[async_trait]
impl BuiltInTool for ConnectionRefresh {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: "connection_refresh",
            title: "Renew a connection's credential",
            description: "Renews the credential of a workspace that was connected through Notion. Seldom needed: one that \
                          Notion refuses is renewed by itself.",
            input_schema: json!({"type": "object", "properties": {}, "additionalProperties": false}),
            access: Access::Writes,
            least: Access::Writes,
            idempotent: false,
            route: ("POST", "/v1/connections/refresh"),
            uses_connection: true,
        }
    }

    async fn call(&self, _arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        of_the_whole_connection(call)?;
        let connection = call.connection()?;
        self.0.refresh(connection.id, call.actor()).await?;
        Ok(Answer::data(json!({"connection_id": connection.id, "name": connection.name, "refreshed": true})))
    }
}
