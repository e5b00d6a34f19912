//! MCP servers as an outside of the gate: a call of a tool is one effect.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Keys, Sent};
use toolbay_kernel::gate::{Method, Payload, Request, ResolvedRequest, Response};
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::recovery::{Probe, Recovery};
use toolbay_kernel::run::Priority;
use toolbay_kernel::traces::TraceContext;
use toolbay_kernel::{
    Access, CapabilityName, Code, Connection, ConnectionId, Egress, Problem, ProgressSink, System, ToolName,
    printable,
};

use crate::accounts::{self, Accounts};
use crate::answer;
use crate::failure::Failure;
use crate::probe::ToolProbe;
use crate::provider::{ServerProvider, ServerTool};
use crate::server::Server;

/// What the provider of a server's tools holds, and nothing else can: the way to that server.
pub const CAPABILITY: CapabilityName = CapabilityName::new(50, "upstream");

/// The egress's name in a request.
pub(crate) const NAME: &str = "upstream";

/// Calls on their way to one server at the same time.
const AT_ONCE: usize = 64;

/// Budgets above which those that nobody uses are forgotten.
const MAX_BUDGETS: usize = 1_000;

/// The servers by name, with what of their tools is published.
#[derive(Default)]
pub(crate) struct Servers {
    pub(crate) providers: Mutex<HashMap<String, Arc<ServerProvider>>>,
    /// Who hears of calls that are being sent, by a number of each.
    pub(crate) progress: Mutex<HashMap<u64, Arc<dyn ProgressSink>>>,
    /// The conversations of accounts, each with a server by its name.
    accounts: Accounts,
    slots: Mutex<HashMap<String, Arc<Semaphore>>>,
    pauses: Mutex<HashMap<String, Instant>>,
}

/// A call of a tool, as it is sent.
struct ToolCall {
    server: Arc<Server>,
    their_name: String,
    arguments: Map<String, Value>,
    progress: Option<Arc<dyn ProgressSink>>,
    /// The account that it is made with, where people have accounts there.
    account: Option<ConnectionId>,
}

impl std::fmt::Debug for ToolCall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ToolCall").field("server", &self.server.name()).finish_non_exhaustive()
    }
}

impl Payload for ToolCall {
    fn in_words(&self) -> Value {
        match self.account {
            None => json!([NAME, self.server.name(), self.their_name, self.arguments]),
            Some(account) => json!([NAME, self.server.name(), self.their_name, self.arguments, account]),
        }
    }
}

/// The request for a call of a published tool.
pub(crate) fn request(
    server: &str,
    tool: &ToolName,
    arguments: Value,
    heard: u64,
    account: Option<ConnectionId>,
) -> Request {
    Request {
        egress: NAME,
        method: Method::Post,
        path: format!("/{server}/{tool}"),
        // Not a part of what is asked: who hears of it is another one when it is asked again.
        query: [("progress".to_owned(), heard.to_string())]
            .into_iter()
            .chain(account.map(|id| ("account".to_owned(), id.to_string())))
            .collect(),
        body: Some(arguments),
        max_age: None,
    }
}

impl Servers {
    /// What bounds the requests of one budget on their way.
    pub(crate) fn slots(&self, server: &str) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(AT_ONCE));
        let mut slots = self.slots.lock();
        if slots.len() > MAX_BUDGETS {
            slots.retain(|_, slots| Arc::strong_count(slots) > 1 || slots.available_permits() < AT_ONCE);
        }
        Arc::clone(slots.entry(server.to_owned()).or_insert_with(new))
    }

    /// Ends the conversations of accounts.
    pub(crate) async fn close(&self) {
        self.accounts.close().await;
    }

    /// Ends the conversations of a server's accounts.
    pub(crate) async fn forget(&self, server: &str) {
        self.accounts.forget(server).await;
    }

    fn provider(&self, server: &str) -> Option<Arc<ServerProvider>> {
        self.providers.lock().get(server).cloned()
    }

    /// What is said of the operator's look for a write; it is read where that couldn't tell, and nowhere else.
    fn untold(&self, call: &ToolCall) -> Option<String> {
        let read = printable::line(&call.server.settings.probes.get(&call.their_name)?.read, 100);
        let before = "Look at the MCP server before you repeat it.";
        Some(match self.probe(call) {
            Some(ToolProbe { tool, .. }) => {
                format!("`{tool}` was asked whether it was, and couldn't tell. {before}")
            }
            None => format!(
                "`{read}` can't be asked whether it was: it is no tool that is published and reads, or these arguments don't fill \
                 its own. {before}"
            ),
        })
    }

    /// The look that the operator named for a write; none where its arguments can't be filled in, or where what should look is no
    /// published tool that reads.
    fn probe(&self, call: &ToolCall) -> Option<ToolProbe> {
        let settings = call.server.settings.probes.get(&call.their_name)?;
        let provider = self.provider(call.server.name())?;
        let (tool, known) =
            provider.tool_called(&settings.read).filter(|(_, tool)| tool.access == Access::Reads)?;
        let arguments = Value::Object(call.arguments.clone());
        let Value::Object(asked) = settings.arguments.fill(&arguments)? else { return None };
        Some(ToolProbe {
            tool: tool.to_string(),
            look: resolved(&provider, tool.as_str(), known, asked, None, call.account),
            wanted: settings.shows.filled(&arguments)?,
        })
    }
}

