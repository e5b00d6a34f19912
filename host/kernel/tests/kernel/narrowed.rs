//! A principal who is narrowed to parts of an outside: what the gate does for any egress. The outside is a few shelves with
//! things on them, which say what they are on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::capability::Scope;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Egress, Keys, Sent};
use toolbay_kernel::gate::{CachePolicy, Method, Outside, Request, ResolvedRequest, Response};
use toolbay_kernel::narrowing::{Above, Denied, Fact, Narrowing, Object, View};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{
    Access, Answer, Call, CapabilityName, CatalogHandle, Code, Connection, Dispatcher, EffectGate, Limits,
    Parts, Permissions, Principal, Problem, Provider, ToolDefinition, ToolName,
};
use toolbay_testing::{MemoryStore, OpenLimiter};

use crate::world::{World, call, call_as, data, principal, refusal};

const READ: CapabilityName = CapabilityName::new(0, "shelves.read");
const WRITE: CapabilityName = CapabilityName::new(1, "shelves.write");

/// The outside: what each thing is on.
struct Shelves {
    on: Mutex<BTreeMap<String, String>>,
    sent: Mutex<Vec<String>>,
    /// Whether it knows how to narrow.
    narrows: bool,
}

impl Shelves {
    /// room ─ left ─ book ─ page, room ─ right ─ lamp.
    fn new(narrows: bool) -> Arc<Self> {
        let on = [("left", "room"), ("right", "room"), ("book", "left"), ("page", "book"), ("lamp", "right")];
        let on = on.map(|(thing, above)| (thing.to_owned(), above.to_owned())).into();
        Arc::new(Self { on: Mutex::new(on), sent: Mutex::default(), narrows })
    }

    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.sent.lock())
    }

    fn put(&self, thing: &str, above: &str) {
        self.on.lock().insert(thing.to_owned(), above.to_owned());
    }
}

fn request(word: &str, name: &str) -> ResolvedRequest {
    let (method, access, capability, target) = match word {
        "paint" => ("POST", Access::Writes, WRITE, name.to_owned()),
        _ => ("GET", Access::Reads, READ, String::new()),
    };
    let summary = WriteName { method: method.to_owned(), route: format!("/{word}"), target };
    let cache = if word == "kept" { CachePolicy::Keeps(name.to_owned()) } else { CachePolicy::None };
    let payload = Arc::new(json!([word, name]));
    let ids = vec![name.to_owned()];
    ResolvedRequest { ids, cache, ..ResolvedRequest::new(capability, access, summary, payload) }
}

fn words(request: &ResolvedRequest) -> (String, String) {
    let payload = request.payload::<Value>().unwrap();
    (payload[0].as_str().unwrap().to_owned(), payload[1].as_str().unwrap().to_owned())
}

#[async_trait]
impl Egress for Shelves {
    fn name(&self) -> &'static str {
        "shelves"
    }

    fn title(&self) -> &'static str {
        "the shelves"
    }

    fn resolve(&self, asked: Request) -> Result<ResolvedRequest, Problem> {
        let (word, name) = asked.path.trim_start_matches('/').split_once('/').unwrap();
        Ok(request(word, name))
    }

    fn keys(&self, _: &ResolvedRequest, _: Option<&Connection>) -> Result<Keys, Problem> {
        Ok(Keys { budget: BudgetKey::Named("shelves".to_owned()), credential: None })
    }

    async fn send(&self, request: &ResolvedRequest, _: Option<&SecretString>, _: Instant) -> Sent {
        let (word, name) = words(request);
        self.sent.lock().push(format!("{word} {name}"));
        let on = self.on.lock();
        let thing = |name: &str| on.get(name).map(|above| json!({"id": name, "on": above}));
        let body = match word.as_str() {
            "list" => {
                let all = on.iter().filter(|(_, above)| **above == name || name == "all");
                json!({"list": all.map(|(thing, above)| json!({"id": thing, "on": above})).collect::<Vec<_>>()})
            }
            _ => match thing(&name) {
                Some(thing) => thing,
                None => {
                    return Sent::Refused(Problem::new(
                        Code::NotFound,
                        format!("There is no {name} in house 7."),
                    ));
                }
            },
        };
        Sent::Answered(Response { status: 200, body: body.into() })
    }

    fn narrowing(&self) -> Option<&dyn Narrowing> {
        self.narrows.then_some(self)
    }
}

fn place(id: &str) -> Object {
    Object::place("thing", id)
}

fn told(thing: &Value) -> (Object, Fact) {
    let above = thing["on"].as_str().filter(|above| *above != "room");
    let above = above.map_or(Above::Nothing, |above| Above::Object(place(above)));
    (place(thing["id"].as_str().unwrap()), Fact { above, needs: Vec::new(), detail: Value::Null })
}

