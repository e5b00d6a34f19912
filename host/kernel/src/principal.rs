//! Who calls, on which workspace, and what an operator allows them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Access;
use crate::id::{ConnectionId, PrincipalId};
use crate::name::ToolName;
use crate::parts::Parts;
use crate::rate::Rates;
use crate::system::System;

/// A set that is either everything or a list: what a principal is allowed of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed<T: Ord> {
    /// All of them, also those that come later.
    All,
    /// These alone; empty is none.
    Only(BTreeSet<T>),
}

impl<T: Ord> Allowed<T> {
    /// Whether `item` is in the set.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(items) => items.contains(item),
        }
    }

    /// The set as it is listed: the word `all`, or the texts of its items.
    #[must_use]
    pub fn listed(&self) -> Value
    where
        T: ToString,
    {
        match self {
            Self::All => "all".into(),
            Self::Only(items) => items.iter().map(ToString::to_string).collect(),
        }
    }

    /// What is in both sets.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self
    where
        T: Clone,
    {
        match (self, other) {
            (Self::All, both) | (both, Self::All) => both.clone(),
            (Self::Only(own), Self::Only(others)) => Self::Only(own.intersection(others).cloned().collect()),
        }
    }
}

/// What kind of caller a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// The bearer of an API token.
    Token,
    /// A client to which somebody gave an OAuth grant.
    OAuth,
    /// A person who signs in by Notion.
    Person,
    /// Whoever runs the command line on this machine.
    Operator,
}

impl PrincipalKind {
    /// The kind as word, such as `oauth`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::OAuth => "oauth",
            Self::Person => "person",
            Self::Operator => "operator",
        }
    }
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Their id in the audit.
    pub id: PrincipalId,
    /// A name for people.
    pub name: String,
    /// What kind of caller they are.
    pub kind: PrincipalKind,
    /// The tools that they may use.
    pub tools: Allowed<ToolName>,
    /// Of these, the tools that they see and call by name: what the profile of their address shows. A tool that calls others
    /// for them is not held to it.
    pub shown: Allowed<ToolName>,
    /// The connections that they may use and see.
    pub connections: Allowed<ConnectionId>,
    /// The one of these that a call works on which names none, and whose arguments don't tell; none leaves it to the host.
    pub default_connection: Option<ConnectionId>,
    /// The strongest effect that a tool of theirs may have.
    pub strongest: Access,
    /// Of a client: the strongest effect that whoever it acts for could allow it, if it asked. None of all who act for
    /// themselves.
    pub may_ask_for: Option<Access>,
    /// What of a workspace they may read and change.
    pub parts: Parts,
    /// Whether they may use what is the operator's and no connection leads to: MCP servers behind the host, databases, hosts of the web.
    pub uses_shared: bool,
    /// Whether they administer the host, as its operator does. Nobody does who acts for somebody else.
    pub administers: bool,
    /// How often they may call.
    pub rates: Rates,
}

/// What a principal may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The tools that they may use.
    pub tools: Allowed<ToolName>,
    /// The connections that they may use and see.
    pub connections: Allowed<ConnectionId>,
    /// The strongest effect that a tool of theirs may have.
    pub strongest: Access,
    /// What of a workspace they may read and change.
    #[serde(default)]
    pub parts: Parts,
}

impl Principal {
    /// What they may do.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        Allowance {
            tools: self.tools.clone(),
            connections: self.connections.clone(),
            strongest: self.strongest,
            parts: self.parts.clone(),
        }
    }

    /// The same principal, who may do only what the allowance has too; that is never to administer.
    #[must_use]
    pub fn narrowed(&self, to: &Allowance) -> Self {
        Self {
            tools: self.tools.and(&to.tools),
            connections: self.connections.and(&to.connections),
            strongest: self.strongest.min(to.strongest),
            may_ask_for: self.may_ask_for.map(|access| access.min(to.strongest)),
            parts: self.parts.and(&to.parts),
            administers: false,
            ..self.clone()
        }
    }

    /// Whether a tool of that name is one of theirs, and one that they see.
    #[must_use]
    pub fn may_name(&self, tool: &ToolName) -> bool {
        self.shown.contains(tool) && self.tools.contains(tool)
    }

    /// The local operator, who may do everything.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            id: PrincipalId::of_environment("operator"),
            name: "operator".to_owned(),
            kind: PrincipalKind::Operator,
            tools: Allowed::All,
            shown: Allowed::All,
            connections: Allowed::All,
            default_connection: None,
            strongest: Access::Destroys,
            may_ask_for: None,
            parts: Parts::everything(),
            uses_shared: true,
            administers: true,
            rates: Rates::default(),
        }
    }
}

/// One workspace of Notion, or one account at an MCP server, that somebody has authorised. Its credential is not in here: only the
/// gate can get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id on every surface.
    pub id: ConnectionId,
    /// A name for people, unique in this installation.
    pub name: String,
    /// The outside's name of the workspace, when known.
    pub workspace_name: Option<String>,
    /// What it is to.
    #[serde(default)]
    pub system: System,
}
