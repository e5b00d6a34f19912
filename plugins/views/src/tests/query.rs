use super::*;

const QUERY: &str = "44444444-4444-4444-4444-444444444444";

fn row_id(index: usize) -> String {
    format!("{index:08}-0000-0000-0000-000000000000")
}

fn undashed(index: usize) -> String {
    row_id(index).replace('-', "")
}

fn row(index: usize) -> Value {
    json!({
        "object": "page", "id": row_id(index), "url": "https://app.notion.com/p/r", "properties": {
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": format!("Row {index}") }] },
            "Points": { "id": "po", "type": "number", "number": index },
        },
    })
}

fn references(rows: &[usize], next: Option<&str>) -> Value {
    let results: Vec<Value> =
        rows.iter().map(|index| json!({ "object": "page", "id": row_id(*index) })).collect();
    json!({ "object": "list", "results": results, "next_cursor": next, "has_more": next.is_some() })
}

fn query(rows: &[usize], total: usize, next: Option<&str>) -> Value {
    let mut query = references(rows, next);
    let members = json!({ "object": "view_query", "id": QUERY, "view_id": VIEW, "total_count": total });
    query.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    query
}

fn rows(rows: &[usize], next: Option<&str>) -> Value {
    let results: Vec<Value> = rows.iter().map(|index| row(*index)).collect();
    json!({ "object": "list", "results": results, "next_cursor": next, "has_more": next.is_some() })
}

fn sorted() -> Value {
    let mut view = view("table", json!(null));
    view["filter"] = json!({ "property": "st", "status": { "equals": "Done" } });
    view["sorts"] = json!([{ "property": "Points", "direction": "ascending" }]);
    view
}

fn names(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().expect("rows").iter().filter_map(|row| row[1].as_str()).collect()
}

#[test]
fn the_rows_of_a_sorted_view_take_three_requests_beside_the_schema() {
    let host = host(&sorted())
        .on("POST /v1/views/{view_id}/queries", query(&[1, 2], 4, Some("v2")))
        .on("GET /v1/views/{view_id}/queries/{query_id}", references(&[3, 4], None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[1, 2], Some("d2")))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[3, 4], None));
    let first = run(&host, "query_view", json!({ "view_id": VIEW, "limit": 2 })).expect("rows");
    assert_eq!(
        first,
        json!({
            "columns": ["id", "Name", "Points"],
            "rows": [[undashed(1), "Row 1", 1], [undashed(2), "Row 2", 2]],
            "empty": ["Status", "Due Date", "Score", "Files"],
            "total": 4, "next_cursor": format!("{QUERY}~v2~d2"),
        })
    );
    assert_eq!(
        last_body(&host),
        json!({
            "page_size": 2, "filter": { "property": "st", "status": { "equals": "Done" } },
            "sorts": [{ "property": "Points", "direction": "ascending" }],
        })
    );
    let arguments = json!({ "view_id": VIEW, "limit": 2, "cursor": first["next_cursor"] });
    let second = run(&host, "query_view", arguments).expect("rows");
    assert_eq!(names(&second), ["Row 3", "Row 4"]);
    assert_eq!(second.get("next_cursor"), None);
    assert_eq!(last_body(&host)["start_cursor"], "d2");
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/views/{VIEW}"),
            format!("POST /v1/views/{VIEW}/queries"),
            format!("GET /v1/data_sources/{DATA_SOURCE}"),
            format!("POST /v1/data_sources/{DATA_SOURCE}/query"),
            format!("GET /v1/views/{VIEW}"),
            format!("GET /v1/views/{VIEW}/queries/{QUERY}?page_size=2&start_cursor=v2"),
            format!("GET /v1/data_sources/{DATA_SOURCE}"),
            format!("POST /v1/data_sources/{DATA_SOURCE}/query"),
        ]
    );
}

#[test]
fn an_order_made_by_hand_is_kept_and_the_rest_is_read_singly() {
    let all: Vec<usize> = (100..200).collect();
    let host = host(&view("table", json!(null)))
        .on("POST /v1/views/{view_id}/queries", query(&[300, 100, 150], 100_000, None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&all, Some("d")))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[1], Some("d")))
        .on("GET /v1/pages/{page_id}", row(300));
    let answer = run(&host, "query_view", json!({ "view_id": VIEW })).expect("rows");
    assert_eq!(names(&answer), ["Row 300", "Row 100", "Row 150"]);
    assert_eq!(
        host.sent()[3..],
        [
            format!("POST /v1/data_sources/{DATA_SOURCE}/query"),
            format!("POST /v1/data_sources/{DATA_SOURCE}/query"),
            format!("GET /v1/pages/{}", row_id(300)),
        ]
    );
}

#[test]
fn a_small_data_source_is_read_by_the_hundred_whatever_the_order() {
    let wanted: Vec<usize> = (150..200).rev().collect();
    let host = host(&view("table", json!(null)))
        .on("POST /v1/views/{view_id}/queries", query(&wanted, 200, None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&(0..100).collect::<Vec<_>>(), Some("d")))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&(100..200).collect::<Vec<_>>(), None));
    let answer = run(&host, "query_view", json!({ "view_id": VIEW })).expect("rows");
    assert_eq!(names(&answer).len(), 50);
    assert_eq!(names(&answer)[0], "Row 199");
    assert_eq!(host.sent().len(), 5);
}

