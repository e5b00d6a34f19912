use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{
    DATABASE, OTHER, PAGE, SOURCE, URL, below_trash, host, not_found, page, refused, row, run, source,
    written,
};

fn create(host: &MockHost, arguments: Value) -> Result<Value, Problem> {
    run(host, "create_page", arguments)
}

#[test]
fn a_page_below_a_page_is_one_request() {
    let host = MockHost::new().on("POST /v1/pages", page());
    let arguments = json!({
        "parent_page_id": OTHER, "title": "Plan", "content": "# Why\nBecause.", "icon": "\u{1F680}",
        "cover": "https://example.com/cover.png",
    });
    assert_eq!(create(&host, arguments).expect("created"), json!({ "id": PAGE, "url": URL }));
    assert_eq!(host.sent().len(), 1);
    let body = written(&host).remove(0).1;
    assert_eq!(body["parent"], json!({ "type": "page_id", "page_id": OTHER }));
    assert_eq!(body["properties"]["title"]["title"][0]["text"]["content"], "Plan");
    assert_eq!((&body["markdown"], &body["markdown_version"]), (&json!("# Why\n\nBecause."), &json!("v2")));
    assert_eq!(body["icon"], json!({ "type": "emoji", "emoji": "\u{1F680}" }));
    assert_eq!(body["cover"]["external"]["url"], "https://example.com/cover.png");
}

#[test]
fn a_row_takes_plain_values_and_finds_its_data_source() {
    for given in [json!({ "database_id": DATABASE }), json!({ "database_id": SOURCE })] {
        let host = host(&[SOURCE]).on("POST /v1/pages", row());
        let mut arguments = given;
        arguments["title"] = json!("Plan");
        arguments["properties"] = json!({ "status": "done", "Points": 3 });
        create(&host, arguments).expect("created");
        let body = written(&host).remove(0).1;
        assert_eq!(body["parent"], json!({ "type": "data_source_id", "data_source_id": SOURCE }));
        assert_eq!(body["properties"]["Status"], json!({ "select": { "name": "Done" } }));
        assert_eq!(body["properties"]["Points"], json!({ "number": 3 }));
        assert_eq!(body["properties"]["Name"]["title"][0]["text"]["content"], "Plan");
    }
}

#[test]
fn a_database_in_the_trash_is_answered_with_the_tool_that_restores_it() {
    let mut trashed = source();
    trashed["in_trash"] = json!(true);
    let host = MockHost::new()
        .on(&format!("GET /v1/data_sources/{SOURCE}"), trashed.clone())
        .on(&format!("GET /v1/data_sources/{SOURCE}"), trashed);
    let problem = create(&host, json!({ "database_id": SOURCE, "title": "Plan" })).expect_err("in the trash");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`trash` tool")));
    assert!(written(&host).is_empty());
}

#[test]
fn a_database_given_as_the_parent_page_is_taken_for_what_it_is() {
    let host = host(&[SOURCE])
        .on("POST /v1/pages", not_found())
        .on("POST /v1/pages", row())
        .on("POST /v1/pages", row());
    create(&host, json!({ "parent_page_id": DATABASE, "title": "Plan" })).expect("created");
    let parents: Vec<Value> = written(&host).into_iter().map(|(_, body)| body["parent"].clone()).collect();
    assert_eq!(parents[1], json!({ "type": "data_source_id", "data_source_id": SOURCE }));
    let arguments = json!({ "parent_page_id": DATABASE, "title": "Plan", "properties": { "Points": 1 } });
    create(&host, arguments).expect("values tell at once that it is no page");
    assert_eq!(written(&host).len(), 3);
}

