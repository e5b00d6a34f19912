//! Links: each argument of the catalog that takes an id takes every form of it, and is resolved by what the tool works on.
//! What was meant is told by the requests that reach Notion.

use std::collections::BTreeSet;

use notion_emulator::{Seed, SeedIds};
use serde_json::{Value, json};

use crate::cases::{BUILT_IN, cases};
use crate::harness::TestHost;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Page,
    Database,
    Block,
    View,
    Person,
    Comment,
    Discussion,
    Anything,
}

/// Ids that are the host's, not Notion's.
const OF_THE_HOST: [&str; 2] = ["connection_id", "job_id"];

/// What an argument names, by its name; none for one that takes no id.
fn names(tool: &str, argument: &str) -> Option<Names> {
    Some(match (tool, argument) {
        (_, name) if OF_THE_HOST.contains(&name) => return None,
        (_, "page_id" | "page_ids" | "parent_page_id") => Names::Page,
        (_, "database_id" | "data_source_id") => Names::Database,
        (_, "block_id") | ("append_blocks", "after") => Names::Block,
        (_, "view_id" | "dashboard_id") => Names::View,
        (_, "user_id") => Names::Person,
        (_, "comment_id") => Names::Comment,
        (_, "discussion_id") => Names::Discussion,
        ("fetch" | "trash", "id") => Names::Anything,
        (_, name) if name == "id" || name.ends_with("_id") || name.ends_with("_ids") => {
            panic!("`{tool}` takes `{argument}`: say here what it names")
        }
        _ => return None,
    })
}

fn hex(id: &str) -> String {
    id.replace('-', "")
}

/// The forms in which an id of a kind is passed, also within links that name other things as well.
fn forms(kind: Names, id: &str, ids: &SeedIds) -> Vec<String> {
    let id = hex(id);
    let (database, view, row) = (hex(&ids.projects_database), hex(&ids.projects_view), hex(&ids.projects[0]));
    let mut forms = vec![id.to_uppercase(), format!(" {id}\n")];
    let path = [
        format!("https://www.notion.so/acme/A-title-{id}/"),
        format!("notion.so/{}", id.to_uppercase()),
        format!("https://app.notion.com/p/acme/{id}?pvs=4"),
        format!("https://acme.notion.site/A-title-{id}?source=copy_link"),
        format!("notion://www.notion.so/{id}"),
        format!("<https://www.notion.so/{id}>"),
        format!("/{id}"),
    ];
    let peek = [
        format!("https://www.notion.so/acme/{database}?v={view}&p={id}&pm=s"),
        format!("https://www.notion.so/acme/{database}?pm=s&amp;p={id}&amp;v={view}"),
        format!("https://app.notion.com/p/{database}?p={id}"),
        format!("/{database}?v={view}&p={id}"),
    ];
    match kind {
        Names::Page | Names::Anything => {
            forms.extend(path);
            forms.extend(peek);
        }
        Names::Database => {
            forms.extend(path);
            forms.push(format!("https://www.notion.so/acme/{id}?v={view}"));
            forms.push(format!("https://www.notion.so/acme/{id}?v={view}&p={row}&pm=s"));
        }
        Names::Block => {
            forms.push(format!("https://www.notion.so/acme/Plan-{row}#{id}"));
            forms.push(format!("https://www.notion.so/{row}?pvs=4#{id}"));
            forms.push(format!("https://app.notion.com/p/{database}?v={view}&p={row}#{id}"));
            forms.push(format!("/{row}#{id}"));
        }
        Names::View => {
            forms.push(format!("https://www.notion.so/acme/{database}?v={id}"));
            forms.push(format!("https://www.notion.so/{database}?p={row}&v={id}&pm=s"));
        }
        Names::Person => {
            forms.push(format!("user://{id}"));
            forms.push(format!("{{{{user://{id}}}}}"));
            forms.push(format!("<mention-user url=\"user://{id}\"/>"));
        }
        Names::Discussion => forms.push(format!("https://www.notion.so/{row}?d={id}&pvs=4")),
        Names::Comment => {}
    }
    forms
}

