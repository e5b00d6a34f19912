//! What a tool may do while it runs. The real host refuses the rest, and so does the mock: a test that passes says that the
//! tool's access and the plugin's manifest are right.

use std::rc::Rc;

use serde_json::{Map, Value};
use toolbay_sdk_notion::names;
use toolbay_sdk_notion::routes::{self, Body, ROUTES, Route};

use super::manifest::Manifest;
use crate::{Access, Problem, Request};

/// What bounds a run.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) tool: String,
    /// What the tool declares.
    pub(super) access: Access,
    /// What its plugin asks for; none where that isn't known.
    pub(super) manifest: Option<Rc<Manifest>>,
}

impl Bounds {
    /// Whether a request may be sent.
    ///
    /// # Errors
    ///
    /// `forbidden` for a route that isn't in Notion's table, one that the manifest doesn't ask for, and what is stronger than
    /// the tool declares; `invalid_input` for members that the route doesn't take.
    pub(super) fn request(&self, request: &Request) -> Result<(), Problem> {
        let segments = request.path.segments();
        let route = routes::find(request.method, segments).ok_or_else(|| unknown_route(request, segments))?;
        let body = checked_members(route, request)?;
        let access = route.access_with(body);
        let capability = access.capability();
        if let Some(manifest) = &self.manifest
            && !manifest.asks_for(capability, &route.to_string())
        {
            return Err(unasked(manifest, &format!("{capability} for {route}"))
                .hint(format!("Add \"{route}\" to {capability} below [capabilities] in plugin.toml.")));
        }
        self.declared(access, &route.to_string())
    }

    fn declared(&self, access: Access, what: &str) -> Result<(), Problem> {
        if access <= self.access {
            return Ok(());
        }
        let (declared, wanted) = (self.access.as_str(), access.as_str());
        Err(Problem::forbidden(format!(
            "The tool `{}` declares that it {declared}, and {what} {wanted}.",
            self.tool
        ))
        .hint(format!("Declare the strongest thing that it does: #[tool({wanted})].")))
    }

    /// Whether a statement of this access may be sent to a database.
    ///
    /// # Errors
    ///
    /// `forbidden` for a database that the manifest doesn't ask for, and what is stronger than the tool declares.
    pub(super) fn statement(&self, database: &str, access: Access) -> Result<(), Problem> {
        let capability = if access == Access::Reads { "sql.read" } else { "sql.write" };
        if let Some(manifest) = &self.manifest
            && !manifest.asks_for_database(capability, database)
        {
            return Err(unasked(manifest, &format!("{capability} for `{database}`"))
                .hint(format!("Write `{capability} = true` below [capabilities] in plugin.toml.")));
        }
        if access <= self.access {
            return Ok(());
        }
        let (declared, wanted) = (self.access.as_str(), access.as_str());
        Err(Problem::forbidden(format!(
            "The tool `{}` declares that it {declared}, and the statement {wanted}.",
            self.tool
        ))
        .hint(format!("Declare the strongest thing that it does: #[tool({wanted})].")))
    }

    /// Whether it may be asked which databases there are.
    ///
    /// # Errors
    ///
    /// `forbidden` where the manifest asks to read none.
    pub(super) fn databases(&self) -> Result<(), Problem> {
        match &self.manifest {
            Some(manifest) if !manifest.asks_for_databases() => Err(unasked(manifest, "sql.read")
                .hint("Write `sql.read = true` below [capabilities] in plugin.toml.")),
            _ => Ok(()),
        }
    }

    /// Whether a request over HTTP may be sent, such as `GET api.example.com/v1/x`.
    ///
    /// # Errors
    ///
    /// `forbidden` for a place that the manifest doesn't name, and what is stronger than the tool declares.
    pub(super) fn http(&self, subject: &str, access: Access) -> Result<(), Problem> {
        if let Some(manifest) = &self.manifest
            && !manifest.asks_for_place(subject)
        {
            return Err(unasked(manifest, &format!("http for {subject}"))
                .hint(format!("Add \"{subject}\" to http below [capabilities] in plugin.toml.")));
        }
        self.declared(access, subject)
    }

    /// Whether another tool may be called.
    ///
    /// # Errors
    ///
    /// `forbidden` for one that the manifest doesn't name.
    pub(super) fn invocation(&self, tool: &str) -> Result<(), Problem> {
        match &self.manifest {
            Some(manifest) if !manifest.asks_for_tool(tool) => {
                Err(unasked(manifest, &format!("tools.call for `{tool}`"))
                    .hint(format!("Add \"{tool}\" to tools.call below [capabilities] in plugin.toml.")))
            }
            _ => Ok(()),
        }
    }

    /// Whether durable values may be kept.
    ///
    /// # Errors
    ///
    /// `forbidden` where the manifest doesn't ask for it.
    pub(super) fn state(&self) -> Result<(), Problem> {
        match &self.manifest {
            Some(manifest) if !manifest.asks_for_state() => {
                Err(unasked(manifest, "state")
                    .hint("Write `state = true` below [capabilities] in plugin.toml."))
            }
            _ => Ok(()),
        }
    }
}

fn unasked(manifest: &Manifest, what: &str) -> Problem {
    Problem::forbidden(format!("The plugin `{}` doesn't ask for {what}.", manifest.name))
}

fn unknown_route(request: &Request, segments: &[String]) -> Problem {
    let path = segments.join("/");
    let problem =
        Problem::forbidden(format!("{} /{path} is not a route that tools may use.", request.method));
    let of_this_path: Vec<String> =
        ROUTES.iter().filter(|route| route.fits(segments)).map(ToString::to_string).collect();
    if !of_this_path.is_empty() {
        return problem.hint(format!("This path has {}.", of_this_path.join(", ")));
    }
    let asked = format!("{} /{path}", request.method);
    let known: Vec<String> = ROUTES.iter().map(ToString::to_string).collect();
    problem.hint(names::valid(&asked, &known.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The body, where its members and those of the query are ones that the route takes.
fn checked_members<'request>(
    route: &Route,
    request: &'request Request,
) -> Result<Option<&'request Map<String, Value>>, Problem> {
    for (key, _) in &request.query {
        if !route.query.contains(&key.as_str()) {
            return Err(Problem::invalid_input(format!("{route} takes no query parameter `{key}`."))
                .hint(names::valid(key, route.query)));
        }
    }
    let body = match (route.body, &request.body) {
        (Body::None | Body::Optional(_), None) => return Ok(None),
        (Body::None, Some(_)) => {
            return Err(Problem::invalid_input(format!("{route} takes no body.")));
        }
        (Body::Required(keys), None) => {
            return Err(Problem::invalid_input(format!("{route} needs a body.")).hint(names::valid("", keys)));
        }
        (Body::Optional(_) | Body::Required(_), Some(Value::Object(body))) => body,
        (Body::Optional(_) | Body::Required(_), Some(_)) => {
            return Err(Problem::invalid_input(format!("The body of {route} is an object.")));
        }
    };
    match body.keys().find(|key| !route.body.keys().contains(&key.as_str())) {
        None => Ok(Some(body)),
        Some(key) => Err(Problem::invalid_input(format!("{route} takes no `{key}` in its body."))
            .hint(names::valid(key, route.body.keys()))),
    }
}