#[test]
fn a_thousand_blocks_need_at_most_twelve_requests() {
    let host =
        MockHost::new().on("POST /v1/pages", page()).on_with("PATCH /v1/blocks/{id}/children", |request| {
            let given =
                request.body.as_ref().and_then(|body| body["children"].as_array()).map_or(0, Vec::len);
            let results = vec![json!({ "object": "block", "id": OTHER }); given];
            Ok(Response { status: 200, body: json!({ "object": "list", "results": results }) })
        });
    let blocks: Vec<Value> =
        (0..1_000).map(|n| json!({ "type": "paragraph", "text": format!("{n}") })).collect();
    create(&host, json!({ "parent_page_id": OTHER, "title": "Long", "blocks": blocks })).expect("created");
    assert!(host.sent().len() <= 12, "{}", host.sent().len());
    let children = written(&host)
        .into_iter()
        .flat_map(|(_, body)| body["children"].as_array().cloned().unwrap_or_default());
    let texts: Vec<String> = children
        .map(|block| block["paragraph"]["rich_text"][0]["text"]["content"].as_str().expect("text").to_owned())
        .collect();
    let expected: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(texts, expected, "in order, and none lost");
}

#[test]
fn content_beyond_one_request_is_appended_in_order() {
    let host = MockHost::new().on("POST /v1/pages", page()).on("PATCH /v1/pages/{id}/markdown", json!({}));
    let content = "a paragraph of some length, over and over\n\n".repeat(20_000);
    create(&host, json!({ "parent_page_id": OTHER, "title": "Long", "content": content })).expect("created");
    let mut written = written(&host).into_iter().map(|(_, body)| body);
    let mut whole = written.next().expect("the page")["markdown"].as_str().expect("markdown").to_owned();
    for body in written {
        assert_eq!(body["insert_content"]["position"], json!({ "type": "end" }));
        assert!(body.to_string().len() < 500_000);
        whole.push_str(body["insert_content"]["content"].as_str().expect("content"));
    }
    assert!(whole == content.trim_end(), "the parts are not the content");
}

#[test]
fn what_notions_markdown_cannot_say_is_created_as_blocks() {
    let host = MockHost::new().on("POST /v1/pages", page());
    let content = "before\n<breadcrumb/>\n```js {1,3}\na\n```";
    let answer = create(&host, json!({ "parent_page_id": OTHER, "content": content })).expect("created");
    let body = written(&host).remove(0).1;
    assert!(body.get("markdown").is_none() && body.get("markdown_version").is_none());
    let kinds: Vec<&str> = body["children"]
        .as_array()
        .expect("blocks")
        .iter()
        .filter_map(|block| block["type"].as_str())
        .collect();
    assert_eq!(kinds, ["paragraph", "breadcrumb", "code"]);
    assert_eq!(body["children"][2]["code"]["language"], "javascript");
    assert!(answer["notes"][0].as_str().expect("a note").contains("{1,3}"), "{answer}");
}

#[test]
fn a_failure_after_the_page_is_there_says_so() {
    let host = MockHost::new()
        .on("POST /v1/pages", page())
        .on("PATCH /v1/pages/{id}/markdown", Problem::upstream_failed("Notion failed."));
    let content = "a paragraph of some length, over and over\n\n".repeat(20_000);
    let problem =
        create(&host, json!({ "parent_page_id": OTHER, "content": content })).expect_err("a failure");
    assert!(problem.message.contains(PAGE), "{problem}");
    assert!(problem.hint.expect("a hint").contains("Do not create it again"));
}

