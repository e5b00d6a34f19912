//! Nothing that a caller gives is dropped in silence: a member that nobody knows, beside a tool's arguments or anywhere
//! inside of them, is refused before anything is written, or the answer speaks of it.

use std::collections::{BTreeMap, BTreeSet};

use notion_emulator::{Seed, SeedIds};
use serde_json::{Value, json};

use crate::cases::{BUILT_IN, cases};
use crate::harness::TestHost;

/// A member that no tool, no column and no object of Notion has.
const UNKNOWN: &str = "zzqx";

/// Calls with nested arguments in every form that the tools take, beside those that every tool has a case of.
fn nested(ids: &SeedIds) -> Vec<(&'static str, Value)> {
    let (page, database) = (&ids.root_page, &ids.tasks_database);
    let (row, project, block) = (&ids.tasks[0], &ids.projects[1], &ids.blocks[1]);
    let text = json!({"type": "text", "text": {"content": "x", "link": {"url": "https://example.com"}}, "annotations": {"bold": true}});
    let values = json!({
        "Name": {"title": [text]},
        "Status": {"status": {"name": "Done"}},
        "Priority": {"select": {"name": "High"}},
        "Tags": {"multi_select": [{"name": "money"}]},
        "Due": {"date": {"start": "2026-01-10", "end": "2026-01-12"}},
        "Owner": {"people": [{"id": ids.ada}]},
        "Estimate": {"type": "number", "number": 4},
        "Notes": {"rich_text": [text]},
        "Project": {"relation": [{"id": project}]},
    });
    let plain = json!({
        "Due": {"start": "2026-01-10", "end": "2026-01-12"},
        "Owner": [{"id": ids.ada}],
        "Tags": [{"name": "money"}],
        "Project": [{"id": project}],
        "Priority": {"name": "High"},
        "Estimate": {"type": "number", "value": 4},
    });
    let filter = json!({"and": [
        {"Status": {"equals": "Done"}},
        {"or": [{"property": "Due", "date": {"before": "2027-01-01"}}, {"Estimate": {">=": 1, "<": 100}}]},
        {"timestamp": "created_time", "created_time": {"past_year": {}}},
    ]});
    let blocks = json!([
        {"type": "to_do", "text": "x", "checked": true, "children": [{"type": "paragraph", "text": "in"}]},
        {"type": "code", "text": "x", "language": "rust"},
        {"type": "callout", "text": "x", "icon": {"type": "emoji", "emoji": "\u{1f4a1}"}, "color": "red"},
        {"type": "table", "rows": [["a", "b"], ["c", "d"]]},
        {"object": "block", "type": "quote", "quote": {"rich_text": [text]}},
        {"heading_2": {"rich_text": [text], "is_toggleable": true, "children": [{"paragraph": {"rich_text": [text]}}]}},
        {"type": "image", "image": {"type": "external", "external": {"url": "https://example.com/a.png"}}},
    ]);
    let columns = json!({
        "Stage": {"type": "select", "options": [{"name": "A", "color": "red"}]},
        "Cost": {"type": "number", "format": "dollar"},
        "Sum": {"formula": {"expression": "1 + 1"}},
                "State": {"type": "status", "options": [{"name": "Open"}]},
        "Task": {"type": "relation", "database_id": database},
    });
    let icon = json!({"type": "emoji", "emoji": "\u{1f4a1}"});
    let cover = json!({"type": "external", "external": {"url": "https://example.com/a.png"}});
    let one = json!({"property": "Name", "value": "Draw the mill"});
    vec![
        (
            "search",
            json!({"query": "Tasks", "sort": {"direction": "descending", "timestamp": "last_edited_time"}, "filter": {"property": "object", "value": "data_source"}, "page_size": 3}),
        ),
        (
            "query",
            json!({"database_id": database, "filter": filter, "sorts": [{"property": "Due", "direction": "descending"}, {"timestamp": "created_time", "direction": "ascending"}]}),
        ),
        (
            "query",
            json!({"database_id": database, "group_by": [{"property": "Due", "by": "month"}], "aggregates": [{"function": "sum", "property": "Estimate"}]}),
        ),
        (
            "create_page",
            json!({"database_id": database, "properties": values, "icon": icon, "cover": cover, "blocks": blocks, "new_options": true}),
        ),
        ("create_page", json!({"database_id": database, "properties": plain, "title": "x"})),
        (
            "update_page",
            json!({"page_id": row, "properties": values, "icon": icon, "cover": cover, "is_locked": false}),
        ),
        ("update_page", json!({"page_id": row, "properties": plain, "new_options": true})),
        ("edit_page", json!({"page_id": page, "edits": [{"old": "Welcome", "new": "Hello", "all": true}]})),
        ("edit_page", json!({"page_id": page, "insert": {"text": "x", "after": "Welcome"}})),
        ("append_blocks", json!({"block_id": page, "blocks": blocks, "after": block})),
        (
            "update_block",
            json!({"block_id": block, "block": {"type": "paragraph", "text": "x", "color": "red"}}),
        ),
        ("update_block", json!({"block_id": block, "block": {"paragraph": {"rich_text": [text]}}})),
        (
            "create_database",
            json!({"parent_page_id": page, "title": "x", "properties": columns, "icon": icon, "cover": cover}),
        ),
        (
            "update_database",
            json!({"database_id": database, "properties": columns, "icon": icon, "cover": cover}),
        ),
        (
            "update_database",
            json!({"database_id": database, "properties": {"Notes": {"rename": "Remarks"}, "Tags": {"options": [{"name": "more", "color": "red"}]}}}),
        ),
        (
            "create_view",
            json!({"database_id": database, "name": "x", "type": "board", "filter": filter, "sorts": [{"property": "Due", "direction": "descending"}], "configuration": {"group_by": "Status", "properties": ["Name", "Due"]}}),
        ),
        (
            "update_view",
            json!({"view_id": ids.tasks_view, "filter": filter, "sorts": ["-Due"], "configuration": {"properties": ["Name"]}}),
        ),
        (
            "upsert",
            json!({"database_id": database, "unique": [{"property": "Name", "value": "A new row"}, {"property": "Status", "value": "Done"}], "properties": plain, "content_blocks": blocks}),
        ),
        (
            "upsert",
            json!({"database_id": database, "unique": one, "properties": {"Notes": {"rich_text": [text]}}}),
        ),
        (
            "link",
            json!({"from": [{"type": "page", "id": row}], "to": [{"type": "page", "id": project}], "relation_property": "Project", "database_id": database}),
        ),
        (
            "bulk",
            json!({"mode": "stop_on_error", "ops": [
                {"op": "upsert", "args": {"database_id": database, "unique": {"property": "Name", "value": "New"}, "properties": {"Estimate": 1}}},
                {"op": "link", "args": {"from": {"$ref": "ops.0.id"}, "to": {"type": "page", "id": project}, "relation_property": "Project"}},
                {"op": "create_page", "args": {"parent_page_id": page, "title": "x", "blocks": [{"type": "to_do", "text": "x", "checked": true}]}},
                {"op": "update_page", "args": {"page_id": row, "properties": {"Due": {"start": "2026-01-10"}}}},
                {"op": "append_blocks", "args": {"block_id": page, "blocks": [{"type": "to_do", "text": "x", "checked": true}]}},
            ]}),
        ),
        ("properties", json!({"database_id": database, "properties": values})),
        ("properties", json!({"database_id": database, "properties": plain})),
        (
            "notion_request",
            json!({"method": "POST", "path": "/v1/search", "body": {"query": "x", "sort": {"direction": "ascending", "timestamp": "last_edited_time"}}}),
        ),
        ("notion_request", json!({"method": "GET", "path": "/v1/users", "query": {"page_size": 3}})),
        (
            "job_start",
            json!({"kind": "update_page", "args": {"page_id": row, "properties": {"Estimate": 3}}}),
        ),
    ]
}

