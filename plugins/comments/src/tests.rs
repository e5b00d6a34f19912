use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const PAGE: &str = "11111111-1111-1111-1111-111111111111";
const BLOCK: &str = "22222222-2222-2222-2222-222222222222";
const COMMENT: &str = "33333333-3333-3333-3333-333333333333";

fn comment(id: &str, text: &str, name: Option<&str>) -> Value {
    json!({
        "object": "comment", "id": id, "parent": { "type": "page_id", "page_id": PAGE }, "discussion_id": "d",
        "created_time": "2026-07-04T10:07:00.000Z", "last_edited_time": "2026-07-04T10:07:00.000Z",
        "created_by": { "object": "user", "id": "u" },
        "rich_text": [{
            "type": "text", "text": { "content": text, "link": null }, "plain_text": text, "href": null,
            "annotations": { "bold": false, "italic": false, "strikethrough": false, "underline": false,
                             "code": false, "color": "default" },
        }],
        "display_name": { "type": "user", "resolved_name": name },
    })
}

fn list(comments: &[Value], next: Option<&str>) -> Value {
    json!({ "object": "list", "results": comments, "next_cursor": next, "has_more": next.is_some() })
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, tool, arguments).map(|answer| answer.value().expect("data"))
}

#[test]
fn comments_are_small_rows_read_page_by_page_up_to_the_limit() {
    let mut with_file = comment("c2", "See", None);
    with_file["attachments"] =
        json!([{ "category": "pdf", "file": { "url": "https://files.example/a.pdf", "expiry_time": "x" } }]);
    let host = MockHost::new()
        .on("GET /v1/comments", list(&[comment("c1", "Fine", Some("Ada"))], Some("n1")))
        .on("GET /v1/comments", list(&[with_file], Some("n2")));
    let answer = run(&host, "list_comments", json!({ "page_id": PAGE, "limit": 150 })).expect("a list");
    assert_eq!(
        answer,
        json!({
            "comments": [
                { "id": "c1", "discussion_id": "d", "author": "Ada", "text": "Fine", "time": "2026-07-04T10:07:00.000Z" },
                { "id": "c2", "discussion_id": "d", "author": "u", "text": "See",
                  "files": ["https://files.example/a.pdf"], "time": "2026-07-04T10:07:00.000Z" },
            ],
            "next_cursor": "n2",
        })
    );
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/comments?block_id={PAGE}&page_size=100"),
            format!("GET /v1/comments?block_id={PAGE}&page_size=100&start_cursor=n1"),
        ]
    );
}

#[test]
fn the_link_of_a_block_means_the_block() {
    let host = MockHost::new().on("GET /v1/comments", list(&[], None));
    let link = format!("https://www.notion.so/Plan-{}#{}", PAGE.replace('-', ""), BLOCK.replace('-', ""));
    for target in [json!({ "block_id": link }), json!({ "block_id": BLOCK })] {
        assert_eq!(run(&host, "list_comments", target).expect("a list"), json!({ "comments": [] }));
    }
    run(&host, "list_comments", json!({ "page_id": link, "cursor": "n" })).expect("a list");
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/comments?block_id={BLOCK}&page_size=100"),
            format!("GET /v1/comments?block_id={BLOCK}&page_size=100"),
            format!("GET /v1/comments?block_id={PAGE}&page_size=100&start_cursor=n"),
        ]
    );
}

#[test]
fn a_comment_goes_to_a_page_a_block_or_a_discussion() {
    let host = MockHost::new().on("POST /v1/comments", comment(COMMENT, "x", None));
    for target in ["page_id", "block_id", "discussion_id"] {
        let answer = run(&host, "create_comment", json!({ target: BLOCK, "text": " **Done**\n" }));
        assert_eq!(answer.expect("created"), json!({ "id": COMMENT, "discussion_id": "d" }));
    }
    let bodies: Vec<_> = host.requests().into_iter().filter_map(|request| request.body).collect();
    let done = json!([{ "type": "text", "text": { "content": "Done" }, "annotations": { "bold": true } }]);
    assert_eq!(
        bodies,
        [
            json!({ "parent": { "type": "page_id", "page_id": BLOCK }, "rich_text": done }),
            json!({ "parent": { "type": "block_id", "block_id": BLOCK }, "rich_text": done }),
            json!({ "discussion_id": BLOCK, "rich_text": done }),
        ]
    );
}

#[test]
fn a_comment_is_changed_and_deleted_by_its_id() {
    let host = MockHost::new()
        .on("PATCH /v1/comments/{comment_id}", json!({ "object": "comment", "id": COMMENT }))
        .on("DELETE /v1/comments/{comment_id}", json!({ "object": "comment", "id": COMMENT }));
    let changed = run(&host, "update_comment", json!({ "comment_id": COMMENT, "text": "New" }));
    let deleted = run(&host, "delete_comment", json!({ "comment_id": COMMENT.replace('-', "") }));
    assert_eq!(
        (changed.expect("changed"), deleted.expect("deleted")),
        (json!({ "id": COMMENT }), json!({ "id": COMMENT }))
    );
    assert_eq!(
        host.sent(),
        [format!("PATCH /v1/comments/{COMMENT}"), format!("DELETE /v1/comments/{COMMENT}")]
    );
    assert_eq!(
        host.requests()[0].body,
        Some(json!({ "rich_text": [{ "type": "text", "text": { "content": "New" } }] }))
    );
}

