//! What a test sets: who is at the authorization page, and how the server behaves.

use serde::{Deserialize, Serialize};

/// Who is at the authorization page of the hosted server, and what they do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostedConsent {
    /// Whether they agree; else they are sent back with `access_denied`.
    pub agrees: bool,
    /// Who they are, by name. Somebody whom the workspace doesn't know becomes a user of it.
    pub person: String,
    /// The workspace that they choose, by name. Each has an id of its own, and all have the same content.
    pub workspace: String,
    /// Whether a page asks, with a link for each answer; else the browser is sent back at once.
    pub page: bool,
}

impl Default for HostedConsent {
    fn default() -> HostedConsent {
        HostedConsent {
            agrees: true,
            person: "Ada Lovelace".to_owned(),
            workspace: "Toolbay".to_owned(),
            page: false,
        }
    }
}

/// What a refresh token is worth after its successor was given.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Nothing: one that comes again ends the whole grant, and the old access token is refused at once.
    #[default]
    Strict,
    /// As Notion documents it: the one before the newest works too, an older one ends the grant, and an access token works until its time is over.
    Lenient,
}

/// How calls of tools are answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// As events where the tool works in steps and the client wants to hear of them, else as one object.
    #[default]
    Auto,
    /// Always as one object, without progress.
    Json,
    /// Always as events.
    Stream,
}

/// How the hosted server behaves.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostedSettings {
    /// How long an access token works from when it is given.
    pub access_seconds: u32,
    pub rotation: Rotation,
    pub answers: Answers,
    /// How long each step of a tool takes, in milliseconds.
    pub step_ms: u64,
    /// Resources beside its own for which the authorization server gives tokens. `/mcp` refuses those tokens.
    pub other_resources: Vec<String>,
    /// Tools that nobody has, as a plan may lack them. Listening clients are told of a change.
    pub hidden_tools: Vec<String>,
}

impl Default for HostedSettings {
    fn default() -> HostedSettings {
        HostedSettings {
            access_seconds: 3600,
            rotation: Rotation::default(),
            answers: Answers::default(),
            step_ms: 0,
            other_resources: Vec::new(),
            hidden_tools: Vec::new(),
        }
    }
}
