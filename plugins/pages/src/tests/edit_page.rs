use std::cell::RefCell;
use std::rc::Rc;

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

/// A page that says this, and does what Notion does with exact replacements.
fn page_saying(text: &str) -> (MockHost, Rc<RefCell<String>>) {
    let current = Rc::new(RefCell::new(text.to_owned()));
    let (read, written) = (Rc::clone(&current), Rc::clone(&current));
    let host = MockHost::new()
        .on_with("GET /v1/pages/{id}/markdown", move |_| {
            Ok(Response { status: 200, body: markdown(&read.borrow()) })
        })
        .on_with("PATCH /v1/pages/{id}/markdown", move |request| {
            let body = request.body.clone().unwrap_or_default();
            let mut page = written.borrow_mut();
            for update in body["update_content"]["content_updates"].as_array().expect("updates") {
                let old = update["old_str"].as_str().expect("old");
                assert_eq!(page.matches(old).count(), 1, "{old:?} in {page:?}");
                *page = page.replacen(old, update["new_str"].as_str().expect("new"), 1);
            }
            Ok(Response { status: 200, body: markdown(&page) })
        });
    (host, current)
}

/// What a page says after an edit, and the answer.
fn edited(text: &str, arguments: Value) -> (String, Value) {
    let (host, page) = page_saying(text);
    let answer = edit(&host, arguments.clone()).unwrap_or_else(|problem| panic!("{arguments}: {problem:?}"));
    let after = page.borrow().clone();
    (after, answer)
}

#[test]
fn an_edit_is_read_with_the_text_around_it() {
    for (page, old, new, wanted) in [
        ("price \\$5 now", "$5", "$6", "price \\$6 now"),
        ("price \\$5 now", "\\$5", "\\$6", "price \\$6 now"),
        ("about \\~50", "~50", "~55", "about \\~55"),
        ("a \\` x", "` x", "` y", "a \\` y"),
        ("so 2\\*3\\*4 is", "2*3*4", "2*3*5", "so 2\\*3\\*5 is"),
        ("**one two** three", "two** three", "2** 3", "**one 2** 3"),
        ("one two", "two", "**two**", "one **two**"),
        ("- [ ] do it", "- [ ] do", "- [x] do", "- [x] do it"),
        ("a\n\n```rust\nx\n```", "```rust", "```js", "a\n\n```javascript\nx\n```"),
        ("a\n\nb", "a\n\nb", "c\nd", "c\n\nd"),
        ("a\r\n\nb", "b", "c", "a\r\n\nc"),
        ("one\n\ntwo", "one\r\n\r\ntwo", "three", "three"),
        ("die Gr\u{f6}\u{df}e", "Gro\u{308}\u{df}e", "L\u{e4}nge", "die L\u{e4}nge"),
        (
            "| a | b |\n| --- | --- |\n| c | d |",
            "d",
            "e | f",
            "<table header-row=\"true\">\n<tr><td>a</td><td>b</td></tr>\n<tr><td>c</td><td>e | f</td></tr>\n</table>",
        ),
        ("- a\n\t- b\n\t- c", "b", "x", "- a\n\t- x\n\t- c"),
        ("- a\n\t- b\n- c", "b\n- c", "x\n- y", "- a\n\t- x\n- y"),
        ("```\nx\n```", "x", "y\n```\nz", "````\ny\n```\nz\n````"),
        (
            "<callout icon=\"\u{1f4a1}\">\nmind \\$\n</callout>",
            "mind",
            "see",
            "<callout icon=\"\u{1f4a1}\">\nsee \\$\n</callout>",
        ),
        ("x\n\ngone\n\ny", "gone", "", "x\n\n\n\ny"),
    ] {
        let (after, answer) = edited(page, json!({ "edits": [{ "old": old, "new": new }] }));
        assert_eq!(after, wanted, "{old} in {page}");
        assert_eq!(answer, json!({ "id": PAGE }), "{old} in {page}");
    }
}

#[test]
fn each_of_many_places_is_written_as_it_is_read_there() {
    let page = "use foo here\n\n```\nfoo()\n```\n\nand `foo` and foo\n\nfoo";
    let (after, _) =
        edited(page, json!({ "edits": [{ "old": "foo", "new": "a & b <c> *d*", "all": true }] }));
    assert_eq!(
        after,
        "use a & b \\<c> *d* here\n\n```\na & b <c> *d*()\n```\n\nand `a & b <c> *d*` and a & b \\<c> *d*\n\na & b \\<c> *d*"
    );
}

