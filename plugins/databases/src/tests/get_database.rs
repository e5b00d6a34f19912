use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, SOURCE, database, host, run, source};

#[test]
fn a_database_is_what_its_columns_are() {
    let host = host(&[SOURCE]);
    let answer = run(&host, "get_database", json!({ "database_id": DATABASE })).expect("a database");
    let columns = answer["columns"].as_object().expect("columns");
    assert_eq!(columns["Name"], "title");
    assert!(columns["Status"].to_string().contains("To do"), "{answer}");
    assert!(columns["Tasks"].to_string().contains(OTHER), "{answer}");
    assert_eq!((&answer["id"], &answer["database_id"]), (&json!(SOURCE), &json!(DATABASE)));
    assert_eq!((&answer["title"], &answer["description"]), (&json!("Tasks"), &json!("All of it")));
}

#[test]
fn of_several_data_sources_the_ids_are_listed() {
    let host = host(&[SOURCE, OTHER]);
    let answer = run(&host, "get_database", json!({ "database_id": DATABASE })).expect("a database");
    assert_eq!(answer["data_sources"], database(&[SOURCE, OTHER])["data_sources"]);
    assert!(answer.get("columns").is_none());
    let answer = run(&host, "get_database", json!({ "database_id": SOURCE })).expect("one of them");
    assert_eq!(answer["columns"]["Name"], "title");
}

#[test]
fn templates_and_notions_own_objects_are_there_when_asked_for() {
    let listed = json!({ "templates": [
        { "id": "t", "name": "Bug", "is_default": true }, { "id": "u", "name": "Idea", "is_default": false },
    ] });
    let host = host(&[SOURCE]).on("GET /v1/data_sources/{id}/templates", listed);
    let arguments = json!({ "database_id": DATABASE, "templates": true, "detail": "full" });
    let answer = run(&host, "get_database", arguments).expect("a database");
    assert_eq!(answer["data_source"], source());
    assert_eq!(answer["database"], database(&[SOURCE]));
    assert_eq!(
        answer["templates"],
        json!([{ "id": "t", "name": "Bug", "default": true }, { "id": "u", "name": "Idea" }])
    );
}

#[test]
fn what_is_no_database_is_refused_with_a_hint() {
    let host = host(&[SOURCE]);
    let problem = run(&host, "get_database", json!({ "database_id": OTHER })).expect_err("nothing");
    assert_eq!(problem.code.as_str(), "not_found");
    assert!(problem.hint.is_some());
    let problem = run(&host, "get_database", json!({ "database_id": "Tasks" })).expect_err("no id");
    assert!(problem.hint.expect("a hint").contains("search for it"));
}

#[test]
fn a_formula_is_told_with_the_names_of_columns() {
    let mut formula = source();
    formula["properties"]["Num"] = json!({ "id": "_F%3B%7C", "name": "Num", "type": "number", "number": {} });
    formula["properties"]["Twice"] = json!({ "id": "t", "name": "Twice", "type": "formula", "formula": {
        "expression": "{{notion:block_property:_F;|:00000000-0000-0000-0000-000000000000}} * 2",
    } });
    let host = MockHost::new().on("GET /v1/data_sources/{id}", formula);
    let answer = run(&host, "get_database", json!({ "database_id": SOURCE })).expect("columns");
    assert_eq!(answer["columns"]["Twice"]["expression"], "prop(\"Num\") * 2");
}

#[test]
fn templates_of_which_there_are_more_or_none_to_choose_from_say_so() {
    let listed = json!({ "templates": [{ "id": OTHER, "name": "A" }], "has_more": true });
    let more = host(&[SOURCE]).on("GET /v1/data_sources/{id}/templates", listed);
    let arguments = json!({ "database_id": SOURCE, "templates": true });
    assert!(run(&more, "get_database", arguments).expect("one")["note"].is_string());
    let several = host(&[SOURCE, OTHER]);
    let arguments = json!({ "database_id": DATABASE, "templates": true });
    assert!(run(&several, "get_database", arguments).expect("two")["note"].is_string());
}
