//! The tools that are published, and who has which name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::source::Standing;
use crate::name::ToolName;
use crate::nearest::nearest;
use crate::principal::Principal;
use crate::provider::Provider;
use crate::schema::PreparedTool;
use crate::tool::{Route, RouteMethod, Tool, ToolDefinition};

/// The tools that are published.
#[derive(Debug, Default)]
pub struct Catalog {
    tools: BTreeMap<ToolName, Arc<Tool>>,
    /// Who has a route, by its method and its path without the parameters' names.
    routes: HashMap<(RouteMethod, String), ToolName>,
    /// How the providers of each source stand in it, in the order of the sources.
    pub(super) standings: Vec<Arc<[Standing]>>,
    pub(super) generation: u64,
}

impl Catalog {
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

    /// The tools that a principal may use, or ask for, by name: a client that never sees a tool never asks for it.
    pub fn tools_shown_to<'a>(&'a self, principal: &'a Principal) -> impl Iterator<Item = &'a Arc<Tool>> {
        self.tools.values().filter(|tool| tool.is_open_to(principal) || tool.is_open_on_request_to(principal))
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

    /// Adds one tool of a provider, unless it has no description, or another tool has its name or one of its routes.
    pub(super) fn add(&mut self, provider: &Arc<dyn Provider>, tool: &PreparedTool) -> Result<(), Refusal> {
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
        self.tools.insert(name.clone(), Arc::new(Tool::prepared(provider, tool)));
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
}

/// What two routes have in common that a request can't tell apart.
fn shape(route: &Route) -> (RouteMethod, String) {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    (route.method(), route.path().split('/').map(segment).collect::<Vec<_>>().join("/"))
}
