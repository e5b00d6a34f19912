//! The gate with an outside that has nothing of Notion: cells in memory, without a connection, a credential or an id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use toolbay_kernel::capability::Scope;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Egress, Keys, Named, Sent};
use toolbay_kernel::gate::{Method, Outside, Request, ResolvedRequest, Response};
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::recovery::{Probe, Recovery, Verdict};
use toolbay_kernel::run::Priority;
use toolbay_kernel::{
    Access, Answer, Call, CapabilityName, CatalogHandle, Code, Connection, Dispatcher, EffectGate, Limits,
    Permissions, Problem, Provider, ToolDefinition, ToolName,
};

use toolbay_testing::MemoryStore;

use crate::world::{call, data, refusal};

const READ: CapabilityName = CapabilityName::new(0, "cells.read");
const WRITE: CapabilityName = CapabilityName::new(1, "cells.write");

/// The outside.
#[derive(Default)]
struct Cells {
    values: Mutex<BTreeMap<String, Value>>,
    budgets: Mutex<Vec<BudgetKey>>,
    /// Whether the answer to the next write is lost.
    loses: AtomicBool,
    /// Whether what became of a write can be seen.
    shows: AtomicBool,
}

impl Cells {
    fn request(&self, name: &str, value: Value) -> ResolvedRequest {
        let (method, access, capability, target) = match &value {
            Value::Null => ("GET", Access::Reads, READ, String::new()),
            _ => ("POST", Access::Writes, WRITE, format!("cell {name}")),
        };
        let summary = WriteName { method: method.to_owned(), route: "/cells/{name}".to_owned(), target };
        let payload = Arc::new(json!([name, value]));
        let ids = vec![name.to_owned()];
        ResolvedRequest { ids, ..ResolvedRequest::new(capability, access, summary, payload) }
    }
}

#[async_trait]
impl Egress for Cells {
    fn name(&self) -> &'static str {
        "cells"
    }

    fn title(&self) -> &'static str {
        "the cells"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        match request.path.strip_prefix("/cells/") {
            Some(name) => Ok(self.request(name, request.body.unwrap_or_default())),
            None => Err(Problem::new(Code::Forbidden, "there are cells alone")),
        }
    }

    fn keys(&self, _: &ResolvedRequest, _: Option<&Connection>) -> Result<Keys, Problem> {
        Ok(Keys { budget: BudgetKey::Named("cells".to_owned()), credential: None })
    }

    async fn send(&self, request: &ResolvedRequest, credential: Option<&SecretString>, _: Instant) -> Sent {
        assert!(credential.is_none(), "it asked for none");
        let payload = request.payload::<Value>().unwrap();
        let (name, value) = (payload[0].as_str().unwrap().to_owned(), payload[1].clone());
        if !value.is_null() {
            self.values.lock().insert(name, value);
            return if self.loses.swap(false, Ordering::Relaxed) {
                Sent::Unknown(Problem::new(Code::UpstreamFailed, "The line broke."))
            } else {
                Sent::Answered(Response { status: 0, body: json!({"kept": true}).into() })
            };
        }
        let value = self.values.lock().get(&name).cloned();
        match value {
            Some(body) => Sent::Answered(Response { status: 0, body: body.into() }),
            None => Sent::Refused(Problem::new(Code::NotFound, "The cell is empty.")),
        }
    }

    fn named(&self, request: &ResolvedRequest, _: &Response) -> Named {
        Named { object: Some(format!("{} was written", request.ids[0])), ..Named::default() }
    }

    fn recovery(&self, request: &ResolvedRequest, _: OffsetDateTime, _: Option<&Problem>) -> Recovery {
        let probe = self
            .shows
            .load(Ordering::Relaxed)
            .then(|| Box::new(Filled(self.request(&request.ids[0], Value::Null))) as Box<dyn Probe>);
        Recovery { probe, since: None }
    }
}

struct Filled(ResolvedRequest);

impl Probe for Filled {
    fn look(&self) -> ResolvedRequest {
        self.0.clone()
    }

    fn judge(&self, seen: &Result<Response, Problem>, _: &dyn Fn(&str) -> bool) -> Verdict {
        seen.clone().map_or(Verdict::NotSeen, Verdict::CarriedOut)
    }
}

