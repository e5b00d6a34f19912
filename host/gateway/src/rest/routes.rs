//! The addresses below `/v1`, as one catalog has them.

use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;
use toolbay_kernel::tool::RouteMethod;
use toolbay_kernel::{Catalog, Tool};

use crate::account::{self, Own};
use crate::administration::{self, Resource};

/// What answers at an address.
#[derive(Clone)]
pub(crate) enum Target {
    /// `POST /v1/tools/{name}`
    AnyTool,
    /// A tool's own route.
    Tool(Arc<Tool>),
    /// The host itself.
    Host(OfHost),
}

/// What the host itself answers.
#[derive(Clone)]
pub(crate) enum OfHost {
    /// `GET /v1/tools`
    Tools,
    /// `GET /v1/connections`, where no tool has that route.
    Connections,
    /// `GET /v1/meta`
    Meta,
    /// `POST /v1/chat`
    Chat,
    /// `GET /v1/chat/conversations`
    Conversations,
    /// `GET /v1/chat/conversations/{id}`
    Conversation,
    /// `DELETE /v1/chat/conversations/{id}`
    RemoveConversation,
    /// What anybody asks about themselves.
    Own(Own),
    /// What an operator administers.
    Administration(Resource),
    /// `GET /v1/activity`
    Activity,
    /// `GET /v1/activity/{call}`
    ActivityOfCall,
    /// `GET /v1/changes`
    Changes,
    /// `POST /v1/jobs/{id}/again`
    JobAgain,
    /// `GET /v1/administration/jobs`
    AllJobs,
    /// `POST /v1/administration/jobs/{id}/cancel`
    CancelJob,
}

/// A route that fits a request.
pub(crate) struct Found {
    pub(crate) target: Target,
    pub(crate) template: Arc<str>,
    /// The path's parameters, decoded.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether the arguments are in the body; else they are in the query.
    pub(crate) takes_body: bool,
}

impl Found {
    /// The first parameter of the path; empty where it has none.
    pub(crate) fn first(&self) -> &str {
        self.parameters.first().map_or("", |(_, value)| value)
    }
}

/// Why no route fits.
#[derive(Debug)]
pub(crate) enum Missing {
    /// Nothing is there.
    Address,
    /// A parameter is not text.
    Encoding,
    /// Something is there, under these methods.
    Method(String),
}

struct Route {
    method: Method,
    template: Arc<str>,
    names: Vec<String>,
    target: Target,
}

const CONNECTIONS: &str = "/v1/connections";

/// All addresses of a catalog. Those of the host itself come first and can't be taken.
pub(crate) struct Routes {
    by_path: matchit::Router<usize>,
    /// The routes of each path, by method.
    paths: Vec<(String, Vec<Route>)>,
}

impl Routes {
    /// The addresses of a catalog.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let mut routes = Self { by_path: matchit::Router::new(), paths: Vec::new() };
        routes.add(Method::GET, "/v1/tools", Target::Host(OfHost::Tools));
        routes.add(Method::POST, "/v1/tools/{name}", Target::AnyTool);
        routes.add(Method::GET, "/v1/meta", Target::Host(OfHost::Meta));
        routes.add(Method::POST, "/v1/chat", Target::Host(OfHost::Chat));
        routes.add(Method::GET, "/v1/chat/conversations", Target::Host(OfHost::Conversations));
        routes.add(Method::GET, "/v1/chat/conversations/{id}", Target::Host(OfHost::Conversation));
        routes.add(Method::DELETE, "/v1/chat/conversations/{id}", Target::Host(OfHost::RemoveConversation));
        for (method, template, own) in account::ROUTES {
            routes.add(method, template, Target::Host(OfHost::Own(own)));
        }
        for (method, template, resource) in administration::ROUTES {
            routes.add(method, template, Target::Host(OfHost::Administration(resource)));
        }
        routes.add(Method::GET, "/v1/activity", Target::Host(OfHost::Activity));
        routes.add(Method::GET, "/v1/activity/{call}", Target::Host(OfHost::ActivityOfCall));
        routes.add(Method::GET, "/v1/changes", Target::Host(OfHost::Changes));
        routes.add(Method::POST, "/v1/jobs/{id}/again", Target::Host(OfHost::JobAgain));
        routes.add(Method::GET, "/v1/administration/jobs", Target::Host(OfHost::AllJobs));
        routes.add(Method::POST, "/v1/administration/jobs/{id}/cancel", Target::Host(OfHost::CancelJob));
        for tool in catalog.tools() {
            for route in &tool.definition.routes {
                routes.add(method(route.method()), route.path(), Target::Tool(Arc::clone(tool)));
            }
        }
        // Whoever asks should find their connections also on a host without plugins.
        if routes.find(&Method::GET, CONNECTIONS).is_err() {
            routes.add(Method::GET, CONNECTIONS, Target::Host(OfHost::Connections));
        }
        routes
    }

    fn add(&mut self, method: Method, template: &str, target: Target) {
        let (path, names) = shape(template);
        let known = self.paths.iter().position(|(known, _)| *known == path);
        let index = known.unwrap_or(self.paths.len());
        if known.is_none() {
            if let Err(error) = self.by_path.insert(&path, index) {
                tracing::warn!(template, %error, "rest.route_refused");
                return;
            }
            self.paths.push((path, Vec::new()));
        }
        let Some((_, routes)) = self.paths.get_mut(index) else { return };
        if routes.iter().any(|route| route.method == method) {
            tracing::warn!(%method, template, "rest.route_taken");
            return;
        }
        routes.push(Route { method, template: template.into(), names, target });
    }

    /// The route of a request.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found, Missing> {
        let matched = self.by_path.at(path).map_err(|_| Missing::Address)?;
        let (_, routes) = self.paths.get(*matched.value).ok_or(Missing::Address)?;
        let Some(route) = routes.iter().find(|route| route.method == *method) else {
            let methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
            return Err(Missing::Method(methods.join(", ")));
        };
        let values = matched.params.iter().map(|(_, value)| {
            let decoded = percent_decode_str(value).decode_utf8().map_err(|_| Missing::Encoding)?;
            Ok(decoded.into_owned())
        });
        let values: Vec<String> = values.collect::<Result<_, Missing>>()?;
        Ok(Found {
            target: route.target.clone(),
            template: Arc::clone(&route.template),
            parameters: route.names.iter().cloned().zip(values).collect(),
            takes_body: matches!(route.method, Method::POST | Method::PATCH),
        })
    }
}

/// The path with its parameters numbered, since two methods may name them differently, and their names.
fn shape(template: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let segments: Vec<String> = template
        .split('/')
        .map(|segment| match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            None => segment.to_owned(),
            Some(name) => {
                names.push(name.to_owned());
                format!("{{{}}}", names.len())
            }
        })
        .collect();
    (segments.join("/"), names)
}

fn method(method: RouteMethod) -> Method {
    match method {
        RouteMethod::Get => Method::GET,
        RouteMethod::Post => Method::POST,
        RouteMethod::Patch => Method::PATCH,
        RouteMethod::Delete => Method::DELETE,
    }
}