#[async_trait]
impl Egress for Servers {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "the MCP server"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        let unknown = || Problem::new(Code::NotFound, "The MCP server has no such tool any more.");
        let (server, tool) =
            request.path.strip_prefix('/').and_then(|path| path.split_once('/')).ok_or_else(unknown)?;
        let provider = self.provider(server).ok_or_else(unknown)?;
        let known = provider.tool(tool).ok_or_else(unknown)?;
        let Some(Value::Object(arguments)) = request.body else {
            return Err(Problem::new(Code::InvalidInput, "A tool's arguments are an object."));
        };
        let beside =
            |name: &str| request.query.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        let account = beside("account").and_then(|id| id.parse().ok());
        let heard = beside("progress").and_then(|number| number.parse().ok());
        let progress = heard.and_then(|number: u64| self.progress.lock().get(&number).cloned());
        Ok(resolved(&provider, tool, known, arguments, progress, account))
    }

    /// Only a write that can be looked for: of another one a journal can't be told more than it has.
    fn recalled(&self, words: &Value) -> Option<ResolvedRequest> {
        let (told, account) = match words.as_array()?.as_slice() {
            [told @ .., Value::String(account)] if told.len() == 4 => (told, Some(account.parse().ok()?)),
            told => (told, None),
        };
        let [egress, server, their_name, Value::Object(arguments)] = told else { return None };
        if egress.as_str() != Some(NAME) {
            return None;
        }
        let provider = self.provider(server.as_str()?)?;
        let their_name = their_name.as_str()?;
        provider.server.settings.probes.get(their_name)?;
        let (tool, known) =
            provider.tool_called(their_name).filter(|(_, tool)| tool.access != Access::Reads)?;
        Some(resolved(&provider, tool.as_str(), known, arguments.clone(), None, account))
    }

    fn recovery(
        &self,
        request: &ResolvedRequest,
        _sent_at: OffsetDateTime,
        _said: Option<&Problem>,
    ) -> Recovery {
        let probe = request.payload::<ToolCall>().and_then(|call| self.probe(call));
        Recovery { probe: probe.map(|probe| Box::new(probe) as Box<dyn Probe>), since: None }
    }

    fn keys(&self, request: &ResolvedRequest, connection: Option<&Connection>) -> Result<Keys, Problem> {
        let Some(call) = request.payload::<ToolCall>() else {
            return Err(Problem::new(Code::Failed, "The request is not one to an MCP server."));
        };
        let credential = match call.server.settings.oauth() {
            None => None,
            Some(oauth) => {
                let system = System::Upstream(call.server.settings.name.clone());
                let own = connection.filter(|own| own.system == system && Some(own.id) == call.account);
                Some(own.ok_or_else(|| accounts::missing(call.server.name(), oauth))?.id)
            }
        };
        // What a server asks one account to wait for is no other account's.
        let budget = match credential {
            Some(account) => format!("{}/{account}", call.server.name()),
            None => call.server.name().to_owned(),
        };
        Ok(Keys { budget: BudgetKey::Named(budget), credential })
    }

    async fn send(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
    ) -> Sent {
        self.call(request, credential, deadline, None).await
    }

    async fn send_traced(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
        trace: &TraceContext,
    ) -> Sent {
        self.call(request, credential, deadline, Some(trace)).await
    }
}

impl Servers {
    /// Calls a tool. The server is told which trace that belongs to.
    async fn call(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
        trace: Option<&TraceContext>,
    ) -> Sent {
        let Some(call) = request.payload::<ToolCall>() else {
            return Sent::Refused(Problem::new(Code::Failed, "The request is not one to an MCP server."));
        };
        let ToolCall { server, their_name, arguments, progress, account } = call;
        let server = &match account {
            Some(account) => self.accounts.server(server, *account, credential),
            None => Arc::clone(server),
        };
        match server.call(their_name, arguments.clone(), progress.clone(), trace, deadline).await {
            // The tool itself says that it failed; what it did before that, it knows alone.
            Ok(result) if result.is_error == Some(true) => {
                Sent::Refused(answer::failed(server.name(), &result))
            }
            Ok(result) => match serde_json::to_value(&result) {
                Ok(body) => Sent::Answered(Response { status: 200, body: body.into() }),
                Err(error) => Sent::Unknown(problem(server.name(), &Failure::Lost(error.to_string()))),
            },
            Err(Failure::Unauthorized) if account.is_some() => {
                if let Some(credential) = credential {
                    server.bearer.refused(credential);
                }
                Sent::Unauthorized(match server.settings.oauth() {
                    Some(oauth) => accounts::refused(server.name(), oauth),
                    None => problem(server.name(), &Failure::Unauthorized),
                })
            }
            Err(failure) => match of(server.name(), &failure, request.writes()) {
                Sent::Unknown(problem) if request.writes() => Sent::Unknown(match self.untold(call) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                }),
                sent => sent,
            },
        }
    }
}

