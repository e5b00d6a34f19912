//! `/v1/administration/connections`: those of everybody.

use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::administration::ConnectionRecord;
use toolbay_kernel::{Problem, System};

use super::AdministrationPorts;
use super::ports::to_its_end;
use crate::asked::{Asked, GivenSecret, moment, read};
use crate::envelope::{Refusal, of_host};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    /// Of an internal integration.
    token: GivenSecret,
}

/// All connections, by name; never with a credential.
pub(super) async fn list(ports: &AdministrationPorts) -> Result<Response, Refusal> {
    let connections = ports.records.connections().await.map_err(Problem::from)?;
    let connections: Vec<Value> = connections.iter().map(told).collect();
    Ok(of_host(&json!({"connections": connections})))
}

/// Adds a workspace by an internal integration's token, once that has opened it.
pub(super) async fn add(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    let New { name, token: GivenSecret(token) } = read(request).await?;
    let (records, workspaces) = (ports.records.clone(), ports.workspaces.clone());
    let (by, named) = (asked.by(), name.clone());
    let adding = async move { records.connect_by_token(&named, token, workspaces.as_ref(), &by).await };
    let (id, workspace) = to_its_end(adding).await?;
    Ok(of_host(&json!({"id": id, "name": name, "workspace_name": workspace.name})))
}

/// A connection as it is listed.
pub(crate) fn told(record: &ConnectionRecord) -> Value {
    let connection = &record.connection;
    json!({
        "id": connection.id,
        "name": connection.name,
        "kind": record.kind.as_str(),
        "system": match &connection.system {
            System::Notion => "notion",
            System::Upstream(name) => name.as_str(),
        },
        "workspace_name": connection.workspace_name,
        "workspace_id": record.workspace_id,
        "broken_at": record.broken_at.map(moment),
        "created_at": record.created_at.map(moment),
        "updated_at": record.updated_at.map(moment),
    })
}