impl Narrowing for Shelves {
    fn kinds(&self) -> &'static [&'static str] {
        &["thing"]
    }

    fn opened(
        &self,
        request: &ResolvedRequest,
        _: Option<&SecretString>,
    ) -> Result<ResolvedRequest, Problem> {
        Ok(request.clone())
    }

    fn is_told_by_its_answer(&self, request: &ResolvedRequest) -> bool {
        words(request).0 == "get"
    }

    fn admit(&self, request: &ResolvedRequest, view: &View<'_>) -> Result<(), Denied> {
        let (word, name) = words(request);
        let thing = place(&name);
        if word == "list" || view.holds(&thing) { Ok(()) } else { Err(Denied::Absent(thing)) }
    }

    fn more(&self, _: &ResolvedRequest, _: &[Response], _: &View<'_>) -> Option<ResolvedRequest> {
        None
    }

    fn shown(
        &self,
        request: &ResolvedRequest,
        answers: &[Response],
        view: &View<'_>,
        _: Option<&SecretString>,
    ) -> Result<Response, Denied> {
        let body = answers[0].body.value();
        let is_inside = |thing: &Value| {
            let (object, fact) = told(thing);
            view.tell(object.clone(), fact);
            view.holds(&object)
        };
        let body = match body.get("list").and_then(Value::as_array) {
            Some(list) => {
                json!({"list": list.iter().filter(|thing| is_inside(thing)).cloned().collect::<Vec<_>>()})
            }
            None if self.is_told_by_its_answer(request) && !is_inside(body) => {
                return Err(Denied::Absent(place(&words(request).1)));
            }
            None => json!({"id": body["id"]}),
        };
        Ok(Response { status: 200, body: body.into() })
    }

    fn refusal(&self, _: &ResolvedRequest, refusal: Problem) -> Problem {
        refusal
    }

    fn looks(&self, object: &Object) -> Vec<ResolvedRequest> {
        vec![request("look", &object.id)]
    }

    fn facts(&self, _: &Object, answer: &Response) -> Vec<(Object, Fact)> {
        vec![told(answer.body.value())]
    }

    fn look_for_nothing(&self, _: &Object) -> Option<ResolvedRequest> {
        Some(request("look", "nothing"))
    }

    fn absent(&self, _: &ResolvedRequest, object: &Object, said_of_nothing: Option<&Problem>) -> Problem {
        Problem::new(Code::NotFound, said_of_nothing.unwrap().message.replace("nothing", &object.id))
    }
}

struct Visitor(Arc<Permissions>);

#[async_trait]
impl Provider for Visitor {
    fn name(&self) -> &str {
        "visitor"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.0
    }

    fn uses_connection(&self, _: &ToolName) -> bool {
        false
    }

    async fn call(&self, _: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let path =
            format!("/{}/{}", arguments["word"].as_str().unwrap(), arguments["name"].as_str().unwrap());
        let max_age = Some(Duration::from_secs(60));
        let request =
            Request { egress: "shelves", method: Method::Get, path, query: Vec::new(), body: None, max_age };
        call.send(request).await.map(|response| Answer::data(response.body.value().clone()))
    }
}

fn door(shelves: &Arc<Shelves>) -> Dispatcher {
    let asked = [(READ, Scope::All), (WRITE, Scope::All)].into_iter().collect();
    let permissions = Permissions { provider: "visitor".to_owned(), asked, granted: [READ, WRITE].into() };
    let tool = ToolDefinition {
        name: "visit".parse().unwrap(),
        title: "Visit".to_owned(),
        description: "Looks around.".to_owned(),
        input_schema: json!({"type": "object", "properties": {"word": {"type": "string"}, "name": {"type": "string"}}}),
        output_schema: None,
        access: Access::Writes,
        least: Access::Writes,
        idempotent: true,
        routes: Vec::new(),
        background: false,
    };
    let catalogs = CatalogHandle::new();
    catalogs.source().publish(vec![Offered::new(Arc::new(Visitor(Arc::new(permissions))), &[tool]).unwrap()]);
    let store = Arc::new(MemoryStore::default());
    let outside = Outside::new(shelves.clone(), Arc::new(OpenLimiter::default()));
    let gate = EffectGate::new(store.clone(), vec![outside]);
    Dispatcher::new(catalogs, store.clone(), store, gate, Limits::default())
}

fn narrowed(parts: &[&str]) -> Principal {
    Principal { parts: Parts::below(parts.iter().map(|part| (*part).to_owned())), ..principal() }
}

async fn seen(door: &Dispatcher, who: &Principal, word: &str, name: &str) -> Value {
    let outcome = call_as(door, who.clone(), "visit", json!({"word": word, "name": name})).await;
    data(outcome)
}

async fn refused(door: &Dispatcher, who: &Principal, word: &str, name: &str) -> Problem {
    refusal(call_as(door, who.clone(), "visit", json!({"word": word, "name": name})).await)
}

