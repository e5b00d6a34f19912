//! What a provider may do: what it asks for, what the operator granted, and the words that would grant the rest.
//!
//! # Nothing is allowed by default
//!
//! A capability is in force when the plugin imports it, its manifest asks for it, and the operator granted it. The
//! import is checked when the plugin is installed; the other two are checked here, at each use.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::name::ToolName;
use crate::problem::{Code, Problem};

/// A capability by the name that an operator grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CapabilityName {
    /// `notion.read`: routes that change nothing.
    NotionRead,
    /// `notion.write`: routes that add or change.
    NotionWrite,
    /// `notion.destroy`: routes that remove or replace.
    NotionDestroy,
    /// `tools.call`: other tools of the catalog.
    ToolsCall,
    /// `state`: small durable values of the plugin's own.
    State,
}

impl CapabilityName {
    /// Every capability that exists.
    pub const ALL: [Self; 5] =
        [Self::NotionRead, Self::NotionWrite, Self::NotionDestroy, Self::ToolsCall, Self::State];

    /// The name as text, such as `notion.read`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotionRead => "notion.read",
            Self::NotionWrite => "notion.write",
            Self::NotionDestroy => "notion.destroy",
            Self::ToolsCall => "tools.call",
            Self::State => "state",
        }
    }

    /// The capability that a Notion route of this effect needs.
    #[must_use]
    pub fn of_notion(effect: Access) -> Self {
        match effect {
            Access::Reads => Self::NotionRead,
            Access::Writes => Self::NotionWrite,
            Access::Destroys => Self::NotionDestroy,
        }
    }
}

impl fmt::Display for CapabilityName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for CapabilityName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|name| name.as_str()).collect();
            format!("`{text}` is not a capability; there are {}", names.join(", "))
        })
    }
}

impl TryFrom<String> for CapabilityName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CapabilityName> for String {
    fn from(name: CapabilityName) -> Self {
        name.as_str().to_owned()
    }
}

/// A route of Notion by method and shape, such as `GET /v1/pages/{page_id}`; the name of a parameter doesn't matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoutePattern {
    method: String,
    path: String,
}

impl RoutePattern {
    fn covers(&self, route: &str) -> bool {
        let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
        let Some((method, template)) = route.split_once(' ') else { return false };
        self.method == method
            && self.path.split('/').count() == template.split('/').count()
            && self.path.split('/').zip(template.split('/')).all(|(pattern, segment)| {
                pattern == segment || (is_parameter(pattern) && is_parameter(segment))
            })
    }
}

impl fmt::Display for RoutePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

impl FromStr for RoutePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a route pattern such as `GET /v1/pages/{{page_id}}`");
        let (method, path) = text.split_once(' ').ok_or_else(wrong)?;
        if !matches!(method, "GET" | "POST" | "PATCH" | "DELETE")
            || !path.starts_with("/v1/")
            || path.contains(char::is_whitespace)
        {
            return Err(wrong());
        }
        Ok(Self { method: method.to_owned(), path: path.to_owned() })
    }
}

impl TryFrom<String> for RoutePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RoutePattern> for String {
    fn from(pattern: RoutePattern) -> Self {
        pattern.to_string()
    }
}

/// Which routes of one effect a provider asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    #[default]
    None,
    /// Every route of that effect.
    All,
    /// Only these.
    Routes(Vec<RoutePattern>),
}

impl Scope {
    fn covers(&self, route: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Routes(patterns) => patterns.iter().any(|pattern| pattern.covers(route)),
        }
    }
}

/// What a provider asks for in its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub notion_read: Scope,
    pub notion_write: Scope,
    pub notion_destroy: Scope,
    /// Tools that it may call.
    pub tools_call: BTreeSet<ToolName>,
    /// Durable values of its own.
    pub state: bool,
}

