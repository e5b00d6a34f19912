//! Tokens that are narrowed to parts of a workspace: nothing from outside comes through, in whatever form, and what is inside
//! works.

mod asked;
mod tree;

use std::collections::BTreeSet;
use std::env;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_kernel::administration::{AdministrationStore as _, NewToken};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Parts};

use self::asked::{Asked, of_route, of_tool};
use self::tree::{Api, Kind, Random, Tree};
use crate::cases::{BUILT_IN, Case, cases};
use crate::harness::TestHost;

/// Trees of the short form. The long one sets `TOOLBAY_TEST_CASES=1000`.
const CASES: usize = 6;

/// Trees before another host is started.
const TREES_OF_A_HOST: usize = 25;

/// Calls of each tree beside one of each route.
const TOOLS: usize = 14;

impl TestHost {
    /// A token that is narrowed to these.
    async fn narrowed(&self, name: &str, parts: &[String]) -> String {
        self.token(name, Parts::below(parts.iter().cloned()), Rates::default()).await
    }

    async fn token(&self, name: &str, parts: Parts, rates: Rates) -> String {
        let new = NewToken {
            name: name.to_owned(),
            tools: Allowed::All,
            connections: Allowed::All,
            default_connection: None,
            strongest: Access::Destroys,
            parts,
            rates,
            expires_at: None,
            administers: false,
        };
        let made = self.host().store.create_token(&new, &Actor::operator()).await.unwrap();
        made.unwrap().0.expose_secret().to_owned()
    }

