//! The host's own operations. Their names are written in camel case, which no tool's name can be.

use serde_json::{Value, json};

use super::placed::Placed;
use super::shared::{Refusals, responses};

/// The tag of what the host itself answers; its own tools have it too.
pub(super) const HOST: &str = "toolbay";

/// The operations that the host itself answers.
pub(super) fn operations() -> Vec<Placed> {
    vec![
        Placed {
            path: "/v1/tools/{name}".into(),
            method: "post",
            operation: json!({
                "operationId": "callTool",
                "tags": [HOST],
                "summary": "Call any tool by its name",
                "description": "The body is the tool's arguments.",
                "x-openai-isConsequential": true,
                "parameters": [{
                    "name": "name",
                    "in": "path",
                    "required": true,
                    "description": "The tool's name.",
                    "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"},
                }],
                "requestBody": {"required": false, "content": {"application/json": {"schema": {
                    "type": "object",
                    "properties": {},
                    "additionalProperties": true,
                }}}},
                "responses": responses(json!({"description": "What the tool answers."}), Refusals::CallWithBody),
            }),
        },
        read("/v1/tools", "listTools", "The tools that the caller may use", tools(), Refusals::Host),
        paged(read(
            "/v1/connections",
            "listConnections",
            "The Notion connections that the caller may use",
            connections(),
            Refusals::Host,
        )),
        read("/v1/meta", "getMeta", "What this host is, and where", meta(), Refusals::Host),
        public(read("/health", "getHealth", "Whether the host is alive", status(), Refusals::Health)),
        public(read("/livez", "getLiveness", "Whether the host is alive", status(), Refusals::Health)),
        public(read("/readyz", "getReadiness", "Whether the host can serve", status(), Refusals::Health)),
    ]
}

pub(super) fn read(path: &str, id: &str, summary: &str, result: Value, refusals: Refusals) -> Placed {
    let operation = json!({
        "operationId": id,
        "tags": [HOST],
        "summary": summary,
        "x-openai-isConsequential": false,
        "responses": responses(result, refusals),
    });
    Placed { path: path.to_owned(), method: "get", operation }
}

pub(super) fn paged(mut placed: Placed) -> Placed {
    if let Some(members) = placed.operation.as_object_mut() {
        let parameters = json!([
            {"name": "limit", "in": "query", "required": false, "description": "How many at most.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
            {"name": "cursor", "in": "query", "required": false, "description": "`next_cursor` of the page before.",
                "schema": {"type": "string"}},
        ]);
        members.insert("parameters".into(), parameters);
    }
    placed
}

fn public(mut placed: Placed) -> Placed {
    if let Some(members) = placed.operation.as_object_mut() {
        members.insert("security".into(), json!([]));
    }
    placed
}

pub(super) fn list_of(name: &str, properties: Value, required: Value) -> Value {
    json!({
        "type": "object",
        "properties": {name: {
            "type": "array",
            "items": {"type": "object", "properties": properties, "required": required},
        }},
        "required": [name],
    })
}

fn tools() -> Value {
    let schema = json!({"type": "object", "properties": {}, "additionalProperties": true});
    list_of(
        "tools",
        json!({
            "name": {"type": "string"},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "effect": {"type": "string", "enum": ["reads", "writes", "destroys"]},
            "idempotent": {"type": "boolean"},
            "provider": {"type": "string"},
            "input_schema": schema,
            "output_schema": schema,
            "routes": {"type": "array", "items": {"type": "string"}, "description": "Its own routes, such as GET /v1/pages/{page_id}."},
        }),
        json!(["name", "title", "description", "effect", "idempotent", "provider", "input_schema"]),
    )
}

fn connections() -> Value {
    let mut page = list_of(
        "connections",
        json!({
            "id": {"type": "string", "description": "The connection_id of calls."},
            "name": {"type": "string"},
            "workspace_name": {"type": "string", "description": "Notion's name of the workspace."},
        }),
        json!(["id", "name"]),
    );
    if let Some(Value::Object(properties)) = page.get_mut("properties") {
        properties.insert(
            "next_cursor".into(),
            json!({"type": "string", "description": "The `cursor` of the next page; absent on the last one."}),
        );
    }
    page
}

fn meta() -> Value {
    let address = json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "principal": {"type": "string", "description": "Who is calling."},
            "tools": {"type": "integer", "description": "How many tools the caller may use."},
            "addresses": {
                "type": "object",
                "properties": {"mcp": address, "rest": address, "openapi": address, "openapi_full": address},
            },
        },
        "required": ["name", "version", "principal", "tools", "addresses"],
    })
}

fn status() -> Value {
    json!({"type": "object", "properties": {"status": {"type": "string", "enum": ["ok"]}}, "required": ["status"]})
}
