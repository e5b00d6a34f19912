//! What can't be right is refused with what would be, before anything is written.

use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// A call, the code it is refused with, and what hint or message must name.
struct Refusal {
    what: &'static str,
    tool: &'static str,
    arguments: Value,
    code: &'static str,
    names: &'static [&'static str],
}

fn refusals(tasks: &str, two_sources: &str, page: &str, row: &str) -> Vec<Refusal> {
    let refusal = |what, tool, arguments, code, names| Refusal { what, tool, arguments, code, names };
    let write = |properties: Value| json!({"page_id": row, "properties": properties});
    let many: Vec<String> =
        (0..101).map(|number| format!("{number:08x}-0000-4000-8000-000000000000")).collect();
    let mut deep = json!({"type": "paragraph", "text": "end"});
    for _ in 0..60 {
        deep = json!({"type": "toggle", "text": "in", "children": [deep]});
    }
    vec![
        refusal(
            "an unknown property",
            "update_page",
            write(json!({"Statsu": "Done"})),
            "invalid_input",
            &["Status"],
        ),
        refusal(
            "an unknown status",
            "update_page",
            write(json!({"Status": "Dnoe"})),
            "invalid_input",
            &["Done", "In progress"],
        ),
        refusal(
            "an unknown option",
            "update_page",
            write(json!({"Tags": ["nope"]})),
            "invalid_input",
            &["Tags", "new_options"],
        ),
        refusal(
            "a wrong type",
            "update_page",
            write(json!({"Estimate": "many"})),
            "invalid_input",
            &["Estimate", "number"],
        ),
        refusal(
            "no date",
            "update_page",
            write(json!({"Due": "someday"})),
            "invalid_input",
            &["Due", "2026-01-10"],
        ),
        refusal("what Notion computes", "update_page", write(json!({"ID": 7})), "invalid_input", &["ID"]),
        refusal(
            "101 relations",
            "update_page",
            write(json!({"Project": many})),
            "invalid_input",
            &["101", "100"],
        ),
        refusal(
            "nobody",
            "update_page",
            write(json!({"Owner": ["Nobody Atall"]})),
            "invalid_input",
            &["Nobody Atall"],
        ),
        refusal(
            "a title that no page has",
            "update_page",
            write(json!({"Project": ["No such project"]})),
            "invalid_input",
            &["No such project"],
        ),
        refusal(
            "an unknown column type",
            "update_database",
            json!({"database_id": tasks, "properties": {"X": "numbr"}}),
            "invalid_input",
            &["number"],
        ),
        refusal(
            "an unknown filter property",
            "query",
            json!({"database_id": tasks, "filter": {"Statsu": "Done"}}),
            "invalid_input",
            &["Status"],
        ),
        refusal(
            "an unknown operator",
            "query",
            json!({"database_id": tasks, "filter": {"Estimate": {"begins": 1}}}),
            "invalid_input",
            &["Estimate"],
        ),
        refusal(
            "several data sources",
            "query",
            json!({"database_id": two_sources}),
            "invalid_input",
            &["data source"],
        ),
        refusal(
            "several data sources, to write",
            "create_page",
            json!({"database_id": two_sources, "properties": {}}),
            "invalid_input",
            &["data source"],
        ),
        refusal(
            "a page where a database belongs",
            "query",
            json!({"database_id": page}),
            "not_found",
            &["page"],
        ),
        refusal(
            "no id at all",
            "get_page",
            json!({"page_id": "Road map"}),
            "invalid_input",
            &["32 hexadecimal digits"],
        ),
        refusal(
            "nesting without end",
            "append_blocks",
            json!({"block_id": page, "blocks": [deep]}),
            "limit_exceeded",
            &["levels of nesting"],
        ),
        refusal(
            "an unknown block",
            "append_blocks",
            json!({"block_id": page, "blocks": [{"type": "pargraph", "text": "x"}]}),
            "invalid_input",
            &["paragraph"],
        ),
        refusal(
            "a link that is none",
            "attach_file",
            json!({"page_id": page, "url": "javascript:alert(1)"}),
            "invalid_input",
            &["http"],
        ),
        refusal(
            "text that is not there",
            "edit_page",
            json!({"page_id": page, "edits": [{"old": "no such words at all", "new": "x"}]}),
            "invalid_input",
            &[],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_right_is_refused_with_what_would_be() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let page = &ids.root_page;
    let gallery = host.emulator.plant(&json!({"gallery": [{"title": "Gallery"}]})).unwrap();
    let two_sources = gallery["gallery"][0]["two_sources"].as_str().unwrap().to_owned();
    let before = host.emulator.writes().len();
    let mut wrong = Vec::new();
    for Refusal { what, tool, arguments, code, names } in
        refusals(&ids.tasks_database, &two_sources, page, &ids.tasks[0])
    {
        let (_, envelope) = host.call(tool, arguments).await;
        let error = &envelope["error"];
        let said = format!(
            "{} {}",
            error["message"].as_str().unwrap_or_default(),
            error["hint"].as_str().unwrap_or_default()
        );
        let is_named = names.iter().all(|name| said.contains(name));
        if error["code"] != code || !is_named || error["hint"].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("{what}: wanted {code} naming {names:?}, got {envelope:#}"));
        }
        if host.emulator.writes().len() != before {
            wrong.push(format!("{what}: something was written"));
            break;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    host.stop().await;
}

/// A database's id does where a data source's belongs, everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_id_is_resolved_to_its_data_source() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let link = format!(
        "https://www.notion.so/acme/Tasks-{}?v=11833787e2cf4fdf8782e53db20768a5",
        ids.tasks_database.replace('-', "")
    );
    let by = async |id: &str| host.result("query", json!({"database_id": id, "sorts": ["Name"]})).await;
    let expected = by(&ids.tasks_data_source).await;
    assert_eq!(by(&ids.tasks_database).await, expected);
    let by_link = by(&link).await;
    assert_eq!((&by_link["columns"], &by_link["rows"]), (&expected["columns"], &expected["rows"]));
    assert!(by_link["notes"][0].as_str().unwrap().contains("filter and sorts are not applied"), "{by_link}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trashed_targets_say_what_to_restore() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let row = &ids.tasks[0];
    host.result("trash", json!({"id": row})).await;
    for (tool, arguments) in [
        ("update_page", json!({"page_id": row, "properties": {"Estimate": 9}})),
        ("append_blocks", json!({"block_id": row, "markdown": "more"})),
        ("edit_page", json!({"page_id": row, "append": "more"})),
    ] {
        let error = host.error(tool, arguments).await;
        let said = error.to_string();
        assert!(
            said.contains("trash") || said.contains("archived") || said.contains("restore"),
            "{tool}: {error:#}"
        );
    }
    host.result("trash", json!({"id": row, "restore": true})).await;
    host.result("update_page", json!({"page_id": row, "properties": {"Estimate": 9}})).await;
    host.stop().await;
}

/// 2,001 characters are two pieces for Notion and one text for everybody else; markdown that no block can hold is kept as
/// text or refused, never dropped.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_or_dropped_in_silence() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let long = format!("{}\u{1f600}end", "a".repeat(1_999));
    let created = host
        .result("create_page", json!({"database_id": ids.tasks_database, "properties": {"Name": long}}))
        .await;
    let read = host.result("get_page", json!({"page_id": created["id"]})).await;
    assert_eq!(read["title"], json!(long));

    let page = host.result("create_page", json!({"parent_page_id": ids.root_page, "title": "Odd"})).await;
    let odd = "<marquee>moving</marquee>\n\n[^1]: a footnote\n\nTerm\n: definition";
    let (_, envelope) = host.call("append_blocks", json!({"block_id": page["id"], "markdown": odd})).await;
    if envelope["ok"] == json!(true) {
        let listed = host.result("list_blocks", json!({"block_id": page["id"]})).await.to_string();
        for word in ["marquee", "moving", "footnote", "Term", "definition"] {
            assert!(
                listed.contains(word) || envelope.to_string().contains(word),
                "`{word}` is gone: {listed}"
            );
        }
    } else {
        assert!(envelope["error"]["hint"].is_string(), "{envelope:#}");
    }
    host.stop().await;
}
