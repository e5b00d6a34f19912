//! How many requests the tools need, counted where Notion counts them.

use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

fn rows(data_source: &str, title: &str, count: u64) -> Value {
    json!({"rows": [{"data_source_id": data_source, "count": count, "title": title}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_of_a_thousand_upserts_looks_them_up_in_few_queries() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    host.emulator.plant(&rows(&ids.tasks_data_source, "Row {n}", 500)).unwrap();
    let upsert = |number: u64| {
        json!({"op": "upsert", "args": {
            "database_id": ids.tasks_database,
            "unique": {"property": "Name", "value": format!("Row {number}")},
            "properties": {"Estimate": number, "Status": "Done"},
        }})
    };
    let ops: Vec<Value> = (1..=1_000).map(upsert).collect();
    host.emulator.forget_requests();
    let answer = host.result("bulk", json!({"mode": "stop_on_error", "ops": ops})).await;
    let requests = host.emulator.requests();
    assert_eq!((&answer["created"], &answer["updated"]), (&json!(500), &json!(500)), "{answer}");
    assert!(requests.total <= 1_015, "{} requests: {:?}", requests.total, requests.routes);
    assert_eq!(requests.of("POST /v1/pages"), 500);
    assert_eq!(requests.of("PATCH /v1/pages/{page_id}"), 500);

    // The same again changes nothing, and costs the look-ups alone.
    host.emulator.forget_requests();
    let ops: Vec<Value> = (1..=1_000).map(upsert).collect();
    host.result("bulk", json!({"ops": ops})).await;
    let again = host.emulator.requests();
    assert!(again.total <= 15, "{:?}", again.routes);
    println!(
        "bulk upsert of 1,000 rows, half of them there: {} requests; again: {}",
        requests.total, again.total
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_thousand_rows_again_are_looked_up_and_left_alone_whatever_their_values() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    host.result(
        "update_database",
        json!({"database_id": ids.tasks_database, "properties": {"Plans": "files"}}),
    )
    .await;
    let projects =
        host.result("query", json!({"database_id": ids.projects_database, "detail": "full"})).await;
    let project = |name: &str| {
        let mut rows = projects["results"].as_array().unwrap().iter();
        let is_named = |row: &&Value| row["properties"]["Name"]["title"][0]["plain_text"] == name;
        rows.find(is_named).unwrap()["id"].clone()
    };
    let by_id = json!([project("Engine"), project("Notes")]);
    let op = |number: usize, is_again: bool, project: &Value| {
        // The same values, some of them written otherwise.
        let (tags, estimate) = match is_again {
            false => (json!(["design", "money"]), json!(number)),
            true => (json!(["money", "design"]), json!(format!("{number}.0"))),
        };
        json!({"op": "upsert", "args": {
            "database_id": ids.tasks_database,
            "unique": {"property": "Name", "value": format!("Row {number}")},
            "properties": {
                "Due": if number.is_multiple_of(2) { json!("2026-01-10T09:30:45+01:00") } else {
                    json!({"start": "2026-01-10T08:30:12.345Z", "end": "2026-01-11T08:30:59Z"})
                },
                "Estimate": if number.is_multiple_of(3) { json!(0.1 + 0.2) } else { estimate },
                "Owner": "Ada Lovelace", "Project": project, "Tags": tags,
                "Done": number.is_multiple_of(2), "Link": "https://example.com/aB?c=d", "Email": "ada@example.com",
                "Phone": "+43 1 234", "Status": "Done", "Priority": "High",
                "Notes": "**bold**, *slanted* and `code`, with [a link](https://example.com/x) and $5",
                "Plans": [{"name": "Plan", "url": "https://example.com/plan.pdf"}],
            },
        }})
    };
    let ops = |is_again: bool, project: &Value| -> Value {
        json!({"ops": (0..1_000).map(|number| op(number, is_again, project)).collect::<Vec<_>>()})
    };
    let by_title = json!(["Engine", "Notes"]);
    let first = host.result("bulk", ops(false, &by_title)).await;
    assert_eq!(first["created"], 1_000, "{}", first["results"][0]);
    // A look whether the database still has one data source is believed for a moment. Nothing is written, so none is due.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    // Titles of related pages cost one more: nothing but a look tells whose they are.
    for (project, expected) in [(&by_id, 10), (&by_title, 11)] {
        host.emulator.forget_requests();
        let again = host.result("bulk", ops(true, project)).await;
        let requests = host.emulator.requests();
        assert_eq!(again["unchanged"], 1_000, "{}", again["results"][0]);
        let queries = requests.of("POST /v1/data_sources/{data_source_id}/query");
        assert_eq!((queries, requests.total), (expected, expected), "{:?}", requests.routes);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_links_by_title_share_their_look_ups() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let planted = host.emulator.plant(&rows(&ids.tasks_data_source, "Work {n}", 200)).unwrap();
    host.emulator.plant(&rows(&ids.projects_data_source, "Goal {n}", 20)).unwrap();
    let link = |from: Value, number: usize| {
        json!({"op": "link", "args": {
            "database_id": ids.tasks_database, "from": from, "to": format!("Goal {}", number % 20 + 1),
            "relation_property": "Project",
        }})
    };
    let by_title: Vec<Value> =
        (0..200).map(|number| link(json!(format!("Work {}", number + 1)), number)).collect();
    host.emulator.forget_requests();
    let answer = host.result("bulk", json!({"ops": by_title})).await;
    let requests = host.emulator.requests();
    assert!(answer["results"].as_array().unwrap().iter().all(|result| result["ok"] == true), "{answer:#}");
    assert_eq!(requests.of("PATCH /v1/pages/{page_id}"), 200);
    assert!(requests.total <= 225, "{:?}", requests.routes);

    // From pages by id, to another target each.
    let pages = planted["rows"].as_array().unwrap();
    let by_id: Vec<Value> =
        (0..200).map(|number| link(json!({"type": "page", "id": pages[number]}), number + 1)).collect();
    host.emulator.forget_requests();
    host.result("bulk", json!({"ops": by_id})).await;
    let by_id = host.emulator.requests();
    assert_eq!(by_id.of("PATCH /v1/pages/{page_id}"), 200);
    assert!(by_id.total <= 225, "{:?}", by_id.routes);
    println!(
        "linking 200 pages to 20 targets by title: {} requests; pages by id: {}",
        requests.total, by_id.total
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_thousand_blocks_is_created_in_few_requests() {
    let host = TestHost::start(&BUILT_IN).await;
    let page = host.emulator.ids().root_page;
    let blocks: Vec<Value> =
        (0..1_000).map(|number| json!({"type": "paragraph", "text": format!("Line {number}")})).collect();
    host.emulator.forget_requests();
    let created =
        host.result("create_page", json!({"parent_page_id": page, "title": "Long", "blocks": blocks})).await;
    let requests = host.emulator.requests();
    assert!(requests.total <= 12, "{:?}", requests.routes);
    println!("a page of 1,000 blocks: {} requests", requests.total);

    let mut texts = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let mut arguments = json!({"block_id": created["id"]});
        if cursor.is_string() {
            arguments["cursor"] = cursor;
        }
        let listed = host.result("list_blocks", arguments).await;
        let blocks = listed["blocks"].as_array().unwrap().iter();
        texts.extend(blocks.map(|block| block["text"].as_str().unwrap().to_owned()));
        cursor = listed["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let expected: Vec<String> = (0..1_000).map(|number| format!("Line {number}")).collect();
    assert_eq!(texts, expected, "every block is there, in its order");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_read_once_for_many_calls() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    host.emulator.forget_requests();
    for number in 0..10 {
        host.result("create_page", json!({"database_id": ids.tasks_database, "properties": {"Name": format!("N {number}"), "Status": "Done"}})).await;
    }
    let requests = host.emulator.requests();
    assert_eq!(requests.of("POST /v1/pages"), 10);
    assert!(requests.total <= 13, "{:?}", requests.routes);

    // A changed schema is seen at once by the next call.
    host.result(
        "update_database",
        json!({"database_id": ids.tasks_database, "properties": {"Effort": "number"}}),
    )
    .await;
    host.result(
        "create_page",
        json!({"database_id": ids.tasks_database, "properties": {"Name": "With effort", "Effort": 3}}),
    )
    .await;
    host.stop().await;
}
