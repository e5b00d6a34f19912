//! The caller's own connections.

use toolbay_sdk::Connection;
use toolbay_sdk::prelude::*;

/// Lists the Notion workspaces that you can work in; other tools take one's id as `connection_id`.
#[tool(reads, idempotent, route = "GET /v1/connections")]
fn connections(call: &Call) -> Result<Value, Problem> {
    let own: Vec<Value> = call.connections()?.into_iter().map(compact).collect();
    Ok(json!({ "connections": own }))
}

fn compact(connection: Connection) -> Value {
    match connection.workspace_name {
        Some(workspace) => json!({ "id": connection.id, "name": connection.name, "workspace": workspace }),
        None => json!({ "id": connection.id, "name": connection.name }),
    }
}

plugin!(connections);

#[cfg(test)]
mod tests;
