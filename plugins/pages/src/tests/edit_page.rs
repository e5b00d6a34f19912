use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{PAGE, below_trash, page, refused, run, written};

const CHILD: &str = "<page url=\"https://app.notion.com/p/child\">Child</page>";

fn markdown(text: &str) -> Value {
    json!({ "object": "page_markdown", "id": PAGE, "markdown": text, "truncated": false, "unknown_block_ids": [] })
}

fn edit(host: &MockHost, mut arguments: Value) -> Result<Value, Problem> {
    arguments["page_id"] = json!(PAGE);
    run(host, "edit_page", arguments)
}

fn bodies(host: &MockHost) -> Vec<Value> {
    written(host).into_iter().map(|(_, body)| body).collect()
}

#[test]
fn each_way_to_edit_is_notions_command_and_the_page_is_not_echoed() {
    let text = "Before New After First Last Whole";
    for (arguments, body) in [
        (
            json!({ "edits": [{ "old": "Old", "new": "New" }, { "old": "a", "new": "b", "all": true }] }),
            json!({ "type": "update_content", "markdown_version": "v2", "update_content": { "content_updates": [
                { "old_str": "Old", "new_str": "New" },
                { "old_str": "a", "new_str": "b", "replace_all_matches": true },
            ] } }),
        ),
        (
            json!({ "append": "Last" }),
            json!({ "type": "insert_content", "markdown_version": "v2", "insert_content": { "content": "Last", "position": { "type": "end" } } }),
        ),
        (
            json!({ "prepend": "First" }),
            json!({ "type": "insert_content", "markdown_version": "v2", "insert_content": { "content": "First", "position": { "type": "start" } } }),
        ),
        (
            json!({ "insert": { "text": "After", "after": "Before" } }),
            json!({ "type": "insert_content", "markdown_version": "v2", "insert_content": { "content": "After", "after": "Before" } }),
        ),
        (
            json!({ "replace": "Whole", "allow_deleting": true }),
            json!({ "type": "replace_content", "markdown_version": "v2", "replace_content": { "new_str": "Whole", "allow_deleting_content": true } }),
        ),
    ] {
        let host = MockHost::new().on("PATCH /v1/pages/{id}/markdown", markdown(text));
        assert_eq!(edit(&host, arguments).expect("edited"), json!({ "id": PAGE }));
        assert_eq!(bodies(&host), [body]);
    }
}

#[test]
fn a_text_that_is_not_there_is_answered_with_the_nearest_line() {
    let refusal = refused(400, "No match found for old_str.");
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}/markdown", refusal)
        .on("GET /v1/pages/{id}/markdown", markdown("# Plan\nShip the first version\nTest\nTest"));
    let problem = edit(&host, json!({ "edits": [{ "old": "Ship first version", "new": "x" }] }));
    let hint = problem.expect_err("no match").hint.expect("a hint");
    assert!(hint.contains("nearest: `Ship the first version`"), "{hint}");
    let problem = edit(&host, json!({ "edits": [{ "old": "Test", "new": "x" }] })).expect_err("two matches");
    assert!(problem.hint.expect("a hint").contains("2 places"));
    let problem = edit(&host, json!({ "insert": { "text": "x", "after": "# Plans...Test" } }));
    assert!(problem.expect_err("no match").hint.expect("a hint").contains("nearest: `# Plan`"));
}

#[test]
fn child_pages_survive_a_replaced_content() {
    let refusal =
        refused(400, "This would delete child pages or databases. Set allow_deleting_content to true.");
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}/markdown", refusal)
        .on("PATCH /v1/pages/{id}/markdown", markdown(&format!("Whole\n\n{CHILD}")))
        .on("GET /v1/pages/{id}/markdown", markdown(&format!("Old\n{CHILD}\nMore")));
    let answer = edit(&host, json!({ "replace": "Whole" })).expect("edited");
    assert!(answer["note"].as_str().expect("a note").contains(": 1 of"));
    assert_eq!(bodies(&host)[1]["replace_content"], json!({ "new_str": format!("Whole\n\n{CHILD}") }));
}

