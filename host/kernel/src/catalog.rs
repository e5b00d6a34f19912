//! The set of tools that is published, swapped as a whole.
//!
//! A running call keeps the `Arc` of the tool that it started with, so a swap never pulls anything away under it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::arguments::{CONNECTION_ID, connection_id_schema};
use crate::name::ToolName;
use crate::nearest::nearest;
use crate::own::OwnTools;
use crate::principal::Principal;
use crate::provider::Provider;
use crate::schema::{InvalidSchema, Validator, check_input, check_output, flatten_input, flatten_output};
use crate::tool::{Route, Tool, ToolDefinition};

/// Why a tool was not taken into the catalog. The provider's other tools are.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Another provider came first.
    #[error("`{tool}` is already provided by `{first}`")]
    NameTaken {
        /// The tool.
        tool: ToolName,
        /// Who has the name.
        first: String,
    },
    /// Another tool came first.
    #[error("`{tool}` wants the route {route}, which `{first}` has")]
    RouteTaken {
        /// The tool.
        tool: ToolName,
        /// The route.
        route: String,
        /// Who has the route.
        first: ToolName,
    },
    /// A `{parameter}` of the route that the input doesn't have.
    #[error("`{tool}` has a route with `{{{parameter}}}`, which is not a property of its input")]
    RouteParameter {
        /// The tool.
        tool: ToolName,
        /// The parameter.
        parameter: String,
    },
    /// A schema that can't be published.
    #[error("the {which} schema of `{tool}`: {reason}")]
    Schema {
        /// The tool.
        tool: ToolName,
        /// `input` or `output`.
        which: &'static str,
        /// What is wrong.
        reason: InvalidSchema,
    },
    /// Nothing that a model could go by.
    #[error("`{tool}` has no description")]
    NoDescription {
        /// The tool.
        tool: ToolName,
    },
}

/// The tools that are published.
#[derive(Debug, Default)]
pub struct Catalog {
    tools: BTreeMap<ToolName, Arc<Tool>>,
    generation: u64,
}

impl Catalog {
    /// Adds a provider's tools.
    ///
    /// # Errors
    ///
    /// One refusal for each tool that can't be published; the others are in.
    pub fn add(
        &mut self,
        provider: &Arc<dyn Provider>,
        tools: &[ToolDefinition],
    ) -> Result<(), Vec<Refusal>> {
        let mut refusals = Vec::new();
        for definition in tools {
            match self.publish(provider, definition) {
                Ok(tool) => {
                    self.tools.insert(definition.name.clone(), Arc::new(tool));
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }

    fn publish(&self, provider: &Arc<dyn Provider>, definition: &ToolDefinition) -> Result<Tool, Refusal> {
        let name = &definition.name;
        if let Some(first) = self.tools.get(name.as_str()) {
            return Err(Refusal::NameTaken { tool: name.clone(), first: first.provider.name().to_owned() });
        }
        if definition.description.trim().is_empty() {
            return Err(Refusal::NoDescription { tool: name.clone() });
        }
        let schema = |which| move |reason| Refusal::Schema { tool: name.clone(), which, reason };
        check_input(&definition.input_schema).map_err(schema("input"))?;
        let input = Validator::new(&definition.input_schema).map_err(schema("input"))?;
        let mut input_schema = flatten_input(&definition.input_schema);
        let uses_connection = provider.uses_connection(name);
        if uses_connection && let Some(Value::Object(properties)) = input_schema.get_mut("properties") {
            properties.insert(CONNECTION_ID.into(), connection_id_schema());
        }
        self.check_routes(definition, &input_schema)?;
        let (output, output_schema) = match &definition.output_schema {
            None => (None, None),
            Some(given) => {
                check_output(given).map_err(schema("output"))?;
                let validator = Validator::new(&wrap_output(given)).map_err(schema("output"))?;
                (Some(validator), Some(Arc::new(flatten_output(given))))
            }
        };
        Ok(Tool {
            definition: definition.clone(),
            input_schema: Arc::new(input_schema),
            output_schema,
            uses_connection,
            provider: Arc::clone(provider),
            input,
            output,
        })
    }

    fn check_routes(&self, definition: &ToolDefinition, input: &Map<String, Value>) -> Result<(), Refusal> {
        definition.routes.iter().try_for_each(|route| self.check_one_route(definition, route, input))
    }

    fn check_one_route(
        &self,
        definition: &ToolDefinition,
        route: &Route,
        input: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let shape = |path: &str| {
            path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect::<Vec<_>>().join("/")
        };
        let taken = self.tools.values().find(|tool| {
            tool.definition
                .routes
                .iter()
                .any(|other| other.method() == route.method() && shape(other.path()) == shape(route.path()))
        });
        if let Some(first) = taken {
            return Err(Refusal::RouteTaken {
                tool: definition.name.clone(),
                route: route.to_string(),
                first: first.name().clone(),
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
        self.tools.values().filter(|tool| principal.may_use(tool))
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

/// A schema of something else than an object is validated as the `result` that the answer wraps it in.
fn wrap_output(schema: &Value) -> Value {
    let flat = flatten_input(schema);
    if flat.get("type").and_then(Value::as_str) == Some("object") {
        return schema.clone();
    }
    let mut inner = schema.clone();
    let definitions = inner.as_object_mut().and_then(|members| members.remove("$defs"));
    let mut wrapped =
        serde_json::json!({"type": "object", "properties": {"result": inner}, "required": ["result"]});
    if let (Some(definitions), Some(members)) = (definitions, wrapped.as_object_mut()) {
        members.insert("$defs".into(), definitions);
    }
    wrapped
}

/// Where the current catalog is, shared by every surface.
#[derive(Clone)]
pub struct CatalogHandle {
    current: Arc<ArcSwap<Catalog>>,
    own: Option<Arc<OwnTools>>,
    changes: watch::Sender<u64>,
}

impl CatalogHandle {
    /// A handle over an empty catalog.
    #[must_use]
    pub fn new() -> Self {
        Self { current: Arc::default(), own: None, changes: watch::Sender::new(0) }
    }

    /// A handle over a catalog of the host's own tools, which are in every later one too.
    ///
    /// # Errors
    ///
    /// When one of them can't be published, which is a slip in this repository.
    pub fn with_own(own: Arc<OwnTools>) -> Result<Self, Vec<Refusal>> {
        let handle = Self { own: Some(own), ..Self::new() };
        let mut catalog = Catalog::default();
        handle.add_own(&mut catalog)?;
        handle.swap(catalog);
        Ok(handle)
    }

    /// A new catalog to add providers to, before it is swapped in.
    #[must_use]
    pub fn begin(&self) -> Catalog {
        let mut catalog = Catalog::default();
        if let Err(refusals) = self.add_own(&mut catalog) {
            tracing::error!(?refusals, "catalog.own_tools_refused");
        }
        catalog
    }

    fn add_own(&self, catalog: &mut Catalog) -> Result<(), Vec<Refusal>> {
        let Some(own) = &self.own else { return Ok(()) };
        let provider: Arc<dyn Provider> = Arc::clone(own) as _;
        catalog.add(&provider, own.definitions())
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
