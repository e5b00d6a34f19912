//! `/v1/administration/clients`: what everybody has allowed clients of OAuth.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::{Code, PrincipalId, Problem};

use crate::account::told_grant;
use crate::asked::Asked;
use crate::envelope::{Refusal, of_host};

/// The grants in force, newest first, each with who gave it.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let mut names: HashMap<PrincipalId, Option<String>> = HashMap::new();
    let mut grants: Vec<Value> = Vec::new();
    for grant in asked.gateway.identity.grants().await? {
        if let Entry::Vacant(unknown) = names.entry(grant.owner) {
            let owner = asked.gateway.principals.principal(grant.owner).await.map_err(Problem::from)?;
            unknown.insert(owner.map(|owner| owner.name.clone()));
        }
        let mut told = told_grant(&grant);
        if let Some(members) = told.as_object_mut() {
            let owner = json!({"id": grant.owner, "name": names.get(&grant.owner)});
            members.insert("owner".into(), owner);
        }
        grants.push(told);
    }
    Ok(of_host(&json!({"grants": grants})))
}

/// Withdraws one.
pub(super) async fn withdraw(asked: &Asked<'_>) -> Result<Response, Refusal> {
    let id: Option<PrincipalId> = asked.parameter(0).parse().ok();
    let is_ended = match id {
        Some(id) => asked.gateway.identity.end_grant(id, &asked.by()).await?,
        None => false,
    };
    match id.filter(|_| is_ended) {
        Some(id) => Ok(of_host(&json!({"withdrawn": id}))),
        None => Err(Problem::new(Code::NotFound, "Nothing in force has this id.")
            .hint("GET /v1/administration/clients lists what is.")
            .into()),
    }
}