#[test]
fn a_filter_that_only_views_can_have_does_not_hide_rows() {
    let host = host(&sorted())
        .on("POST /v1/views/{view_id}/queries", query(&[1, 2], 2, None))
        .on("POST /v1/data_sources/{data_source_id}/query", Problem::invalid_input("Notion: no such filter"))
        .on("GET /v1/pages/{page_id}", row(1))
        .on("GET /v1/pages/{page_id}", not_found());
    let answer = run(&host, "query_view", json!({ "view_id": VIEW })).expect("rows");
    assert_eq!(names(&answer), ["Row 1"], "the row that went meanwhile is left out");
}

#[test]
fn what_would_take_too_many_requests_is_named_and_said() {
    let wanted: Vec<usize> = (0..100).collect();
    let host = host(&view("table", json!(null)))
        .on("POST /v1/views/{view_id}/queries", query(&wanted, 1_000_000, None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[5_000], Some("d")))
        .on_with("GET /v1/pages/{page_id}", |request| {
            let id = request.path.segments().last().cloned().unwrap_or_default();
            Ok(Response { status: 200, body: json!({ "object": "page", "id": id, "properties": {} }) })
        });
    let answer = run(&host, "query_view", json!({ "view_id": VIEW, "limit": 100 })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 60);
    assert_eq!(answer["unread"].as_array().expect("unread").len(), 40);
    assert_eq!(answer["unread"][0], row_id(60));
    assert!(answer["notes"][0].as_str().expect("a note").contains("`unread`"));
    assert_eq!(host.sent().len(), 64);
}

#[test]
fn chosen_properties_are_the_only_ones_asked_for() {
    let host = host(&sorted())
        .on("POST /v1/views/{view_id}/queries", query(&[1], 1, None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[1], None));
    run(&host, "query_view", json!({ "view_id": VIEW, "properties": ["points"] })).expect("rows");
    assert!(
        host.sent()[3].ends_with("/query?filter_properties=title&filter_properties=po"),
        "{:?}",
        host.sent()
    );
    let problem =
        run(&host, "query_view", json!({ "view_id": VIEW, "properties": ["Point"] })).expect_err("unknown");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`Points`")));
}

#[test]
fn more_than_a_hundred_rows_are_paged_through_and_the_cap_is_said() {
    let ids: Vec<usize> = (0..150).collect();
    let mut second = references(&ids[100..], None);
    second["request_status"] =
        json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
    let host = host(&sorted())
        .on("POST /v1/views/{view_id}/queries", query(&ids[..100], 150, Some("v2")))
        .on("GET /v1/views/{view_id}/queries/{query_id}", second)
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&ids[..100], Some("d2")))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&ids[100..], None));
    let answer = run(&host, "query_view", json!({ "view_id": VIEW, "limit": 150 })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 150);
    assert!(answer["notes"][0].as_str().expect("a note").contains("10,000"));
    assert_eq!(host.sent().len(), 6);
}

#[test]
fn results_that_are_gone_views_without_rows_and_broken_cursors_are_refused_with_a_hint() {
    let gone = host(&sorted()).on("GET /v1/views/{view_id}/queries/{query_id}", not_found());
    let arguments = json!({ "view_id": VIEW, "cursor": format!("{QUERY}~v2") });
    let problem = run(&gone, "query_view", arguments).expect_err("gone");
    assert!(problem.hint.is_some_and(|hint| hint.contains("leave `cursor` out")));

    let broken = run(&gone, "query_view", json!({ "view_id": VIEW, "cursor": "2" })).expect_err("no cursor");
    assert!(broken.hint.is_some_and(|hint| hint.contains("`next_cursor`")));

    let mut dashboard = view("dashboard", json!(null));
    dashboard["data_source_id"] = json!(null);
    let dashboard = host(&dashboard).on("POST /v1/views/{view_id}/queries", query(&[1], 1, None));
    let problem = run(&dashboard, "query_view", json!({ "view_id": VIEW })).expect_err("no rows of its own");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`list_views`")));

    let nothing = MockHost::new()
        .on("GET /v1/views/{view_id}", not_found())
        .on("POST /v1/views/{view_id}/queries", not_found());
    let problem = run(&nothing, "query_view", json!({ "view_id": VIEW })).expect_err("no view");
    assert!(problem.message.contains(VIEW));
}

#[test]
fn notions_own_objects_need_no_schema() {
    let host = host(&sorted())
        .on("POST /v1/views/{view_id}/queries", query(&[1], 1, None))
        .on("POST /v1/data_sources/{data_source_id}/query", rows(&[1], None));
    let answer = run(&host, "query_view", json!({ "view_id": VIEW, "detail": "full" })).expect("rows");
    assert_eq!(answer, json!({ "results": [row(1)], "total": 1 }));
    assert_eq!(host.sent().len(), 3);
}

#[test]
fn a_property_that_was_renamed_a_moment_ago_keeps_its_values() {
    let mut newer = data_source();
    let properties = newer["properties"].as_object_mut().expect("properties");
    let points = properties.shift_remove("Points").expect("points");
    properties.insert("Effort".to_owned(), points);
    let mut renamed = row(7);
    let properties = renamed["properties"].as_object_mut().expect("properties");
    let points = properties.shift_remove("Points").expect("points");
    properties.insert("Effort".to_owned(), points);
    let host = host(&sorted())
        .on("GET /v1/data_sources/{data_source_id}", newer)
        .on("POST /v1/views/{view_id}/queries", query(&[7], 1, None))
        .on(
            "POST /v1/data_sources/{data_source_id}/query",
            json!({ "results": [renamed], "next_cursor": null }),
        );
    let answer =
        run(&host, "query_view", json!({ "view_id": VIEW, "properties": ["Points"] })).expect("rows");
    assert_eq!(answer["columns"], json!(["id", "Name", "Effort"]));
    assert_eq!(answer["rows"], json!([[undashed(7), "Row 7", 7]]));
}