#[test]
fn an_edit_that_would_delete_children_says_how_to_allow_it() {
    let refusal = refused(400, "This would delete child pages or databases.");
    let host = MockHost::new().on("PATCH /v1/pages/{id}/markdown", refusal);
    let problem = edit(&host, json!({ "edits": [{ "old": CHILD, "new": "" }] })).expect_err("refused");
    assert!(problem.hint.expect("a hint").contains("allow_deleting"));
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn markdown_is_sent_as_notion_reads_it_and_what_only_notion_knows_stays() {
    let text = "- a\n  - **\u{6ce8}\u{610f}\u{ff1a}**\u{8bf7}\nIt costs $5 to $10\n<page url=\"https://app.notion.com/p/child\">Child</page>\n\
                see <span discussion-urls=\"https://x.y\">this</span>";
    let host =
        MockHost::new().on("PATCH /v1/pages/{id}/markdown", json!({ "warnings": [{ "message": "Odd." }] }));
    let answer = edit(&host, json!({ "append": text })).expect("edited");
    assert_eq!(answer["notes"], json!(["Odd."]));
    assert_eq!(
        bodies(&host)[0]["insert_content"]["content"],
        "- a\n\t- <b>\u{6ce8}\u{610f}\u{ff1a}</b>\u{8bf7}\n\nIt costs \\$5 to \\$10\n\n\
         <page url=\"https://app.notion.com/p/child\">Child</page>\n\nsee <span discussion-urls=\"https://x.y\">this</span>"
    );
}

#[test]
fn an_edit_of_code_is_sent_as_it_is_written() {
    let page = "Price\n\n```sh\necho $1 $2\n```";
    let host = MockHost::new()
        .on("GET /v1/pages/{id}/markdown", markdown(page))
        .on("PATCH /v1/pages/{id}/markdown", markdown(page));
    let edits =
        json!([{ "old": "echo $1 $2", "new": "echo $2 $1" }, { "old": "Price", "new": " $5 to $10 " }]);
    edit(&host, json!({ "edits": edits })).expect("edited");
    let sent = &bodies(&host)[0]["update_content"]["content_updates"];
    assert_eq!((&sent[0]["new_str"], &sent[1]["new_str"]), (&json!("echo $2 $1"), &json!(" \\$5 to \\$10 ")));
}

#[test]
fn lines_that_notion_dropped_are_named() {
    let host = MockHost::new().on("PATCH /v1/pages/{id}/markdown", markdown("Kept as written"));
    let answer =
        edit(&host, json!({ "append": "Kept as written\n[^1]: footnote nobody maps" })).expect("edited");
    assert_eq!(answer["not_in_the_page_as_written"], json!(["[^1]: footnote nobody maps"]));
}

#[test]
fn a_failure_half_way_says_what_is_done() {
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}/markdown", markdown("New"))
        .on("PATCH /v1/pages/{id}/markdown", Problem::rate_limited("Too many requests."));
    let arguments = json!({ "edits": [{ "old": "Old", "new": "New" }], "append": "More" });
    let problem = edit(&host, arguments).expect_err("limited");
    assert_eq!(problem.code.as_str(), "rate_limited");
    assert!(problem.message.starts_with("Done: edits;"), "{problem}");
    assert!(problem.hint.expect("a hint").contains("Do not repeat"));
}

#[test]
fn more_than_a_request_takes_is_sent_in_parts_and_in_order() {
    let text: String = (0..20_000).map(|number| format!("Paragraph number {number} of many\n\n")).collect();
    for (key, reversed) in [("append", false), ("prepend", true)] {
        let host = MockHost::new().on("PATCH /v1/pages/{id}/markdown", json!({}));
        edit(&host, json!({ key: text })).expect("edited");
        let mut parts: Vec<String> = bodies(&host)
            .iter()
            .map(|body| body["insert_content"]["content"].as_str().expect("content").to_owned())
            .collect();
        assert!(parts.len() > 1);
        if reversed {
            parts.reverse();
        }
        assert!(parts.concat() == text.trim_end(), "{key}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let host = MockHost::new();
    for arguments in [
        json!({}),
        json!({ "edits": [] }),
        json!({ "edits": [{ "old": "", "new": "x" }] }),
        json!({ "replace": "x", "append": "y" }),
        json!({ "edits": vec![json!({ "old": "a", "new": "b" }); 101] }),
        json!({ "append": "x".repeat(500_000) }),
    ] {
        assert!(edit(&host, arguments).expect_err("refused").hint.is_some());
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_page_in_the_trash_is_said_to_be() {
    let mut trashed = page();
    trashed["in_trash"] = json!(true);
    let host =
        MockHost::new().on("PATCH /v1/pages/{id}/markdown", below_trash()).on("GET /v1/pages/{id}", trashed);
    let problem = edit(&host, json!({ "append": "x" })).expect_err("in the trash");
    assert!(problem.hint.expect("a hint").contains("`restore: true`"));
}
