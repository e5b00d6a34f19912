//! What the mock refuses as a host does.

use toolbay_sdk::Code;
use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Sent {
    /// Such as `GET /v1/users`.
    route: String,
    /// The body.
    body: Option<Value>,
}

fn send(call: &Call, input: Sent) -> Result<Value, Problem> {
    let (method, path) = input.route.split_once(' ').unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = Path::parse(path)?;
    let mut request = match method {
        "GET" => Request::get(path),
        "POST" => Request::post(path, Value::Null),
        "PATCH" => Request::patch(path, Value::Null),
        _ => Request::delete(path),
    };
    request.body = input.body;
    if let Some((name, value)) = query.split_once('=') {
        request = request.query(name, value);
    }
    Ok(call.notion().send(request)?.body)
}

/// Says that it reads.
#[tool(reads)]
fn reading(call: &Call, input: Sent) -> Result<Value, Problem> {
    send(call, input)
}

/// Says that it writes.
#[tool(writes)]
fn writing(call: &Call, input: Sent) -> Result<Value, Problem> {
    send(call, input)
}

/// Says that it destroys.
#[tool(destroys)]
fn destroying(call: &Call, input: Sent) -> Result<Value, Problem> {
    send(call, input)
}

/// Calls a tool, and asks whether it could.
#[tool(reads)]
fn calling(call: &Call) -> Result<Value, Problem> {
    let invocation = Invocation::new("search", &json!({}))?;
    let question =
        toolbay_sdk::Question { invocation, open: Vec::new(), extent: toolbay_sdk::Extent::Arguments };
    let may = call.tools().check_all(vec![question]).iter().all(Result::is_ok);
    let answer: Result<Value, Problem> = call.tools().invoke("search", &json!({}));
    assert_eq!(may, answer.is_ok());
    answer
}

/// Keeps something.
#[tool(reads)]
fn keeping(call: &Call) -> Result<Value, Problem> {
    call.state().put("a", &1)?;
    Ok(json!({}))
}

plugin!(reading, writing, destroying, calling, keeping);

const ALL: &str = "name = \"notes\"\n[capabilities]\nnotion = { read = true, write = true, destroy = true }";

fn host() -> MockHost {
    ["GET", "POST", "PATCH", "DELETE"].into_iter().fold(MockHost::new(), |host, method| {
        ["/{a}", "/{a}/{b}", "/{a}/{b}/{c}", "/{a}/{b}/{c}/{d}"]
            .into_iter()
            .fold(host, |host, path| host.on(&format!("{method} {path}"), json!({})))
    })
}

fn sent(host: &MockHost, tool: &str, route: &str, body: Option<Value>) -> Result<(), Problem> {
    host.run(&PLUGIN, tool, json!({ "route": route, "body": body })).map(|_| ())
}

#[test]
fn nothing_stronger_than_declared_is_sent() {
    let host = host();
    for (weakest, route, body) in [
        ("reading", "GET /v1/users", None),
        ("reading", "POST /v1/search", Some(json!({ "query": "x" }))),
        ("reading", "POST /v1/data_sources/d/query", None),
        ("writing", "POST /v1/pages", Some(json!({ "parent": {} }))),
        ("writing", "PATCH /v1/pages/p", Some(json!({ "in_trash": false }))),
        ("destroying", "PATCH /v1/pages/p", Some(json!({ "in_trash": true }))),
        ("destroying", "PATCH /v1/pages/p/markdown", Some(json!({ "type": "replace_content" }))),
        ("destroying", "DELETE /v1/blocks/b", None),
    ] {
        let tools = ["reading", "writing", "destroying"];
        let first = tools.iter().position(|tool| *tool == weakest).unwrap();
        for (place, tool) in tools.into_iter().enumerate() {
            let outcome = sent(&host, tool, route, body.clone());
            let code = outcome.err().map(|problem| problem.code);
            assert_eq!(code, (place < first).then_some(Code::Forbidden), "{tool}: {route}");
        }
    }
    let before = host.sent().len();
    let problem = sent(&host, "reading", "PATCH /v1/pages/p", Some(json!({ "properties": {} }))).unwrap_err();
    assert_eq!(
        problem.message,
        "The tool `reading` declares that it reads, and PATCH /v1/pages/{page_id} writes."
    );
    assert_eq!(problem.hint.as_deref(), Some("Declare the strongest thing that it does: #[tool(writes)]."));
    assert_eq!(host.sent().len(), before, "what is refused is not sent");
}