/// A call of a published tool, as the gate knows it.
fn resolved(
    provider: &ServerProvider,
    tool: &str,
    known: &ServerTool,
    arguments: Map<String, Value>,
    progress: Option<Arc<dyn ProgressSink>>,
    account: Option<ConnectionId>,
) -> ResolvedRequest {
    let server = provider.server.name();
    let target = match known.access {
        Access::Reads => String::new(),
        _ => format!("`{}` of {server}", printable::line(&known.their_name, 100)),
    };
    let summary = WriteName { method: "tools/call".to_owned(), route: format!("{server}/{tool}"), target };
    let their_name = known.their_name.clone();
    let call = ToolCall { server: Arc::clone(&provider.server), their_name, arguments, progress, account };
    // Whatever a server says of its tools, what may have been done isn't sent a second time.
    ResolvedRequest::new(CAPABILITY, known.access, summary, Arc::new(call))
}

fn of(server: &str, failure: &Failure, writes: bool) -> Sent {
    let problem = problem(server, failure);
    match failure {
        Failure::Away { again_in, .. } if again_in.is_zero() => Sent::NotSent(problem),
        Failure::Wrong(_) if writes => Sent::Unknown(problem),
        Failure::Wrong(_) => Sent::Refused(problem),
        Failure::Away { .. }
        | Failure::Refused(_)
        | Failure::Unauthorized
        | Failure::Forbidden
        | Failure::NoAccount => Sent::Refused(problem),
        // What it may have done all the same isn't sent a second time.
        Failure::Busy { wait } => Sent::Busy { wait: *wait, problem, retryable: !writes },
        Failure::Lost(_) => Sent::Unknown(problem),
    }
}

fn problem(server: &str, failure: &Failure) -> Problem {
    let message = format!("The MCP server `{server}`: {failure}.");
    match failure {
        Failure::Away { again_in, .. } => {
            let seconds = again_in.as_secs().max(1);
            Problem::new(Code::Unavailable, format!("The MCP server `{server}` is away: {failure}."))
                .hint(format!("Ask again in {seconds} s. The host's log says more (upstream.away)."))
                .details(json!({ "retry_after_seconds": seconds }))
        }
        Failure::Refused(_) | Failure::Wrong(_) => Problem::new(Code::InvalidInput, message)
            .hint("Compare the arguments with the tool's input schema."),
        Failure::Forbidden | Failure::NoAccount => Problem::new(Code::Forbidden, message)
            .hint("Whoever runs that server, or the account's owner there, can allow it."),
        Failure::Unauthorized => Problem::new(Code::Forbidden, message)
            .hint(format!("An operator can give it a credential: `headers` of [upstreams.{server}].")),
        Failure::Busy { wait } => busy(message, *wait),
        Failure::Lost(_) => Problem::new(Code::UpstreamFailed, message),
    }
}

fn busy(message: String, wait: Duration) -> Problem {
    let seconds = wait.as_secs().max(1);
    Problem::new(Code::RateLimited, message)
        .hint(format!("Ask again in {seconds} s."))
        .details(json!({ "retry_after_seconds": seconds }))
}

/// As many calls at once as a server gets, and none before the time that it asked for.
#[async_trait]
impl Limiter for Servers {
    async fn acquire(
        &self,
        budget: &BudgetKey,
        _priority: Priority,
        deadline: Instant,
    ) -> Result<Permit, Problem> {
        let BudgetKey::Named(named) = budget else { return Ok(Permit::unbounded()) };
        let server = named.split('/').next().unwrap_or(named);
        let full = || {
            let message = format!("The MCP server `{server}` has as many calls as it gets.");
            busy(message, Duration::from_secs(1))
        };
        let paused = self.pauses.lock().get(named).copied();
        if let Some(until) = paused.filter(|until| *until > Instant::now()) {
            if until >= deadline {
                let wait = until.saturating_duration_since(Instant::now());
                return Err(problem(server, &Failure::Busy { wait }));
            }
            tokio::time::sleep_until(until.into()).await;
        }
        // Before anything is recorded: what waits for a connection hasn't been sent. That of an account needs its credential first.
        if let Some(provider) = self.provider(server).filter(|own| own.server.settings.oauth().is_none()) {
            provider.server.begin(deadline).await.map_err(|failure| problem(server, &failure))?;
        }
        let slot = tokio::time::timeout_at(deadline.into(), self.slots(named).acquire_owned()).await;
        // The semaphore is never closed.
        slot.ok().and_then(Result::ok).map(Permit::holding).ok_or_else(full)
    }

    fn pause(&self, budget: &BudgetKey, wait: Duration) {
        if let BudgetKey::Named(server) = budget {
            let (mut pauses, now) = (self.pauses.lock(), Instant::now());
            pauses.retain(|_, until| *until > now);
            pauses.insert(server.clone(), now + wait);
        }
    }
}
