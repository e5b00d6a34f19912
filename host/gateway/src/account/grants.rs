//! `/v1/account`: the sessions, grants and connections of whoever asks.

use std::collections::BTreeSet;

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::identity::ClientGrant;
use toolbay_kernel::{Code, Connecting, ConnectionId, PrincipalId, Problem};

use crate::administration::told_connection;
use crate::asked::{Asked, moment};
use crate::envelope::{Refusal, of_host};

/// Connections that are listed.
const MAX_LISTED: usize = 1_000;

/// `GET /v1/account`.
pub(super) async fn account(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let (sessions, grants) = asked.gateway.identity.account(asked.principal.id).await?;
    let grants: Vec<Value> = grants.iter().map(told).collect();
    Ok(of_host(&json!({
        "sessions": sessions.len(),
        "grants": grants,
        "connections": connections(asked).await?,
        "servers": servers(asked),
    })))
}

/// The connections that the caller may use, with what became of each.
async fn connections(asked: &Asked<'_>) -> Result<Vec<Value>, Refusal> {
    let (gateway, principal) = (asked.gateway, asked.principal);
    let Some(ports) = gateway.administration.as_ref() else { return Ok(Vec::new()) };
    let page = gateway.connections.page(&principal.connections, None, MAX_LISTED).await;
    let accounts = gateway.connections.accounts(principal, MAX_LISTED).await;
    let workspaces = page.map_err(Problem::from)?;
    let own: BTreeSet<ConnectionId> = workspaces
        .into_iter()
        .chain(accounts.map_err(Problem::from)?)
        .map(|connection| connection.id)
        .collect();
    let known = ports.records.connections().await.map_err(Problem::from)?;
    Ok(known.iter().filter(|record| own.contains(&record.connection.id)).map(told_connection).collect())
}

/// The MCP servers at which the caller may have an account.
fn servers(asked: &Asked<'_>) -> Vec<Value> {
    let ports = asked.gateway.administration.as_ref().filter(|_| Connecting::lets(asked.principal));
    let servers = ports.map(|ports| ports.upstreams.servers()).unwrap_or_default().into_iter();
    servers.filter(|server| server.start_url.is_some()).map(|server| json!(server.name)).collect()
}

/// `DELETE /v1/account/grants/{id}`: withdraws what a client was allowed.
pub(super) async fn withdraw(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let grant: Option<PrincipalId> = asked.parameter(0).parse().ok();
    let is_ended = match grant {
        Some(grant) => asked.gateway.identity.withdraw(grant, &asked.by()).await?,
        None => false,
    };
    match grant.filter(|_| is_ended) {
        Some(grant) => Ok(of_host(&json!({"withdrawn": grant}))),
        None => Err(Problem::new(Code::NotFound, "There is no such program among yours.")
            .hint("GET /v1/account lists those that act for you.")
            .into()),
    }
}

/// A grant as it is listed.
pub(crate) fn told(grant: &ClientGrant) -> Value {
    json!({
        "id": grant.id,
        "client_id": grant.client,
        "client_name": grant.client_name,
        "strongest": grant.strongest,
        "connections": grant.connections.listed(),
        "created_at": moment(grant.created_at),
        "used_at": grant.used_at.map(moment),
    })
}