/// Links that name something else than an object of this kind.
fn strangers(kind: Names, ids: &SeedIds) -> Vec<String> {
    let (database, view) = (hex(&ids.tasks_database), hex(&ids.tasks_view));
    let (row, block, person) = (hex(&ids.tasks[0]), hex(&ids.blocks[0]), hex(&ids.ada));
    let page = format!("https://www.notion.so/acme/Plan-{row}");
    let anchor = format!("{page}#{block}");
    let unreadable = format!("https://www.notion.so/{database}?v={view}&p=row");
    let of_view = format!("https://www.notion.so/{database}?v={view}");
    let of_person = format!("user://{person}");
    match kind {
        Names::Page => vec![anchor, unreadable, of_view, of_person],
        Names::Anything => vec![format!("{page}#block"), unreadable, of_view, of_person],
        Names::Block => vec![page, format!("https://www.notion.so/{row}#block"), of_view, of_person],
        Names::Database => vec![anchor, of_person],
        Names::View => vec![page, format!("https://www.notion.so/{database}"), of_person],
        Names::Person => vec![page, of_view],
        Names::Comment | Names::Discussion => vec![page, anchor, of_person],
    }
}

/// Tools that trash, move, delete or overwrite; what they are given must name exactly what they work on.
const DECIDING: [(&str, &str); 9] = [
    ("edit_page", "page_id"),
    ("trash", "id"),
    ("move_page", "page_id"),
    ("archive", "page_ids"),
    ("delete_block", "block_id"),
    ("update_block", "block_id"),
    ("delete_comment", "comment_id"),
    ("delete_view", "view_id"),
    ("update_database", "database_id"),
];

/// A call that works, with an id as this argument.
fn example(tool: &str, argument: &str, ids: &SeedIds) -> Option<Value> {
    let (page, database) = (&ids.root_page, &ids.tasks_database);
    let more = [
        ("create_comment", json!({"block_id": ids.blocks[0], "text": "Well"})),
        ("list_comments", json!({"block_id": ids.blocks[0]})),
        ("append_blocks", json!({"block_id": page, "markdown": "One", "after": ids.blocks[0]})),
        // A block that can hold others.
        ("attach_file", json!({"url": "https://example.com/a.pdf", "block_id": ids.blocks[2]})),
        ("move_page", json!({"page_id": ids.tasks[0], "database_id": ids.projects_database})),
        ("archive", json!({"page_ids": [ids.tasks[0]], "database_id": ids.projects_database})),
        ("update_view", json!({"view_id": ids.tasks_view, "name": "Everything"})),
        (
            "link",
            json!({"database_id": database, "from": ids.tasks[0], "to": ids.projects[0], "relation_property": "Project"}),
        ),
    ];
    let of_cases =
        cases(ids).into_iter().filter(|case| case.succeeds).map(|case| (case.tool, case.arguments));
    of_cases
        .chain(more)
        .find(|(name, arguments)| *name == tool && arguments.get(argument).is_some())
        .map(|(_, arguments)| arguments)
}

/// Arguments that need an object which the workspace doesn't have: their forms are the SDK's to show.
const WITHOUT_EXAMPLE: [(&str, &str); 3] =
    [("create_comment", "discussion_id"), ("create_view", "dashboard_id"), ("delete_view", "view_id")];

/// The arguments with another text in the place of an id, and the id that was there.
fn with(arguments: &Value, argument: &str, text: &str) -> Value {
    let mut arguments = arguments.clone();
    arguments[argument] = match &arguments[argument] {
        Value::Array(_) => json!([text]),
        _ => json!(text),
    };
    arguments
}

