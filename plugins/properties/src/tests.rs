use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const DATA_SOURCE: &str = "22222222-2222-2222-2222-222222222222";

fn host() -> MockHost {
    MockHost::new().on(
        "GET /v1/data_sources/{data_source_id}",
        json!({ "object": "data_source", "id": DATA_SOURCE, "properties": {
            "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
            "Due Date": { "id": "b", "name": "Due Date", "type": "date", "date": {} },
            "Stage": { "id": "c", "name": "Stage", "type": "select", "select": { "options": [{ "name": "High" }] } },
            "Points": { "id": "d", "name": "Points", "type": "number", "number": {} },
        } }),
    )
}

fn run(arguments: Value) -> Result<Value, Problem> {
    Ok(host().run(&PLUGIN, "properties", arguments)?.value().expect("data"))
}

#[test]
fn values_become_what_notion_takes_and_come_back() {
    let plain = json!({ "Due Date": "2026-01-10", "Stage": "High", "Points": 3, "Name": "Plan" });
    let given = json!({
        "due_date": { "type": "date", "value": "2026-01-10" }, "Stage": "high", "Points": "3", "Name": "Plan",
    });
    let made = run(json!({ "database_id": DATA_SOURCE, "properties": given })).expect("normalised");
    assert_eq!(made["data_source_id"], DATA_SOURCE);
    assert_eq!(made["properties"]["Stage"], json!({ "select": { "name": "High" } }));
    assert_eq!(made["properties"]["Due Date"], json!({ "date": { "start": "2026-01-10" } }));
    let back = run(json!({ "properties": made["properties"], "plain": true })).expect("plain");
    assert_eq!(back["properties"], plain);
}

#[test]
fn an_option_is_refused_with_the_valid_ones_unless_new_ones_may_be() {
    let mut arguments = json!({ "database_id": DATA_SOURCE, "properties": { "Stage": "Hgih" } });
    let problem = run(arguments.clone()).expect_err("a typing error");
    assert!(problem.hint.expect("a hint").contains("`High`"));
    arguments["new_options"] = json!(true);
    assert_eq!(
        run(arguments).expect("new")["properties"],
        json!({ "Stage": { "select": { "name": "Hgih" } } })
    );
}

#[test]
fn what_says_too_little_is_refused() {
    assert!(
        run(json!({ "properties": {} }))
            .expect_err("no database")
            .hint
            .expect("a hint")
            .contains("id or URL")
    );
    let problem = run(json!({ "properties": { "Points": 3 }, "plain": true })).expect_err("plain already");
    assert!(problem.message.contains("`Points`"));
    let both = json!({ "properties": {}, "plain": true, "database_id": "garbage" });
    assert!(run(both).expect_err("never read").hint.is_some_and(|hint| hint.contains("`database_id`")));
    let empty = json!({ "Points": { "type": "number", "number": null } });
    let answer = run(json!({ "properties": empty, "plain": true })).expect("empty");
    assert_eq!(answer["properties"], json!({ "Points": null }));
}

#[test]
fn the_definition_is_small() {
    let definition = &PLUGIN.definitions()[0];
    let published = json!({ "name": definition.name, "description": definition.description, "inputSchema": definition.input_schema });
    assert!(published.to_string().len() <= 900, "{published}");
    assert!(definition.output_schema.is_none());
}
