//! What an event is: who did what, and by which way in.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::access::Access;
use crate::id::{CallId, ConnectionId, JobId, PrincipalId};
use crate::identity::ClientId;
use crate::name::{PluginName, ToolName, UpstreamName};
use crate::parts::Parts;
use crate::principal::{Allowed, Principal};
use crate::problem::Code;
use crate::rate::Rates;
use crate::surface::Surface;

/// Who did something, and by which way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub principal: PrincipalId,
    /// Their name at that time.
    pub name: String,
    pub surface: Surface,
}

impl Actor {
    /// A principal who came in by a surface.
    #[must_use]
    pub fn new(principal: &Principal, surface: Surface) -> Self {
        Self { principal: principal.id, name: principal.name.clone(), surface }
    }

    /// The operator at this machine.
    #[must_use]
    pub fn operator() -> Self {
        Self::new(&Principal::operator(), Surface::CommandLine)
    }

    /// Somebody in front of a browser who hasn't said who they are.
    #[must_use]
    pub fn stranger() -> Self {
        Self {
            principal: PrincipalId::of_environment("stranger"),
            name: "somebody who signs in".to_owned(),
            surface: Surface::Console,
        }
    }

    /// The host itself, for what nobody asked for at that moment, such as the renewal of a credential.
    #[must_use]
    pub fn host() -> Self {
        Self {
            principal: PrincipalId::of_environment("host"),
            name: "host".to_owned(),
            surface: Surface::Host,
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub by: Actor,
    /// The call that it belongs to.
    pub call: Option<CallId>,
    /// The connection that it is about.
    pub connection: Option<ConnectionId>,
    /// What was done.
    pub act: Act,
}

/// What was done. The names of the kinds are stored and published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "details")]
pub enum Act {
    /// A call that can write begins. When this can't be recorded the call doesn't run.
    #[serde(rename = "call.started")]
    CallStarted(CallStarted),
    /// It has ended. One that never does is a call that the host didn't survive.
    #[serde(rename = "call.ended")]
    CallEnded(CallEnded),
    /// A write that was sent, and what came of it.
    #[serde(rename = "effect")]
    Effect(Effect),
    /// A plugin was granted a capability, or it was taken back.
    #[serde(rename = "grant")]
    Grant { plugin: PluginName, capability: String, change: GrantChange },
    /// An API token was made, changed or revoked.
    #[serde(rename = "token")]
    Token {
        token: PrincipalId,
        name: String,
        #[serde(flatten)]
        change: TokenChange,
    },
    /// A client of OAuth was added or removed.
    #[serde(rename = "client")]
    Client {
        client: ClientId,
        /// What it calls itself.
        name: String,
        change: ClientChange,
    },
    /// Somebody let a client act for them, or no longer.
    #[serde(rename = "consent")]
    Consent {
        /// The principal of the client's calls.
        grant: PrincipalId,
        client: ClientId,
        #[serde(flatten)]
        change: ConsentChange,
    },
    /// Somebody signed in or out.
    #[serde(rename = "session")]
    Session { change: SessionChange },
    /// A connection came, changed or went.
    #[serde(rename = "connection")]
    Connection {
        /// Its name, when it has one by then.
        name: Option<String>,
        #[serde(flatten)]
        change: ConnectionChange,
    },
    /// A plugin came into the folder, or went.
    #[serde(rename = "plugin")]
    Plugin {
        plugin: PluginName,
        #[serde(flatten)]
        change: PluginChange,
    },
    /// The tools of an MCP server behind this host came, or changed.
    #[serde(rename = "upstream")]
    Upstream {
        upstream: UpstreamName,
        #[serde(flatten)]
        change: UpstreamChange,
    },
    /// An operator changed a job. What its owner does with it is a call.
    #[serde(rename = "job")]
    Job { job: JobId, tool: ToolName, change: JobChange },
    /// A data key came, changed or went; or the master key was replaced.
    #[serde(rename = "key")]
    Key {
        /// The data key; none for what is about all of them.
        key: Option<u32>,
        #[serde(flatten)]
        change: KeyChange,
    },
    /// Something was done to the audit itself.
    #[serde(rename = "audit")]
    Audit {
        #[serde(flatten)]
        change: AuditChange,
    },
}

/// What is recorded before a call runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallStarted {
    pub tool: ToolName,
    /// The call that made this one, when a tool did, or that started the job.
    pub parent: Option<CallId>,
    pub provider: String,
    /// The strongest thing that the tool does.
    pub access: Access,
    /// SHA-256 of the arguments as canonical text, in hex: what was asked can be compared, not read.
    pub arguments_digest: String,
}

/// What is recorded when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEnded {
    pub tool: ToolName,
    /// None when it succeeded.
    pub code: Option<Code>,
    /// How it ended in the host's own words; never a problem's message, which may quote what the caller wrote.
    pub summary: String,
    /// The objects that were or may have been created or changed.
    pub touched: Vec<String>,
    /// Requests that it made.
    pub effects: u32,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// What is recorded of a write that was sent and answered, or looked for. One that was cut off on its way has none: the
/// call's end tells it, and the run's journal has it as open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub tool: ToolName,
    /// Where it was sent, such as `notion`.
    pub egress: String,
    /// Such as `PATCH /v1/pages/{page_id}`.
    pub route: String,
    /// What it changes, in words: kinds and ids.
    pub target: String,
    /// SHA-256 of the request as canonical text, in hex.
    pub digest: String,
    /// None when it was carried out; `outcome_unknown` when nobody knows.
    pub code: Option<Code>,
    /// The objects that its answer names.
    pub ids: Vec<String>,
    /// SHA-256 of the answer's text as the tool was given it, in hex; none when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_digest: Option<String>,
    /// What the outside calls this request in its own records, where its answer or refusal says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// Which way a grant changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantChange {
    Granted,
    Revoked,
}