/// Calls that succeed, of every tool and with every argument that can hold members.
pub(crate) fn calls(ids: &SeedIds) -> Vec<(String, Value)> {
    // Some operations of that bulk are meant to be refused.
    let cases = cases(ids).into_iter().filter(|case| case.succeeds && case.tool != "bulk");
    let cases = cases.map(|case| (case.tool.to_owned(), case.arguments));
    cases.chain(nested(ids).into_iter().map(|(tool, arguments)| (tool.to_owned(), arguments))).collect()
}

/// The pointers of all objects in a value, the value itself first.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                objects(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                objects(item, &format!("{at}/{number}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_member_is_refused_or_noted_wherever_it_stands() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let mut wrong = Vec::new();
    for (tool, arguments) in calls(&ids) {
        host.emulator.reset(Seed::Default);
        let (_, envelope) = host.call(&tool, arguments.clone()).await;
        if let Some(fault) = refused(&envelope) {
            wrong.push(format!("{tool}: the call itself is refused: {fault}"));
            continue;
        }
        let mut places = Vec::new();
        objects(&arguments, "", &mut places);
        // Of what is inside a job's values, the job's own answer speaks.
        places.retain(|place| tool != "job_start" || !place.starts_with("/args/"));
        for place in places {
            host.emulator.reset(Seed::Default);
            let mut arguments = arguments.clone();
            arguments.pointer_mut(&place).unwrap()[UNKNOWN] = json!(1);
            let before = host.emulator.writes().len();
            let (_, envelope) = host.call(&tool, arguments).await;
            let written = host.emulator.writes().len() - before;
            match refused(&envelope) {
                Some(fault) if written > 0 => {
                    wrong.push(format!("{tool} `{place}`: refused after {written} writes: {fault}"));
                }
                Some(_) => {}
                None if envelope["result"].to_string().contains(UNKNOWN) => {}
                None => {
                    wrong.push(format!("{tool} `{place}`: ok, and nothing is said: {}", envelope["result"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
    host.stop().await;
}

/// Why a call, or an operation of a bulk, is refused.
pub(crate) fn refused(envelope: &Value) -> Option<Value> {
    if envelope["ok"] != json!(true) {
        return Some(envelope["error"].clone());
    }
    let results = envelope["result"]["results"].as_array()?;
    results.iter().map(|result| &result["error"]).find(|error| error.is_object()).cloned()
}

/// The calls above leave out no argument that can hold members, of any tool, so that the test speaks of all of them.
#[tokio::test(flavor = "multi_thread")]
async fn every_tool_is_closed_and_every_argument_that_holds_members_is_tried() {
    let host = TestHost::start(&BUILT_IN).await;
    let mut given: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (tool, arguments) in calls(&host.emulator.ids()) {
        given.entry(tool).or_default().extend(arguments.as_object().unwrap().keys().cloned());
    }
    let catalog = host.host().gateway.catalogs.current();
    let mut missing = Vec::new();
    for tool in catalog.tools() {
        let error = host.error(tool.name().as_str(), json!({UNKNOWN: 1})).await;
        assert!(error["message"].as_str().unwrap().contains(UNKNOWN), "{}: {error}", tool.name());
        for (name, schema) in tool.definition.input_schema["properties"].as_object().unwrap() {
            let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
            let is_scalar = |kind: &Value| {
                ["string", "integer", "number", "boolean", "null"].iter().any(|scalar| kind == scalar)
            };
            let is_plain = kinds.iter().all(is_scalar) || schema["items"]["type"] == "string";
            if !is_plain && !given.get(tool.name().as_str()).is_some_and(|given| given.contains(name)) {
                missing.push(format!("{}.{name}", tool.name()));
            }
        }
    }
    assert!(missing.is_empty(), "no call gives {}", missing.join(", "));
    host.stop().await;
}
