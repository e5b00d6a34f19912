//! Tools that run natively against a scripted host.

use toolbay_sdk::jiff::civil::Weekday;
use toolbay_sdk::mock::{Line, MockHost, Progress};
use toolbay_sdk::notion::calendar::{Unit, iso_week};
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Code, Method};

#[derive(Deserialize, JsonSchema)]
struct Copy {
    /// The page to copy.
    page_id: String,
}

/// Copies a page's title into a new page.
#[tool(writes)]
fn copy_title(call: &Call, input: Copy) -> Result<Value, Problem> {
    let page =
        call.notion().get(["v1", "pages", &input.page_id]).query("filter_properties", "title").send()?.body;
    call.info(format!("copying {}", page["title"]));
    call.progress(1, Some(2), Some("read"));
    let copy: Value = call.notion().post("/v1/pages", json!({"properties": page["title"]})).json()?;
    call.state().put("last", &copy["id"])?;
    Ok(json!({"id": copy["id"]}))
}

/// Asks for three things at once, one of which cannot be asked for.
#[tool(reads)]
fn read_three(call: &Call) -> Result<Value, Problem> {
    let requests = ["a", "..", "b"].map(|id| Request::get(["v1", "pages", id]));
    let answers = call.notion().send_all(requests.into());
    Ok(json!({
        "codes": answers
            .into_iter()
            .map(|answer| answer.map_or_else(|problem| json!(problem.code.as_str()), |page| page.body["n"].clone()))
            .collect::<Vec<_>>()
    }))
}

#[derive(Deserialize)]
struct Settings {
    tool: String,
}

/// Calls the tool that the operator has chosen.
#[tool(reads)]
fn delegate(call: &Call) -> Result<Value, Problem> {
    let settings: Settings = call.settings()?;
    call.tools().invoke(&settings.tool, &json!({"query": "plans"}))
}

#[derive(JsonSchema)]
struct Misdescribed;

impl Serialize for Misdescribed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("not what the schema says")
    }
}

#[derive(Serialize, JsonSchema)]
struct Wrapped {
    /// Something.
    inner: Misdescribed,
}

/// Breaks its own schema.
#[tool(reads)]
fn misdescribed(_call: &Call) -> Result<Wrapped, Problem> {
    Ok(Wrapped { inner: Misdescribed })
}

/// Answers with a list, which not every client takes.
#[tool(reads)]
fn bare_list(_call: &Call) -> Result<Vec<String>, Problem> {
    Ok(Vec::new())
}

/// Answers with text that is not JSON.
#[tool(reads)]
fn not_json(_call: &Call) -> Result<Answer, Problem> {
    Ok(Answer::of_json_text("{"))
}

plugin!(copy_title, read_three, delegate, misdescribed, bare_list, not_json);

fn notion() -> MockHost {
    MockHost::new()
        .on("GET /v1/pages/{page_id}", json!({"title": "Plans"}))
        .on("POST /v1/pages", json!({"id": "new"}))
}

#[test]
fn a_tool_runs_against_scripted_answers() {
    let host = notion();
    let answer = host.run(&PLUGIN, "copy_title", json!({"page_id": "a b/c"})).unwrap();
    assert_eq!(answer.value(), Some(json!({"id": "new"})));
    assert_eq!(host.sent(), ["GET /v1/pages/a%20b%2Fc?filter_properties=title", "POST /v1/pages"]);
    let requests = host.requests();
    assert_eq!(requests[1].method, Method::Post);
    assert_eq!(requests[1].body, Some(json!({"properties": "Plans"})));
    assert_eq!(host.logged(), [Line { level: Level::Info, message: "copying \"Plans\"".into() }]);
    assert_eq!(host.reported(), [Progress { done: 1, total: Some(2), message: Some("read".into()) }]);
    assert_eq!(host.state()["last"], json!("new"));
}

#[test]
fn a_function_can_be_called_as_it_is() {
    let host = notion();
    let copied = copy_title(&host.call(), Copy { page_id: "p".into() }).unwrap();
    assert_eq!(copied, json!({"id": "new"}));
}

#[test]
fn a_request_that_was_not_scripted_is_named() {
    let problem = MockHost::new()
        .on("POST /v1/pages", json!({}))
        .run(&PLUGIN, "copy_title", json!({"page_id": "p"}))
        .unwrap_err();
    assert_eq!(
        problem.message,
        "The test has not scripted the request `GET /v1/pages/p?filter_properties=title`."
    );
    assert_eq!(problem.hint.unwrap(), "Scripted: POST /v1/pages.");
}

