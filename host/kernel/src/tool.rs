//! A tool as its provider defines it, and as the catalog publishes it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Access;
use crate::name::ToolName;
use crate::principal::{Connection, Principal};
use crate::provider::Provider;
use crate::schema::{CheckingSlots, Output, PreparedTool, Validator};
use crate::system::System;

/// A tool's own REST route beside `POST /v1/tools/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RouteText")]
pub struct Route {
    method: RouteMethod,
    path: String,
}

/// A method that a tool's route may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RouteMethod {
    /// Only for tools that read; the input comes from the path and the query.
    Get,
    /// The input comes from the path and the body.
    Post,
    /// The input comes from the path and the body.
    Patch,
    /// The input comes from the path and the query.
    Delete,
}

#[derive(Deserialize)]
struct RouteText {
    method: String,
    path: String,
}

impl TryFrom<RouteText> for Route {
    type Error = String;

    fn try_from(text: RouteText) -> Result<Self, String> {
        Self::new(&text.method, &text.path)
    }
}

impl Route {
    /// Parses a route such as `GET`, `/v1/pages/{page_id}`.
    ///
    /// # Errors
    ///
    /// When the method isn't one of [`RouteMethod`], or the path isn't below `/v1/`, is longer than 200 characters, has
    /// other characters than names of this API have, or would shadow a path that the host itself serves.
    pub fn new(method: &str, path: &str) -> Result<Self, String> {
        let method = match method {
            "GET" => RouteMethod::Get,
            "POST" => RouteMethod::Post,
            "PATCH" => RouteMethod::Patch,
            "DELETE" => RouteMethod::Delete,
            _ => return Err(format!("a route's method is GET, POST, PATCH or DELETE, not `{method}`")),
        };
        let Some(rest) = path.strip_prefix("/v1/") else {
            return Err(format!("a route's path begins with /v1/, unlike `{path}`"));
        };
        let segments: Vec<&str> = rest.split('/').collect();
        if path.len() > 200 || segments.iter().any(|segment| !is_route_segment(segment)) {
            return Err(format!("`{path}` has a segment that is neither a word nor a {{parameter}}"));
        }
        if matches!(segments.first(), Some(&("tools" | "meta" | "chat"))) {
            return Err(format!("`{path}` is below a path of the host's own"));
        }
        Ok(Self { method, path: path.to_owned() })
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> RouteMethod {
        self.method
    }

    /// The path with its `{parameter}` segments.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names of the `{parameter}` segments, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            RouteMethod::Get => "GET",
            RouteMethod::Post => "POST",
            RouteMethod::Patch => "PATCH",
            RouteMethod::Delete => "DELETE",
        };
        write!(formatter, "{method} {}", self.path)
    }
}

fn is_route_segment(segment: &str) -> bool {
    let word = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(segment);
    !word.is_empty()
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

/// A tool as its provider defines it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// The name on every surface.
    pub name: ToolName,
    /// A short name for people.
    pub title: String,
    /// What it does, for models and people.
    pub description: String,
    /// JSON Schema 2020-12 of the arguments: an object. Used as it is for validation.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the answer.
    pub output_schema: Option<Value>,
    /// The strongest thing that it does, whatever its arguments.
    pub access: Access,
    /// The weakest thing that it is of use for, where its arguments decide; else the same. Who may do no more than this can
    /// call it too, and the gate holds the call to what they may do.
    pub least: Access,
    /// Calling it twice with the same arguments leaves the same world.
    pub idempotent: bool,
    /// REST routes of its own.
    pub routes: Vec<Route>,
    /// Whether its calls run as jobs, and answer with the job when that takes longer than a call may.
    #[serde(default)]
    pub background: bool,
}

