//! A call that names none of several connections works on the one that shows what its arguments name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use toolbay_kernel::capability::Scope;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Egress, Keys, Sent};
use toolbay_kernel::gate::{Method, Outside, Request, ResolvedRequest, Response};
use toolbay_kernel::ports::{Connections, Credentials, StoreError};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::profile::{Calls, Profile};
use toolbay_kernel::{
    Access, Answer, Call, CapabilityName, CatalogHandle, Code, Connection, ConnectionId, Dispatcher,
    EffectGate, Limits, Permissions, Principal, Problem, Provider, ToolDefinition, ToolName,
};
use toolbay_testing::{MemoryStore, OpenLimiter};

use crate::world::{call_as, data, principal, refusal};

const READ: CapabilityName = CapabilityName::new(0, "rooms.read");

/// The outside: rooms with things, a room for each connection.
#[derive(Default)]
struct Rooms {
    things: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// A room that nobody gets into at the moment.
    locked: Option<&'static str>,
    looks: Mutex<Vec<String>>,
}

#[async_trait]
impl Egress for Rooms {
    fn name(&self) -> &'static str {
        "rooms"
    }

    fn title(&self) -> &'static str {
        "the rooms"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        let summary =
            WriteName { method: "GET".to_owned(), route: "/things/{name}".to_owned(), target: String::new() };
        Ok(ResolvedRequest::new(READ, Access::Reads, summary, Arc::new(json!(request.path))))
    }

    fn keys(&self, _: &ResolvedRequest, connection: Option<&Connection>) -> Result<Keys, Problem> {
        let connection = connection.unwrap();
        Ok(Keys { budget: BudgetKey::Connection(connection.id), credential: Some(connection.id) })
    }

    async fn send(&self, request: &ResolvedRequest, credential: Option<&SecretString>, _: Instant) -> Sent {
        let (room, path) = (credential.unwrap().expose_secret(), request.payload::<Value>().unwrap());
        let thing = path.as_str().unwrap().to_owned();
        self.looks.lock().push(format!("{room}:{thing}"));
        if self.locked == Some(room) {
            return Sent::Unauthorized(Problem::new(Code::Unauthenticated, "The room is locked."));
        }
        match self.things.get(room).is_some_and(|things| things.contains(thing.as_str())) {
            true => Sent::Answered(Response { status: 200, body: json!({}).into() }),
            false => Sent::Refused(Problem::new(Code::NotFound, "It isn't in this room.")),
        }
    }

    fn object_in(&self, text: &str) -> Option<String> {
        text.starts_with("thing-").then(|| text.to_owned())
    }

    fn showing(&self, object: &str) -> Vec<Request> {
        let path = object.to_owned();
        vec![Request {
            egress: "rooms",
            method: Method::Get,
            path,
            query: Vec::new(),
            body: None,
            max_age: None,
        }]
    }
}

/// The store, whose credentials say which connection they are of, and which has a default.
struct Store {
    memory: MemoryStore,
    default: Option<&'static str>,
}

#[async_trait]
impl Connections for Store {
    async fn page(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        self.memory.page(allowed, after, max).await
    }