#[test]
fn the_more_precise_route_answers_and_answers_come_in_order() {
    let host = MockHost::new()
        .on("GET /v1/pages/{page_id}", json!({"n": "any"}))
        .on("GET /v1/pages/b", Problem::not_found("gone"))
        .on("GET /v1/pages/b", json!({"n": "later"}));
    let first = host.run(&PLUGIN, "read_three", json!({})).unwrap();
    assert_eq!(first.value(), Some(json!({"codes": ["any", "invalid_input", "not_found"]})));
    for _ in 0..2 {
        let later = host.run(&PLUGIN, "read_three", json!({})).unwrap();
        assert_eq!(later.value(), Some(json!({"codes": ["any", "invalid_input", "later"]})));
    }
}

#[test]
fn an_answer_can_be_made_from_the_request() {
    let host = MockHost::new().on_with("GET /v1/pages/{page_id}", |request| {
        Ok(Response { status: 200, body: json!({"n": request.path.segments()[2]}) })
    });
    let answer = host.run(&PLUGIN, "read_three", json!({})).unwrap();
    assert_eq!(answer.value(), Some(json!({"codes": ["a", "invalid_input", "b"]})));
}

#[test]
fn settings_choose_the_tool_that_is_invoked() {
    let host =
        MockHost::new().with_settings(json!({"tool": "search"})).on_tool("search", json!({"found": 3}));
    assert_eq!(host.run(&PLUGIN, "delegate", json!({})).unwrap().value(), Some(json!({"found": 3})));
    assert_eq!(host.invocations(), [Invocation::new("search", &json!({"query": "plans"})).unwrap()]);
    let problem = MockHost::new().run(&PLUGIN, "delegate", json!({})).unwrap_err();
    assert!(problem.message.contains("missing field `tool`"), "{problem}");
}

#[test]
fn arguments_and_answers_are_held_to_their_schemas() {
    let host = notion();
    let code = |tool, arguments| host.run(&PLUGIN, tool, arguments).unwrap_err().code;
    assert_eq!(code("copy_title", json!({})), Code::InvalidInput);
    assert_eq!(code("copy_title", json!({"page_id": "p", "other": 1})), Code::InvalidInput);
    assert_eq!(code("misdescribed", json!({})), Code::Failed);
    assert_eq!(code("bare_list", json!({})), Code::Failed);
    assert_eq!(code("not_json", json!({})), Code::Failed);
    assert_eq!(code("absent", json!({})), Code::NotFound);
    assert_eq!(host.sent(), [""; 0], "nothing is sent for a call that is refused");
}

#[test]
fn arguments_that_no_schema_stopped_are_refused_by_type() {
    let problem = PLUGIN.run(&notion().call(), "copy_title", r#"{"page_id": 7}"#).unwrap_err();
    assert_eq!(problem.code, Code::InvalidInput);
}

#[test]
fn chance_repeats_and_any_number_of_bytes_is_given() {
    let bytes = MockHost::new().call().random_bytes(3_000);
    assert_eq!(bytes.len(), 3_000);
    assert_eq!(bytes, MockHost::new().call().random_bytes(3_000));
    assert_ne!(bytes, MockHost::new().with_seed(2).call().random_bytes(3_000));
}

#[test]
fn state_is_kept_between_calls_of_one_host() {
    let host = MockHost::new().with_state("a/1", json!(1)).with_state("b/1", json!("text"));
    let call = host.call();
    call.state().put("a/2", &[1, 2]).unwrap();
    let state = host.call();
    assert_eq!(state.state().keys("a/").unwrap(), ["a/1", "a/2"]);
    assert_eq!(state.state().get::<Vec<u8>>("a/2").unwrap(), Some(vec![1, 2]));
    assert_eq!(state.state().get::<u8>("absent").unwrap(), None);
    assert_eq!(state.state().get::<u8>("b/1").unwrap_err().code, Code::Failed);
    state.state().remove("a/1").unwrap();
    assert_eq!(host.state().len(), 2);
}

#[test]
fn a_caller_that_left_is_noticed() {
    assert!(MockHost::new().call().progress(1, None, None));
    assert!(!MockHost::new().caller_gone().call().progress(1, None, None));
}

#[test]
fn today_is_a_day_of_the_operators_zone() {
    // 2026-01-01T00:00:00Z: still the last day of the year before in New York.
    let host = MockHost::new().with_time(1_767_225_600_000);
    assert_eq!(host.call().today().unwrap().to_string(), "2026-01-01");
    let host = host.with_calendar("America/New_York", Weekday::Sunday);
    let (call, today) = (host.call(), host.call().today().unwrap());
    assert_eq!(today.to_string(), "2025-12-31");
    let (first, last) = call.calendar().unwrap().span(Unit::Week, 0).unwrap();
    assert_eq!((first.to_string(), last.to_string()), ("2025-12-28".to_owned(), "2026-01-03".to_owned()));
    assert_eq!(iso_week(today), "2026-W01");
}
