//! The rules of the revision without sessions: every request says everything about itself, and its headers repeat it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::era::{mismatch, unsupported};
use super::message::Message;
use super::problem::{INVALID_PARAMETERS, Problem};
use super::versions;
use crate::hosted::asked::Asked;
use crate::json::Peek;

const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

/// Whether a message is one of this revision by what it says itself.
pub(super) fn is(message: &Message) -> bool {
    message.params().at("_meta").has(VERSION_KEY) || message.method() == "server/discover"
}

/// Refuses a message that breaks a rule of the revision.
pub(super) fn check(asked: &Asked, version: Option<&str>, message: &Message) -> Result<(), Problem> {
    let Some(version) = version else {
        return Err(mismatch("MCP-Protocol-Version is needed, and repeats what _meta says."));
    };
    if asked.header("mcp-method") != Some(message.method()) {
        return Err(mismatch("Mcp-Method is needed, and repeats the message's method."));
    }
    let params = message.params();
    if message.method() == "tools/call" {
        let name = asked.header("mcp-name").and_then(decoded);
        if name.is_none() || name.as_deref() != params.text("name") {
            return Err(mismatch("Mcp-Name is needed, and repeats the tool's name."));
        }
    }
    if matches!(message, Message::Notification { .. }) {
        return Ok(());
    }
    let meta = params.at("_meta");
    let bad = |message: &str| Problem::new(400, INVALID_PARAMETERS, message);
    match meta.text(VERSION_KEY) {
        Some(named) if !versions::ALL.contains(&named) => return Err(unsupported(named)),
        Some(named) if named != version => {
            return Err(mismatch("MCP-Protocol-Version and _meta name different revisions."));
        }
        Some(named) if named != versions::MODERN => return Err(unsupported(named)),
        Some(_) => {}
        None => return Err(bad("_meta must have io.modelcontextprotocol/protocolVersion.")),
    }
    if !meta.at(CAPABILITIES_KEY).is_object() {
        return Err(bad("_meta must have io.modelcontextprotocol/clientCapabilities, an object."));
    }
    match meta.at("progressToken") {
        Value::Null | Value::String(_) | Value::Number(_) => Ok(()),
        _ => Err(bad("progressToken must be a text or a number.")),
    }
}

/// A header's value; one that isn't plain text is in base64.
fn decoded(value: &str) -> Option<String> {
    let Some(encoded) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(value.to_owned());
    };
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}