#[test]
fn edits_are_made_one_after_the_other_and_sent_at_once() {
    let (host, _) = page_saying("a\n\nx\n\nx");
    let edits = json!([{ "old": "a", "new": "b" }, { "old": "b", "new": "c" }, { "old": "x", "new": "y", "all": true }]);
    let answer =
        edit(&host, json!({ "edits": edits, "insert": { "text": "new", "after": "c" } })).expect("edited");
    assert_eq!(answer, json!({ "id": PAGE }));
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn what_is_inserted_stands_behind_the_block_that_is_named() {
    for (page, after, wanted) in [
        ("one\n\ntwo", "one", "one\n\nNEW\n\n\ntwo"),
        ("```\na\nb\n```", "a", "```\na\nb\n```\n\nNEW\n"),
        ("- a\n\t- b\n- c", "a", "- a\n\t- b\n\nNEW\n\n- c"),
        ("- a\n\t- b\n- c", "b", "- a\n\t- b\n\n\tNEW\n\n- c"),
        ("| a |\n| --- |\n| b |\n\nx", "a", "| a |\n| --- |\n| b |\n\nNEW\n\n\nx"),
        ("one more\nthing\n\ntwo", "one...thing", "one more\nthing\n\nNEW\n\n\ntwo"),
        (CHILD, "Child", &format!("{CHILD}\n\nNEW\n")),
    ] {
        let (text, _) = edited(page, json!({ "insert": { "text": "NEW", "after": after } }));
        assert_eq!(text, wanted, "{after} in {page}");
    }
}

#[test]
fn each_other_way_to_edit_is_notions_command_and_the_page_is_not_echoed() {
    let text = "Before New After First Last Whole";
    for (arguments, body) in [
        (
            json!({ "append": "Last" }),
            json!({ "type": "insert_content", "markdown_version": "v2", "insert_content": { "content": "Last", "position": { "type": "end" } } }),
        ),
        (
            json!({ "prepend": "First" }),
            json!({ "type": "insert_content", "markdown_version": "v2", "insert_content": { "content": "First", "position": { "type": "start" } } }),
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
fn what_changes_nothing_says_so_and_is_not_sent() {
    let (host, _) = page_saying("Hi there");
    for arguments in [
        json!({ "edits": [{ "old": "Hi", "new": "Hi" }] }),
        json!({ "append": "" }),
        json!({ "prepend": " \n", "append": "" }),
        json!({ "insert": { "text": "", "after": "Hi" } }),
    ] {
        assert_eq!(edit(&host, arguments).expect("nothing"), json!({ "id": PAGE, "unchanged": true }));
    }
    assert!(bodies(&host).is_empty());
    let (_, answer) = edited(
        "Hi there",
        json!({ "edits": [{ "old": "Hi", "new": "Hi" }, { "old": "there", "new": "you" }] }),
    );
    assert!(answer["notes"][0].as_str().expect("a note").contains("`edits[0]` changes nothing"), "{answer}");
}

#[test]
fn what_is_not_clear_or_not_the_pages_own_is_refused_before_anything_is_written() {
    let page =
        "# Plan\nShip the first version\nTest\nTest\n<database url=\"u\" inline=\"true\">Tasks</database>";
    let (host, _) = page_saying(page);
    for (arguments, told) in [
        (
            json!({ "edits": [{ "old": "Ship first version", "new": "x" }] }),
            "nearest: `Ship the first version`",
        ),
        (json!({ "edits": [{ "old": "Test", "new": "x" }] }), "2 places"),
        (
            json!({ "edits": [{ "old": "Plan", "new": "x" }, { "old": "Tasks", "new": "x" }] }),
            "by its own id",
        ),
        (json!({ "insert": { "text": "x", "after": "# Plans...Test" } }), "nearest: `# Plan`"),
        (json!({ "insert": { "text": "x", "after": "Test" } }), "2 places"),
        (json!({ "insert": { "text": "x", "after": "" } }), "`prepend`"),
    ] {
        let problem = edit(&host, arguments).expect_err(told);
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains(told)), "{problem:?}");
    }
    assert!(bodies(&host).is_empty());
}

#[test]
fn the_link_of_a_block_is_not_its_page() {
    let link = format!("https://www.notion.so/acme/T-{}#{}", PAGE.replace('-', ""), "2".repeat(32));
    let host = MockHost::new();
    let problem = run(&host, "edit_page", json!({ "page_id": link, "replace": "NEW" })).expect_err("a block");
    assert!(problem.message.contains("names the block"), "{problem}");
    assert!(host.sent().is_empty());
}

#[test]
fn what_every_request_is_warned_of_is_told() {
    let warned = |words: &str| json!({ "markdown": "a", "warnings": [{ "message": words }] });
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}/markdown", warned("First."))
        .on("PATCH /v1/pages/{id}/markdown", warned("Second."));
    let answer = edit(&host, json!({ "prepend": "a", "append": "a" })).expect("edited");
    assert_eq!(answer["notes"], json!(["First.", "Second."]));
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
    let host = MockHost::new()
        .on("GET /v1/pages/{id}/markdown", markdown(CHILD))
        .on("PATCH /v1/pages/{id}/markdown", refusal);
    let problem = edit(&host, json!({ "edits": [{ "old": CHILD, "new": "" }] })).expect_err("refused");
    assert!(problem.hint.expect("a hint").contains("allow_deleting"));
    assert_eq!(bodies(&host).len(), 1);
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
fn lines_that_notion_dropped_are_named() {
    let host = MockHost::new().on("PATCH /v1/pages/{id}/markdown", markdown("Kept as written"));
    let answer =
        edit(&host, json!({ "append": "Kept as written\n[^1]: footnote nobody maps" })).expect("edited");
    assert_eq!(answer["not_in_the_page_as_written"], json!(["[^1]: footnote nobody maps"]));
}

#[test]
fn a_failure_half_way_says_what_is_done() {
    let host = MockHost::new()
        .on("GET /v1/pages/{id}/markdown", markdown("Old"))
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