impl Capabilities {
    /// The names of what is asked for.
    #[must_use]
    pub fn names(&self) -> BTreeSet<CapabilityName> {
        let asked = [
            (CapabilityName::NotionRead, self.notion_read != Scope::None),
            (CapabilityName::NotionWrite, self.notion_write != Scope::None),
            (CapabilityName::NotionDestroy, self.notion_destroy != Scope::None),
            (CapabilityName::ToolsCall, !self.tools_call.is_empty()),
            (CapabilityName::State, self.state),
        ];
        asked.into_iter().filter_map(|(name, is_asked)| is_asked.then_some(name)).collect()
    }

    fn routes(&self, name: CapabilityName) -> &Scope {
        match name {
            CapabilityName::NotionRead => &self.notion_read,
            CapabilityName::NotionWrite => &self.notion_write,
            CapabilityName::NotionDestroy => &self.notion_destroy,
            CapabilityName::ToolsCall | CapabilityName::State => &Scope::None,
        }
    }
}

/// What a provider asks for and what of it the operator granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The provider's name, for the words that would grant more.
    pub provider: String,
    /// What its manifest asks for.
    pub asked: Capabilities,
    pub granted: BTreeSet<CapabilityName>,
}

impl Permissions {
    /// Whether a route may be used, such as `GET /v1/pages/{page_id}`.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check(&self, name: CapabilityName, route: &str) -> Result<(), Problem> {
        if !self.asked.routes(name).covers(route) {
            return Err(self.not_asked(&format!("{name} for {route}")));
        }
        self.check_granted(name)
    }

    /// Whether another tool may be called.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check_tool(&self, tool: &str) -> Result<(), Problem> {
        if !self.asked.tools_call.contains(tool) {
            return Err(self.not_asked(&format!("tools.call for `{tool}`")));
        }
        self.check_granted(CapabilityName::ToolsCall)
    }

    /// Whether durable values may be kept.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check_state(&self) -> Result<(), Problem> {
        if !self.asked.state {
            return Err(self.not_asked("state"));
        }
        self.check_granted(CapabilityName::State)
    }

    /// What is asked for and not granted.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<CapabilityName> {
        self.asked.names().difference(&self.granted).copied().collect()
    }

    fn not_asked(&self, what: &str) -> Problem {
        Problem::new(Code::Forbidden, format!("plugin `{}` doesn't ask for {what}", self.provider))
            .hint("its author must add it to [capabilities] in plugin.toml")
    }

    fn check_granted(&self, name: CapabilityName) -> Result<(), Problem> {
        if self.granted.contains(&name) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, format!("plugin `{}` has not been granted {name}", self.provider))
            .hint(format!("an operator can grant it: toolbay plugin grant {} {name}", self.provider)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_and_granting_are_both_needed() {
        let pages = "POST /v1/pages";
        let mut permissions = Permissions { provider: "notes".into(), ..Permissions::default() };
        let refusal = permissions.check(CapabilityName::NotionWrite, pages).unwrap_err();
        assert!(refusal.message.contains("doesn't ask for notion.write for POST /v1/pages"));
        permissions.asked.notion_write = Scope::All;
        let refusal = permissions.check(CapabilityName::NotionWrite, pages).unwrap_err();
        assert_eq!(
            refusal.hint.as_deref(),
            Some("an operator can grant it: toolbay plugin grant notes notion.write")
        );
        permissions.granted.insert(CapabilityName::NotionWrite);
        assert!(permissions.check(CapabilityName::NotionWrite, pages).is_ok());
        assert!(permissions.check_state().is_err());
        assert!(permissions.check_tool("search").is_err());
    }

    #[test]
    fn a_narrowed_capability_covers_its_routes_alone() {
        let permissions = Permissions {
            provider: "notes".into(),
            asked: Capabilities {
                notion_read: Scope::Routes(vec!["GET /v1/pages/{id}".parse().unwrap()]),
                ..Capabilities::default()
            },
            granted: [CapabilityName::NotionRead].into(),
        };
        let check = |path: &str| permissions.check(CapabilityName::NotionRead, &format!("GET {path}"));
        assert!(check("/v1/pages/{page_id}").is_ok());
        for other in ["/v1/pages", "/v1/pages/{page_id}/markdown", "/v1/blocks/{block_id}"] {
            assert!(check(other).is_err(), "{other}");
        }
    }
}
