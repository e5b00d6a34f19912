//! Finding data sources, and the requests that their values and filters cost.

use serde_json::{Map, Value, json};

use super::DataSource;
use crate::mock::MockHost;
use crate::notion::NewOptions;
use crate::{Problem, Request, Response};

const DATABASE: &str = "11111111-1111-1111-1111-111111111111";
const TASKS: &str = "22222222-2222-2222-2222-222222222222";
const PROJECTS: &str = "33333333-3333-3333-3333-333333333333";
const PAGE: &str = "44444444-4444-4444-4444-444444444444";
const OTHER_PAGE: &str = "55555555-5555-5555-5555-555555555555";
const ADA: &str = "66666666-6666-6666-6666-666666666666";

fn not_found() -> Problem {
    Problem::not_found("Could not find it.").details(json!({ "notion": { "status": 404 } }))
}

fn tasks(options: &[&str]) -> Value {
    let options: Vec<Value> = options.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "object": "data_source", "id": TASKS, "title": [{ "plain_text": "Tasks" }],
        "parent": { "type": "database_id", "database_id": DATABASE },
        "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Stage": { "id": "a", "type": "select", "select": { "options": options } },
            "Owner": { "id": "b", "type": "people", "people": {} },
            "Project": { "id": "c", "type": "relation", "relation": { "data_source_id": PROJECTS } },
        },
    })
}

fn projects() -> Value {
    json!({ "id": PROJECTS, "properties": { "Project name": { "id": "title", "type": "title", "title": {} } } })
}

fn row(id: &str, title: &str) -> Value {
    json!({ "object": "page", "id": id, "properties": {
        "Project name": { "id": "title", "type": "title", "title": [{ "plain_text": title }] },
    } })
}

/// The titles that a query asks for.
fn wanted(request: &Request) -> Vec<String> {
    let conditions =
        request.body.as_ref().and_then(|body| body.pointer("/filter/or")).and_then(Value::as_array);
    let title =
        |condition: &Value| condition.pointer("/title/equals").and_then(Value::as_str).map(str::to_owned);
    conditions.into_iter().flatten().filter_map(title).collect()
}

