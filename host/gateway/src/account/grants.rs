//! `/v1/account`: the sessions and grants of whoever asks.

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::identity::ClientGrant;
use toolbay_kernel::{Code, PrincipalId, Problem};

use crate::asked::{Asked, moment};
use crate::envelope::{Refusal, of_host};

/// `GET /v1/account`.
pub(super) async fn account(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let (sessions, grants) = asked.gateway.identity.account(asked.principal.id).await?;
    let grants: Vec<Value> = grants.iter().map(told).collect();
    Ok(of_host(&json!({"sessions": sessions.len(), "grants": grants})))
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
