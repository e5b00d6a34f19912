//! A gateway with a small provider, and requests to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use toolbay_gateway::{Edge, EdgeSettings, Gateway, GatewaySettings};
use toolbay_kernel::answer::{Answer, Content};
use toolbay_kernel::catalog::{Offered, Source};
use toolbay_kernel::connecting::{ConnectingSettings, LIFETIME, People};
use toolbay_kernel::ports::{Ground, Principals, StoreError, StoreErrorKind};
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::provider::Provider;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{
    Access, Activity, Call, Capabilities, CatalogHandle, Code, Connecting, Connection, ConnectionId,
    Dispatcher, EffectGate, Limits, Parts, Permissions, Principal, PrincipalId, Problem, Profile, Profiles,
    System, ToolDefinition, ToolName,
};
use toolbay_testing::{MemoryStore, NobodySignsIn};

/// The token of the operator, who may do everything.
pub(crate) const OPERATOR: &str = "operator-token";

/// The token of somebody who may read, on one connection.
pub(crate) const READER: &str = "reader-token";

/// What stands behind every port.
pub(crate) struct World {
    operator: Arc<Principal>,
    reader: Arc<Principal>,
    /// Whether the reader's token was revoked.
    pub(crate) is_revoked: AtomicBool,
    pub(crate) store: Arc<MemoryStore>,
}

impl World {
    fn new() -> Self {
        let connection = |name: &str| Connection {
            id: ConnectionId::of_environment(name),
            name: name.to_owned(),
            workspace_name: (name == "acme").then(|| "Acme Inc.".to_owned()),
            system: System::Notion,
        };
        let reader = Principal {
            id: PrincipalId::of_environment("reader"),
            name: "reader".to_owned(),
            kind: PrincipalKind::Token,
            tools: Allowed::All,
            connections: Allowed::Only([ConnectionId::of_environment("acme")].into()),
            strongest: Access::Reads,
            default_connection: None,
            shown: Allowed::All,
            may_ask_for: None,
            parts: Parts::everything(),
            uses_shared: true,
            administers: false,
            rates: Rates::default(),
        };
        let store = MemoryStore::default();
        *store.connections.lock() = vec![connection("acme"), connection("globex")];
        Self {
            operator: Arc::new(Principal::operator()),
            reader: Arc::new(reader),
            is_revoked: AtomicBool::new(false),
            store: Arc::new(store),
        }
    }
}

#[async_trait]
impl Principals for World {
    async fn authenticate(&self, token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(match token.expose_secret() {
            OPERATOR => Some(Arc::clone(&self.operator)),
            READER => Some(Arc::clone(&self.reader)),
            "broken-store" => {
                return Err(StoreError::new(StoreErrorKind::Unreachable, "secret-address:5432 refused"));
            }
            _ => None,
        })
    }

