//! How many requests it takes: the numbers that the product promises.

use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run};

#[test]
fn a_thousand_upserts_of_which_half_exist_take_the_schema_ten_queries_and_a_write_each() {
    let workspace = Workspace::new();
    workspace.rows(&workspace.ids.tasks_data_source, 500);
    let upsert = |number: usize| {
        json!({ "op": "upsert", "args": {
            "database_id": workspace.ids.tasks_data_source,
            "unique": { "property": "Name", "value": format!("Row {number}") },
            "properties": { "Estimate": number, "Status": "Done" },
        } })
    };
    let ops: Vec<Value> = (1..=1_000).map(upsert).collect();
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(
        (&answer["created"], &answer["updated"], &answer["failed"]),
        (&json!(500), &json!(500), &json!(0))
    );
    assert_eq!(host.requests().len(), 1 + 10 + 1_000);
    assert!(answer.to_string().len() < 300, "{answer}");
    let again = workspace.host();
    let answer = run(&again, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["unchanged"], json!(1_000));
    assert_eq!(again.requests().len(), 1 + 10);
}

#[test]
fn two_hundred_links_by_title_to_twenty_targets_take_few_more_requests_than_pages() {
    let workspace = Workspace::new();
    workspace.rows(&workspace.ids.tasks_data_source, 200);
    workspace.rows(&workspace.ids.projects_data_source, 20);
    let link = |number: usize| {
        json!({ "op": "notion.link", "args": {
            "database_id": workspace.ids.tasks_data_source, "from": format!("Row {number}"),
            "to": format!("Row {}", number % 20 + 1), "relation_property": "Project",
        } })
    };
    let host = workspace.host();
    let ops: Vec<Value> = (1..=200).map(link).collect();
    let answer = run(&host, "bulk", json!({ "ops": ops, "ids": true })).expect("done");
    assert_eq!(answer["linked"], json!(200), "{answer}");
    // Two schemas, one query for the targets, two for the pages.
    assert_eq!(host.requests().len(), 2 + 1 + 2 + 200);
    assert_eq!(workspace.related(answer["ids"][40].as_str().expect("an id"), "Project").len(), 1);
}

#[test]
fn two_hundred_links_by_id_are_found_by_sweeping_their_data_source() {
    let workspace = Workspace::new();
    let pages = workspace.rows(&workspace.ids.tasks_data_source, 200);
    workspace.rows(&workspace.ids.projects_data_source, 20);
    let titles: Vec<String> = (1..=20).map(|number| format!("Row {number}")).collect();
    let link = |page: &String| {
        json!({ "op": "link", "args": {
            "from": { "type": "page", "id": page }, "to": titles, "relation_property": "Project",
        } })
    };
    let host = workspace.host();
    let ops: Vec<Value> = pages.iter().map(link).collect();
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["linked"], json!(200), "{answer}");
    let reads = host.requests().len() - 200;
    assert!((1 + 2 + 1 + 2..=25).contains(&reads), "{reads}");
    // One link of all of them takes as many.
    let host = workspace.host();
    let arguments =
        json!({ "from": pages, "to": titles[..5], "relation_property": "Project", "remove": true });
    let answer = run(&host, "link", arguments).expect("done");
    assert_eq!(answer, json!({ "action": "unlinked", "changed": 200, "unchanged": 0 }));
    assert!(host.requests().len() <= 225, "{}", host.requests().len());
    assert_eq!(workspace.related(&pages[7], "Project").len(), 15);
}

#[test]
fn several_links_of_one_page_are_one_write() {
    let workspace = Workspace::new();
    let page = workspace.rows(&workspace.ids.tasks_data_source, 1).remove(0);
    let projects = workspace.rows(&workspace.ids.projects_data_source, 3);
    let link = |project: &String, remove: bool| {
        json!({ "op": "link", "args": {
            "from": page, "to": project, "relation_property": "Project", "remove": remove,
        } })
    };
    let ops = [
        link(&projects[0], false),
        link(&projects[1], false),
        link(&projects[0], true),
        link(&projects[2], false),
    ];
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["succeeded"], json!(4), "{answer}");
    assert_eq!(super::workspace::writes(&host).len(), 1);
    assert_eq!(workspace.related(&page, "Project"), projects[1..]);
}

/// Rows that share what they look at run side by side: one after the other each would be planned a thousand times.
#[test]
fn a_thousand_new_rows_that_relate_to_the_same_pages_are_planned_together() {
    let workspace = Workspace::new();
    workspace.rows(&workspace.ids.projects_data_source, 2);
    let upsert = |number: usize| {
        json!({ "op": "upsert", "args": {
            "database_id": workspace.ids.tasks_data_source,
            "unique": { "property": "Name", "value": format!("Task {number}") },
            "properties": { "Estimate": number, "Project": ["Row 1", "Row 2"] },
        } })
    };
    let ops: Vec<Value> = (1..=1_000).map(upsert).collect();
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["created"], json!(1_000));
    // Two schemas, ten queries for the rows and one for the titles.
    assert_eq!(host.requests().len(), 2 + 10 + 1 + 1_000);
}
