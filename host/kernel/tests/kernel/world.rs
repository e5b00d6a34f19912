//! A world small enough to see all of: ports in memory, and a provider whose tools do what a test needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolbay_kernel::capability::Scope;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::check::Question;
use toolbay_kernel::gate::{Method, Outside, Request, Response, SETTLE_TIME};
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{
    Access, Answer, Call, CapabilityName, CatalogHandle, Code, Dispatcher, EffectGate, Invocation, Limits,
    Outcome, Parts, Permissions, Principal, PrincipalId, Problem, Provider, Surface, ToolDefinition,
    ToolName,
};
use toolbay_testing::{MemoryStore, OpenLimiter, ScriptedEgress};

const READ: CapabilityName = ScriptedEgress::READ;
const WRITE: CapabilityName = ScriptedEgress::WRITE;

#[derive(Default)]
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) egress: Arc<ScriptedEgress>,
    pub(crate) limiter: Arc<OpenLimiter>,
    /// How often something was changed other than through the gate.
    pub(crate) acted: AtomicU64,
}

impl World {
    pub(crate) fn with_connections(names: &[&str]) -> Arc<Self> {
        let store = MemoryStore::with_connections(names);
        *store.credential.lock() = Some("ntn_canary".to_owned());
        let store = Arc::new(store);
        Arc::new(Self { egress: ScriptedEgress::beside(&store), store, ..Self::default() })
    }

    pub(crate) fn catalogs(self: &Arc<Self>) -> CatalogHandle {
        let provider: Arc<dyn Provider> = Arc::new(Actor::new());
        let catalogs = CatalogHandle::new();
        let (through, around) =
            definitions().into_iter().partition::<Vec<_>, _>(|tool| tool.name.as_str() != "act");
        let outsider = Offered::new(Arc::new(Outsider::new(self)), &around).unwrap();
        catalogs.source().publish(vec![Offered::new(provider, &through).unwrap(), outsider]);
        catalogs
    }

    pub(crate) fn door(self: &Arc<Self>, limits: Limits) -> Dispatcher {
        self.settling_door(limits, SETTLE_TIME)
    }

    /// Nobody has the runs that are open: whoever had them is gone.
    pub(crate) fn host_is_gone(&self) {
        for run in self.store.runs.lock().values_mut() {
            run.is_held = false;
        }
    }

    /// A door behind which a write may still be carried out for this time after it was sent.
    pub(crate) fn settling_door(self: &Arc<Self>, limits: Limits, settle_time: Duration) -> Dispatcher {
        let outside = Outside::new(self.egress.clone(), self.limiter.clone());
        let gate = EffectGate::new(self.store.clone(), vec![outside]).settling_in(settle_time);
        Dispatcher::new(self.catalogs(), self.store.clone(), self.store.clone(), gate, limits)
    }
}

pub(crate) fn principal() -> Principal {
    Principal {
        id: PrincipalId::of_environment("tester"),
        name: "tester".to_owned(),
        kind: PrincipalKind::Token,
        tools: Allowed::All,
        connections: Allowed::All,
        strongest: Access::Destroys,
        default_connection: None,
        shown: Allowed::All,
        may_ask_for: None,
        parts: Parts::everything(),
        uses_shared: true,
        administers: false,
        rates: Rates::default(),
    }
}

pub(crate) async fn call(door: &Dispatcher, tool: &str, arguments: Value) -> Outcome {
    call_as(door, principal(), tool, arguments).await
}

pub(crate) async fn call_as(
    door: &Dispatcher,
    principal: Principal,
    tool: &str,
    arguments: Value,
) -> Outcome {
    door.call(Invocation::new(tool, arguments, Arc::new(principal), Surface::Rest)).await
}

pub(crate) fn data(outcome: Outcome) -> Value {
    outcome.result.unwrap().data.unwrap()
}

pub(crate) fn refusal(outcome: Outcome) -> Problem {
    outcome.result.unwrap_err()
}

/// The provider: its tools are named for what they do.
struct Actor {
    permissions: Arc<Permissions>,
}

impl Actor {
    fn new() -> Self {
        let tools = [
            "echo",
            "nest",
            "either",
            "write",
            "careful",
            "delegate",
            "read",
            "writes_through",
            "act",
            "acts",
        ];
        let tools = Scope::Only(tools.map(str::to_owned).into());
        let asked = [(READ, Scope::All), (WRITE, Scope::All), (CapabilityName::TOOLS_CALL, tools)];
        let asked = asked.into_iter().collect();
        let granted = [READ, WRITE, CapabilityName::TOOLS_CALL].into();
        Self { permissions: Arc::new(Permissions { provider: "actor".to_owned(), asked, granted }) }
    }
}

