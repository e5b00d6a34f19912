//! The methods that need no tool.

use serde_json::{Value, json};

use super::message::Request;
use super::problem::{INVALID_PARAMETERS, Problem};
use super::versions;
use crate::gate::Gate;
use crate::hosted::tools;
use crate::json::{Peek, put};

const INSTRUCTIONS: &str = "Search and read pages of the workspace with notion-search and notion-fetch; write with \
                            notion-create-pages, notion-update-page and notion-create-comment.";
/// How long a list of tools may be remembered.
const LIST_TTL_MS: u64 = 0;

fn server() -> Value {
    json!({ "name": "Notion MCP (emulated)", "version": env!("CARGO_PKG_VERSION") })
}

fn capabilities() -> Value {
    json!({ "tools": { "listChanged": true } })
}

/// What a result of the revision without sessions says beside its own.
pub(super) fn complete(result: &mut Value) {
    put(result, "resultType", json!("complete"));
    put(result, "_meta", json!({ "io.modelcontextprotocol/serverInfo": server() }));
}

pub(super) fn discover() -> Value {
    let mut result = json!({
        "supportedVersions": versions::ALL,
        "capabilities": capabilities(),
        "instructions": INSTRUCTIONS,
        "ttlMs": LIST_TTL_MS,
        "cacheScope": "private",
    });
    complete(&mut result);
    result
}

/// Answers with the revision of the session, too.
pub(super) fn initialize(request: &Request) -> Result<(Value, &'static str), Problem> {
    let bad = |message: &str| Problem::new(400, INVALID_PARAMETERS, message);
    let asked = request.params.text("protocolVersion").ok_or_else(|| bad("protocolVersion is needed."))?;
    if !request.params.at("capabilities").is_object() {
        return Err(bad("capabilities must be an object."));
    }
    let client = request.params.at("clientInfo");
    if client.text("name").is_none() || client.text("version").is_none() {
        return Err(bad("clientInfo must have a name and a version."));
    }
    let version = versions::with_session(asked).unwrap_or(versions::NEWEST_WITH_SESSIONS);
    let result = json!({
        "protocolVersion": version,
        "capabilities": capabilities(),
        "serverInfo": server(),
        "instructions": INSTRUCTIONS,
    });
    Ok((result, version))
}

/// The tools that there are for now; one page holds them.
pub(super) fn list(gate: &Gate, request: &Request, is_modern: bool) -> Result<Value, Problem> {
    if request.params.has("cursor") {
        return Err(Problem::new(
            if is_modern { 400 } else { 200 },
            INVALID_PARAMETERS,
            "The cursor is unknown.",
        ));
    }
    let hidden = gate.state.lock().hosted.settings.hidden_tools.clone();
    let tools: Vec<Value> = tools::all()
        .iter()
        .filter(|tool| !hidden.iter().any(|hidden| hidden == tool.name))
        .map(tools::Tool::to_json)
        .collect();
    let mut result = json!({ "tools": tools });
    if is_modern {
        put(&mut result, "ttlMs", json!(LIST_TTL_MS));
        put(&mut result, "cacheScope", json!("private"));
        complete(&mut result);
    }
    Ok(result)
}