/// How a token changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum TokenChange {
    Created {
        /// The tools that it may use.
        tools: Allowed<ToolName>,
        /// The connections that it may use and see.
        connections: Allowed<ConnectionId>,
        /// The one of these that its calls work on which name none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default_connection: Option<ConnectionId>,
        /// The strongest access that a tool of its may have.
        strongest: Access,
        /// When it ends.
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
        /// What of a workspace it may read and change.
        #[serde(default)]
        parts: Parts,
        /// How often its bearer may call.
        #[serde(default)]
        rates: Rates,
        /// Whether its bearer administers the host.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        administers: bool,
    },
    /// A connection that its bearer made may be used by it too.
    Widened {
        connection: ConnectionId,
    },
    Revoked,
}

/// How a client changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientChange {
    /// By the operator.
    Added,
    Removed,
}

/// How what somebody allowed a client changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ConsentChange {
    Given {
        /// The connections that it may use.
        connections: Allowed<ConnectionId>,
        /// The strongest access that it may have.
        strongest: Access,
    },
    /// By its owner or the operator.
    Withdrawn,
    /// By the client itself.
    GivenBack,
    /// A code or token of it was used twice: somebody else holds it.
    Compromised,
}

/// How a session changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionChange {
    SignedIn,
    SignedOut,
    /// In every browser.
    SignedOutEverywhere,
}

/// How a connection changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ConnectionChange {
    /// An operator added it by an integration's token.
    Added,
    /// A person has agreed, and their code is about to be exchanged.
    Connecting,
    /// The code was exchanged, and the credential is kept.
    Connected,
    /// It was not, and why.
    NotConnected { code: Code },
    /// It has a new credential.
    Renewed,
    /// Notion refused for good to renew its credential.
    Ended,
    /// It was removed, with its credential.
    Removed,
}

/// How a plugin changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum PluginChange {
    Installed {
        version: String,
        /// SHA-256 of the file, in hex.
        digest: String,
    },
    Removed,
}

/// How the tools of an MCP server changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum UpstreamChange {
    /// Tools were seen for the first time, and their definitions accepted as they were.
    Seen {
        tools: u64,
        /// SHA-256 of their names and definitions as canonical text, in hex.
        digest: String,
    },
    /// The operator accepted what the server says of its tools now.
    Accepted { tools: u64, digest: String },
    /// The server was added to the configuration.
    Added {
        /// The origin of its address.
        place: String,
    },
    /// The server was taken out of the configuration.
    Removed,
}

