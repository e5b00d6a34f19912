//! Changes of a database's columns through the door: names decide exactly, and values are lost only when that was confirmed.

use notion_emulator::Seed;
use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::{TestHost, command};

/// The columns of the demo's tasks, as `get_database` tells them.
async fn columns(host: &TestHost) -> Value {
    let database = host.emulator.ids().tasks_database;
    host.result("get_database", json!({"database_id": database})).await["columns"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_columns_name_in_another_case_spacing_or_form_changes_nothing_unless_it_is_the_same_name() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    let before = columns(&host).await;
    for name in ["notes", "NOTES", "No tes", "no_tes"] {
        for definition in [json!("number"), json!(null), json!({"rename": "Remarks"})] {
            let arguments =
                json!({"database_id": database, "properties": {(name): definition}, "confirm": true});
            let problem = host.error("update_database", arguments).await;
            assert!(problem["hint"].as_str().unwrap().contains("`Notes`"), "{name}: {problem}");
        }
    }
    assert!(host.emulator.writes().is_empty());
    assert_eq!(columns(&host).await, before);
    let arguments = json!({"database_id": database, "properties": {"Gr\u{f6}\u{df}e": "number"}});
    host.result("update_database", arguments).await;
    let arguments = json!({"database_id": database, "properties": {"Gro\u{308}\u{df}e": {"rename": "Size"}}});
    let answer = host.result("update_database", arguments).await;
    assert_eq!(answer["renamed"], json!({"Gr\u{f6}\u{df}e": "Size"}), "one normal form");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_empties_values_says_how_many_before_and_after() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    for properties in [
        json!({"Tags": "number"}),
        json!({"Estimate": null}),
        json!({"Priority": {"options": ["Urgent"], "remove_options": ["High"]}}),
    ] {
        host.emulator.reset(Seed::Default);
        let mut arguments = json!({"database_id": database, "properties": properties});
        let problem = host.error("update_database", arguments.clone()).await;
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains("rows.") && message.contains("Nothing was changed"), "{problem}");
        assert!(host.emulator.writes().is_empty(), "{properties}");
        arguments["confirm"] = json!(true);
        let answer = host.result("update_database", arguments).await;
        assert!(answer["notes"].to_string().contains("rows"), "{properties}: {answer}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_a_column_or_an_option_does_not_have_are_refused() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    for properties in [
        json!({"Priority": {"options": [{"name": "High", "new_name": "Urgent"}]}}),
        json!({"Priority": {"options": [{"name": "High", "colour": "blue"}]}}),
        json!({"Priority": {"options": [{"name": "New", "weight": 3}]}}),
        json!({"Status": {"options": [{"name": "Doing", "group": "In progress"}]}}),
        json!({"Priority": {"type": "select", "weight": 3}}),
        json!({"Other": {"type": "number", "colour": "blue"}}),
        json!({"Other": {"type": "status", "options": [{"name": "Doing", "group": "In progress"}]}}),
    ] {
        for tool in ["update_database", "create_database"] {
            let mut arguments = json!({"database_id": database, "properties": properties});
            if tool == "create_database" {
                arguments["title"] = json!("More");
            }
            let is_change = properties.to_string().contains("\"High\"");
            if tool == "create_database" && is_change && properties["Priority"].get("type").is_none() {
                arguments["properties"]["Priority"]["type"] = json!("select");
            }
            if tool == "create_database" && properties.get("Status").is_some() {
                arguments["properties"]["Status"]["type"] = json!("status");
            }
            let problem = host.error(tool, arguments).await;
            assert_eq!(problem["code"], "invalid_input", "{tool} {properties}");
            assert!(problem["hint"].is_string(), "{tool} {properties}: {problem}");
        }
    }
    assert!(host.emulator.writes().is_empty());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_option_keeps_its_rows() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    for (column, from, to) in [("Priority", "High", "Urgent"), ("Status", "Done", "Finished")] {
        host.emulator.reset(Seed::Default);
        let count = async |option: &str| {
            let arguments = json!({"database_id": database, "filter": {(column): option}});
            host.result("query", arguments).await["rows"].as_array().map_or(0, Vec::len)
        };
        let before = count(from).await;
        assert!(before > 0, "{column}");
        let properties = json!({(column): {"options": [{"name": from, "rename": to}]}});
        let arguments = json!({"database_id": database, "properties": properties, "confirm": true});
        let answer = host.result("update_database", arguments).await;
        assert!(answer["notes"].to_string().contains(to), "{answer}");
        assert_eq!(count(to).await, before, "{column}");
        let options = columns(&host).await[column]["options"].clone();
        assert!(!options.as_array().unwrap().contains(&json!(from)), "{options}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_into_another_database_with_their_values_and_what_is_lost_is_named() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let columns = columns(&host).await;
    let kept = json!({"Status": columns["Status"], "Due": "date", "Priority": columns["Priority"]});
    let arguments = json!({"parent_page_id": ids.root_page, "title": "Old tasks", "properties": kept});
    let other = host.result("create_database", arguments).await["id"].clone();
    let values = |page: &Value| page["properties"].clone();
    let before = values(&host.result("get_page", json!({"page_id": ids.tasks[0]})).await);
    let answer = host.result("archive", json!({"page_ids": [ids.tasks[0]], "database_id": other})).await;
    assert_eq!(answer["moved"], 1, "{answer}");
    let after = values(&host.result("get_page", json!({"page_id": ids.tasks[0]})).await);
    let not_kept = answer["rows"][0]["not_kept"].as_object().cloned().unwrap_or_default();
    for (name, value) in before.as_object().unwrap() {
        let is_there = after.get(name) == Some(value);
        let is_named = not_kept.get(name) == Some(value);
        let is_computed =
            columns[name].as_str().is_some_and(|kind| kind.contains("time") || kind.contains("_by"));
        assert!(is_there || is_named || is_computed, "{name}: {value}; {answer}");
    }
    assert!(["Status", "Due"].iter().any(|name| before.get(*name).is_some() && after.get(*name).is_some()));
    let moved = host.result("move_page", json!({"page_id": ids.tasks[1], "database_id": other})).await;
    assert!(moved["lost"].as_object().is_some_and(|lost| !lost.is_empty()), "{moved}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_that_a_write_adds_is_told_and_has_no_twin() {
    let host = TestHost::start(&BUILT_IN).await;
    let database = host.emulator.ids().tasks_database;
    let row = |name: &str, option: &str| {
        json!({"database_id": database, "unique": {"property": "Name", "value": name},
            "properties": {"Priority": option}, "new_options": true})
    };
    let created = host
        .result(
            "create_page",
            json!({"database_id": database, "title": "A", "properties": {"Priority": "Cachy"}, "new_options": true}),
        )
        .await;
    assert_eq!(created["notes"], json!(["`Priority` got the new option `Cachy`."]), "{created}");
    let updated = host
        .result(
            "update_page",
            json!({"page_id": created["id"], "properties": {"Priority": "Other"}, "new_options": true}),
        )
        .await;
    assert_eq!(updated["notes"], json!(["`Priority` got the new option `Other`."]), "{updated}");
    let again = host.result("upsert", row("B", "cachy")).await;
    assert!(!again.to_string().contains("new option"), "{again}");
    let ops: Vec<Value> = [("C", "Bulky"), ("D", "bulky"), ("E", "BULKY")]
        .map(|(name, option)| json!({"op": "upsert", "args": row(name, option)}))
        .to_vec();
    let bulk = host.result("bulk", json!({"ops": ops})).await;
    assert_eq!(bulk.to_string().matches("new option").count(), 1, "{bulk}");
    let path = format!("/v1/data_sources/{}", host.emulator.ids().tasks_data_source);
    let fresh = host.result("notion_request", json!({"method": "GET", "path": path})).await;
    let fresh = fresh.to_string().to_lowercase();
    for name in ["cachy", "other", "bulky"] {
        assert_eq!(fresh.matches(&format!("\"name\":\"{name}\"")).count(), 1, "{fresh}");
    }
    host.stop().await;
}

/// The values of a column are lost with its type: whoever may only write can't change that, by whatever tool.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_given_another_type_by_nobody_who_may_only_write() {
    let host = TestHost::start(&["databases", "request"]).await;
    let ids = host.emulator.ids();
    let made = command(&host, &["--json", "token", "create", "writer"]).output().unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let token = made["token"].as_str().unwrap();
    let call = async |tool: &str, arguments: Value| {
        let request = host.client.post(format!("{}/v1/tools/{tool}", host.url)).bearer_auth(token);
        let answer = request.json(&arguments).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let path = format!("/v1/data_sources/{}", ids.tasks_data_source);
    let patch =
        |properties: Value| json!({"method": "PATCH", "path": path, "body": {"properties": properties}});
    for (tool, arguments) in [
        ("notion_request", patch(json!({"Notes": {"checkbox": {}}}))),
        (
            "update_database",
            json!({"database_id": ids.tasks_database, "properties": {"Notes": "checkbox"}, "confirm": true}),
        ),
    ] {
        let (status, refused) = call(tool, arguments).await;
        assert_eq!((status, &refused["error"]["code"]), (403, &json!("forbidden")), "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("destroys"), "{refused}");
    }
    let (status, added) = call("notion_request", patch(json!({"Checked": {"checkbox": {}}}))).await;
    assert_eq!(status, 200, "{added}");
    // Whoever may destroy may do it still.
    let schema = host.result("notion_request", patch(json!({"Notes": {"checkbox": {}}}))).await;
    assert!(schema.to_string().contains("Notes"), "{schema}");
    host.stop().await;
}
