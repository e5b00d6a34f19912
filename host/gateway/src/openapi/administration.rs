//! The operations of whoever is signed in, and of administration.

use serde_json::{Map, Value, json};

use super::host::HOST;
use super::placed::Placed;
use super::shared::{Refusals, or_null, responses};

/// The operations.
pub(super) fn operations() -> Vec<Placed> {
    let mut all = own();
    all.extend(tokens_and_connections());
    all.extend(plugins());
    all.extend(upstreams());
    all
}

fn own() -> Vec<Placed> {
    let account = of(
        [
            ("sessions", integer()),
            ("grants", list(grant(false))),
            ("connections", list(connection())),
            ("servers", list(text())),
        ],
        &[],
    );
    let authorize = of([("upstream", text()), ("return_to", text())], &["upstream", "return_to"]);
    let everywhere = of([("everywhere", boolean())], &["everywhere"]);
    vec![
        operation(
            "get",
            "/v1/session",
            "getSession",
            "Who is calling, and what this host is to them",
            session(),
        ),
        operation(
            "get",
            "/v1/account",
            "getAccount",
            "The caller's sessions, and the programs that act for them",
            account,
        ),
        operation(
            "delete",
            "/v1/account/grants/{id}",
            "withdrawOwnGrant",
            "Withdraw what the caller allowed a program",
            of([("withdrawn", text())], &[]),
        ),
        with_body(
            operation(
                "post",
                "/v1/account/sign-out",
                "signOut",
                "End the session of a browser",
                of([("signed_out", boolean())], &[]),
            ),
            everywhere,
        ),
        with_body(
            operation(
                "post",
                "/v1/connections/authorize",
                "beginToConnect",
                "Begin to connect a workspace, or an account at an MCP server",
                of([("authorize_url", text())], &[]),
            ),
            authorize,
        ),
    ]
}

fn tokens_and_connections() -> Vec<Placed> {
    let new_token = of(
        [
            ("name", text()),
            ("strongest", access()),
            ("tools", list(text())),
            ("connections", list(text())),
            ("default_connection", text()),
            ("profile", text()),
            ("within", list(text())),
            ("rate", text()),
            ("tool_rates", json!({"type": "object", "properties": {}, "additionalProperties": text()})),
            ("expires_in_days", json!({"type": "integer", "minimum": 1, "maximum": 36_500})),
            ("administers", boolean()),
        ],
        &[
            "strongest",
            "tools",
            "connections",
            "default_connection",
            "profile",
            "within",
            "rate",
            "tool_rates",
            "expires_in_days",
            "administers",
        ],
    );
    let client = of([("name", text()), ("place", text()), ("text", text())], &[]);
    let created = of([("token", text()), ("id", text()), ("name", text()), ("clients", list(client))], &[]);
    let added = of([("id", text()), ("name", text()), ("workspace_name", or_null(text()))], &[]);
    let withdrawn = of([("withdrawn", text())], &[]);
    vec![
        operation("get", "/v1/administration/status", "getStatus", "How this host is", status()),
        operation(
            "get",
            "/v1/administration/tokens",
            "listTokens",
            "All API tokens, without their secrets",
            of([("tokens", list(token()))], &[]),
        ),
        with_body(
            operation("post", "/v1/administration/tokens", "createToken", "Create an API token", created),
            new_token,
        ),
        operation(
            "delete",
            "/v1/administration/tokens/{id}",
            "revokeToken",
            "Revoke an API token",
            of([("revoked", text())], &[]),
        ),
        operation(
            "get",
            "/v1/administration/connections",
            "listAllConnections",
            "The connections of everybody, without their credentials",
            of([("connections", list(connection()))], &[]),
        ),
        with_body(
            operation(
                "post",
                "/v1/administration/connections",
                "addConnection",
                "Connect a workspace by an internal integration's token",
                added,
            ),
            of([("name", text()), ("token", text())], &[]),
        ),
        operation(
            "get",
            "/v1/administration/clients",
            "listGrants",
            "What everybody has allowed programs",
            of([("grants", list(grant(true)))], &[]),
        ),
        operation(
            "delete",
            "/v1/administration/clients/{id}",
            "withdrawGrant",
            "Withdraw what somebody allowed a program",
            withdrawn,
        ),
    ]
}

fn plugins() -> Vec<Placed> {
    let component = json!({"application/wasm": {"schema": {"type": "string", "format": "binary"}}});
    let mut install = operation(
        "post",
        "/v1/administration/plugins",
        "installPlugin",
        "Put a packed plugin into the plugin folder",
        of([("name", text()), ("version", text())], &[]),
    );
    if let Some(members) = install.operation.as_object_mut() {
        members.insert("requestBody".into(), json!({"required": true, "content": component}));
    }
    vec![
        operation(
            "get",
            "/v1/administration/plugins",
            "listPlugins",
            "The plugins, what they ask for, and what is granted",
            of([("plugins", list(plugin()))], &[]),
        ),
        install,
        operation(
            "delete",
            "/v1/administration/plugins/{name}",
            "removePlugin",
            "Remove a plugin's file from the plugin folder",
            of([("removed", text())], &[]),
        ),
        with_body(
            operation(
                "post",
                "/v1/administration/plugins/{name}/grants",
                "grantCapability",
                "Grant a plugin a capability",
                of([("granted", boolean())], &[]),
            ),
            of([("capability", text())], &[]),
        ),
        operation(
            "delete",
            "/v1/administration/plugins/{name}/grants/{capability}",
            "revokeCapability",
            "Take a capability back from a plugin",
            of([("revoked", boolean())], &[]),
        ),
    ]
}

