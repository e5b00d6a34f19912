//! What a plugin asks for in its `plugin.toml`.

use serde::Deserialize;

use super::http;
use crate::Problem;

/// The part of a manifest that says what its plugin may do.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) name: String,
    #[serde(default)]
    capabilities: Capabilities,
}

/// Those that the mock host has; what else is asked for is the real host's to judge.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Capabilities {
    notion: Notion,
    sql: Sql,
    tools: Tools,
    state: bool,
    http: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Notion {
    read: Scope,
    write: Scope,
    destroy: Scope,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sql {
    read: Scope,
    write: Scope,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tools {
    call: Vec<String>,
}

/// How much of a capability is asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a list")]
enum Scope {
    All(bool),
    Only(Vec<String>),
}

impl Default for Scope {
    fn default() -> Self {
        Self::All(false)
    }
}

impl Manifest {
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        toml::from_str(text)
            .map_err(|error| Problem::failed(format!("plugin.toml can't be read: {}.", error.message())))
    }

    /// Whether a capability of Notion is asked for, for a route such as `GET /v1/pages/{page_id}`.
    pub(super) fn asks_for(&self, capability: &str, route: &str) -> bool {
        let Notion { read, write, destroy } = &self.capabilities.notion;
        match capability {
            "notion.read" => read.covers(route),
            "notion.write" => write.covers(route),
            "notion.destroy" => destroy.covers(route),
            _ => false,
        }
    }

    /// Whether databases may be read, or written to, by the name of one.
    pub(super) fn asks_for_database(&self, capability: &str, database: &str) -> bool {
        let Sql { read, write } = &self.capabilities.sql;
        match capability {
            "sql.read" => read.covers(database),
            "sql.write" => write.covers(database),
            _ => false,
        }
    }

    /// Whether any database may be read.
    pub(super) fn asks_for_databases(&self) -> bool {
        !matches!(&self.capabilities.sql.read, Scope::All(false))
    }

    /// Whether a request over HTTP is asked for, such as `GET api.example.com/v1/x`.
    pub(super) fn asks_for_place(&self, subject: &str) -> bool {
        self.capabilities.http.iter().any(|place| http::covers(place, subject))
    }

    pub(super) fn asks_for_tool(&self, tool: &str) -> bool {
        self.capabilities.tools.call.iter().any(|known| known == tool)
    }

    pub(super) fn asks_for_state(&self) -> bool {
        self.capabilities.state
    }
}

impl Scope {
    fn covers(&self, route: &str) -> bool {
        match self {
            Self::All(is_asked) => *is_asked,
            Self::Only(patterns) => patterns.iter().any(|pattern| is_same(pattern, route)),
        }
    }
}

/// The name of a route's parameter doesn't matter.
fn is_same(pattern: &str, route: &str) -> bool {
    let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    pattern.split('/').count() == route.split('/').count()
        && pattern
            .split('/')
            .zip(route.split('/'))
            .all(|(pattern, segment)| pattern == segment || (is_parameter(pattern) && is_parameter(segment)))
}
