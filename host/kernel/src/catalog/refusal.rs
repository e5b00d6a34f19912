//! Why a tool is not published.

use crate::name::ToolName;

/// Why a tool was not taken into the catalog. The provider's other tools are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another provider came first.
    #[error("`{tool}` is already provided by `{first}`")]
    NameTaken {
        tool: ToolName,
        /// Who has the name.
        first: String,
    },
    /// Another tool came first.
    #[error("`{tool}` wants the route {route}, which `{first}` has")]
    RouteTaken {
        tool: ToolName,
        route: String,
        /// Who has the route.
        first: ToolName,
    },
    /// A `{parameter}` of the route that the input doesn't have.
    #[error("`{tool}` has a route with `{{{parameter}}}`, which is not a property of its input")]
    RouteParameter { tool: ToolName, parameter: String },
    /// Nothing that a model could go by.
    #[error("`{tool}` has no description")]
    NoDescription { tool: ToolName },
}

impl Refusal {
    /// Whether somebody else has what the tool wants, so that it could be published without them.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::NameTaken { .. } | Self::RouteTaken { .. })
    }
}