#[async_trait]
impl Limiter for Cells {
    async fn acquire(&self, budget: &BudgetKey, _: Priority, _: Instant) -> Result<Permit, Problem> {
        self.budgets.lock().push(budget.clone());
        Ok(Permit::unbounded())
    }

    fn pause(&self, _: &BudgetKey, _: Duration) {}
}

struct Keeper(Arc<Permissions>);

#[async_trait]
impl Provider for Keeper {
    fn name(&self) -> &str {
        "keeper"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.0
    }

    fn uses_connection(&self, _: &ToolName) -> bool {
        false
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let (egress, method) = match tool.as_str() {
            "get" => ("cells", Method::Get),
            "put" => ("cells", Method::Post),
            _ => ("elsewhere", Method::Get),
        };
        let path = format!("/cells/{}", arguments["name"].as_str().unwrap_or_default());
        let body = arguments.get("value").cloned();
        let request = Request { egress, method, path, query: Vec::new(), body, max_age: None };
        call.send(request).await.map(|response| Answer::data(response.body.value().clone()))
    }
}

fn door(cells: &Arc<Cells>) -> Dispatcher {
    let asked = [(READ, Scope::All), (WRITE, Scope::Only(vec!["POST /cells/{cell}".to_owned()]))]
        .into_iter()
        .collect();
    let granted = [READ, WRITE].into();
    let permissions = Permissions { provider: "keeper".to_owned(), asked, granted };
    let tool = |name: &str, access| ToolDefinition {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        description: "Keeps values.".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {"name": {"type": "string"}, "value": {"type": "integer"}}
        }),
        output_schema: None,
        access,
        least: access,
        idempotent: true,
        routes: Vec::new(),
        background: false,
    };
    let tools = [tool("get", Access::Reads), tool("put", Access::Writes), tool("stray", Access::Reads)];
    let catalogs = CatalogHandle::new();
    let keeper = Arc::new(Keeper(Arc::new(permissions)));
    catalogs.source().publish(vec![Offered::new(keeper, &tools).unwrap()]);
    let store = Arc::new(MemoryStore::default());
    let outside = Outside::new(cells.clone(), cells.clone());
    let gate = EffectGate::new(store.clone(), vec![outside]);
    Dispatcher::new(catalogs, store.clone(), store, gate, Limits::default())
}

#[tokio::test]
async fn the_gate_has_nothing_of_notion() {
    let cells = Arc::new(Cells::default());
    let door = door(&cells);
    let put = call(&door, "put", json!({"name": "a", "value": 1})).await;
    assert_eq!(put.done.ids, ["a", "a was written"]);
    assert_eq!(data(put)["result"], json!(null));
    assert_eq!(data(call(&door, "get", json!({"name": "a"})).await), json!({"result": 1}));
    let empty = refusal(call(&door, "get", json!({"name": "b"})).await);
    assert_eq!((empty.code, empty.message.as_str()), (Code::NotFound, "The cell is empty."));
    assert_eq!(*cells.budgets.lock(), vec![BudgetKey::Named("cells".to_owned()); 3]);
    let stray = refusal(call(&door, "stray", json!({"name": "a"})).await);
    assert_eq!(
        (stray.code, stray.message.as_str()),
        (Code::Forbidden, "there is no way to `elsewhere` here")
    );
}

#[tokio::test]
async fn what_became_of_a_write_is_asked_of_its_egress() {
    let cells = Arc::new(Cells::default());
    let door = door(&cells);
    cells.loses.store(true, Ordering::Relaxed);
    let lost = refusal(call(&door, "put", json!({"name": "a", "value": 1})).await);
    assert_eq!(lost.code, Code::OutcomeUnknown);
    assert_eq!(
        lost.message,
        "POST /cells/{name} (cell a) may or may not have been carried out: The line broke."
    );
    assert_eq!(lost.hint.as_deref(), Some("Look at the cells before you repeat it."));

    cells.shows.store(true, Ordering::Relaxed);
    cells.loses.store(true, Ordering::Relaxed);
    let found = call(&door, "put", json!({"name": "b", "value": 2})).await;
    assert_eq!((found.done.carried_out, found.done.unknown), (1, 0));
    assert_eq!(data(found), json!({"result": 2}));
}
