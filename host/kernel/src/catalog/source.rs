//! What a source offers, and what it is told of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::refusal::Refusal;
use crate::name::ToolName;
use crate::provider::Provider;
use crate::schema::{PreparedTool, SchemaRefusal};
use crate::tool::{Route, ToolDefinition};

/// Tools that are or were published, with their routes.
pub type PublishedTools = BTreeMap<ToolName, Vec<Route>>;

/// What a provider was published with. A source may keep it over restarts, so that names stay with those that had them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The provider's name.
    pub provider: String,
    /// Its tools that were published.
    pub tools: PublishedTools,
}

/// A provider that a source offers, with its tools.
#[derive(Clone)]
pub struct Offered {
    /// Who runs the tools.
    pub provider: Arc<dyn Provider>,
    /// What it can do. Preparing is dear, so a source keeps what it has prepared.
    pub tools: Arc<[PreparedTool]>,
    /// What it was published with before, if it was.
    pub held: Option<Held>,
}

impl Offered {
    /// A provider that comes new, with its tools as it defines them.
    ///
    /// # Errors
    ///
    /// When a schema can't be published.
    pub fn new(provider: Arc<dyn Provider>, tools: &[ToolDefinition]) -> Result<Self, SchemaRefusal> {
        let slots = Arc::default();
        let tools = tools.iter().map(|tool| PreparedTool::new(tool.clone(), &slots));
        Ok(Self { provider, tools: tools.collect::<Result<_, _>>()?, held: None })
    }
}

/// How an offered provider stands in the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The index in the offer of the provider that has its name. None of its tools are published then.
    pub namesake: Option<usize>,
    /// Its tools that are published.
    pub published: PublishedTools,
    /// Why others are not.
    pub refused: Vec<Refusal>,
}
