//! What the host itself answers: tools, connections, and what it is.

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::{Catalog, Principal, Problem, Tool};

use crate::Gateway;
use crate::envelope::{Refusal, of_host};

/// `GET /v1/tools`: those that the principal may use.
pub(crate) fn tools(catalog: &Catalog, principal: &Principal) -> Result<Response, Refusal> {
    let tools: Vec<Value> = catalog.tools_of(principal).map(tool).collect();
    Ok(of_host(&json!({"tools": tools})))
}

fn tool(tool: &Arc<Tool>) -> Value {
    let definition = &tool.definition;
    let mut listed = json!({
        "name": definition.name,
        "title": definition.title,
        "description": definition.description,
        "effect": definition.effect,
        "idempotent": definition.idempotent,
        "provider": tool.provider.name(),
        "input_schema": *tool.input_schema,
    });
    if let Some(members) = listed.as_object_mut() {
        if let Some(schema) = &tool.output_schema {
            members.insert("output_schema".into(), Value::Object((**schema).clone()));
        }
        if !definition.routes.is_empty() {
            let routes = definition.routes.iter().map(ToString::to_string).collect::<Vec<_>>();
            members.insert("routes".into(), routes.into());
        }
    }
    listed
}

/// `GET /v1/connections`: those that the principal may use.
pub(crate) async fn connections(gateway: &Gateway, principal: &Principal) -> Result<Response, Refusal> {
    let all = gateway.connections.connections().await.map_err(Problem::from)?;
    let visible = all.iter().filter(|connection| principal.connections.contains(&connection.id));
    let connections: Vec<Value> = visible
        .map(|connection| {
            let mut listed = json!({"id": connection.id, "name": connection.name});
            if let (Some(workspace), Some(members)) = (&connection.workspace_name, listed.as_object_mut()) {
                members.insert("workspace_name".into(), workspace.as_str().into());
            }
            listed
        })
        .collect();
    Ok(of_host(&json!({"connections": connections})))
}

/// `GET /v1/meta`: what this host is, and where.
pub(crate) fn meta(gateway: &Gateway, catalog: &Catalog, principal: &Principal) -> Result<Response, Refusal> {
    let address = |path: &str| gateway.settings.address(path);
    Ok(of_host(&json!({
        "name": "toolbay",
        "version": gateway.settings.version,
        "principal": principal.name,
        "tools": catalog.tools_of(principal).count(),
        "addresses": {
            "mcp": address("/mcp"),
            "rest": address("/v1"),
            "openapi": address("/openapi.json"),
            "openapi_full": address("/openapi/full.json"),
        },
    })))
}
