//! The set of tools that is published, swapped as a whole.
//!
//! A running call keeps the `Arc` of the tool that it started with, so a swap never pulls anything away under it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::name::ToolName;
use crate::nearest::nearest;
use crate::principal::Principal;
use crate::provider::Provider;
use crate::schema::{PreparedTool, SchemaRefusal};
use crate::tool::{Route, RouteMethod, Tool, ToolDefinition};

/// Why a tool was not taken into the catalog. The provider's other tools are.
#[derive(Debug, thiserror::Error)]
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
    /// A schema that can't be published.
    #[error(transparent)]
    Schema(#[from] SchemaRefusal),
    /// Nothing that a model could go by.
    #[error("`{tool}` has no description")]
    NoDescription { tool: ToolName },
}

/// The tools that are published.
#[derive(Debug, Default)]
pub struct Catalog {
    tools: BTreeMap<ToolName, Arc<Tool>>,
    /// Who has a route, by its method and its path without the parameters' names.
    routes: HashMap<(RouteMethod, String), ToolName>,
    generation: u64,
}

impl Catalog {
    /// Adds a provider's tools as it defines them.
    ///
    /// # Errors
    ///
    /// One refusal for each tool that can't be published; the others are in.
    pub fn add(
        &mut self,
        provider: &Arc<dyn Provider>,
        tools: &[ToolDefinition],
    ) -> Result<(), Vec<Refusal>> {
        let slots = Arc::default();
        let mut refusals = Vec::new();
        for definition in tools {
            let added = PreparedTool::new(definition.clone(), &slots)
                .map_err(Refusal::from)
                .and_then(|tool| self.add_prepared(provider, &tool));
            refusals.extend(added.err());
        }
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }

    /// Adds one tool of a provider, whose schemas have been prepared.
    ///
    /// # Errors
    ///
    /// When it has no description, or another tool has its name or one of its routes.
    pub fn add_prepared(&mut self, provider: &Arc<dyn Provider>, tool: &PreparedTool) -> Result<(), Refusal> {
        let definition = &tool.definition;
        let name = &definition.name;
        if let Some(first) = self.tools.get(name.as_str()) {
            return Err(Refusal::NameTaken { tool: name.clone(), first: first.provider.name().to_owned() });
        }
        if definition.description.trim().is_empty() {
            return Err(Refusal::NoDescription { tool: name.clone() });
        }
        let uses_connection = provider.uses_connection(name);
        let input_schema = tool.input_schema(uses_connection);
        for route in &definition.routes {
            self.check_route(definition, route, &input_schema)?;
        }
        self.routes.extend(definition.routes.iter().map(|route| (shape(route), name.clone())));
        let published = Tool {
            definition: Arc::clone(definition),
            input_schema,
            output_schema: tool.output.as_ref().map(|output| Arc::clone(&output.schema)),
            uses_connection,
            provider: Arc::clone(provider),
            input: tool.input.clone(),
            output: tool.output.clone(),
            slots: Arc::clone(&tool.slots),
        };
        self.tools.insert(name.clone(), Arc::new(published));
        Ok(())
    }

    fn check_route(
        &self,
        definition: &ToolDefinition,
        route: &Route,
        input: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        if let Some(first) = self.routes.get(&shape(route)) {
            return Err(Refusal::RouteTaken {
                tool: definition.name.clone(),
                route: route.to_string(),
                first: first.clone(),
            });
        }
        let properties = input.get("properties").and_then(Value::as_object);
        match route.parameters().find(|name| !properties.is_some_and(|known| known.contains_key(*name))) {
            None => Ok(()),
            Some(parameter) => Err(Refusal::RouteParameter {
                tool: definition.name.clone(),
                parameter: parameter.to_owned(),
            }),
        }
    }

    /// The tool of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.get(name)
    }

    /// Every tool, by name.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.tools.values()
    }

    /// The tools that a principal may use, by name.
    pub fn tools_of<'a>(&'a self, principal: &'a Principal) -> impl Iterator<Item = &'a Arc<Tool>> {
        self.tools.values().filter(|tool| tool.is_open_to(principal))
    }

    /// The name that was probably meant, among those that the principal may use.
    #[must_use]
    pub fn nearest_name<'a>(&'a self, wanted: &str, principal: &'a Principal) -> Option<&'a str> {
        nearest(wanted, self.tools_of(principal).map(|tool| tool.name().as_str()))
    }

    /// Grows with every swap, so that what is derived from a catalog can be cached.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// What two routes have in common that a request can't tell apart.
fn shape(route: &Route) -> (RouteMethod, String) {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    (route.method(), route.path().split('/').map(segment).collect::<Vec<_>>().join("/"))
}

/// The source that comes before every other.
#[derive(Clone)]
struct BuiltIn {
    provider: Arc<dyn Provider>,
    definitions: Vec<ToolDefinition>,
}

/// Where the current catalog is, shared by every surface.
#[derive(Clone)]
pub struct CatalogHandle {
    current: Arc<ArcSwap<Catalog>>,
    built_in: Option<BuiltIn>,
    changes: watch::Sender<u64>,
}

impl CatalogHandle {
    /// A handle over an empty catalog.
    #[must_use]
    pub fn new() -> Self {
        Self { current: Arc::default(), built_in: None, changes: watch::Sender::new(0) }
    }

    /// A handle over a catalog of the built-in tools, which are in every later one too.
    ///
    /// # Errors
    ///
    /// When one of them can't be published, which is a slip in this repository.
    pub fn with_built_in(
        provider: Arc<dyn Provider>,
        definitions: Vec<ToolDefinition>,
    ) -> Result<Self, Vec<Refusal>> {
        let handle = Self { built_in: Some(BuiltIn { provider, definitions }), ..Self::new() };
        let mut catalog = Catalog::default();
        handle.add_built_in(&mut catalog)?;
        handle.swap(catalog);
        Ok(handle)
    }

    /// A new catalog to add providers to, before it is swapped in.
    #[must_use]
    pub fn begin(&self) -> Catalog {
        let mut catalog = Catalog::default();
        if let Err(refusals) = self.add_built_in(&mut catalog) {
            tracing::error!(?refusals, "catalog.built_in_tools_refused");
        }
        catalog
    }

    fn add_built_in(&self, catalog: &mut Catalog) -> Result<(), Vec<Refusal>> {
        let Some(BuiltIn { provider, definitions }) = &self.built_in else { return Ok(()) };
        catalog.add(provider, definitions)
    }

    /// The catalog at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Catalog> {
        self.current.load_full()
    }

    /// Publishes another catalog, and tells who listens.
    pub fn swap(&self, mut catalog: Catalog) {
        self.changes.send_modify(|generation| {
            *generation += 1;
            catalog.generation = *generation;
            self.current.store(Arc::new(std::mem::take(&mut catalog)));
        });
    }

    /// Hears of each swap: the value is the new generation.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Default for CatalogHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CatalogHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CatalogHandle").field(&self.current().generation).finish()
    }
}
