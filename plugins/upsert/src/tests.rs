use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const DATABASE: &str = "11111111-1111-1111-1111-111111111111";
const DATA_SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const PAGE: &str = "33333333-3333-3333-3333-333333333333";

fn not_found() -> Problem {
    Problem::not_found("Could not find it.")
        .details(json!({ "notion": { "status": 404, "code": "object_not_found" } }))
}

fn data_source() -> Value {
    json!({ "object": "data_source", "id": DATA_SOURCE, "properties": {
        "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
        "Status": { "id": "a", "name": "Status", "type": "status", "status": {
            "options": [{ "name": "To do" }, { "name": "Done" }], "groups": [],
        } },
        "Due Date": { "id": "b", "name": "Due Date", "type": "date", "date": {} },
        "Points": { "id": "c", "name": "Points", "type": "number", "number": {} },
        "No": { "id": "d", "name": "No", "type": "unique_id", "unique_id": { "prefix": "TASK" } },
    } })
}

fn page(id: &str, name: &str, status: &str) -> Value {
    json!({
        "object": "page", "id": id, "url": format!("https://app.notion.com/p/{id}"),
        "properties": {
            "Name": { "id": "title", "type": "title", "title": [
                { "type": "text", "text": { "content": name, "link": null }, "plain_text": name },
            ] },
            "Status": { "id": "a", "type": "status", "status": { "id": "x", "name": status, "color": "gray" } },
            "Due Date": { "id": "b", "type": "date", "date": null },
            "Points": { "id": "c", "type": "number", "number": 3 },
        },
    })
}

fn rows(pages: &[Value]) -> Value {
    json!({ "object": "list", "results": pages, "has_more": false, "next_cursor": null })
}

/// A workspace whose database has these rows; writes are answered with a page that is done.
fn host(pages: &[Value]) -> MockHost {
    MockHost::new()
        .on_with("GET /v1/data_sources/{data_source_id}", |request| match request.path.segments() {
            [_, _, id] if id == DATA_SOURCE => Ok(Response { status: 200, body: data_source() }),
            _ => Err(not_found()),
        })
        .on_with("GET /v1/databases/{database_id}", |request| match request.path.segments() {
            [_, _, id] if id == DATABASE => Ok(Response {
                status: 200,
                body: json!({ "object": "database", "id": DATABASE, "data_sources": [{ "id": DATA_SOURCE, "name": "Tasks" }] }),
            }),
            _ => Err(not_found()),
        })
        .on("POST /v1/data_sources/{data_source_id}/query", rows(pages))
        .on("POST /v1/pages", page(PAGE, "Project X", "Done"))
        .on("PATCH /v1/pages/{page_id}", page(PAGE, "Project X", "Done"))
}

fn arguments(database: &str, properties: Value) -> Value {
    json!({ "database_id": database, "unique": { "property": "name", "value": "Project X" }, "properties": properties })
}

fn writes(host: &MockHost) -> Vec<String> {
    host.sent()
        .into_iter()
        .filter(|line| line.starts_with("POST /v1/pages") || line.starts_with("PATCH"))
        .collect()
}

#[test]
fn a_row_that_is_not_there_is_created() {
    let host = host(&[]);
    let mut arguments = arguments(
        DATA_SOURCE,
        json!({ "status": "done", "due_date": { "type": "date", "value": "2026-01-10" } }),
    );
    arguments["content"] = json!("# Plan");
    let answer = host.run(&PLUGIN, "upsert", arguments).expect("created").value().expect("data");
    assert_eq!(
        answer,
        json!({
            "action": "created", "id": PAGE, "url": format!("https://app.notion.com/p/{PAGE}"), "title": "Project X",
            "properties": { "Status": "Done", "Points": 3 },
        })
    );
    let sent = host.requests();
    assert_eq!(sent.len(), 4);
    assert_eq!(
        sent[2].body,
        Some(
            json!({ "filter": { "property": "Name", "title": { "equals": "Project X" } }, "page_size": 10 })
        )
    );
    assert_eq!(
        sent[3].body,
        Some(json!({
            "parent": { "type": "data_source_id", "data_source_id": DATA_SOURCE },
            "properties": {
                "Status": { "status": { "name": "Done" } },
                "Due Date": { "date": { "start": "2026-01-10" } },
                "Name": { "title": [{ "type": "text", "text": { "content": "Project X" } }] },
            },
            "markdown": "# Plan",
        }))
    );
}

#[test]
fn a_row_that_is_there_gets_only_what_differs() {
    let host = host(&[page(PAGE, "Project X", "To do")]);
    let mut arguments = arguments(
        &format!("https://www.notion.so/acme/{}?v=1", DATABASE.replace('-', "")),
        json!({ "Status": "Done", "Points": 3 }),
    );
    arguments["content"] = json!("# Plan");
    let answer = host.run(&PLUGIN, "upsert", arguments).expect("updated").value().expect("data");
    assert_eq!(answer["action"], "updated");
    assert!(answer["note"].as_str().expect("a note").contains("content"));
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/data_sources/{DATABASE}"),
            format!("GET /v1/databases/{DATABASE}"),
            format!("GET /v1/data_sources/{DATA_SOURCE}"),
            format!("POST /v1/data_sources/{DATA_SOURCE}/query"),
            format!("PATCH /v1/pages/{PAGE}"),
        ]
    );
    assert_eq!(
        host.requests()[4].body,
        Some(json!({ "properties": { "Status": { "status": { "name": "Done" } } } }))
    );
}

