//! `/v1/administration/tokens`.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use toolbay_kernel::administration::{TokenRecord, WantedToken};
use toolbay_kernel::nearest::nearest;
use toolbay_kernel::rate::Rate;
use toolbay_kernel::{Access, Code, ConnectionId, PrincipalId, Problem, Profile, ProfileName, ToolName};

use super::AdministrationPorts;
use crate::Gateway;
use crate::asked::{Asked, moment, read};
use crate::clients;
use crate::envelope::{Refusal, of_host};
use crate::public_origin::PublicOrigin;

/// Tools, connections or parts that one token names.
const MAX_NAMED: usize = 1_000;

/// Longest id or link, in bytes.
const MAX_LINK: usize = 2_048;

/// Longest life of a token that ends, in days: a hundred years.
const MAX_DAYS: u32 = 36_500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    strongest: Option<Access>,
    #[serde(default)]
    tools: Vec<ToolName>,
    #[serde(default)]
    connections: Vec<ConnectionId>,
    default_connection: Option<ConnectionId>,
    profile: Option<ProfileName>,
    #[serde(default)]
    within: Vec<String>,
    rate: Option<Rate>,
    #[serde(default)]
    tool_rates: BTreeMap<ToolName, Rate>,
    expires_in_days: Option<u32>,
    #[serde(default)]
    administers: bool,
}

/// All tokens, oldest first; never with a secret.
pub(super) async fn list(ports: &AdministrationPorts) -> Result<Response, Refusal> {
    let tokens = ports.records.tokens().await.map_err(Problem::from)?;
    let tokens: Vec<Value> = tokens.iter().map(told).collect();
    Ok(of_host(&json!({"tokens": tokens})))
}

/// Creates one. Its secret is answered this once.
pub(super) async fn create(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    let origin = PublicOrigin::of(request.extensions(), &asked.gateway.settings).clone();
    let wanted = read::<Wanted>(request).await?.checked(asked.gateway)?;
    expect_tools(asked.gateway, wanted.named_tools())?;
    expect_connections(ports, &wanted).await?;
    let new = wanted.resolve(|text| ports.workspaces.part(text))?;
    let created = ports.records.create_token(new, &asked.by()).await;
    let (token, record) = created.map_err(Problem::from)?;
    let clients: Vec<Value> = clients::of(origin.as_str(), &token)
        .iter()
        .map(|client| json!({"name": client.name, "place": client.place, "text": client.text}))
        .collect();
    Ok(of_host(&json!({
        "token": token.expose_secret(),
        "id": record.id,
        "name": record.name,
        "clients": clients,
    })))
}

/// Revokes one.
pub(super) async fn revoke(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let id: Option<PrincipalId> = asked.parameter(0).parse().ok();
    let is_revoked = match id {
        Some(id) => ports.records.revoke_token(id, &asked.by()).await.map_err(Problem::from)?,
        None => false,
    };
    match id.filter(|_| is_revoked) {
        Some(id) => Ok(of_host(&json!({"revoked": id}))),
        None => Err(Problem::new(Code::NotFound, "No token in force has this id.")
            .hint("GET /v1/administration/tokens lists them.")
            .into()),
    }
}

impl Wanted {
    fn checked(self, gateway: &Gateway) -> Result<WantedToken, Refusal> {
        let named = [self.tools.len(), self.connections.len(), self.within.len(), self.tool_rates.len()];
        if named.into_iter().any(|count| count > MAX_NAMED) {
            return Err(Refusal::invalid(format!("A token names at most {MAX_NAMED} of a kind.")));
        }
        if self.within.iter().any(|text| text.len() > MAX_LINK) {
            return Err(Refusal::invalid(format!("An id or link in `within` has at most {MAX_LINK} bytes.")));
        }
        let expires_at = match self.expires_in_days {
            None => None,
            Some(days @ 1..=MAX_DAYS) => {
                OffsetDateTime::now_utc().checked_add(Duration::days(i64::from(days)))
            }
            Some(_) => {
                return Err(Refusal::invalid(format!("`expires_in_days` is a number from 1 to {MAX_DAYS}.")));
            }
        };
        let profile = self.profile.map(|name| profile(gateway, &name)).transpose()?;
        Ok(WantedToken {
            name: self.name,
            tools: self.tools,
            connections: self.connections,
            default_connection: self.default_connection,
            profile,
            strongest: self.strongest.unwrap_or(Access::Writes),
            within: self.within,
            rate: self.rate,
            tool_rates: self.tool_rates.into_iter().collect(),
            expires_at,
            administers: self.administers,
        })
    }
}

fn profile(gateway: &Gateway, name: &ProfileName) -> Result<Profile, Refusal> {
    let profiles = &gateway.settings.profiles;
    profiles.get(name.as_str()).cloned().ok_or_else(|| {
        let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        Refusal::invalid("There is no such profile.").hint(format!("There are {}.", names.join(", ")))
    })
}

/// Refuses tools that nobody publishes.
fn expect_tools<'a>(gateway: &Gateway, named: impl Iterator<Item = &'a ToolName>) -> Result<(), Refusal> {
    let catalog = gateway.catalogs.current();
    for tool in named {
        if catalog.get(tool.as_str()).is_some() {
            continue;
        }
        if let Some(loading) = gateway.catalogs.loading() {
            return Err(loading.problem(&format!("there is no tool `{tool}` yet")).into());
        }
        let near = nearest(tool.as_str(), catalog.tools().map(|tool| tool.name().as_str()));
        let hint = near.map_or_else(
            || "GET /v1/tools lists those that there are.".to_owned(),
            |near| format!("Did you mean `{near}`?"),
        );
        return Err(Refusal::invalid(format!("There is no tool `{tool}`.")).hint(hint));
    }
    Ok(())
}

/// Refuses connections that aren't there.
async fn expect_connections(ports: &AdministrationPorts, wanted: &WantedToken) -> Result<(), Refusal> {
    if wanted.connections.is_empty() && wanted.default_connection.is_none() {
        return Ok(());
    }
    let known = ports.records.connections().await.map_err(Problem::from)?;
    let mut named = wanted.connections.iter().chain(&wanted.default_connection);
    match named.find(|id| known.iter().all(|record| record.connection.id != **id)) {
        None => Ok(()),
        Some(id) => Err(Refusal::invalid(format!("There is no connection `{id}`."))
            .hint("GET /v1/administration/connections lists them.")),
    }
}

fn told(record: &TokenRecord) -> Value {
    json!({
        "id": record.id,
        "name": record.name,
        "strongest": record.strongest,
        "tools": record.tools.listed(),
        "connections": record.connections.listed(),
        "default_connection": record.default_connection,
        "within": record.parts.listed(),
        "rates": record.rates.listed(),
        "administers": record.administers,
        "created_at": moment(record.created_at),
        "expires_at": record.expires_at.map(moment),
        "last_used_at": record.last_used_at.map(moment),
        "revoked_at": record.revoked_at.map(moment),
    })
}