fn upstreams() -> Vec<Placed> {
    let new = of(
        [
            ("name", text()),
            ("url", text()),
            ("transport", json!({"type": "string", "enum": ["streamable-http", "sse"]})),
            ("oauth", boolean()),
            ("token", text()),
            ("allow_private", boolean()),
        ],
        &["transport", "oauth", "token", "allow_private"],
    );
    vec![
        operation(
            "get",
            "/v1/administration/upstreams",
            "listUpstreams",
            "The MCP servers behind this host, and how they are",
            of([("upstreams", list(upstream(integer())))], &[]),
        ),
        with_body(
            operation(
                "post",
                "/v1/administration/upstreams",
                "addUpstream",
                "Add an MCP server over HTTP",
                of([("name", text()), ("tools", integer())], &[]),
            ),
            new,
        ),
        operation(
            "get",
            "/v1/administration/upstreams/{name}",
            "getUpstream",
            "An MCP server with its tools, and what it says otherwise than was accepted",
            shown_upstream(),
        ),
        operation(
            "delete",
            "/v1/administration/upstreams/{name}",
            "removeUpstream",
            "Remove an MCP server",
            of([("removed", text())], &[]),
        ),
        with_body(
            operation(
                "post",
                "/v1/administration/upstreams/{name}/accept",
                "acceptUpstream",
                "Accept what an MCP server says of its tools now",
                of([("accepted", list(text()))], &[]),
            ),
            of([("digest", text()), ("tool", text())], &["tool"]),
        ),
    ]
}

/// An operation without a body; its parameters are those of its path.
fn operation(method: &'static str, path: &str, id: &str, summary: &str, result: Value) -> Placed {
    let mut operation = json!({
        "operationId": id,
        "tags": [HOST],
        "summary": summary,
        "x-openai-isConsequential": method != "get",
        "responses": responses(result, Refusals::Call),
    });
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Value> = names
        .map(|name| json!({"name": name, "in": "path", "required": true, "description": format!("The {name}."), "schema": text()}))
        .collect();
    if let (false, Some(members)) = (parameters.is_empty(), operation.as_object_mut()) {
        members.insert("parameters".into(), parameters.into());
    }
    Placed { path: path.to_owned(), method, operation }
}

fn with_body(mut placed: Placed, mut schema: Value) -> Placed {
    if let Some(members) = schema.as_object_mut() {
        members.insert("additionalProperties".into(), false.into());
    }
    let result =
        placed.operation.pointer("/responses/200/content/application~1json/schema/properties/result");
    let result = result.cloned().unwrap_or_default();
    if let Some(members) = placed.operation.as_object_mut() {
        let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        members.insert("requestBody".into(), body);
        members.insert("responses".into(), responses(result, Refusals::CallWithBody));
    }
    placed
}

fn session() -> Value {
    let addresses = ["mcp", "rest", "openapi", "openapi_full"].map(|name| (name, text()));
    of(
        [
            ("name", text()),
            ("kind", json!({"type": "string", "enum": ["operator", "person", "token", "oauth"]})),
            ("administers", boolean()),
            ("strongest", access()),
            ("form_token", text()),
            ("version", text()),
            ("chat", boolean()),
            ("people_may_sign_in", boolean()),
            ("profiles", list(text())),
            ("addresses", of(addresses, &[])),
        ],
        &["form_token"],
    )
}

fn status() -> Value {
    let loading = of([("read", integer()), ("all", integer())], &[]);
    let counts = ["connections", "connections_to_renew", "tokens", "open_jobs"].map(|name| (name, integer()));
    let health = of(
        [
            ("name", text()),
            ("state", text()),
            ("since", text()),
            ("last_failure", or_null(text())),
            ("last_failure_at", or_null(text())),
            ("p50_ms", or_null(integer())),
            ("calls", integer()),
        ],
        &[],
    );
    of(
        [
            ("version", text()),
            ("since", moment()),
            ("address", text()),
            ("public_url", text()),
            ("database", json!({"type": "string", "enum": ["sqlite", "postgresql"]})),
            ("loading", or_null(loading)),
            ("plugins", of([("live", integer()), ("refused", integer())], &[])),
            ("tools", integer()),
            ("counts", of(counts, &[])),
            ("upstreams", list(health)),
            ("left_out", or_null(text())),
        ],
        &["address"],
    )
}