#[async_trait]
impl Provider for Actor {
    fn name(&self) -> &str {
        "actor"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    /// As of a tool of which only its server says that it reads.
    fn is_known_to_read(&self, tool: &ToolName) -> bool {
        tool.as_str() != "list"
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        match tool.as_str() {
            "echo" => Ok(Answer::data(arguments)),
            "list" => Ok(Answer::data(json!(["a", "b"]))),
            "declared" => Ok(Answer::data(arguments)),
            "read" => {
                if arguments["text"] == "keep" {
                    call.before_write().await?;
                }
                let page = call.send(request(Method::Get, "/v1/pages/x")).await?;
                Ok(Answer::data(page.body.value().clone()))
            }
            "schema" => {
                let mut request = request(Method::Get, "/v1/data_sources/x");
                request.max_age = arguments["count"].as_u64().map(Duration::from_secs);
                call.send(request).await.map(|r| Answer::data(r.body.value().clone()))
            }
            "change_schema" => call
                .send(request(Method::Patch, "/v1/data_sources/x"))
                .await
                .map(|r| Answer::data(r.body.value().clone())),
            "either" if arguments["mode"] != "fast" => call
                .send(request(Method::Get, "/v1/pages/x"))
                .await
                .map(|r| Answer::data(r.body.value().clone())),
            "write" | "destroy" | "either" => call
                .send(request(Method::Post, "/v1/pages"))
                .await
                .map(|r| Answer::data(r.body.value().clone())),
            // As bulk does: each write has its own result, whatever becomes of the others.
            "writes" => {
                let count = arguments["count"].as_u64().unwrap_or(1);
                let mut codes = Vec::new();
                for _ in 0..count {
                    let answer = call.send(request(Method::Post, "/v1/pages")).await;
                    codes.push(answer.map_or_else(|problem| problem.code.as_str(), |_| "ok"));
                }
                Ok(Answer::data(json!({"codes": codes})))
            }
            // As one that gives up at the first problem, in its own words, and may quote its arguments.
            "gives_up" => {
                for _ in 0..arguments["count"].as_u64().unwrap_or(1) {
                    let answer = call.send(request(Method::Post, "/v1/pages")).await;
                    answer.map_err(|_| Problem::new(Code::Failed, format!("it went wrong: {arguments}")))?;
                }
                Err(Problem::new(Code::InvalidInput, format!("can't be: {arguments}"))
                    .hint("ask for less at once"))
            }
            "runs_on" => {
                for _ in 0..arguments["count"].as_u64().unwrap_or(1) {
                    call.send(request(Method::Post, "/v1/pages")).await?;
                }
                std::future::pending().await
            }
            "passes_on" => {
                let arguments = arguments["body"].clone();
                call.invoke("writes_through".to_owned(), arguments).await.map(Answer::data)
            }
            "writes_through" => {
                for _ in 0..arguments["count"].as_u64().unwrap_or(1) {
                    call.send(request(Method::Post, "/v1/pages")).await?;
                }
                Ok(Answer::data(json!({"ok": true})))
            }
            // Whatever becomes of what it tries, it says that all is well.
            "hides" => {
                let _refused = call.invoke("write".to_owned(), json!({})).await;
                let _refused = call.send(request(Method::Post, "/v1/pages")).await;
                Ok(Answer::data(json!({"ok": true})))
            }
            "nest" => call.invoke("nest".to_owned(), json!({})).await.map(Answer::data),
            "lie" => call
                .send(request(Method::Post, "/v1/pages"))
                .await
                .map(|r| Answer::data(r.body.value().clone())),
            "pretend" => {
                let tool = arguments["text"].as_str().unwrap_or("write").to_owned();
                let arguments = arguments.get("body").cloned().unwrap_or_else(|| json!({}));
                call.invoke(tool, arguments).await.map(Answer::data)
            }
            "check" => {
                let extent = serde_json::from_value(arguments["body"]["extent"].clone()).unwrap();
                let open = serde_json::from_value(arguments["body"]["open"].clone()).unwrap();
                let tool = arguments["body"]["tool"].as_str().unwrap().to_owned();
                let question =
                    Question { tool, arguments: arguments["body"]["arguments"].clone(), open, extent };
                let checked = call.check(question).await?;
                if arguments["text"] == "and write" {
                    call.send(request(Method::Post, "/v1/pages")).await?;
                }
                Ok(Answer::data(json!(checked)))
            }
            // Reads, finds fault with what it reads or is given, and writes; then it would tell the caller.
            "careful" => {
                if arguments["text"] == "wrong" {
                    return Err(Problem::new(Code::InvalidInput, "wrong text"));
                }
                let page = call.send(request(Method::Get, "/v1/pages/x")).await?;
                if arguments["text"] == "trashed" {
                    return Err(Problem::new(Code::Conflict, "the page is in the trash"));
                }
                let written = call.send(request(Method::Post, "/v1/pages")).await;
                call.progress().progress(1, None, None);
                written.map(|_| Answer::data(page.body.value().clone()))
            }
            "delegate" => {
                let answer = call.invoke("write".to_owned(), json!({})).await;
                answer.map(Answer::data)
            }
            "acts" => call.invoke("act".to_owned(), json!({})).await.map(Answer::data),
            "reach" => call.invoke("destroy".to_owned(), json!({})).await.map(Answer::data),
            "flood" => loop {
                call.send(request(Method::Get, "/v1/pages/x")).await?;
            },
            "steps" => {
                for _ in 1..arguments["count"].as_u64().unwrap_or(1) {
                    call.send(request(Method::Get, "/v1/pages/x")).await?;
                }
                let read = call.send(request(Method::Get, "/v1/pages/x")).await;
                let create = call.send(request(Method::Post, "/v1/pages")).await;
                let change = call.send(request(Method::Patch, "/v1/data_sources/x")).await;
                let code = |answer: Result<Response, Problem>| {
                    answer.map_or_else(|problem| problem.code.as_str(), |_| "ok")
                };
                let codes = [read, create, change].map(code);
                Ok(Answer::data(json!({"codes": codes})))
            }
            "sleep" => {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
                Ok(Answer::default())
            }
            "panic" => panic!("a provider's bug"),
            "large" => Ok(Answer::data(json!({"text": "x".repeat(5 << 20)}))),
            _ => Err(Problem::new(Code::NotFound, "no such tool")),
        }
    }
}

/// A provider as the host's own: it changes something, and not through the gate.
struct Outsider {
    permissions: Arc<Permissions>,
    world: Arc<World>,
}

impl Outsider {
    fn new(world: &Arc<World>) -> Self {
        Self { permissions: Arc::default(), world: Arc::clone(world) }
    }
}

#[async_trait]
impl Provider for Outsider {
    fn name(&self) -> &str {
        "outsider"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    fn is_replayable(&self) -> bool {
        false
    }

    async fn call(&self, _tool: &ToolName, _arguments: Value, _call: Arc<Call>) -> Result<Answer, Problem> {
        self.world.acted.fetch_add(1, Ordering::Relaxed);
        Ok(Answer::data(json!({"acted": true})))
    }
}

fn request(method: Method, path: &str) -> Request {
    ScriptedEgress::request(method, path)
}

fn definitions() -> Vec<ToolDefinition> {
    let tool = |name: &str, access| ToolDefinition {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        description: format!("Does what a test needs: {name}."),
        input_schema: json!({
            "type": "object",
            "properties": {
                "count": {"type": "integer"},
                "body": {"type": "object"},
                "mode": {"enum": ["fast", "safe"]},
                "text": {"type": ["string", "null"]}
            },
            "additionalProperties": false
        }),
        output_schema: None,
        access,
        least: access,
        idempotent: false,
        routes: Vec::new(),
        background: false,
    };
    let mut tools: Vec<ToolDefinition> = [
        "echo", "list", "declared", "read", "nest", "reach", "lie", "pretend", "flood", "sleep", "panic",
        "large",
    ]
    .into_iter()
    .map(|name| tool(name, Access::Reads))
    .collect();
    tools.push(tool("schema", Access::Reads));
    tools.push(tool("change_schema", Access::Writes));
    for name in ["write", "writes", "gives_up", "runs_on", "passes_on", "writes_through"] {
        tools.push(tool(name, Access::Writes));
    }
    tools.push(tool("steps", Access::Writes));
    for name in ["check", "careful", "delegate", "act", "acts"] {
        tools.push(tool(name, Access::Writes));
    }
    tools.push(tool("destroy", Access::Destroys));
    // Reads, or writes in a hurry.
    tools.push(ToolDefinition { least: Access::Reads, ..tool("either", Access::Writes) });
    tools.push(ToolDefinition { least: Access::Reads, ..tool("hides", Access::Writes) });
    for tool in &mut tools {
        if tool.name.as_str() == "declared" {
            tool.output_schema = Some(json!({
                "type": "object",
                "properties": {"count": {"type": "integer"}, "text": {"type": ["string", "null"]}},
                "required": ["count"]
            }));
        }
    }
    tools
}