    async fn default_of(&self, allowed: &Allowed<ConnectionId>) -> Result<Option<Connection>, StoreError> {
        match self.default {
            Some(name) => self.named(allowed, name).await,
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Credentials for Store {
    async fn credential(&self, connection: ConnectionId) -> Result<Option<SecretString>, StoreError> {
        let found = self.connection(&Allowed::All, connection).await?;
        Ok(found.map(|connection| SecretString::from(connection.name)))
    }
}

/// Says where it is, and calls another tool.
struct Guide(Arc<Permissions>);

#[async_trait]
impl Provider for Guide {
    fn name(&self) -> &str {
        "guide"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.0
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        match tool.as_str() {
            "around" => call.invoke("where".to_owned(), arguments["with"].clone()).await.map(Answer::data),
            _ => Ok(Answer::data(json!({"room": call.connection()?.name}))),
        }
    }
}

fn door(rooms: &Arc<Rooms>, default: Option<&'static str>) -> Dispatcher {
    let asked = [(READ, Scope::All), (CapabilityName::TOOLS_CALL, Scope::Only(vec!["where".to_owned()]))];
    let granted = [READ, CapabilityName::TOOLS_CALL].into();
    let permissions =
        Permissions { provider: "guide".to_owned(), asked: asked.into_iter().collect(), granted };
    let tool = |name: &str| ToolDefinition {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        description: "Says where it is.".to_owned(),
        input_schema: json!({"type": "object"}),
        output_schema: None,
        access: Access::Reads,
        least: Access::Reads,
        idempotent: true,
        routes: Vec::new(),
        background: false,
    };
    let catalogs = CatalogHandle::new();
    let guide = Arc::new(Guide(Arc::new(permissions)));
    catalogs.source().publish(vec![Offered::new(guide, &[tool("where"), tool("around")]).unwrap()]);
    let names: Vec<&str> = rooms.things.keys().copied().collect();
    let store = Arc::new(Store { memory: MemoryStore::with_connections(&names), default });
    let outside = Outside::new(rooms.clone(), Arc::new(OpenLimiter::default()));
    let gate = EffectGate::new(store.clone(), vec![outside]);
    Dispatcher::new(catalogs, store, Arc::new(MemoryStore::default()), gate, Limits::default())
}

fn rooms() -> Arc<Rooms> {
    Arc::new(house())
}

fn house() -> Rooms {
    let things = [
        ("attic", ["thing-box", "thing-lamp"].into()),
        ("cellar", ["thing-wine", "thing-lamp"].into()),
        ("hall", ["thing-coat"].into()),
    ];
    Rooms { things: things.into(), ..Rooms::default() }
}

async fn room(door: &Dispatcher, arguments: Value) -> Result<String, Problem> {
    room_as(door, principal(), "where", arguments).await
}

async fn room_as(door: &Dispatcher, who: Principal, tool: &str, arguments: Value) -> Result<String, Problem> {
    let outcome = call_as(door, who, tool, arguments).await;
    outcome.result.map(|answer| answer.data.unwrap()["room"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_connection_that_alone_shows_an_object_is_chosen_and_remembered() {
    let rooms = rooms();
    let door = door(&rooms, None);
    assert_eq!(room(&door, json!({"page_id": "thing-box"})).await.unwrap(), "attic");
    assert_eq!(room(&door, json!({"in": [{"ids": ["thing-wine"]}]})).await.unwrap(), "cellar");
    let looks = rooms.looks.lock().len();
    assert_eq!(room(&door, json!({"page_id": "thing-box"})).await.unwrap(), "attic");
    assert_eq!(rooms.looks.lock().len(), looks, "what was found is remembered");

    // Two show the lamp; with the box beside it one is left.
    assert_eq!(room(&door, json!({"from": "thing-lamp", "to": "thing-box"})).await.unwrap(), "attic");
    for undecided in [json!({}), json!({"page_id": "thing-lamp"}), json!({"page_id": "thing-none"})] {
        let refused = room(&door, undecided.clone()).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidInput, "{undecided}");
        assert!(refused.hint.unwrap().contains("`attic`"), "{undecided}");
    }
    let apart = room(&door, json!({"ids": ["thing-box", "thing-wine"]})).await.unwrap_err();
    assert!(apart.message.contains("on several connections"), "{apart:?}");
    // What is written or said is not what a call is about.
    let told = json!({"text": "thing-box", "properties": {"Link": "thing-wine"}});
    assert!(room(&door, told).await.is_err());
}

#[tokio::test]
async fn the_default_is_taken_where_it_fits_and_where_nothing_decides() {
    let door = door(&rooms(), Some("cellar"));
    for (arguments, expected) in [
        (json!({}), "cellar"),
        (json!({"page_id": "thing-lamp"}), "cellar"),
        (json!({"page_id": "thing-none"}), "cellar"),
        (json!({"page_id": "thing-box"}), "attic"),
        (json!({"page_id": "thing-box", "connection_id": "hall"}), "hall"),
    ] {
        assert_eq!(room(&door, arguments.clone()).await.unwrap(), expected, "{arguments}");
    }
}

#[tokio::test]
async fn a_tokens_own_default_goes_before_the_hosts_and_is_one_of_its_connections() {
    let door = door(&rooms(), Some("cellar"));
    let own =
        |name| Principal { default_connection: Some(ConnectionId::of_environment(name)), ..principal() };
    assert_eq!(room_as(&door, own("hall"), "where", json!({})).await.unwrap(), "hall");
    assert_eq!(room_as(&door, own("hall"), "where", json!({"id": "thing-box"})).await.unwrap(), "attic");
    assert_eq!(room_as(&door, own("gone"), "where", json!({})).await.unwrap(), "cellar");
    let others = ["attic", "cellar"].map(ConnectionId::of_environment);
    let without = Principal { connections: Allowed::Only(others.into()), ..own("hall") };
    assert_eq!(room_as(&door, without, "where", json!({})).await.unwrap(), "cellar");
}

#[tokio::test]
async fn only_connections_of_the_caller_are_looked_at() {
    let rooms = rooms();
    let door = door(&rooms, None);
    room(&door, json!({"page_id": "thing-wine"})).await.unwrap();
    let own = ["attic", "hall"].map(ConnectionId::of_environment);
    let mine = Principal { connections: Allowed::Only(own.into()), ..principal() };
    // Another's memory is no way in, and neither is one's own of a connection that is gone.
    let refused = room_as(&door, mine.clone(), "where", json!({"page_id": "thing-wine"})).await.unwrap_err();
    assert!(!refused.hint.unwrap().contains("cellar"));
    assert_eq!(room_as(&door, mine, "where", json!({"page_id": "thing-box"})).await.unwrap(), "attic");
}

#[tokio::test]
async fn a_connection_that_cant_be_asked_decides_nothing_and_is_asked_again() {
    let rooms = Arc::new(Rooms { locked: Some("attic"), ..house() });
    let door = door(&rooms, None);
    assert_eq!(room(&door, json!({"page_id": "thing-coat"})).await.unwrap(), "hall");
    assert!(room(&door, json!({"page_id": "thing-box"})).await.is_err());
    let looks = |rooms: &Rooms| rooms.looks.lock().iter().filter(|look| *look == "attic:thing-box").count();
    let before = looks(&rooms);
    assert!(room(&door, json!({"page_id": "thing-box"})).await.is_err());
    assert!(looks(&rooms) > before);
}

#[tokio::test]
async fn no_others_credential_is_taken_because_the_default_fails() {
    let rooms = Arc::new(Rooms { locked: Some("attic"), ..house() });
    let door = door(&rooms, Some("attic"));
    assert_eq!(room(&door, json!({"page_id": "thing-lamp"})).await.unwrap(), "attic");
    assert_eq!(room(&door, json!({"page_id": "thing-wine"})).await.unwrap(), "attic");
}

#[tokio::test]
async fn a_nested_call_stays_on_its_callers_connection() {
    let door = door(&rooms(), None);
    let around = json!({"page_id": "thing-box", "with": {"about": "thing-wine"}});
    assert_eq!(room_as(&door, principal(), "around", around).await.unwrap(), "attic");
}

/// The one line by which a profile in an address could widen a token.
#[tokio::test]
async fn a_tool_of_a_short_list_calls_what_the_token_may_use_and_nothing_else() {
    let door = door(&rooms(), Some("hall"));
    let profile = |calls| Profile { tools: vec!["around".parse().unwrap()], calls, ..Profile::default() };
    let through = json!({"with": {}});
    let short = principal().within(&profile(Calls::Any));
    assert_eq!(room_as(&door, short.clone(), "around", through.clone()).await.unwrap(), "hall");
    assert_eq!(room_as(&door, short, "where", json!({})).await.unwrap_err().code, Code::NotFound);
    let bound = principal().within(&profile(Calls::Listed));
    assert_eq!(refusal(call_as(&door, bound, "around", through.clone()).await).code, Code::NotFound);
    let token = Principal { tools: Allowed::Only(["around".parse().unwrap()].into()), ..principal() };
    let token = token.within(&profile(Calls::Any));
    assert_eq!(refusal(call_as(&door, token, "around", through).await).code, Code::NotFound);
    assert_eq!(data(call_as(&door, principal(), "where", json!({})).await)["room"], "hall");
}