    async fn call_as(&self, token: &str, tool: &str, arguments: &Value) -> (u16, Value) {
        let request = self.client.post(format!("{}/v1/tools/{tool}", self.url)).bearer_auth(token);
        let answer = request.json(arguments).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn ask_as(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut arguments = json!({"method": method, "path": path});
        if !body.is_null() {
            arguments["body"] = body;
        }
        self.call_as(token, "notion_request", &arguments).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_outside_comes_through_and_what_is_inside_works() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cases = number("TOOLBAY_TEST_CASES").map_or(CASES, |cases| usize::try_from(cases).unwrap());
    let seed = number("TOOLBAY_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("TOOLBAY_TEST_SEED={seed} TOOLBAY_TEST_CASES={cases}");
    let mut tried = 0;
    let mut case = 0;
    while case < cases {
        let host = TestHost::start(&BUILT_IN).await;
        for _ in 0..TREES_OF_A_HOST.min(cases - case) {
            // Each has a seed of its own, so that one can be run alone.
            tried += one_case(&host, case, seed.wrapping_add(u64::try_from(case).unwrap())).await;
            case += 1;
        }
        host.stop().await;
    }
    assert!(tried > cases * 20, "{tried} calls");
}

/// One tree, one token, and calls of everything.
async fn one_case(host: &TestHost, case: usize, seed: u64) -> usize {
    let mut random = Random::new(seed);
    let tree = Tree::grow(host, case, &mut random).await;
    let kinds = [Kind::Page, Kind::Row, Kind::Database, Kind::DataSource, Kind::Block];
    // What shows something from elsewhere is a part that nobody would choose.
    let chosen = (0..1 + random.below(3)).map(|_| tree.any(&mut random, &kinds).max(1));
    let chosen = chosen.collect::<BTreeSet<usize>>().into_iter().map(|index| &tree.things[index]);
    let mut parts: BTreeSet<String> =
        chosen.filter(|thing| thing.shows.is_empty()).map(|thing| thing.id.clone()).collect();
    if parts.is_empty() {
        parts.insert(tree.things[1].id.clone());
    }
    let parts: Vec<String> = parts.into_iter().collect();
    let token = host.narrowed(&format!("case {case}"), &parts).await;
    let mut asked: Vec<Asked> = Vec::new();
    for route in toolbay_notion::routes() {
        for _ in 0..2 {
            asked.extend(of_route(route.method, route.path, &tree, &mut random));
        }
    }
    for _ in 0..TOOLS {
        asked.push(of_tool(&tree, &mut random));
    }
    for call in &asked {
        let (status, answer) = host.call_as(&token, call.tool, &call.arguments).await;
        let said = || format!("TOOLBAY_TEST_SEED={seed} parts {parts:?}\n{call:#?}\n{status} {answer:#}");
        shows_nothing_from_outside(&tree, &parts, &call.arguments, &answer, &said);
        assert!(status < 500, "{}", said());
        let Some(object) = call.object else { continue };
        if tree.is_inside(object, &parts) {
            if call.is_plain {
                assert_eq!(status, 200, "{}", said());
            }
        } else if call.tool == "notion_request" && has_own_object(&call.arguments) {
            assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")), "{}", said());
            // Word for word what is said of one that nobody has.
            let nobody = random.uuid();
            let arguments = renamed(&call.arguments, &tree.things[object].id, &nobody);
            let (_, other) = host.call_as(&token, call.tool, &arguments).await;
            let (own, other) = (comparable(&answer, &tree.things[object].id), comparable(&other, &nobody));
            assert_eq!(own, other, "{}", said());
        }
    }
    // What destroys, on what is outside.
    for _ in 0..6 {
        let object = tree
            .any(
                &mut random,
                &[Kind::Page, Kind::Row, Kind::Block, Kind::Comment, Kind::View, Kind::Database],
            )
            .max(1);
        if tree.is_inside(object, &parts) {
            continue;
        }
        let thing = &tree.things[object];
        let (method, path, body) = match thing.kind {
            Kind::Comment => ("DELETE", format!("/v1/comments/{}", thing.id), Value::Null),
            Kind::View => ("DELETE", format!("/v1/views/{}", thing.id), Value::Null),
            Kind::Page => ("PATCH", format!("/v1/pages/{}", thing.id), json!({"in_trash": true})),
            Kind::Row => {
                ("POST", format!("/v1/pages/{}/move", thing.id), json!({"parent": {"page_id": parts[0]}}))
            }
            _ => ("DELETE", format!("/v1/blocks/{}", thing.id), Value::Null),
        };
        let before = host.emulator.writes().len();
        let (status, answer) = host.ask_as(&token, method, &path, body).await;
        assert_eq!(status, 404, "TOOLBAY_TEST_SEED={seed} {parts:?} {method} {path} {answer:#}");
        assert_eq!(host.emulator.writes().len(), before, "TOOLBAY_TEST_SEED={seed} {method} {path}");
    }
    asked.len()
}

/// No id, title or text of what the model has outside, but for ids that the caller gave.
fn shows_nothing_from_outside(
    tree: &Tree,
    parts: &[String],
    asked: &Value,
    answer: &Value,
    said: &dyn Fn() -> String,
) {
    let (asked, answer) = (asked.to_string(), answer.to_string());
    for (index, thing) in tree.things.iter().enumerate() {
        if tree.is_inside(index, parts) {
            continue;
        }
        let undashed = thing.id.replace('-', "");
        let is_given = asked.contains(&thing.id) || asked.contains(&undashed);
        assert!(
            is_given || !(answer.contains(&thing.id) || answer.contains(&undashed)),
            "the id of {thing:?}\n{}",
            said()
        );
        let is_given = asked.contains(&thing.word);
        assert!(is_given || !answer.contains(&thing.word), "the word of {thing:?}\n{}", said());
    }
}

/// Whether the object that a request is about is in its path or its query.
fn has_own_object(arguments: &Value) -> bool {
    let path = arguments["path"].as_str().unwrap();
    path.split('/').any(|segment| segment.len() == 36)
        || ["block_id", "database_id", "data_source_id"]
            .iter()
            .any(|key| arguments["query"].get(*key).is_some())
}

fn renamed(arguments: &Value, id: &str, other: &str) -> Value {
    serde_json::from_str(&arguments.to_string().replace(id, other)).unwrap()
}

/// An error without what differs from request to request.
fn comparable(answer: &Value, id: &str) -> Value {
    let mut error: Value = serde_json::from_str(&answer["error"].to_string().replace(id, "ID")).unwrap();
    if let Some(request_id) = error.pointer_mut("/details/notion/request_id") {
        assert!(request_id.as_str().is_some_and(|id| id.len() == 36));
        *request_id = Value::Null;
    }
    error
}

/// Every tool of the catalog, on what is outside: as if it weren't there.
#[tokio::test(flavor = "multi_thread")]
async fn no_tool_reaches_outside() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let api = Api::of(&host);
    let body = json!({"parent": {"page_id": ids.root_page}, "properties": {"title": {"title": [{"text": {"content": "Part"}}]}}});
    let part = api.send("POST", "/v1/pages", body).await["id"].as_str().unwrap().to_owned();
    let token = host.narrowed("narrow", &[part]).await;
    let before = host.emulator.writes().len();
    let mut seen = BTreeSet::new();
    for Case { tool, arguments, .. } in cases(&ids) {
        let (status, answer) = host.call_as(&token, tool, &arguments).await;
        let text = answer.to_string();
        seen.insert(tool);
        // Titles of the demo that no caller of these has given.
        for word in ["Draw the mill", "Engine", "Shall we begin", "Welcome", "Toolbay demo"] {
            let is_given = arguments.to_string().contains(word);
            assert!(is_given || !text.contains(word), "{tool} {arguments}: {answer:#}");
        }
        let names_nothing = [
            "connections",
            "list_users",
            "search",
            "job_start",
            "job_get",
            "job_list",
            "job_cancel",
            "audit_list",
            "bulk",
            "notion_request",
        ];
        if !names_nothing.contains(&tool) && status == 200 {
            panic!("{tool} {arguments}: {answer:#}");
        }
    }
    // A file that is imported belongs to the connection, and is attached to nothing outside.
    let written = host.emulator.writes().split_off(before);
    assert!(written.iter().all(|write| write.route == "POST /v1/file_uploads"), "{written:#?}");
    // A new tool is in it by itself: every one of the catalog that reaches Notion has a case.
    let catalog = host.host().gateway.catalogs.current();
    for tool in catalog.tools().filter(|tool| tool.uses_connection) {
        assert!(
            seen.contains(tool.name().as_str()) || tool.name().as_str().starts_with("job_"),
            "{}",
            tool.name()
        );
    }
    host.stop().await;
}

/// What a plugin keeps is shared by everybody on the connection, so nobody who is narrowed gets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_plugins_state_is_closed_to_who_is_narrowed() {
    let host = TestHost::start(&["probe"]).await;
    host.result("probe_state", json!({"key": "k"})).await;
    let token = host.narrowed("narrow", &[host.emulator.ids().root_page]).await;
    let (status, answer) = host.call_as(&token, "probe_state", &json!({"key": "k"})).await;
    assert_eq!(status, 403, "{answer:#}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("narrowed to parts"), "{answer:#}");
    host.stop().await;
}

/// A job keeps to the parts and rates of the token that started it, and so do the calls that a tool makes.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_nested_calls_keep_to_the_parts() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let token = host.narrowed("narrow", std::slice::from_ref(&ids.projects_database)).await;
    let get = |id: &str| json!({"op": "notion.request", "args": {"method": "GET", "path": format!("/v1/pages/{id}")}});
    let ops = json!({"mode": "continue_on_error", "ops": [get(&ids.projects[0]), get(&ids.tasks[0])]});
    let (status, nested) = host.call_as(&token, "bulk", &ops).await;
    assert_eq!(status, 200, "{nested:#}");
    let check = |results: &Value| {
        assert_eq!(results[0]["ok"], json!(true), "{results:#}");
        assert_eq!(results[1]["error"]["code"], json!("not_found"), "{results:#}");
        assert!(!results.to_string().contains("Draw the mill"));
    };
    check(&nested["result"]["results"]);

    let started = host.call_as(&token, "job_start", &json!({"kind": "bulk", "args": ops})).await.1;
    let job = json!({"job_id": started["result"]["job_id"]});
    let ended = loop {
        let (_, job) = host.call_as(&token, "job_get", &job).await;
        if !["queued", "running", "waiting"].contains(&job["result"]["status"].as_str().unwrap_or_default()) {
            break job;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    check(&ended["result"]["output"]["results"]);
    host.stop().await;
}

/// A page that is moved out by other hands is seen for a while, and can't be written at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_out_is_not_written_any_more() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let token = host.narrowed("narrow", std::slice::from_ref(&ids.projects_data_source)).await;
    let row = &ids.projects[0];
    let rename = json!({"page_id": row, "properties": {"Budget": 1}});
    assert_eq!(host.call_as(&token, "update_page", &rename).await.0, 200);
    let api = Api::of(&host);
    let out = json!({"parent": {"page_id": ids.root_page}});
    api.send("POST", &format!("/v1/pages/{row}/move"), out).await;
    let before = host.emulator.writes().len();
    assert_eq!(host.call_as(&token, "update_page", &rename).await.0, 404);
    let (status, _) =
        host.ask_as(&token, "PATCH", &format!("/v1/pages/{row}"), json!({"icon": {"emoji": "x"}})).await;
    assert_eq!(status, 404);
    assert_eq!(host.emulator.writes().len(), before);
    // Its own answer says where it is, so that it isn't read any longer either.
    assert_eq!(host.ask_as(&token, "GET", &format!("/v1/pages/{row}"), Value::Null).await.0, 404);
    host.stop().await;
}

/// A search goes on until it has found something, and its cursor tells nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_filled_up_and_goes_on() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let token = host.narrowed("narrow", std::slice::from_ref(&ids.projects_data_source)).await;
    let rows =
        json!({"rows": [{"data_source_id": ids.tasks_data_source, "count": 12, "title": "Other {n}"}]});
    host.emulator.plant(&rows).unwrap();
    let mut found = BTreeSet::new();
    let mut cursor = Value::Null;
    for _ in 0..20 {
        let mut body = json!({"page_size": 2});
        if !cursor.is_null() {
            body["start_cursor"] = cursor.clone();
        }
        let (status, answer) = host.ask_as(&token, "POST", "/v1/search", body).await;
        assert_eq!(status, 200, "{answer:#}");
        let list = &answer["result"]["body"];
        for item in list["results"].as_array().unwrap() {
            assert!(found.insert(item["id"].as_str().unwrap().to_owned()), "twice: {item:#}");
        }
        cursor = list["next_cursor"].clone();
        assert_eq!(list["has_more"], json!(!cursor.is_null()));
        if cursor.is_null() {
            break;
        }
        assert!(!ids.tasks.iter().any(|task| cursor.as_str().unwrap().contains(task.as_str())));
    }
    let inside: BTreeSet<String> =
        ids.projects.iter().cloned().chain([ids.projects_data_source.clone()]).collect();
    assert_eq!(found, inside);
    // A cursor of Notion's own isn't taken.
    let own = json!({"page_size": 2, "start_cursor": ids.tasks[0]});
    let (status, answer) = host.ask_as(&token, "POST", "/v1/search", own).await;
    assert_eq!(status, 400, "{answer:#}");
    host.stop().await;
}

/// Rates over REST: the status, and how long to wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_told_with_its_wait() {
    let host = TestHost::start(&["request"]).await;
    let rates = Rates { calls: Some("2/hour".parse().unwrap()), ..Rates::default() };
    let token = host.token("slow", Parts::everything(), rates).await;
    for _ in 0..2 {
        assert_eq!(host.ask_as(&token, "GET", "/v1/users/me", Value::Null).await.0, 200);
    }
    let request = host.client.post(format!("{}/v1/tools/notion_request", host.url)).bearer_auth(&token);
    let answer = request.json(&json!({"method": "GET", "path": "/v1/users/me"})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&wait), "{wait}");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "rate_limited");
    host.stop().await;
}
