//! The host's own tools: those that are about the host itself, and that no plugin could do.
//!
//! They are a provider like any other. They are in the catalog, pass the door, are audited, and appear on every surface;
//! they send nothing to Notion by themselves, and so hold no capability.

mod audit_list;
mod connection_refresh;
mod connection_remove;
mod job_cancel;
mod job_get;
mod job_list;
mod job_start;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::capability::Permissions;
use crate::catalog::Offered;
use crate::id::JobId;
use crate::name::ToolName;
use crate::problem::{Code, Problem};
use crate::provider::Provider;
use crate::schema::SchemaRefusal;
use crate::system::System;
use crate::tool::{Route, ToolDefinition};

pub use audit_list::AuditList;
pub use connection_refresh::ConnectionRefresh;
pub use connection_remove::ConnectionRemove;
pub use job_cancel::JobCancel;
pub use job_get::{JobGet, told as job_told};
pub use job_list::JobList;
pub use job_start::JobStart;

/// The provider's name, as operators and callers read it.
const NAME: &str = "toolbay";

/// One of the host's own tools.
#[async_trait]
pub trait BuiltInTool: Send + Sync {
    /// What it is, for every surface.
    fn describe(&self) -> BuiltInDefinition;

    /// Runs it. The arguments have been validated.
    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem>;
}

/// A definition before its names are checked.
pub struct BuiltInDefinition {
    /// The name on every surface.
    pub name: &'static str,
    /// A short name for people.
    pub title: &'static str,
    /// What it does, for models and people.
    pub description: &'static str,
    /// JSON Schema 2020-12 of the arguments.
    pub input_schema: Value,
    /// The strongest thing that it does, whatever its arguments.
    pub access: Access,
    /// The weakest thing that it is of use for; see [`ToolDefinition::least`].
    pub least: Access,
    /// Calling it twice with the same arguments leaves the same world.
    pub idempotent: bool,
    /// Its route, as method and path.
    pub route: (&'static str, &'static str),
    /// Whether it works on a connection, which the door then chooses.
    pub uses_connection: bool,
}

impl BuiltInDefinition {
    fn checked(self) -> Result<ToolDefinition, String> {
        let (method, path) = self.route;
        Ok(ToolDefinition {
            name: self.name.parse().map_err(|_| format!("`{}` can't be a tool's name", self.name))?,
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            input_schema: self.input_schema,
            output_schema: None,
            access: self.access,
            least: self.least,
            idempotent: self.idempotent,
            routes: vec![Route::new(method, path)?],
            background: false,
        })
    }
}

/// The provider of the host's own tools.
pub struct BuiltInTools {
    tools: BTreeMap<ToolName, (Box<dyn BuiltInTool>, bool)>,
    definitions: Vec<ToolDefinition>,
    permissions: Arc<Permissions>,
}

impl BuiltInTools {
    /// A provider of these tools.
    ///
    /// # Errors
    ///
    /// When a name or a route can't be one, which is a slip in this repository.
    pub fn new(tools: Vec<Box<dyn BuiltInTool>>) -> Result<Arc<Self>, String> {
        let mut own = Self {
            tools: BTreeMap::new(),
            definitions: Vec::new(),
            permissions: Arc::new(Permissions { provider: NAME.to_owned(), ..Permissions::default() }),
        };
        for tool in tools {
            let described = tool.describe();
            let uses_connection = described.uses_connection;
            let definition = described.checked()?;
            own.tools.insert(definition.name.clone(), (tool, uses_connection));
            own.definitions.push(definition);
        }
        Ok(Arc::new(own))
    }

    /// What they offer as a source of the catalog.
    ///
    /// # Errors
    ///
    /// When a schema can't be published, which is a slip in this repository.
    pub fn offered(self: &Arc<Self>) -> Result<Offered, SchemaRefusal> {
        Offered::new(Arc::clone(self) as _, &self.definitions)
    }
}

#[async_trait]
impl Provider for BuiltInTools {
    fn name(&self) -> &str {
        NAME
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    fn uses_connection(&self, tool: &ToolName) -> bool {
        self.tools.get(tool).is_some_and(|(_, uses_connection)| *uses_connection)
    }

    /// They are about connections, whatever those are to.
    fn system(&self, _tool: &ToolName) -> Option<System> {
        None
    }

    /// They change the host itself, beside the journal.
    fn is_replayable(&self) -> bool {
        false
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        match self.tools.get(tool) {
            Some((tool, _)) => tool.call(arguments, &call).await,
            None => Err(Problem::new(Code::NotFound, format!("there is no tool `{tool}`"))),
        }
    }
}

/// The schema of a tool that takes a job's id alone.
fn job_id_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"job_id": {"type": "string", "description": "What job_start answered"}},
        "required": ["job_id"],
        "additionalProperties": false
    })
}

#[derive(Deserialize)]
struct JobIdArgument {
    job_id: String,
}

fn job_id(arguments: Value) -> Result<JobId, Problem> {
    let JobIdArgument { job_id } = parsed(arguments)?;
    job_id.parse().map_err(|_| {
        Problem::new(Code::NotFound, "there is no such job").hint("send the job_id that job_start answered")
    })
}

/// The arguments as the tool's own type. They have been validated, so that this fails only where type and schema differ.
fn parsed<T: DeserializeOwned>(arguments: Value) -> Result<T, Problem> {
    serde_json::from_value(arguments).map_err(|error| Problem::new(Code::InvalidInput, error.to_string()))
}

/// Refuses who may use parts of a workspace alone what concerns all of it.
fn of_the_whole_connection(call: &Call) -> Result<(), Problem> {
    if call.principal().parts.is_everything() {
        return Ok(());
    }
    let message = "a token that is narrowed to parts of a workspace changes nothing about the connection";
    Err(Problem::new(Code::Forbidden, message).hint("use a token that isn't narrowed"))
}