/// How an operator changed a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobChange {
    /// It was told to stop.
    Cancelled,
    /// It goes on with the plugins that are installed then.
    Adopted,
    /// Another one of the same tool and arguments was asked for, in its owner's name.
    StartedAgain,
}

/// How the keys changed that encrypt what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum KeyChange {
    /// It is there, and encrypts nothing yet.
    Added,
    /// It encrypts from now on, in the place of another one.
    Promoted { demoted: u32 },
    /// Values are being moved to the key that encrypts.
    ReencryptionStarted {
        /// How many are encrypted with another one.
        values: u64,
    },
    /// That has ended. One that never does was interrupted; what it moved stays moved.
    ReencryptionEnded { moved: u64 },
    /// It is gone for good.
    Retired,
    /// All data keys are wrapped with another master key.
    Rewrapped {
        keys: u32,
        /// The new master key's fingerprint.
        master: String,
    },
}

/// What was done to the audit itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum AuditChange {
    /// The content of events goes that are older than this; their leaves stay.
    ContentRemoved {
        #[serde(with = "time::serde::rfc3339")]
        before: OffsetDateTime,
    },
}

/// An event as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Its number: later events have higher ones, and some numbers are no event's.
    pub seq: i64,
    /// When it was appended, by the host's clock.
    pub at: OffsetDateTime,
    pub event: Event,
}

/// Which events of a principal's own, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnEvents {
    /// How many.
    pub limit: u32,
    /// Only events older than the one of this number.
    pub before: Option<i64>,
    /// Only what is about this, such as a tool.
    pub subject: Option<String>,
    /// Every event of this call; without it a call that has ended is one event.
    pub call: Option<CallId>,
}

/// Every kind of event, as it is stored.
pub const KINDS: [&str; 14] = [
    "call.started",
    "call.ended",
    "effect",
    "grant",
    "token",
    "client",
    "consent",
    "session",
    "connection",
    "plugin",
    "upstream",
    "job",
    "key",
    "audit",
];

impl Act {
    /// The kind as it is stored, such as `call.started`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CallStarted(_) => "call.started",
            Self::CallEnded(_) => "call.ended",
            Self::Effect(_) => "effect",
            Self::Grant { .. } => "grant",
            Self::Token { .. } => "token",
            Self::Client { .. } => "client",
            Self::Consent { .. } => "consent",
            Self::Session { .. } => "session",
            Self::Connection { .. } => "connection",
            Self::Plugin { .. } => "plugin",
            Self::Upstream { .. } => "upstream",
            Self::Job { .. } => "job",
            Self::Key { .. } => "key",
            Self::Audit { .. } => "audit",
        }
    }

    /// What it is about, to look for: a tool, a plugin, the id of a token, a client, a grant, a job or a
    /// key; none for a connection, which the event names, and for a session, whose owner it names.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::CallStarted(CallStarted { tool, .. })
            | Self::CallEnded(CallEnded { tool, .. })
            | Self::Effect(Effect { tool, .. }) => Some(tool.to_string()),
            Self::Grant { plugin, .. } | Self::Plugin { plugin, .. } => Some(plugin.to_string()),
            Self::Token { token, .. } => Some(token.to_string()),
            Self::Client { client, .. } => Some(client.to_string()),
            Self::Consent { grant, .. } => Some(grant.to_string()),
            Self::Connection { .. } | Self::Session { .. } | Self::Audit { .. } => None,
            Self::Upstream { upstream, .. } => Some(upstream.to_string()),
            Self::Job { job, .. } => Some(job.to_string()),
            Self::Key { key, .. } => key.map(|key| key.to_string()),
        }
    }
}

impl Event {
    /// An event about the host: a grant, a token, a plugin, a key.
    #[must_use]
    pub fn of_host(by: &Actor, act: Act) -> Self {
        Self { by: by.clone(), call: None, connection: None, act }
    }

    /// An event about a connection.
    #[must_use]
    pub fn of_connection(
        by: &Actor,
        connection: Option<ConnectionId>,
        name: Option<&str>,
        change: ConnectionChange,
    ) -> Self {
        let act = Act::Connection { name: name.map(str::to_owned), change };
        Self { by: by.clone(), call: None, connection, act }
    }
}

