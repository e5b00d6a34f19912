//! A call while it runs: who, what, on which connection, until when, and its way to the door and the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::audit::MOST_TOUCHED;
use crate::capability::Permissions;
use crate::dispatcher::{Dispatcher, Invocation, Outcome, Place};
use crate::gate::{NotionRequest, NotionResponse};
use crate::id::CallId;
use crate::name::ToolName;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::tool::Effect;

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// MCP over HTTP or stdio.
    Mcp,
    /// REST.
    Rest,
    /// The console.
    Console,
    /// The chat.
    Chat,
    /// The command line.
    CommandLine,
    /// Another tool.
    Tool,
}

impl Surface {
    /// The surface as word, such as `command_line`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Rest => "rest",
            Self::Console => "console",
            Self::Chat => "chat",
            Self::CommandLine => "command_line",
            Self::Tool => "tool",
        }
    }
}

/// How much a line of a tool's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

/// Who wants to hear of a call while it runs. Nothing here may block.
pub trait Listener: Send + Sync {
    /// The tool says how far it is.
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>);

    /// The tool says something. The text has been bounded and freed of control characters.
    fn log(&self, level: LogLevel, message: &str);
}

/// A listener that doesn't listen.
pub struct Silent;

impl Listener for Silent {
    fn progress(&self, _done: u64, _total: Option<u64>, _message: Option<&str>) {}
    fn log(&self, _level: LogLevel, _message: &str) {}
}

/// What a call shares with the calls that it makes: one budget, one deadline, one way to stop.
pub(crate) struct Budget {
    pub(crate) deadline: Instant,
    pub(crate) cancel: CancellationToken,
    pub(crate) effects: AtomicU32,
    pub(crate) most_effects: u32,
}

/// One run of one tool.
pub struct Call {
    pub(crate) id: CallId,
    pub(crate) tool: ToolName,
    pub(crate) effect: Effect,
    pub(crate) principal: Arc<Principal>,
    pub(crate) connection: Option<Connection>,
    pub(crate) permissions: Arc<Permissions>,
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) nesting: u8,
    pub(crate) touched: Mutex<Vec<String>>,
    pub(crate) door: Dispatcher,
    /// Held until the call has ended, also when its caller didn't wait.
    pub(crate) _place: Option<Place>,
}

impl Call {
    /// The call's id, which is also the request id that the caller reads.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &ToolName {
        &self.tool
    }

    /// Who called.
    #[must_use]
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The connection that the call works on.
    ///
    /// # Errors
    ///
    /// `invalid_input` when the tool runs without one.
    pub fn connection(&self) -> Result<&Connection, Problem> {
        self.connection.as_ref().ok_or_else(|| {
            Problem::new(Code::InvalidInput, "this call has no Notion connection")
                .hint("set NOTION_TOKEN, or add a connection: toolbay connection add")
        })
    }

    /// The connection, if there is one.
    #[must_use]
    pub fn connection_if_any(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// The connections that the caller may use, by name.
    ///
    /// # Errors
    ///
    /// When the store can't be reached.
    pub async fn connections(&self) -> Result<Vec<Connection>, Problem> {
        let all = self.door.connections().connections().await?;
        let own = all.iter().filter(|connection| self.principal.connections.contains(&connection.id));
        Ok(own.cloned().collect())
    }

    /// What the provider may do.
    #[must_use]
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// When the host stops waiting.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.budget.deadline
    }

    /// The time that is left.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.budget.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether the caller has gone or asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.budget.cancel.is_cancelled()
    }

    /// Who wants to hear how it goes.
    #[must_use]
    pub fn listener(&self) -> &dyn Listener {
        self.listener.as_ref()
    }

    /// Sends a request to Notion, through the gate.
    ///
    /// # Errors
    ///
    /// Those of [`EffectGate::send`](crate::EffectGate::send).
    pub async fn send(&self, request: NotionRequest) -> Result<NotionResponse, Problem> {
        self.door.gate().send(self, request).await
    }

    /// Calls another tool, through the door, with this call's identity, connection and budget.
    ///
    /// # Errors
    ///
    /// `forbidden` when the provider may not call that tool, and whatever the tool answers.
    pub async fn invoke(self: &Arc<Self>, tool: &str, arguments: Value) -> Result<Value, Problem> {
        self.permissions.check_tool(tool)?;
        self.door.call_from(self, tool, arguments).await.into_data()
    }

    /// Whether the tool may do something this strong: what it declares is what callers and operators go by.
    ///
    /// # Errors
    ///
    /// `forbidden` when it declares less.
    pub(crate) fn check_effect(&self, effect: Effect, what: &str) -> Result<(), Problem> {
        if effect <= self.effect {
            return Ok(());
        }
        let message = format!(
            "`{}` declares that it {}, and {what} {}",
            self.tool,
            self.effect.as_str(),
            effect.as_str()
        );
        Err(Problem::new(Code::Forbidden, message)
            .hint("its author must declare the strongest thing that it does"))
    }

    pub(crate) fn spend_effect(&self) -> Result<(), Problem> {
        let most = self.budget.most_effects;
        if self.budget.effects.fetch_add(1, Ordering::Relaxed) < most {
            return Ok(());
        }
        Err(Problem::new(Code::LimitExceeded, format!("one call may make {most} requests"))
            .hint("ask for less at once, and go on with a second call"))
    }

    pub(crate) fn touch<'a>(&self, ids: impl Iterator<Item = &'a str>) {
        let mut touched = self.touched.lock();
        for id in ids {
            if touched.len() < MOST_TOUCHED && !touched.iter().any(|known| known == id) {
                touched.push(id.chars().take(64).collect());
            }
        }
    }
}

impl Outcome {
    fn into_data(self) -> Result<Value, Problem> {
        self.result.map(|answer| answer.data.unwrap_or(Value::Null))
    }
}

impl Invocation {
    /// An invocation without connection, key or listener.
    #[must_use]
    pub fn new(
        tool: impl Into<String>,
        arguments: Value,
        principal: Arc<Principal>,
        surface: Surface,
    ) -> Self {
        Self {
            tool: tool.into(),
            arguments,
            principal,
            surface,
            listener: Arc::new(Silent),
            cancel: CancellationToken::new(),
        }
    }
}