#[test]
fn a_name_after_an_at_sign_mentions_and_nobody_is_looked_up_without_one() {
    let users = json!({ "object": "list", "next_cursor": null, "results": [
        { "object": "user", "id": BLOCK, "type": "person", "name": "Ada Lovelace", "person": { "email": "ada@example.com" } },
    ] });
    let host =
        MockHost::new().on("POST /v1/comments", comment(COMMENT, "x", None)).on("GET /v1/users", users);
    let text = "@Ada Lovelace please look, and @grace too";
    let answer = run(&host, "create_comment", json!({ "page_id": PAGE, "text": text })).expect("created");
    let body = host.requests().pop().and_then(|request| request.body).expect("a body");
    assert_eq!(body["rich_text"][0]["mention"]["user"]["id"], BLOCK);
    assert_eq!(body["rich_text"][1]["text"]["content"], " please look, and @grace too");
    assert!(answer["notes"][0].as_str().expect("a note").contains("`@grace`"), "{answer}");
    let host = MockHost::new().on("POST /v1/comments", comment(COMMENT, "x", None));
    for text in ["Fine", "write to ada@example.com", "`@Ada Lovelace`"] {
        run(&host, "create_comment", json!({ "page_id": PAGE, "text": text })).expect("created");
    }
    assert!(host.sent().iter().all(|sent| sent.starts_with("POST /v1/comments")));
}

#[test]
fn whatever_is_wrong_is_refused_before_anything_is_sent() {
    let host = MockHost::new();
    for (tool, arguments, hint) in [
        ("list_comments", json!({}), "`page_id`, `block_id`"),
        ("list_comments", json!({ "page_id": PAGE, "block_id": BLOCK }), "only one"),
        ("list_comments", json!({ "page_id": "Plan" }), "32 hexadecimal digits"),
        ("create_comment", json!({ "text": "x" }), "`discussion_id`"),
        ("create_comment", json!({ "page_id": PAGE, "discussion_id": BLOCK, "text": "x" }), "only one"),
        ("create_comment", json!({ "page_id": PAGE, "text": " \n" }), "`text`"),
        ("update_comment", json!({ "comment_id": COMMENT, "text": "" }), "`text`"),
        ("delete_comment", json!({ "comment_id": "first" }), "32 hexadecimal digits"),
    ] {
        let problem = run(&host, tool, arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn another_authors_comment_is_answered_with_what_can_be_done() {
    let host = MockHost::new()
        .on("PATCH /v1/comments/{comment_id}", Problem::forbidden("Notion: No."))
        .on("DELETE /v1/comments/{comment_id}", Problem::not_found("Notion: Could not find comment."));
    let changed =
        run(&host, "update_comment", json!({ "comment_id": COMMENT, "text": "New" })).expect_err("not ours");
    assert!(changed.hint.is_some_and(|hint| hint.contains("`create_comment`")));
    let deleted = run(&host, "delete_comment", json!({ "comment_id": COMMENT })).expect_err("gone");
    assert!(deleted.hint.is_some_and(|hint| hint.contains("`list_comments`")));
}

#[test]
fn a_comment_goes_to_nothing_but_what_is_named() {
    let link = format!("https://www.notion.so/Plan-{}#{}", PAGE.replace('-', ""), BLOCK.replace('-', ""));
    let host = MockHost::new()
        .on("POST /v1/comments", Problem::not_found("Notion: Could not find it."))
        .on("GET /v1/blocks/{id}", json!({ "object": "block", "id": BLOCK, "type": "paragraph" }))
        .on("GET /v1/comments/{id}", comment(COMMENT, "x", None));
    for (target, helps) in [
        (json!({ "page_id": link, "text": "x" }), "as `block_id`"),
        (json!({ "page_id": BLOCK, "text": "x" }), "is a block"),
        (json!({ "discussion_id": COMMENT, "text": "x" }), "its discussion is `d`"),
    ] {
        let problem = run(&host, "create_comment", target).expect_err(helps);
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains(helps)), "{problem:?}");
    }
    let host = MockHost::new().on("POST /v1/comments", comment(COMMENT, "x", None));
    run(&host, "create_comment", json!({ "page_id": PAGE, "discussion_id": "", "text": "x" }))
        .expect("created");
}

#[test]
fn every_way_to_write_a_name_after_an_at_sign_mentions() {
    let users = json!({ "object": "list", "next_cursor": null, "results": [
        { "object": "user", "id": BLOCK, "type": "person", "name": "Ada Lovelace", "person": { "email": "ada@example.com" } },
    ] });
    let host =
        MockHost::new().on("POST /v1/comments", comment(COMMENT, "x", None)).on("GET /v1/users", users);
    for text in ["@[Ada Lovelace] x", "@\"Ada Lovelace\" x", &format!("@[Somebody](user://{BLOCK}) x")] {
        run(&host, "create_comment", json!({ "page_id": PAGE, "text": text })).expect("created");
        let body = host.requests().pop().and_then(|request| request.body).expect("a body");
        assert_eq!(body["rich_text"][0]["mention"]["user"]["id"], BLOCK, "{text}");
        assert_eq!(body["rich_text"][1]["text"]["content"], " x");
    }
    let answer = run(&host, "create_comment", json!({ "page_id": PAGE, "text": "@[Grace Hopper] x" }));
    assert!(answer.expect("created")["notes"][0].as_str().expect("a note").contains("nobody"));
}