fn token() -> Value {
    of(
        [
            ("id", text()),
            ("name", text()),
            ("strongest", access()),
            ("tools", all_or_list()),
            ("connections", all_or_list()),
            ("default_connection", or_null(text())),
            ("within", all_or_list()),
            ("rates", list(text())),
            ("administers", boolean()),
            ("created_at", moment()),
            ("expires_at", or_null(moment())),
            ("last_used_at", or_null(moment())),
            ("revoked_at", or_null(moment())),
        ],
        &[],
    )
}

fn connection() -> Value {
    of(
        [
            ("id", text()),
            ("name", text()),
            ("kind", json!({"type": "string", "enum": ["token", "oauth"]})),
            ("system", text()),
            ("workspace_name", or_null(text())),
            ("workspace_id", or_null(text())),
            ("broken_at", or_null(moment())),
            ("created_at", or_null(moment())),
            ("updated_at", or_null(moment())),
        ],
        &[],
    )
}

fn grant(with_owner: bool) -> Value {
    let owner = of([("id", text()), ("name", or_null(text()))], &[]);
    let members = [
        ("id", text()),
        ("client_id", text()),
        ("client_name", text()),
        ("strongest", access()),
        ("connections", all_or_list()),
        ("created_at", moment()),
        ("used_at", or_null(moment())),
    ];
    let owner = with_owner.then_some(("owner", owner));
    of(members.into_iter().chain(owner), &[])
}

fn plugin() -> Value {
    let asked = of(
        [
            ("capability", text()),
            ("in_words", text()),
            ("granted", boolean()),
            ("from_configuration", boolean()),
        ],
        &[],
    );
    let before = of([("version", text()), ("asked", list(text())), ("tools", list(text()))], &[]);
    let limits = ["memory_mib", "output_kib", "cpu_ms", "time_s"].map(|name| (name, integer()));
    of(
        [
            ("name", text()),
            ("version", or_null(text())),
            ("from", json!({"type": "string", "enum": ["bundled", "folder"]})),
            ("status", json!({"type": "string", "enum": ["live", "idle", "refused"]})),
            ("file", text()),
            ("digest", or_null(text())),
            ("tools", list(text())),
            ("asked", list(asked)),
            ("missing", list(text())),
            ("reason", or_null(text())),
            ("fix", or_null(text())),
            ("before", or_null(before)),
            ("limits", or_null(of(limits, &[]))),
            ("calls", calls()),
        ],
        &[],
    )
}

/// What was counted since the host began.
fn calls() -> Value {
    of(
        [
            ("count", integer()),
            ("refused", integer()),
            ("failures", integer()),
            ("total_ms", integer()),
            ("max_ms", integer()),
            ("last_at", or_null(text())),
        ],
        &[],
    )
}

fn upstream(tools: Value) -> Value {
    of(upstream_members(tools), &["start_url"])
}

fn upstream_members(tools: Value) -> Vec<(&'static str, Value)> {
    vec![
        ("name", text()),
        ("transport", json!({"type": "string", "enum": ["stdio", "streamable-http", "sse"]})),
        ("place", text()),
        ("tools", tools),
        ("changed", integer()),
        ("gone", integer()),
        ("state", text()),
        ("since", text()),
        ("p50_ms", or_null(integer())),
        ("calls", integer()),
        ("last_failure", or_null(text())),
        ("last_failure_at", or_null(text())),
        ("has_accounts", boolean()),
        ("start_url", text()),
    ]
}

fn shown_upstream() -> Value {
    let difference = of([("part", text()), ("before", json!({})), ("now", json!({}))], &[]);
    let tool = of(
        [
            ("name", text()),
            ("published", or_null(text())),
            ("state", json!({"type": "string", "enum": ["accepted", "changed", "gone"]})),
            ("description", or_null(text())),
            ("differences", list(difference)),
        ],
        &[],
    );
    let mut members = upstream_members(list(tool));
    members.push(("digest", or_null(text())));
    of(members, &["start_url"])
}

/// An object; all of its members are there but for the optional ones.
fn of<'a>(members: impl IntoIterator<Item = (&'a str, Value)>, optional: &[&str]) -> Value {
    let properties: Map<String, Value> =
        members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<&String> =
        properties.keys().filter(|name| !optional.contains(&name.as_str())).collect();
    let mut object = json!({"type": "object", "properties": properties});
    if let (false, Some(members)) = (required.is_empty(), object.as_object_mut()) {
        members.insert("required".into(), json!(required));
    }
    object
}

fn text() -> Value {
    json!({"type": "string"})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn integer() -> Value {
    json!({"type": "integer"})
}

fn boolean() -> Value {
    json!({"type": "boolean"})
}

fn access() -> Value {
    json!({"type": "string", "enum": ["reads", "writes", "destroys"]})
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn all_or_list() -> Value {
    json!({"anyOf": [{"type": "string", "enum": ["all"]}, list(text())]})
}
