//! What runs the tools of one server: each call is one effect, through the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use rmcp::model::CallToolResult;
use serde_json::Value;
use toolbay_kernel::capability::Scope;
use toolbay_kernel::{
    Access, Answer, Call, Code, Permissions, Problem, ProgressSink, Provider, System, ToolName,
};

use crate::accounts;
use crate::answer;
use crate::egress::{CAPABILITY, Servers, request};
use crate::server::Server;

/// A published tool, as far as a call of it needs.
pub(crate) struct ServerTool {
    pub(crate) their_name: String,
    pub(crate) access: Access,
}

/// The provider of one server's tools.
pub(crate) struct ServerProvider {
    pub(crate) server: Arc<Server>,
    servers: Arc<Servers>,
    tools: BTreeMap<ToolName, ServerTool>,
    permissions: Arc<Permissions>,
}

impl ServerProvider {
    pub(crate) fn new(
        server: Arc<Server>,
        servers: Arc<Servers>,
        tools: BTreeMap<ToolName, ServerTool>,
    ) -> Self {
        let permissions = Permissions {
            provider: server.name().to_owned(),
            asked: [(CAPABILITY, Scope::All)].into_iter().collect(),
            granted: BTreeSet::from([CAPABILITY]),
        };
        Self { server, servers, tools, permissions: Arc::new(permissions) }
    }

    /// What a tool is called here that its server calls so.
    pub(crate) fn name_of(&self, their_name: &str) -> Option<ToolName> {
        self.tools.iter().find(|(_, tool)| tool.their_name == their_name).map(|(name, _)| name.clone())
    }

    pub(crate) fn tool(&self, name: &str) -> Option<&ServerTool> {
        self.tools.get(name)
    }

    /// A published tool by its server's name for it.
    pub(crate) fn tool_called(&self, their_name: &str) -> Option<(&ToolName, &ServerTool)> {
        self.tools.iter().find(|(_, tool)| tool.their_name == their_name)
    }
}

/// Somebody who hears of a call, as long as it is being sent.
struct Heard<'a> {
    servers: &'a Servers,
    number: u64,
}

impl<'a> Heard<'a> {
    fn add(servers: &'a Servers, call: &Arc<Call>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        servers.progress.lock().insert(number, Arc::new(OfCall(Arc::clone(call))));
        Self { servers, number }
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.servers.progress.lock().remove(&self.number);
    }
}

/// The sink of a call.
struct OfCall(Arc<Call>);

impl ProgressSink for OfCall {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        self.0.progress().progress(done, total, message);
    }

    fn log(&self, level: toolbay_kernel::progress::LogLevel, message: &str) {
        self.0.progress().log(level, message);
    }
}

#[async_trait]
impl Provider for ServerProvider {
    fn name(&self) -> &str {
        self.server.name()
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    /// What a server works on is its own, but where people have accounts there.
    fn uses_connection(&self, _tool: &ToolName) -> bool {
        self.server.settings.oauth().is_some()
    }

    /// Without accounts it is the operator's credential that every call is made with.
    fn is_shared(&self, _tool: &ToolName) -> bool {
        self.server.settings.oauth().is_none()
    }

    /// A server's own word that a tool reads isn't known to be true: what the operator says of it is.
    fn is_known_to_read(&self, tool: &ToolName) -> bool {
        let reads = &self.server.settings.reads;
        self.tools.get(tool).is_some_and(|tool| reads.contains(&tool.their_name))
    }

    fn system(&self, _tool: &ToolName) -> Option<System> {
        Some(System::Upstream(self.server.settings.name.clone()))
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let heard = Heard::add(&self.servers, &call);
        let account = match self.server.settings.oauth() {
            Some(oauth) => {
                let own = call.connection_if_any().map(|connection| connection.id);
                Some(own.ok_or_else(|| accounts::missing(self.server.name(), oauth))?)
            }
            None => None,
        };
        let request = request(self.server.name(), tool, arguments, heard.number, account);
        let answer = call.send(request).await?;
        call.progress().answered(answer.body.text());
        let result: CallToolResult = serde_json::from_str(answer.body.text()).map_err(|error| {
            Problem::new(
                Code::UpstreamFailed,
                format!("The answer of the MCP server can't be read: {error}."),
            )
        })?;
        Ok(answer::of(result))
    }
}
