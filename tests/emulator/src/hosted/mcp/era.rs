//! Which revision a message is in: the one without sessions, a session's, or that of a beginning.

use serde_json::json;

use super::credential::Caller;
use super::message::Message;
use super::problem::{HEADER_MISMATCH, Problem, UNSUPPORTED_VERSION};
use super::{modern, versions};
use crate::gate::Gate;
use crate::hosted::asked::Asked;

const VERSION: &str = "mcp-protocol-version";
const SESSION: &str = "mcp-session-id";

#[derive(Debug, PartialEq)]
pub(super) enum Era {
    Modern,
    Beginning,
    Session(String),
}

impl Era {
    /// That of a message, with every rule of its revision about headers kept.
    pub(super) fn of(gate: &Gate, asked: &Asked, caller: &Caller, message: &Message) -> Result<Era, Problem> {
        let is_named = asked.headers.contains_key(VERSION);
        let version = asked.header(VERSION);
        if is_named && version.is_none_or(|version| !versions::ALL.contains(&version)) {
            return Err(unsupported(version.unwrap_or_default()));
        }
        if version == Some(versions::MODERN) || modern::is(message) {
            modern::check(asked, version, message)?;
            return Ok(Era::Modern);
        }
        if message.method() == "initialize" {
            if asked.headers.contains_key(SESSION) {
                return Err(Problem::request("A session begins without Mcp-Session-Id."));
            }
            return Ok(Era::Beginning);
        }
        let id = session(gate, asked, caller)?;
        let may_ask = matches!(message, Message::Notification { .. }) || message.method() == "ping";
        let mut state = gate.state.lock();
        let session = state.hosted.sessions.of(&id, caller.grant).ok_or_else(unknown)?;
        if !session.is_initialized && !may_ask {
            return Err(Problem::request("notifications/initialized comes before the first request."));
        }
        Ok(Era::Session(id))
    }
}

/// The session that a request without a message is for, or one in it.
pub(super) fn session(gate: &Gate, asked: &Asked, caller: &Caller) -> Result<String, Problem> {
    if !asked.headers.contains_key(SESSION) {
        return Err(match asked.headers.contains_key(VERSION) {
            true => Problem::request("Mcp-Session-Id is needed; initialize gives it."),
            false => Problem::request(
                "MCP-Protocol-Version is needed, and in revisions with sessions the Mcp-Session-Id that initialize gives.",
            ),
        });
    }
    let id = asked.header(SESSION).ok_or_else(|| Problem::request("Mcp-Session-Id is one text."))?;
    let mut state = gate.state.lock();
    let version = state.hosted.sessions.of(id, caller.grant).ok_or_else(unknown)?.version;
    match asked.header(VERSION) {
        Some(named) if named == version => Ok(id.to_owned()),
        Some(named) => Err(Problem::request(format!(
            "MCP-Protocol-Version is {}, and the session speaks {version}.",
            named.chars().take(40).collect::<String>()
        ))),
        // The oldest revision didn't have the header yet.
        None if version == "2025-03-26" => Ok(id.to_owned()),
        None => Err(Problem::request("MCP-Protocol-Version is needed; initialize said which.")),
    }
}

pub(super) fn unknown() -> Problem {
    Problem::http(404, "The session is unknown. Begin anew with initialize.")
}

pub(super) fn unsupported(requested: &str) -> Problem {
    let requested: String = requested.chars().take(40).collect();
    Problem::new(400, UNSUPPORTED_VERSION, "This revision of the protocol is not spoken.")
        .with_data(json!({ "supported": versions::ALL, "requested": requested }))
}

pub(super) fn mismatch(message: impl Into<String>) -> Problem {
    Problem::new(400, HEADER_MISMATCH, message)
}