/// A tool in the catalog: its definition, the schemas that every surface publishes, and who runs it.
pub struct Tool {
    /// What the provider defined.
    pub definition: Arc<ToolDefinition>,
    /// The flat input schema that every surface shows, reserved arguments included.
    pub input_schema: Arc<serde_json::Map<String, Value>>,
    /// The flat output schema that every surface shows; always of an object.
    pub output_schema: Option<Arc<serde_json::Map<String, Value>>>,
    /// Whether a connection is chosen before the tool runs, and `connection_id` is published.
    pub uses_connection: bool,
    /// What that connection is to; none where it may be any that is named.
    pub system: Option<System>,
    /// Whether it works on what is the operator's and no connection leads to.
    pub is_shared: bool,
    /// Who runs it.
    pub provider: Arc<dyn Provider>,
    pub(crate) input: Validator,
    pub(crate) output: Option<Output>,
    /// Where values are checked that take long.
    pub(crate) slots: Arc<CheckingSlots>,
}

impl Tool {
    /// A prepared tool of a provider.
    #[must_use]
    pub fn prepared(provider: &Arc<dyn Provider>, tool: &PreparedTool) -> Self {
        let uses_connection = provider.uses_connection(&tool.definition.name);
        Self {
            definition: Arc::clone(&tool.definition),
            input_schema: tool.input_schema(uses_connection),
            // What may answer with a job promises no form: clients hold every answer against a schema that is published.
            output_schema: tool
                .output
                .as_ref()
                .filter(|_| !tool.definition.background)
                .map(|output| Arc::clone(&output.schema)),
            uses_connection,
            system: provider.system(&tool.definition.name),
            is_shared: provider.is_shared(&tool.definition.name),
            provider: Arc::clone(provider),
            input: tool.input.clone(),
            output: tool.output.clone(),
            slots: Arc::clone(&tool.slots),
        }
    }

    /// Whether the tool works on an account at an MCP server, which this connection isn't.
    pub(crate) fn works_apart_from(&self, connection: Option<&Connection>) -> bool {
        self.uses_connection
            && self.system.as_ref().is_some_and(|system| {
                system.upstream().is_some() && connection.is_none_or(|own| own.system != *system)
            })
    }

    /// The name on every surface.
    #[must_use]
    pub fn name(&self) -> &ToolName {
        &self.definition.name
    }

    /// Whether the principal may use it, and so see it.
    #[must_use]
    pub fn is_open_to(&self, principal: &Principal) -> bool {
        self.definition.least <= principal.strongest && self.may_be_named_by(principal)
    }

    /// Whether the principal is a client that may use it once it has asked for more than it was allowed.
    #[must_use]
    pub fn is_open_on_request_to(&self, principal: &Principal) -> bool {
        let least = self.definition.least;
        least > principal.strongest
            && principal.may_ask_for.is_some_and(|most| least <= most)
            && self.may_be_named_by(principal)
    }

    /// Whether it is one of the principal's tools, whatever it does.
    fn may_be_named_by(&self, principal: &Principal) -> bool {
        principal.may_name(self.name()) && (principal.uses_shared || !self.is_shared)
    }

    /// The strongest thing that it does for this principal.
    #[must_use]
    pub fn access_for(&self, principal: &Principal) -> Access {
        self.definition.access.min(principal.strongest.max(self.definition.least))
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tool").field("name", &self.definition.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_stay_below_v1_and_off_the_hosts_paths() {
        assert!(Route::new("GET", "/v1/pages/{page_id}").is_ok());
        for bad in [
            "/v2/x",
            "/v1/",
            "/v1//x",
            "/v1/../x",
            "/v1/tools/x",
            "/v1/chat",
            "/v1/%2e",
            "v1/x",
            "/v1/{}",
            "/v1/X",
        ] {
            assert!(Route::new("POST", bad).is_err(), "{bad}");
        }
        assert!(Route::new("PUT", "/v1/pages").is_err());
        assert_eq!(
            Route::new("GET", "/v1/a/{b}/c/{d}").unwrap().parameters().collect::<Vec<_>>(),
            ["b", "d"]
        );
    }
}