/// A workspace with tasks and projects; each wanted title is that of one project, "Twice" that of two, "Nothing" of none.
fn host() -> MockHost {
    MockHost::new()
        .on_with("GET /v1/data_sources/{id}", |request| match request.path.segments().last().map(String::as_str) {
            Some(TASKS) => Ok(Response { status: 200, body: tasks(&["High"]) }),
            Some(PROJECTS) => Ok(Response { status: 200, body: projects() }),
            _ => Err(not_found()),
        })
        .on_with("GET /v1/databases/{id}", |request| match request.path.segments().last().map(String::as_str) {
            Some(DATABASE) => Ok(Response {
                status: 200,
                body: json!({ "id": DATABASE, "data_sources": [{ "id": TASKS, "name": "Tasks" }] }),
            }),
            _ => Err(not_found()),
        })
        .on_with("POST /v1/data_sources/{id}/query", |request| {
            let rows: Vec<Value> = wanted(request)
                .iter()
                .enumerate()
                .flat_map(|(number, title)| match title.as_str() {
                    "Nothing" => vec![],
                    "Twice" => vec![row(PAGE, title), row(OTHER_PAGE, title)],
                    _ => vec![row(&format!("{number:032x}"), title)],
                })
                .collect();
            Ok(Response { status: 200, body: json!({ "results": rows, "has_more": false, "next_cursor": null }) })
        })
        .on(
            "GET /v1/users",
            json!({ "results": [
                { "id": ADA, "type": "person", "name": "Ada Lovelace", "person": { "email": "ada@example.com" } },
                { "id": PAGE, "type": "person", "name": "Bob", "person": {} },
                { "id": OTHER_PAGE, "type": "person", "name": "bob", "person": { "email": "bob@example.com" } },
                { "id": DATABASE, "type": "person", "name": null, "person": {} },
                { "id": DATABASE, "type": "bot", "name": "Toolbay", "bot": {} },
            ], "next_cursor": null }),
        )
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn values(host: &MockHost, given: Value) -> Result<Map<String, Value>, Problem> {
    DataSource::find(&host.call(), TASKS)?.values(&host.call(), &map(given), NewOptions::Refuse)
}

#[test]
fn an_id_of_either_kind_finds_the_data_source() {
    for (id, requests) in [(TASKS, 1), (DATABASE, 3)] {
        let host = host();
        let found = DataSource::find(&host.call(), id).expect(id);
        assert_eq!((found.id.as_str(), found.database_id.as_deref()), (TASKS, Some(DATABASE)));
        assert_eq!(found.title.as_deref(), Some("Tasks"));
        assert_eq!(found.body["object"], "data_source");
        assert_eq!(host.requests().len(), requests);
        assert!(
            host.requests().iter().all(|request| request.max_age.is_some()),
            "all may come from the cache"
        );
    }
}

#[test]
fn what_is_missing_is_asked_for_once_more_past_the_cache() {
    let host = host();
    let problem = DataSource::find(&host.call(), PAGE).expect_err("a page");
    assert!(problem.hint.expect("a hint").contains("search"));
    let ages: Vec<bool> = host.requests().iter().map(|request| request.max_age.is_some()).collect();
    assert_eq!(ages, [true, true, false, false]);
}

#[test]
fn a_database_of_several_data_sources_is_refused_with_their_names() {
    let several = json!([{ "id": TASKS, "name": "Tasks" }, { "id": PROJECTS, "name": "Projects" }]);
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", not_found())
        .on("GET /v1/databases/{id}", json!({ "id": DATABASE, "data_sources": several }));
    let problem = DataSource::find(&host.call(), DATABASE).expect_err("several");
    assert!(problem.hint.expect("a hint").contains(&format!("{TASKS} (Tasks), {PROJECTS} (Projects)")));
}

#[test]
fn a_refusal_that_says_nothing_about_the_id_is_passed_on() {
    let limited = Problem::rate_limited("Later.").details(json!({ "notion": { "status": 429 } }));
    let host = MockHost::new().on("GET /v1/data_sources/{id}", limited.clone());
    assert_eq!(DataSource::find(&host.call(), TASKS).map(|found| found.id), Err(limited));
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn only_rows_are_of_a_data_source() {
    let host = host();
    let parent = |parent: Value| DataSource::of_page(&host.call(), &json!({ "parent": parent }));
    let row = parent(json!({ "type": "data_source_id", "data_source_id": TASKS, "database_id": DATABASE }));
    assert_eq!(row.expect("found").map(|found| found.id).as_deref(), Some(TASKS));
    assert!(parent(json!({ "type": "page_id", "page_id": PAGE })).expect("a page").is_none());
}

#[test]
fn names_are_looked_up_in_one_request_a_kind() {
    let host = host();
    let normal = values(
        &host,
        json!({ "Owner": ["ada lovelace", "BOB@example.com"], "Project": ["Plan", "Road map", PAGE], "Stage": "high" }),
    )
    .expect("all are known");
    assert_eq!(normal["Owner"]["people"][0]["id"], ADA);
    assert_eq!(normal["Owner"]["people"][1]["id"], OTHER_PAGE);
    assert_eq!(normal["Project"]["relation"][1]["id"], "00000000-0000-0000-0000-000000000001");
    assert_eq!(normal["Project"]["relation"][2]["id"], PAGE);
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/data_sources/{TASKS}"),
            "GET /v1/users?page_size=100".to_owned(),
            format!("GET /v1/data_sources/{PROJECTS}"),
            format!("POST /v1/data_sources/{PROJECTS}/query?filter_properties=title"),
        ]
    );
    let query = host.requests()[3].body.clone().expect("a body");
    assert_eq!(query["filter"]["or"][0], json!({ "property": "title", "title": { "equals": "Plan" } }));
}