#[tokio::test]
async fn what_is_outside_answers_as_what_is_not_there() {
    let shelves = Shelves::new(true);
    let (door, left) = (door(&shelves), narrowed(&["left"]));
    for word in ["get", "kept", "paint"] {
        assert_eq!(
            refused(&door, &left, word, "lamp").await.message,
            "There is no lamp in house 7.",
            "{word}"
        );
        assert_eq!(
            refused(&door, &left, word, "moon").await.message,
            "There is no moon in house 7.",
            "{word}"
        );
        assert!(!shelves.sent().contains(&"paint lamp".to_owned()));
    }
    assert_eq!(seen(&door, &left, "list", "all").await["list"].as_array().unwrap().len(), 3);
    assert_eq!(seen(&door, &narrowed(&[]), "list", "all").await, json!({"list": []}));
    assert_eq!(seen(&door, &principal(), "list", "all").await["list"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn an_answer_is_kept_as_it_came_and_shown_to_each_as_they_may_see_it() {
    let shelves = Shelves::new(true);
    let (door, left) = (door(&shelves), narrowed(&["left"]));
    let whole = json!({"id": "book", "on": "left"});
    assert_eq!(seen(&door, &principal(), "kept", "book").await, whole);
    assert_eq!(seen(&door, &left, "kept", "book").await, json!({"id": "book"}));
    assert_eq!(seen(&door, &principal(), "kept", "book").await, whole);
    assert_eq!(refused(&door, &narrowed(&["right"]), "kept", "book").await.code, Code::NotFound);
    assert_eq!(shelves.sent().iter().filter(|sent| *sent == "kept book").count(), 1);
    // And the other way round.
    assert_eq!(seen(&door, &left, "kept", "page").await, json!({"id": "page"}));
    assert_eq!(seen(&door, &principal(), "kept", "page").await, json!({"id": "page", "on": "book"}));
}

#[tokio::test]
async fn a_read_believes_what_was_read_before_and_a_write_does_not() {
    let shelves = Shelves::new(true);
    let (door, left) = (door(&shelves), narrowed(&["left"]));
    seen(&door, &left, "kept", "page").await;
    assert_eq!(shelves.sent(), ["look page", "look book", "kept page"]);
    seen(&door, &left, "get", "page").await;
    assert_eq!(shelves.sent(), ["get page"]);
    seen(&door, &left, "paint", "page").await;
    assert_eq!(shelves.sent(), ["look page", "look book", "paint page"]);

    // Somebody takes the book away, by other hands than the host's.
    shelves.put("book", "right");
    assert_eq!(refused(&door, &left, "paint", "page").await.code, Code::NotFound);
    assert!(!shelves.sent().contains(&"paint page".to_owned()));
    assert_eq!(
        refused(&door, &left, "get", "page").await.code,
        Code::NotFound,
        "the write has read where it is"
    );
}

#[tokio::test]
async fn narrowing_twice_leaves_what_is_in_both() {
    let shelves = Shelves::new(true);
    let door = door(&shelves);
    let both =
        Principal { parts: narrowed(&["left"]).parts.and(&narrowed(&["book", "lamp"]).parts), ..principal() };
    assert_eq!(seen(&door, &both, "get", "page").await, json!({"id": "page"}));
    for outside in ["left", "lamp"] {
        assert_eq!(refused(&door, &both, "get", outside).await.code, Code::NotFound, "{outside}");
    }
    let allowance = both.allowance();
    assert_eq!(principal().narrowed(&allowance).parts, both.parts, "a job keeps them");
}

#[tokio::test]
async fn an_outside_that_cannot_narrow_is_closed_to_who_is_narrowed() {
    let shelves = Shelves::new(false);
    let door = door(&shelves);
    let problem = refused(&door, &narrowed(&["left"]), "get", "book").await;
    let words = "the shelves is not available to a token that is narrowed to parts of a workspace";
    assert_eq!((problem.code, problem.message.as_str()), (Code::Forbidden, words));
    assert!(shelves.sent().is_empty());
    seen(&door, &principal(), "get", "book").await;
}

#[tokio::test]
async fn calls_beyond_the_rate_are_refused_with_the_wait() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let rates = Rates {
        calls: Some("3/minute".parse().unwrap()),
        tools: [("echo".parse().unwrap(), "1/hour".parse().unwrap())].into(),
        counted_as: None,
    };
    let limited = Principal { rates, ..principal() };
    data(call_as(&door, limited.clone(), "echo", json!({})).await);
    let problem = refusal(call_as(&door, limited.clone(), "echo", json!({})).await);
    assert_eq!(problem.code, Code::RateLimited);
    assert_eq!(problem.message, "`echo` may be called 1/hour by this token");
    assert_eq!(problem.details.unwrap()["retry_after_seconds"], 3_600);
    data(call_as(&door, limited.clone(), "list", json!({})).await);
    data(call_as(&door, limited.clone(), "list", json!({})).await);
    let problem = refusal(call_as(&door, limited.clone(), "list", json!({})).await);
    assert_eq!(problem.message, "this token may make calls 3/minute");
    // Others are counted for themselves.
    data(call(&door, "echo", json!({})).await);
}