    async fn principal(&self, id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError> {
        let is_there = |principal: &&Arc<Principal>| {
            principal.id == id && !(id == self.reader.id && self.is_revoked.load(Ordering::Relaxed))
        };
        Ok([&self.operator, &self.reader].into_iter().find(is_there).cloned())
    }
}

#[async_trait]
impl Ground for World {
    async fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Nobody connects here.
fn connecting(world: &Arc<World>) -> Connecting {
    let settings = ConnectingSettings {
        public_url: "https://tools.example.com".parse().unwrap(),
        return_origins: Vec::new(),
        people: People::Nobody,
        lifetime: LIFETIME,
        returns: BTreeMap::new(),
    };
    let store = || world.store.clone();
    Connecting::new(BTreeMap::new(), store(), store(), world.clone(), store(), settings)
}

/// Tools that show every way in which the surfaces treat a tool.
pub(crate) struct Samples {
    permissions: Arc<Permissions>,
    /// Notified when `wait` has begun, and when its call has been given up.
    pub(crate) waiting: Notify,
    pub(crate) given_up: Notify,
}

impl Samples {
    fn new() -> Self {
        let permissions = Permissions {
            provider: "samples".to_owned(),
            asked: Capabilities::default(),
            granted: [].into(),
        };
        Self { permissions: Arc::new(permissions), waiting: Notify::new(), given_up: Notify::new() }
    }
}

struct GivenUp<'a>(&'a Notify);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Provider for Samples {
    fn name(&self) -> &str {
        "samples"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    async fn call(&self, tool: &ToolName, arguments: Value, _call: Arc<Call>) -> Result<Answer, Problem> {
        match tool.as_str() {
            "add" => {
                // JSON Schema counts 1.0 as an integer.
                let number = |name: &str| arguments[name].as_f64().unwrap() as i64;
                Ok(Answer::data(json!({"sum": number("a") + number("b")})))
            }
            "picture" => Ok(Answer {
                data: None,
                content: vec![
                    Content::Text("a dot".to_owned()),
                    Content::Image { mime_type: "image/png".parse().unwrap(), data: vec![1, 2, 3] },
                ],
            }),
            "refuse" => {
                let code: Code = serde_json::from_value(arguments["code"].clone()).unwrap();
                Err(Problem::new(code, "as you asked").hint("ask for something else"))
            }
            "panic" => panic!("a provider's bug"),
            "wait" => {
                let _given_up = GivenUp(&self.given_up);
                self.waiting.notify_one();
                std::future::pending().await
            }
            _ => Ok(Answer::data(json!({"tool": tool, "arguments": arguments}))),
        }
    }
}

/// Definitions of the sample tools.
pub(crate) fn definitions() -> Vec<ToolDefinition> {
    let tool = |name: &str, effect: &str, routes: Value, input: Value, output: Value| -> ToolDefinition {
        let title = name.replace('_', " ");
        let description =
            format!("The tool {title}, for tests. {}", "It says more than Actions take. ".repeat(12));
        serde_json::from_value(json!({
            "name": name, "title": title, "description": description, "access": effect, "least": effect, "idempotent": true,
            "routes": routes.as_array().cloned().unwrap_or_default(), "input_schema": input, "output_schema": output,
        }))
        .unwrap()
    };
    let nothing = || json!({"type": "object", "properties": {}, "additionalProperties": false});
    let note = |more: Value| {
        let mut input = json!({
            "type": "object",
            "properties": {"note_id": {"type": "string", "description": "Which note."}},
            "required": ["note_id"],
            "additionalProperties": false,
        });
        input["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let get = json!({
        "limit": {"type": "integer", "minimum": 1, "description": "How many lines."},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Only with these."},
        "filter": {"type": "object", "properties": {"author": {"type": "string"}}, "description": "Whose."},
    });
    let put = json!({
        "title": {"type": "string", "description": "Its title."},
        "facts": {"type": "object", "additionalProperties": true, "description": "Anything."},
    });
    let add = json!({
        "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000, "description": "One number."},
            "b": {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000, "description": "Another one."},
        },
        "required": ["a", "b"],
        "additionalProperties": false,
    });
    let sum = json!({"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]});
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let refuse = json!({
        "type": "object",
        "properties": {"code": {"type": "string", "enum": codes, "description": "Which refusal."}},
        "required": ["code"],
    });
    vec![
        tool("add", "reads", Value::Null, add, sum),
        tool(
            "note_get",
            "reads",
            json!([{"method": "GET", "path": "/v1/notes/{note_id}"}, {"method": "POST", "path": "/v1/notes/{note_id}/read"}]),
            note(get),
            Value::Null,
        ),
        tool(
            "note_put",
            "writes",
            json!([{"method": "PATCH", "path": "/v1/notes/{note_id}"}]),
            note(put),
            Value::Null,
        ),
        tool(
            "note_remove",
            "destroys",
            json!([{"method": "DELETE", "path": "/v1/notes/{note_id}"}]),
            note(json!({})),
            Value::Null,
        ),
        tool("panic", "reads", Value::Null, nothing(), Value::Null),
        tool("picture", "reads", Value::Null, nothing(), Value::Null),
        tool("refuse", "reads", Value::Null, refuse, Value::Null),
        tool("wait", "reads", Value::Null, nothing(), Value::Null),
    ]
}

/// A gateway in memory.
pub(crate) struct Host {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) router: Router,
    pub(crate) source: Source,
    pub(crate) samples: Arc<Samples>,
    pub(crate) world: Arc<World>,
}

impl Host {
    /// A gateway with the sample tools.
    pub(crate) fn new() -> Self {
        Self::with(Vec::new())
    }