#[test]
fn a_template_is_found_by_name_and_its_content_comes_later() {
    let listed = json!({ "templates": [{ "id": OTHER, "name": "Bug report", "is_default": false }] });
    let host = host(&[SOURCE]).on("GET /v1/data_sources/{id}/templates", listed).on("POST /v1/pages", row());
    let answer = create(&host, json!({ "database_id": SOURCE, "title": "Plan", "template": "bug report" }));
    assert!(answer.expect("created")["note"].as_str().expect("a note").contains("template"));
    assert_eq!(
        written(&host).remove(0).1["template"],
        json!({ "type": "template_id", "template_id": OTHER })
    );
    let problem = create(&host, json!({ "database_id": SOURCE, "template": "Bugs" })).expect_err("unknown");
    assert!(problem.hint.expect("a hint").contains("`Bug report`"));
    create(&host, json!({ "database_id": SOURCE, "template": "default" })).expect("the default one");
    assert_eq!(written(&host).remove(1).1["template"], json!({ "type": "default" }));
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_written() {
    let host = host(&[SOURCE]);
    for arguments in [
        json!({ "title": "Nowhere" }),
        json!({ "parent_page_id": PAGE, "database_id": DATABASE }),
        json!({ "parent_page_id": "Plans", "title": "x" }),
        json!({ "parent_page_id": PAGE, "title": "x", "icon": "rocket" }),
        json!({ "parent_page_id": PAGE, "title": "x", "content": "a", "blocks": [{ "type": "divider" }] }),
        json!({ "parent_page_id": PAGE, "title": "x", "properties": { "title": "y" } }),
        json!({ "parent_page_id": PAGE, "title": "x", "properties": { "Points": 3 } }),
        json!({ "database_id": SOURCE, "title": "x", "properties": { "name": "y" } }),
        json!({ "database_id": SOURCE, "title": "x", "properties": { "Status": "Dne" } }),
        json!({ "database_id": SOURCE, "title": "x", "properties": { "Pionts": 3 } }),
        json!({ "database_id": SOURCE, "title": "x", "properties": { "Points": "many" } }),
        json!({ "database_id": SOURCE, "template": "default", "content": "x" }),
    ] {
        let problem = create(&host, arguments.clone()).expect_err("refused");
        assert!(problem.hint.is_some(), "{arguments}: {problem}");
    }
    assert!(written(&host).is_empty());
}

#[test]
fn unknown_options_are_sent_only_when_they_are_meant() {
    let host = host(&[SOURCE]).on("POST /v1/pages", row());
    let mut arguments = json!({ "database_id": SOURCE, "properties": { "Status": "Waiting" } });
    let problem = create(&host, arguments.clone()).expect_err("unknown");
    assert!(problem.hint.expect("a hint").contains("To do"));
    arguments["new_options"] = json!(true);
    create(&host, arguments).expect("created");
    assert_eq!(written(&host).remove(0).1["properties"]["Status"]["select"]["name"], "Waiting");
}

#[test]
fn a_database_of_several_data_sources_asks_which() {
    let problem = create(&host(&[SOURCE, OTHER]), json!({ "database_id": DATABASE, "title": "x" }));
    assert!(problem.expect_err("which?").hint.expect("a hint").contains(OTHER));
}

#[test]
fn a_parent_below_the_trash_names_what_is_in_it() {
    let mut inner = page();
    inner["id"] = json!(OTHER);
    inner["parent"] = json!({ "type": "page_id", "page_id": PAGE });
    let mut trashed = page();
    trashed["in_trash"] = json!(true);
    let host = MockHost::new()
        .on("POST /v1/pages", below_trash())
        .on(&format!("GET /v1/pages/{OTHER}"), inner)
        .on(&format!("GET /v1/pages/{PAGE}"), trashed);
    let problem = create(&host, json!({ "parent_page_id": OTHER, "title": "x" })).expect_err("in the trash");
    let hint = problem.hint.expect("a hint");
    assert!(hint.contains(PAGE) && hint.contains("\"Plan\""), "{hint}");
}

#[test]
fn another_refusal_is_passed_on() {
    let refusal = refused(400, "body failed validation.");
    let host = MockHost::new().on("POST /v1/pages", refusal.clone());
    assert_eq!(create(&host, json!({ "parent_page_id": OTHER, "title": "x" })), Err(refusal));
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn plain_texts_are_blocks_and_what_notion_warns_of_is_told() {
    let mut created = page();
    created["warnings"] = json!([{ "message": "Odd." }]);
    let host = MockHost::new().on("POST /v1/pages", created);
    let arguments = json!({ "parent_page_id": OTHER, "title": "T", "blocks": ["plain"] });
    let answer = run(&host, "create_page", arguments).expect("created");
    assert_eq!(answer["notes"], json!(["Odd."]));
    assert_eq!(written(&host)[0].1["children"][0]["type"], "paragraph");
}