#[test]
fn titles_are_looked_up_a_hundred_at_once_and_pages_of_answers_are_read_through() {
    let host = host();
    let titles: Vec<String> = (0..100).map(|number| format!("Project {number:03}")).collect();
    let mut references = crate::notion::References::new();
    let schema = DataSource::find(&host.call(), TASKS).expect("found").schema;
    for title in titles.iter().chain(&["One more".to_owned()]) {
        references.collect(&schema, &map(json!({ "Project": title })));
    }
    crate::notion::Directory::load(&host.call(), &references).expect("found");
    assert_eq!(host.sent().iter().filter(|line| line.starts_with("POST")).count(), 2);

    let pages = MockHost::new()
        .on("GET /v1/data_sources/{id}", projects())
        .on("POST /v1/data_sources/{id}/query", json!({ "results": [row(PAGE, "A")], "next_cursor": "next" }))
        .on(
            "POST /v1/data_sources/{id}/query",
            json!({ "results": [row(OTHER_PAGE, "B")], "next_cursor": null }),
        );
    let mut references = crate::notion::References::new();
    references.add_page(PROJECTS, "A");
    references.add_page(PROJECTS, "B");
    let directory = crate::notion::Directory::load(&pages.call(), &references).expect("found");
    let found = crate::notion::Lookup::page(&directory, PROJECTS, "B").expect("on the second page");
    assert_eq!(found.to_string(), OTHER_PAGE);
    assert_eq!(pages.requests()[2].body.as_ref().expect("a body")["start_cursor"], "next");
}