/// How a call ended, for people who read the audit: its tool, its code, and how far it came.
#[must_use]
pub fn summary(tool: &str, code: Option<Code>, done: Option<&str>) -> String {
    let end = code.map_or("succeeded", Code::as_str);
    match done {
        None => format!("{tool}: {end}"),
        Some(done) => format!("{tool}: {end} ({done})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_act_reads_as_it_is_written_and_its_kind_is_its_tag() {
        let tool: ToolName = "create_page".parse().unwrap();
        let plugin: PluginName = "notes".parse().unwrap();
        let token = PrincipalId::new();
        let all = [
            Act::CallStarted(CallStarted {
                tool: tool.clone(),
                parent: Some(CallId::new()),
                provider: "notes".to_owned(),
                access: Access::Writes,
                arguments_digest: "ab".repeat(32),
            }),
            Act::CallEnded(CallEnded {
                tool: tool.clone(),
                code: Some(Code::OutcomeUnknown),
                summary: "create_page: outcome_unknown".to_owned(),
                touched: vec!["p1".to_owned()],
                effects: 2,
                duration_ms: 7,
            }),
            Act::Effect(Effect {
                tool,
                egress: "notion".to_owned(),
                route: "PATCH /v1/pages/{page_id}".to_owned(),
                target: "page p1".to_owned(),
                digest: "cd".repeat(32),
                code: None,
                ids: vec!["p1".to_owned()],
                answer_digest: Some("ef".repeat(32)),
                request_id: Some("r1".to_owned()),
            }),
            Act::Token {
                token,
                name: "gpt".to_owned(),
                change: TokenChange::Created {
                    tools: Allowed::All,
                    connections: Allowed::Only([ConnectionId::new()].into()),
                    default_connection: Some(ConnectionId::new()),
                    strongest: Access::Reads,
                    expires_at: Some(OffsetDateTime::UNIX_EPOCH),
                    parts: Parts::below(["p1".to_owned()]),
                    rates: Rates { calls: Some("60/minute".parse().unwrap()), ..Rates::default() },
                    administers: true,
                },
            },
            Act::Token { token, name: "gpt".to_owned(), change: TokenChange::Revoked },
            Act::Connection { name: None, change: ConnectionChange::NotConnected { code: Code::Forbidden } },
            Act::Plugin { plugin, change: PluginChange::Removed },
            Act::Upstream {
                upstream: "files".parse().unwrap(),
                change: UpstreamChange::Seen { tools: 2, digest: "ab".repeat(32) },
            },
            Act::Upstream {
                upstream: "files".parse().unwrap(),
                change: UpstreamChange::Added { place: "https://example.com".to_owned() },
            },
            Act::Job { job: JobId::new(), tool: "bulk".parse().unwrap(), change: JobChange::Cancelled },
            Act::Key { key: Some(2), change: KeyChange::Promoted { demoted: 1 } },
            Act::Key { key: None, change: KeyChange::Rewrapped { keys: 2, master: "0a1b2c3d".to_owned() } },
            Act::Audit { change: AuditChange::ContentRemoved { before: OffsetDateTime::UNIX_EPOCH } },
        ];
        for act in all {
            let written = serde_json::to_value(&act).unwrap();
            assert_eq!(written["kind"], act.kind());
            assert!(KINDS.contains(&act.kind()));
            assert_eq!(serde_json::from_value::<Act>(written).unwrap(), act);
        }
        let removed = Act::Connection { name: None, change: ConnectionChange::Removed };
        let written = json!({"kind": "connection", "details": {"name": null, "change": "removed"}});
        assert_eq!(serde_json::to_value(removed).unwrap(), written);
    }

    #[test]
    fn an_effect_of_an_older_host_is_read() {
        let written = json!({"kind": "effect", "details": {
            "tool": "trash", "egress": "notion", "route": "PATCH /v1/pages/{page_id}", "target": "page p1",
            "digest": "cd", "code": null, "ids": ["p1"]
        }});
        let Act::Effect(effect) = serde_json::from_value::<Act>(written.clone()).unwrap() else { panic!() };
        assert_eq!((&effect.answer_digest, &effect.request_id), (&None, &None));
        assert_eq!(serde_json::to_value(Act::Effect(effect)).unwrap(), written);
    }
}
