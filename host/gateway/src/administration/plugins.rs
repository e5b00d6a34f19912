//! `/v1/administration/plugins`: what is in the folder, what it asks for, and what is granted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::administration::{AskedCapability, GrantRecord, PluginLimits, PluginRecord};
use toolbay_kernel::tally::Counts;
use toolbay_kernel::{Code, PluginName, Problem, ToolName};

use super::AdministrationPorts;
use super::ports::to_its_end;
use crate::asked::{Asked, moment, no_key, read};
use crate::envelope::{Refusal, of_host};
use crate::rest::{body, query};

/// Largest component, in bytes: what the sandbox takes, so that a larger one is refused before it is read.
const MAX_COMPONENT: usize = 8 * 1024 * 1024;

/// What a component is declared as.
const WASM: &str = "application/wasm";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    capability: String,
}

/// All plugins, by name.
pub(super) async fn list(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let grants = ports.records.grants().await.map_err(Problem::from)?;
    let stored: BTreeSet<(&str, &str)> = grants.iter().filter_map(stored).collect();
    let counts = asked.gateway.dispatcher.tallies();
    let plugins: Vec<Value> =
        ports.plugins.plugins().iter().map(|plugin| told(plugin, &stored, &counts)).collect();
    Ok(of_host(&json!({"plugins": plugins})))
}

/// Grants a plugin a capability.
pub(super) async fn grant(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    let plugin = named(asked)?;
    let Grant { capability } = read(request).await?;
    let capability = ports.plugins.grantable(&plugin, &capability)?;
    let is_new = ports.records.grant(&plugin, capability, &asked.by()).await.map_err(Problem::from)?;
    Ok(of_host(&json!({"granted": is_new})))
}

/// Takes a grant back.
pub(super) async fn revoke(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let plugin = named(asked)?;
    let capability = ports.plugins.grantable(&plugin, asked.parameter(1))?;
    let is_revoked =
        ports.records.revoke_grant(&plugin, capability, &asked.by()).await.map_err(Problem::from)?;
    let is_in_force = |known: &PluginRecord| {
        let is_it = |one: &AskedCapability| one.name == capability && one.is_granted;
        known.name == plugin.as_str() && known.asked.iter().any(is_it)
    };
    if !is_revoked && ports.plugins.plugins().iter().any(is_in_force) {
        let message =
            format!("{capability} is not granted to {plugin} by an operator, but by the configuration.");
        return Err(Problem::new(Code::Conflict, message)
            .hint(format!(
                "It comes with the bundled plugin or with `grant_on_drop`. [grants] {plugin} = [...] in toolbay.toml counts instead."
            ))
            .into());
    }
    Ok(of_host(&json!({"revoked": is_revoked})))
}

/// Puts a component into the folder.
pub(super) async fn install(
    ports: &AdministrationPorts,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    no_key(&request)?;
    query::refuse(request.uri())?;
    let component = body::read_bytes(request, WASM, MAX_COMPONENT).await?;
    let (plugins, by) = (Arc::clone(&ports.plugins), asked.by());
    let (name, version) = to_its_end(async move { plugins.install(component.into(), &by).await }).await?;
    Ok(of_host(&json!({"name": name, "version": version})))
}

/// Takes a plugin's file out of the folder.
pub(super) async fn remove(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let name = named(asked)?;
    let (plugins, by, removed) = (Arc::clone(&ports.plugins), asked.by(), name.clone());
    to_its_end(async move { plugins.remove(&removed, &by).await }).await?;
    Ok(of_host(&json!({"removed": name})))
}

fn named(asked: &Asked<'_>) -> Result<PluginName, Refusal> {
    asked.parameter(0).parse().map_err(|_| {
        Problem::new(Code::NotFound, "There is no plugin of this name.")
            .hint("GET /v1/administration/plugins lists those that there are.")
            .into()
    })
}

/// A grant that an operator made, and can take back.
fn stored(grant: &GrantRecord) -> Option<(&str, &str)> {
    grant.granted_at.map(|_| (grant.plugin.as_str(), grant.capability.as_str()))
}

fn told(plugin: &PluginRecord, stored: &BTreeSet<(&str, &str)>, counts: &HashMap<ToolName, Counts>) -> Value {
    let of_tools = plugin.tools.iter().filter_map(|tool| counts.get(tool));
    let calls = of_tools.fold(Counts::default(), Counts::and);
    let asked = |one: &AskedCapability| {
        let is_stored = stored.contains(&(plugin.name.as_str(), one.name.as_str()));
        json!({
            "capability": one.name,
            "in_words": one.in_words,
            "granted": one.is_granted,
            "from_configuration": one.is_granted && !is_stored,
        })
    };
    let before = plugin
        .before
        .as_ref()
        .map(|before| json!({"version": before.version, "asked": before.asked, "tools": before.tools}));
    json!({
        "name": plugin.name,
        "version": plugin.version,
        "from": if plugin.is_bundled { "bundled" } else { "folder" },
        "status": plugin.status,
        "file": plugin.file,
        "digest": plugin.digest,
        "tools": plugin.tools,
        "asked": plugin.asked.iter().map(asked).collect::<Vec<_>>(),
        "missing": plugin.missing,
        "reason": plugin.reason,
        "fix": plugin.fix,
        "before": before,
        "limits": plugin.limits.map(limits),
        "calls": {
            "count": calls.calls,
            "refused": calls.refused(),
            "failures": calls.failed(),
            "total_ms": calls.total_ms,
            "max_ms": calls.max_ms,
            "last_at": calls.last_at.map(moment),
        },
    })
}

fn limits(limits: PluginLimits) -> Value {
    json!({
        "memory_mib": limits.memory_bytes / (1024 * 1024),
        "output_kib": limits.output_bytes / 1024,
        "cpu_ms": u64::try_from(limits.cpu.as_millis()).unwrap_or(u64::MAX),
        "time_s": limits.call.as_secs(),
    })
}