#[test]
fn a_name_that_means_nothing_or_too_much_is_refused() {
    for (given, hint) in [
        (json!({ "Project": "Nothing" }), "whole title"),
        (json!({ "Project": "Twice" }), OTHER_PAGE),
        (json!({ "Owner": "Adda" }), "`Ada Lovelace`"),
        (json!({ "Owner": "BOB" }), "bob@example.com"),
    ] {
        let problem = values(&host(), given.clone()).expect_err(&given.to_string());
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
}

#[test]
fn nothing_is_looked_up_for_values_that_the_schema_refuses() {
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for given in [json!({ "Project": "Plan", "Stage": "Hihg" }), json!({ "Project": many })] {
        let host = host();
        assert!(values(&host, given).is_err());
        assert!(host.sent().iter().all(|line| *line == format!("GET /v1/data_sources/{TASKS}")));
    }
}

#[test]
fn a_refusal_by_an_outdated_schema_is_checked_against_a_fresh_one() {
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", tasks(&["High"]))
        .on("GET /v1/data_sources/{id}", tasks(&["High", "Low"]));
    let mut found = DataSource::find(&host.call(), TASKS).expect("found");
    let stage = |name: &str| map(json!({ "Stage": name }));
    assert!(found.values(&host.call(), &stage("low"), NewOptions::Refuse).is_ok());
    assert_eq!(host.requests()[1].max_age, None);
    // What is fresh is not asked for again.
    assert!(found.values(&host.call(), &stage("Lwo"), NewOptions::Refuse).is_err());
    assert_eq!(host.requests().len(), 2);
}

#[test]
fn filters_look_names_up_and_sorts_need_nothing() {
    let host = host();
    let mut found = DataSource::find(&host.call(), TASKS).expect("found");
    let filter =
        found.filter(&host.call(), &json!({ "Owner": "Ada Lovelace", "Stage": "high" })).expect("a filter");
    assert_eq!(filter["and"][0], json!({ "property": "Owner", "people": { "contains": ADA } }));
    let sorts = found.sorts(&host.call(), &json!("-stage")).expect("a sort");
    assert_eq!(sorts, json!([{ "property": "Stage", "direction": "descending" }]));
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn a_database_in_the_trash_takes_no_values() {
    let mut trashed = tasks(&["High"]);
    trashed["in_trash"] = json!(true);
    let host = MockHost::new().on("GET /v1/data_sources/{id}", trashed);
    let problem = values(&host, json!({ "Stage": "High" })).expect_err("in the trash");
    assert_eq!(problem.code, crate::Code::Conflict);
}

#[test]
fn an_address_ends_the_search_for_people_early() {
    let host = MockHost::new().on("GET /v1/data_sources/{id}", tasks(&[])).on(
        "GET /v1/users",
        json!({ "results": [
            { "id": ADA, "type": "person", "name": "Ada", "person": { "email": "ada@example.com" } },
        ], "next_cursor": "next" }),
    );
    assert!(values(&host, json!({ "Owner": "ada@example.com" })).is_ok());
    assert_eq!(host.sent().len(), 2);
    // A list without an end does not keep the call.
    assert_eq!(
        values(&host, json!({ "Owner": "Ada" })).expect_err("endless").code,
        crate::Code::LimitExceeded
    );
}

#[test]
fn me_is_the_person_behind_the_connection_or_refused() {
    let filtered = |own: Value| {
        let host = host().on("GET /v1/users/me", own);
        let call = host.call();
        DataSource::find(&call, TASKS).and_then(|mut source| {
            let asked = json!({ "Owner": "me" });
            Ok((source.filter(&call, &asked)?, source.view_filter(&call, &asked)?))
        })
    };
    let bot =
        |owner: Value| json!({ "object": "user", "id": PAGE, "type": "bot", "bot": { "owner": owner } });
    let person = json!({ "type": "user", "user": { "object": "user", "id": ADA } });
    let (query, view) = filtered(bot(person)).expect("a person");
    assert_eq!(query, json!({ "property": "Owner", "people": { "contains": ADA } }));
    assert_eq!(view, json!({ "property": "Owner", "people": { "contains": "me" } }));
    let problem = filtered(bot(json!({ "type": "workspace", "workspace": true }))).expect_err("nobody");
    assert!(problem.hint.expect("a hint").contains("email"), "{}", problem.message);
}

#[test]
fn a_write_takes_a_database_for_its_only_data_source_by_a_look_of_a_moment_ago() {
    let ages = |find: &dyn Fn(&MockHost)| -> Vec<u64> {
        let host = host();
        find(&host);
        let asked = host.requests().into_iter().filter(|request| request.path.segments()[1] == "databases");
        asked.map(|request| request.max_age.map_or(0, |age| age.as_secs())).collect()
    };
    let decided = ages(&|host| drop(DataSource::decide(&host.call(), DATABASE).expect("decided")));
    assert!(decided.iter().all(|age| *age <= 3), "{decided:?}");
    assert_eq!(ages(&|host| drop(DataSource::afresh(&host.call(), DATABASE).expect("afresh"))), [0]);
    assert!(ages(&|host| drop(DataSource::decide(&host.call(), TASKS).expect("its id"))).is_empty());
    let confirmed = ages(&|host| {
        let found = DataSource::find(&host.call(), DATABASE).expect("found");
        found.confirm(&host.call(), TASKS).expect("its id");
        found.confirm(&host.call(), DATABASE).expect("its database");
    });
    assert!(confirmed.len() == 2 && confirmed[1] <= 3, "{confirmed:?}");
}

#[test]
fn an_option_that_was_added_meanwhile_is_the_one_that_is_meant() {
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", tasks(&["High"]))
        .on("GET /v1/data_sources/{id}", tasks(&["High", "Cachy"]));
    let mut source = DataSource::find(&host.call(), TASKS).expect("found");
    let values =
        source.values(&host.call(), &map(json!({ "Stage": "cachy" })), NewOptions::Add).expect("values");
    assert_eq!(values["Stage"], json!({ "select": { "name": "Cachy" } }));
    assert!(source.take_notes().is_empty());
    source.values(&host.call(), &map(json!({ "Stage": "Low" })), NewOptions::Add).expect("values");
    assert_eq!(source.take_notes(), ["`Stage` got the new option `Low`."]);
    assert!(source.take_notes().is_empty(), "told once");
}
