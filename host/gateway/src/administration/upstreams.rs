//! `/v1/administration/upstreams`: the MCP servers behind this host, and what they say of their tools.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::administration::{
    self, NewServer, NotAccepted, UpstreamRecord, UpstreamTransport, digest_of_changes,
};
use toolbay_kernel::upstream::{KnownTool, UpstreamName};
use toolbay_kernel::{Code, Problem};
use url::Url;

use super::AdministrationPorts;
use super::ports::to_its_end;
use crate::asked::{Asked, GivenSecret, read};
use crate::envelope::{Refusal, of_host};

/// Longest address, in bytes.
const MAX_URL: usize = 2_048;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: UpstreamName,
    url: String,
    #[serde(default)]
    transport: UpstreamTransport,
    #[serde(default)]
    oauth: bool,
    token: Option<GivenSecret>,
    #[serde(default)]
    allow_private: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    digest: String,
    tool: Option<String>,
}

/// All servers, by name.
pub(super) async fn list(ports: &AdministrationPorts) -> Result<Response, Refusal> {
    let mut upstreams = Vec::new();
    for server in ports.upstreams.servers() {
        let known = ports.upstream_tools.known(&server.name).await.map_err(Problem::from)?;
        upstreams.push(told(&server, &known));
    }
    Ok(of_host(&json!({"upstreams": upstreams})))
}

/// One server with its tools.
pub(super) async fn show(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let server = found(ports, asked)?;
    let known = ports.upstream_tools.known(&server.name).await.map_err(Problem::from)?;
    let proxy = asked.gateway.upstreams.as_ref();
    let tools: Vec<Value> = known
        .iter()
        .map(|tool| {
            let differences = tool.differences().into_iter();
            json!({
                "name": tool.name,
                "published": proxy.and_then(|proxy| proxy.published(&server.name, &tool.name)),
                "state": tool.state(),
                "description": tool.accepted.get("description"),
                "differences": differences
                    .map(|one| json!({"part": one.part, "before": one.before, "now": one.now}))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut shown = told(&server, &known);
    if let Some(members) = shown.as_object_mut() {
        // The number of them is in the list of servers; here they are.
        members.insert("tools".into(), tools.into());
        members.insert("digest".into(), digest_of_changes(&known).into());
    }
    Ok(of_host(&shown))
}

/// Accepts what a server says of its tools now.
pub(super) async fn accept(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    let server = found(ports, asked)?.name;
    let Accept { digest, tool } = read(request).await?;
    let by = asked.by();
    let accepted =
        administration::accept(ports.upstream_tools.as_ref(), &server, tool.as_deref(), &digest, &by).await;
    let see = format!("See GET /v1/administration/upstreams/{server}.");
    let accepted = accepted.map_err(|error| match error {
        NotAccepted::NoTool => {
            Problem::new(Code::NotFound, format!("{server} has no tool of that name.")).hint(see)
        }
        NotAccepted::ChangedSince => {
            let message = format!("{server} says something else by now than what this digest names.");
            Problem::new(Code::Conflict, message).hint(see)
        }
        NotAccepted::Store(error) => error.into(),
    })?;
    Ok(of_host(&json!({"accepted": accepted})))
}

/// Adds a server over HTTP.
pub(super) async fn add(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    let New { name, url, transport, oauth, token, allow_private } = read(request).await?;
    let url = Url::parse(&url).ok().filter(|_| url.len() <= MAX_URL).ok_or_else(|| {
        Refusal::invalid("`url` is no address.").hint("Send a whole one, such as https://example.com/mcp.")
    })?;
    let new = NewServer {
        name: name.clone(),
        url,
        transport,
        has_accounts: oauth,
        token: token.map(|given| given.0),
        allow_private,
    };
    let (upstreams, by) = (Arc::clone(&ports.upstreams), asked.by());
    let tools = to_its_end(async move { upstreams.add(new, &by).await }).await?;
    Ok(of_host(&json!({"name": name, "tools": tools})))
}

/// Removes a server.
pub(super) async fn remove(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let name = found(ports, asked)?.name;
    let (upstreams, by, removed) = (Arc::clone(&ports.upstreams), asked.by(), name.clone());
    to_its_end(async move { upstreams.remove(&removed, &by).await }).await?;
    Ok(of_host(&json!({"removed": name})))
}

fn found(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<UpstreamRecord, Refusal> {
    let wanted = asked.parameter(0);
    let servers = ports.upstreams.servers();
    servers.into_iter().find(|server| server.name.as_str() == wanted).ok_or_else(|| {
        Problem::new(Code::NotFound, "There is no MCP server of this name.")
            .hint("GET /v1/administration/upstreams lists those that there are.")
            .into()
    })
}

fn told(server: &UpstreamRecord, known: &[KnownTool]) -> Value {
    let health = &server.health;
    let mut told = json!({
        "name": server.name,
        "transport": server.transport,
        "place": server.place,
        "tools": known.iter().filter(|tool| tool.is_there).count(),
        "changed": known.iter().filter(|tool| tool.has_changed()).count(),
        "gone": known.iter().filter(|tool| !tool.is_there).count(),
        "state": health.state,
        "since": health.since,
        "p50_ms": health.p50_ms,
        "calls": health.calls,
        "last_failure": health.last_failure,
        "last_failure_at": health.last_failure_at,
        "has_accounts": server.start_url.is_some(),
    });
    if let (Some(url), Some(members)) = (&server.start_url, told.as_object_mut()) {
        members.insert("start_url".into(), url.as_str().into());
    }
    told
}
