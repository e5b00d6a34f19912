use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, SOURCE, database, host, run, sent};

#[test]
fn a_database_is_created_from_plain_columns() {
    let host = host(&[SOURCE]).on("POST /v1/databases", database(&[OTHER]));
    let arguments = json!({
        "parent_page_id": OTHER, "title": "Work", "icon": "\u{1F680}", "inline": true,
        "properties": {
            "Due": "date",
            "Stage": { "type": "select", "options": ["A", "B"] },
            "Project": { "type": "relation", "database_id": DATABASE },
        },
    });
    let answer = run(&host, "create_database", arguments).expect("created");
    assert_eq!(
        answer,
        json!({
            "id": DATABASE, "url": "https://app.notion.com/p/database", "data_source_id": OTHER,
            "notes": ["The title column `Name` was added: every database has one."],
        })
    );
    let body = sent(&host);
    assert_eq!(body["parent"], json!({ "type": "page_id", "page_id": OTHER }));
    assert_eq!(body["icon"], json!({ "type": "emoji", "emoji": "\u{1F680}" }));
    assert_eq!(body["is_inline"], true);
    let columns = &body["initial_data_source"]["properties"];
    assert_eq!(columns["Name"], json!({ "title": {} }));
    assert_eq!(columns["Stage"]["select"]["options"][1]["name"], "B");
    assert_eq!(columns["Project"]["relation"]["data_source_id"], SOURCE, "a database id is resolved");
}

#[test]
fn a_data_source_is_added_to_the_database_that_is_meant() {
    let created = json!({ "object": "data_source", "id": OTHER, "url": "https://app.notion.com/p/other" });
    for given in [DATABASE, SOURCE] {
        let host = host(&[SOURCE])
            .on(&format!("GET /v1/databases/{SOURCE}"), super::not_found())
            .on("POST /v1/data_sources", created.clone());
        let arguments = json!({ "database_id": given, "title": "Bugs", "properties": { "Bug": "title" } });
        let answer = run(&host, "create_database", arguments).expect("created");
        assert_eq!(answer["database_id"], DATABASE);
        assert_eq!(answer["id"], OTHER);
        let body = sent(&host);
        assert_eq!(body["parent"], json!({ "type": "database_id", "database_id": DATABASE }));
        assert_eq!(body["properties"], json!({ "Bug": { "title": {} } }));
    }
}

#[test]
fn what_is_wrong_is_found_before_anything_is_sent() {
    let host = MockHost::new();
    for arguments in [
        json!({ "title": "Nowhere" }),
        json!({ "parent_page_id": OTHER, "database_id": DATABASE }),
        json!({ "parent_page_id": OTHER, "properties": { "Due": "dates of the year" } }),
        json!({ "parent_page_id": OTHER, "icon": "rocket" }),
        json!({ "database_id": DATABASE, "description": "Of which?" }),
    ] {
        let problem = run(&host, "create_database", arguments.clone()).expect_err("refused");
        assert!(problem.hint.is_some(), "{arguments}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_relation_to_nothing_names_the_column() {
    let host = host(&[SOURCE]);
    let arguments = json!({ "parent_page_id": OTHER, "properties": { "Project": { "type": "relation", "database_id": OTHER } } });
    let problem = run(&host, "create_database", arguments).expect_err("no such database");
    assert!(problem.message.contains("`Project`"), "{problem}");
}