/// What a call asked Notion for.
async fn asked(host: &TestHost, tool: &str, arguments: Value) -> (u16, Vec<String>) {
    host.emulator.reset(Seed::Default);
    host.emulator.record(true);
    let (status, _) = host.call(tool, arguments).await;
    let exchanges = host.emulator.exchanges();
    let mut asked: Vec<String> = exchanges
        .iter()
        .map(|exchange| {
            format!("{} {}?{} {}", exchange.method, exchange.path, exchange.query, exchange.request_body)
        })
        .collect();
    // Requests that are sent side by side arrive in any order.
    asked.sort();
    (status, asked)
}

/// Each tool and argument of the catalog that takes an id of Notion's.
async fn takers(host: &TestHost) -> Vec<(String, String, Names)> {
    let listed = host.get("/v1/tools").await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let mut takers = Vec::new();
    for tool in tools {
        let name = tool["name"].as_str().unwrap();
        let schema = tool.get("input_schema").or(tool.get("inputSchema")).expect("a schema");
        for argument in schema["properties"].as_object().unwrap().keys() {
            takers.extend(names(name, argument).map(|kind| (name.to_owned(), argument.clone(), kind)));
        }
    }
    takers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_an_id_means_the_same_object_to_every_tool() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let mut wrong = BTreeSet::new();
    for (tool, argument, kind) in takers(&host).await {
        let Some(arguments) = example(&tool, &argument, &ids) else {
            assert!(WITHOUT_EXAMPLE.contains(&(&tool, &argument)), "`{tool}`: no example with `{argument}`");
            continue;
        };
        let given = &arguments[&argument];
        let id = given.as_str().or_else(|| given[0].as_str()).unwrap().to_owned();
        // The first call fills the host's memory of schemas; from then on equal calls ask the same.
        asked(&host, &tool, arguments.clone()).await;
        let (status, expected) = asked(&host, &tool, arguments.clone()).await;
        assert_eq!(status, 200, "{tool} {arguments}");
        for form in forms(kind, &id, &ids) {
            let (status, seen) = asked(&host, &tool, with(&arguments, &argument, &form)).await;
            if status != 200 || seen != expected {
                wrong.insert(format!(
                    "{tool} {argument} {form:?}: {status}, {seen:?} instead of {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_trashes_moves_or_deletes_never_takes_the_thing_around_what_a_link_names() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    for (tool, argument) in DECIDING {
        let kind = names(tool, argument).unwrap();
        let arguments = example(tool, argument, &ids).unwrap_or_else(|| json!({(argument): ""}));
        for link in strangers(kind, &ids) {
            host.emulator.reset(Seed::Default);
            let (status, envelope) = host.call(tool, with(&arguments, argument, &link)).await;
            assert_eq!(status, 400, "{tool} {link}: {envelope}");
            assert!(envelope["error"]["hint"].is_string(), "{tool} {link}: {envelope}");
            assert!(host.emulator.writes().is_empty(), "{tool} {link}");
        }
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_open_above_its_database_is_what_a_link_means_in_values_too() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let (row, project) = (&ids.tasks[0], hex(&ids.projects[1]));
    let (database, view) = (hex(&ids.projects_database), hex(&ids.projects_view));
    for link in [
        format!("https://www.notion.so/acme/{database}?v={view}&p={project}&pm=s"),
        format!("https://app.notion.com/p/{database}?p={project}"),
        format!("/{project}"),
    ] {
        host.emulator.reset(Seed::Default);
        let arguments = json!({"page_id": row, "properties": {"Project": [link]}});
        host.result("update_page", arguments).await;
        let page = host.result("get_page", json!({"page_id": row})).await;
        assert_eq!(page["properties"]["Project"], json!([ids.projects[1]]), "{link}");
        let filter = json!({"Project": link});
        let found = host.result("query", json!({"database_id": ids.tasks_database, "filter": filter})).await;
        assert!(found.to_string().contains(&hex(row)), "{link}: {found}");
    }
    let view_alone = format!("https://www.notion.so/acme/{database}?v={view}");
    let arguments = json!({"page_id": row, "properties": {"Project": [view_alone]}});
    let problem = host.error("update_page", arguments).await;
    assert!(problem["message"].as_str().unwrap().contains("names the view"), "{problem}");
    host.stop().await;
}