    /// A gateway whose profile `core` has these tools; none is the host's own.
    pub(crate) fn with(core: Vec<ToolName>) -> Self {
        Self::configured(core, EdgeSettings::default())
    }

    /// A gateway with the sample tools behind such an edge.
    pub(crate) fn behind(edge: EdgeSettings) -> Self {
        Self::configured(Vec::new(), edge)
    }

    fn configured(core: Vec<ToolName>, edge: EdgeSettings) -> Self {
        let core = Profile { tools: core, ..Profile::default() };
        let configured = (!core.tools.is_empty()).then(|| ("core".parse().unwrap(), core));
        let world = Arc::new(World::new());
        let catalogs = CatalogHandle::new();
        let samples = Arc::new(Samples::new());
        let store = || world.store.clone();
        let gate = EffectGate::new(store(), Vec::new());
        let dispatcher = Dispatcher::new(catalogs.clone(), store(), store(), gate, Limits::default());
        let activity = Activity::new(store(), Arc::clone(dispatcher.happenings()));
        let gateway = Arc::new(Gateway {
            administration: None,
            activity,
            dispatcher,
            catalogs: catalogs.clone(),
            principals: world.clone(),
            connecting: connecting(&world),
            identity: Arc::new(NobodySignsIn),
            connections: store(),
            ground: world.clone(),
            stopping: CancellationToken::new(),
            upstreams: None,
            chat: None,
            edge: Edge::new(&edge),
            settings: GatewaySettings {
                public_url: "https://tools.example.com".parse().unwrap(),
                further_public_urls: ["https://tools.example.org", "http://tools.example.test"]
                    .map(|origin| origin.parse().unwrap())
                    .into(),
                profiles: Profiles::with(configured),
                has_chat: false,
                metrics_token: Some("metrics-of-the-tests".into()),
                version: "0.0.0-test",
                edge,
            },
        });
        let source = catalogs.source();
        let host =
            Self { router: toolbay_gateway::router(Arc::clone(&gateway)), gateway, source, samples, world };
        host.publish(&definitions());
        host
    }

    /// Publishes these tools and no others.
    pub(crate) fn publish(&self, tools: &[ToolDefinition]) {
        let provider: Arc<dyn Provider> = self.samples.clone();
        self.source.publish(vec![Offered::new(provider, tools).unwrap()]);
    }

    /// A request as it is, and its answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        use tower::ServiceExt as _;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply { status: parts.status, headers: parts.headers, bytes: bytes.to_vec() }
    }

    /// A request of the operator without a body.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A request of the operator with a JSON body.
    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Reply {
        let request = request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Calls a tool by its name.
    pub(crate) async fn call(&self, tool: &str, arguments: &Value) -> Reply {
        self.json("POST", &format!("/v1/tools/{tool}"), arguments).await
    }
}

/// A request of the operator.
pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    request_of(OPERATOR, method, path)
}

/// A request of whoever has this token.
pub(crate) fn request_of(token: &str, method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:8700")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

/// An answer that has arrived.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The envelope, with its shape checked, and without what differs from run to run.
    pub(crate) fn envelope(&self) -> Value {
        let mut envelope = self.value();
        let request_id = envelope["meta"]["request_id"].as_str().expect("a request id").to_owned();
        assert_eq!(self.header("x-request-id"), request_id, "the header repeats the id");
        assert_eq!(envelope["ok"], json!(self.status.is_success()));
        assert_eq!(envelope["error"].is_null(), self.status.is_success());
        assert_eq!(self.header("content-type"), "application/json");
        envelope["meta"]["request_id"] = json!("[id]");
        if envelope["meta"].get("duration_ms").is_some() {
            envelope["meta"]["duration_ms"] = json!("[ms]");
        }
        envelope
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        self.envelope()["error"]["code"].as_str().unwrap_or("no error").to_owned()
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
