//! The caller's own connections.

use toolbay_sdk::Connection;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Input {
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    /// `next_cursor`
    #[serde(default)]
    cursor: Option<String>,
}

fn fifty() -> u32 {
    50
}

/// Lists the Notion workspaces that you can work in; other tools take one's id as `connection_id`.
#[tool(reads, idempotent, route = "GET /v1/connections")]
fn connections(call: &Call, input: Input) -> Result<Value, Problem> {
    let limit = input.limit.clamp(1, 100);
    // One more tells whether there is a next page.
    let mut own = call.connections(input.cursor.as_deref(), limit + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = own.len() > limit;
    own.truncate(limit);
    // Names are unique, so that the last one is the place to go on.
    let next = own.last().filter(|_| has_more).map(|last| last.name.clone());
    let mut answer = json!({ "connections": own.into_iter().map(compact).collect::<Vec<_>>() });
    if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
        members.insert("next_cursor".to_owned(), next.into());
    }
    Ok(answer)
}

fn compact(connection: Connection) -> Value {
    match connection.workspace_name {
        Some(workspace) => {
            json!({ "id": connection.id, "name": connection.name, "workspace_name": workspace })
        }
        None => json!({ "id": connection.id, "name": connection.name }),
    }
}

plugin!(connections);

#[cfg(test)]
mod tests;