#[test]
fn a_route_that_is_not_in_the_table_is_refused_with_what_was_meant() {
    for (route, hint) in [
        ("GET /v1/pages", "This path has POST /v1/pages."),
        ("DELETE /v1/pages/p", "This path has GET /v1/pages/{page_id}, PATCH /v1/pages/{page_id}."),
        ("GET /v1/user", "Valid, nearest first: `GET /v1/users`,"),
    ] {
        let problem = sent(&host(), "destroying", route, None).unwrap_err();
        assert_eq!(problem.code, Code::Forbidden, "{route}");
        let told = problem.hint.unwrap();
        assert!(told.starts_with(hint), "{route}: {told}");
    }
}

#[test]
fn members_that_a_route_does_not_take_are_refused() {
    for (route, body, words) in [
        ("PATCH /v1/pages/p", Some(json!({ "archived": true })), "takes no `archived` in its body"),
        ("PATCH /v1/pages/p", None, "needs a body"),
        ("PATCH /v1/pages/p", Some(json!("{}")), "is an object"),
        ("GET /v1/users", Some(json!({})), "takes no body"),
        ("GET /v1/users?size=3", None, "takes no query parameter `size`"),
    ] {
        let problem = sent(&host(), "destroying", route, body).unwrap_err();
        assert_eq!(problem.code, Code::InvalidInput, "{route}");
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn what_the_manifest_does_not_ask_for_is_refused() {
    let trash = || Some(json!({ "in_trash": true }));
    for (capabilities, route, body, is_asked) in [
        ("notion.read = true", "GET /v1/users", None, true),
        ("notion.read = false", "GET /v1/users", None, false),
        ("state = true", "GET /v1/users", None, false),
        ("notion.read = [\"GET /v1/pages/{id}\"]", "GET /v1/pages/p", None, true),
        ("notion.read = [\"GET /v1/pages/{id}\"]", "GET /v1/blocks/b", None, false),
        ("notion.write = [\"PATCH /v1/pages/{page_id}\"]", "PATCH /v1/pages/p", trash(), false),
        ("notion.destroy = [\"PATCH /v1/pages/{page_id}\"]", "PATCH /v1/pages/p", trash(), true),
    ] {
        let host = host().with_manifest(&format!("name = \"notes\"\n[capabilities]\n{capabilities}"));
        let code = sent(&host, "destroying", route, body).err().map(|problem| problem.code);
        assert_eq!(code, (!is_asked).then_some(Code::Forbidden), "{capabilities}: {route}");
    }
    let problem =
        sent(&host().with_manifest("name = \"notes\""), "reading", "GET /v1/users", None).unwrap_err();
    assert_eq!(problem.message, "The plugin `notes` doesn't ask for notion.read for GET /v1/users.");
    assert_eq!(
        problem.hint.as_deref(),
        Some("Add \"GET /v1/users\" to notion.read below [capabilities] in plugin.toml.")
    );
}

#[test]
fn tools_and_state_need_to_be_asked_for() {
    let host = |manifest: &str| MockHost::new().on_tool("search", json!({})).with_manifest(manifest);
    for (tool, asks) in [("calling", "tools.call = [\"search\"]"), ("keeping", "state = true")] {
        let refused = host(ALL).run(&PLUGIN, tool, json!({})).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden, "{refused}");
        let asked = format!("name = \"notes\"\n[capabilities]\n{asks}");
        assert!(host(&asked).run(&PLUGIN, tool, json!({})).is_ok(), "{tool}");
    }
}

#[test]
fn a_manifest_that_can_not_be_read_is_told() {
    let problem = sent(&host().with_manifest("name = "), "reading", "GET /v1/users", None).unwrap_err();
    assert!(problem.message.starts_with("plugin.toml can't be read: "), "{problem}");
}

#[test]
fn a_function_that_a_test_calls_by_itself_has_no_bounds() {
    let host = host().with_manifest("name = \"notes\"");
    let input = Sent { route: "PATCH /v1/pages/p".to_owned(), body: Some(json!({})) };
    assert!(reading(&host.call(), input).is_ok());
    assert!(sent(&host, "reading", "GET /v1/users", None).is_err());
    assert!(host.call().state().put("a", &1).is_ok(), "the bounds end with the run");
}
