//! What the host itself answers: tools, connections, and what it is.

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::{Catalog, Principal, Problem, Tool};
use url::Url;

use crate::Gateway;
use crate::envelope::{Refusal, of_host};

/// `GET /v1/tools`: those that the principal may use.
pub(crate) fn tools(catalog: &Catalog, principal: &Principal) -> Result<Response, Refusal> {
    let tools: Vec<Value> = catalog.tools_of(principal).map(|one| tool(one, principal)).collect();
    Ok(of_host(&json!({"tools": tools})))
}

fn tool(tool: &Arc<Tool>, principal: &Principal) -> Value {
    let definition = &tool.definition;
    let mut listed = json!({
        "name": definition.name,
        "title": definition.title,
        "description": definition.description,
        "effect": tool.access_for(principal),
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

/// Connections of one page, and most of them that a caller can ask for.
const PAGE: usize = 50;
const MAX_PAGE: usize = 100;

/// `GET /v1/connections`: a page of those that the principal may use, as the plugin of that name answers it.
pub(crate) async fn connections(
    gateway: &Gateway,
    principal: &Principal,
    query: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    let (mut limit, mut cursor) = (PAGE, None);
    for (name, value) in query {
        match name.as_str() {
            "limit" => {
                limit =
                    value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit)).ok_or_else(|| {
                        Refusal::invalid(format!("`limit` is a number from 1 to {MAX_PAGE}"))
                    })?;
            }
            "cursor" => cursor = Some(value),
            _ => {
                let name: String = name.chars().take(80).collect();
                return Err(
                    Refusal::invalid(format!("there is no `{name}` here")).hint("valid are: limit, cursor")
                );
            }
        }
    }
    let page = gateway.connections.page(&principal.connections, cursor.as_deref(), limit + 1);
    let page = page.await.map_err(Problem::from)?;
    // Accounts come with the first page: they are few.
    let accounts = match cursor {
        None => gateway.connections.accounts(principal, MAX_PAGE).await.map_err(Problem::from)?,
        Some(_) => Vec::new(),
    };
    // Names are unique, so that the last one is the place to go on.
    let next = page.get(limit).and(page.get(limit - 1)).map(|last| last.name.clone());
    let connections: Vec<Value> = page
        .iter()
        .take(limit)
        .chain(&accounts)
        .map(|connection| {
            let mut listed = json!({"id": connection.id, "name": connection.name});
            if let (Some(workspace), Some(members)) = (&connection.workspace_name, listed.as_object_mut()) {
                members.insert("workspace_name".into(), workspace.as_str().into());
            }
            if let (Some(upstream), Some(members)) = (connection.system.upstream(), listed.as_object_mut()) {
                members.insert("upstream".into(), upstream.as_str().into());
            }
            listed
        })
        .collect();
    let mut answer = json!({"connections": connections});
    if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
        members.insert("next_cursor".into(), next.into());
    }
    Ok(of_host(&answer))
}

/// `GET /v1/meta`: what this host is, and where, at the origin that the request came in by.
pub(crate) fn meta(
    gateway: &Gateway,
    origin: &Url,
    catalog: &Catalog,
    principal: &Principal,
) -> Result<Response, Refusal> {
    Ok(of_host(&json!({
        "name": "toolbay",
        "version": gateway.settings.version,
        "principal": principal.name,
        "tools": catalog.tools_of(principal).count(),
        "addresses": addresses(origin),
    })))
}

/// Where the surfaces are, at an origin of this host.
pub(crate) fn addresses(origin: &Url) -> Value {
    let origin = origin.as_str().trim_end_matches('/');
    let address = |path: &str| format!("{origin}{path}");
    json!({
        "mcp": address("/mcp"),
        "rest": address("/v1"),
        "openapi": address("/openapi.json"),
        "openapi_full": address("/openapi/full.json"),
    })
}