#[test]
fn a_row_that_has_the_values_is_left_alone() {
    let host = host(&[page(PAGE, "Project X", "Done")]);
    let wanted = json!({ "Status": "Done", "Points": "3.0", "Due Date": null, "Name": "Project X" });
    let answer = host
        .run(&PLUGIN, "upsert", arguments(DATA_SOURCE, wanted))
        .expect("unchanged")
        .value()
        .expect("data");
    assert_eq!(answer["action"], "unchanged");
    assert!(writes(&host).is_empty());
}

#[test]
fn several_rows_of_one_value_are_a_conflict_that_names_them() {
    let host = host(&[page(PAGE, "Project X", "Done"), page(DATABASE, "Project X", "Done")]);
    let problem =
        host.run(&PLUGIN, "upsert", arguments(DATA_SOURCE, json!({ "Status": "Done" }))).expect_err("two");
    assert_eq!(problem.code.as_str(), "conflict");
    assert_eq!(json!(problem.details), json!({ "ids": [PAGE, DATABASE] }));
    assert!(writes(&host).is_empty());
}

#[test]
fn the_row_that_has_exactly_the_value_is_the_one_meant() {
    let host = host(&[page(DATABASE, "project x", "Done"), page(PAGE, "Project X", "Done")]);
    let answer =
        host.run(&PLUGIN, "upsert", arguments(DATA_SOURCE, json!({ "Status": "Done" }))).expect("one");
    assert_eq!(answer.value().expect("data")["id"], PAGE);
}

#[test]
fn whatever_is_wrong_is_refused_before_anything_is_written() {
    let host = host(&[]);
    for (change, hint) in [
        (json!({ "properties": { "Status": "Finished" } }), "`Done`"),
        (json!({ "properties": { "Deadline": "2026-01-10" } }), "`Due Date`"),
        (json!({ "properties": { "Due Date": "tomorrow" } }), "2026-01-10"),
        (json!({ "properties": { "No": 3 } }), "Leave `No` out"),
        (json!({ "properties": { "Name": "Project Y" } }), "leave it out of `properties`"),
        (json!({ "unique": { "property": "Title", "value": "X" } }), "`Name`"),
        (json!({ "unique": { "property": "Name", "value": null } }), "Give the value"),
        (json!({ "unique": { "property": "No", "value": "TASK-9" } }), "another unique property"),
        (json!({ "database_id": "Tasks" }), "32 hexadecimal digits"),
        (json!({ "database_id": PAGE }), "search"),
    ] {
        let mut arguments = arguments(DATA_SOURCE, json!({}));
        for (name, value) in change.as_object().expect("an object") {
            arguments[name] = value.clone();
        }
        let problem = host.run(&PLUGIN, "upsert", arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
    assert!(writes(&host).is_empty());
}

#[test]
fn a_database_with_several_data_sources_is_refused_with_their_names() {
    let several = json!([{ "id": DATA_SOURCE, "name": "Tasks" }, { "id": PAGE, "name": "Archive" }]);
    let host = MockHost::new()
        .on("GET /v1/data_sources/{data_source_id}", not_found())
        .on("GET /v1/databases/{database_id}", json!({ "id": DATABASE, "data_sources": several }));
    let problem = host.run(&PLUGIN, "upsert", arguments(DATABASE, json!({}))).expect_err("several");
    assert!(problem.hint.expect("a hint").contains(&format!("{DATA_SOURCE} (Tasks), {PAGE} (Archive)")));
}

#[test]
fn a_refusal_that_says_nothing_about_the_id_is_passed_on() {
    let limited = Problem::rate_limited("Later.")
        .details(json!({ "notion": { "status": 429, "code": "rate_limited" } }));
    for (data_source, database) in [(limited.clone(), not_found()), (not_found(), limited.clone())] {
        let host = MockHost::new()
            .on("GET /v1/data_sources/{data_source_id}", data_source)
            .on("GET /v1/databases/{database_id}", database);
        assert_eq!(host.run(&PLUGIN, "upsert", arguments(DATABASE, json!({}))), Err(limited.clone()));
    }
}

#[test]
fn the_definition_fits_what_clients_take() {
    let definitions = PLUGIN.definitions();
    let definition = &definitions[0];
    assert_eq!(definition.route, Some(("POST", "/v1/upsert")));
    assert!(definition.description.chars().count() <= 300);
    let fields = definition.input_schema["properties"].as_object().expect("properties");
    let unique = fields["unique"]["properties"].as_object().expect("properties");
    for (name, property) in fields.iter().chain(unique) {
        let description = property["description"].as_str().expect(name);
        assert!(description.chars().count() <= 700, "{name}");
        assert!(
            ["$ref", "oneOf", "anyOf", "allOf"].iter().all(|keyword| property.get(keyword).is_none()),
            "{name}"
        );
    }
}
