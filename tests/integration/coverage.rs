//! `docs/notion-api.md`: what serves each operation of the Notion API and each endpoint of the specification, made from
//! the route table, the catalog, and what every tool was seen to ask Notion for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use notion_emulator::Seed;
use serde_json::json;
use toolbay_kernel::Catalog;

use crate::cases::{BUILT_IN, Case, cases};
use crate::harness::{TestHost, root};

/// Operations of the product's agents, sessions and meeting notes, which are no part of what tools offer.
const LEFT_OUT: [&str; 2] = ["POST /v1/blocks/meeting_notes", "POST /v1/blocks/meeting_notes/query"];

/// The endpoints that the specification names in its sections 4 to 8, with the section.
const SPECIFIED: [(&str, &str); 27] = [
    ("4.1", "GET /health"),
    ("4.1", "GET /v1/meta"),
    ("4.2", "GET /oauth/start"),
    ("4.2", "GET /oauth/callback"),
    ("4.2", "GET /v1/connections"),
    ("4.2", "POST /v1/connections/refresh"),
    ("4.2", "DELETE /v1/connections/{connection_id}"),
    ("4.3", "POST /v1/notion/search"),
    ("4.4", "POST /v1/databases"),
    ("4.4", "GET /v1/databases/{database_id}"),
    ("4.4", "PATCH /v1/databases/{database_id}"),
    ("4.4", "POST /v1/databases/{database_id}/query"),
    ("4.5", "POST /v1/pages"),
    ("4.5", "GET /v1/pages/{page_id}"),
    ("4.5", "PATCH /v1/pages/{page_id}"),
    ("4.5", "POST /v1/pages/{page_id}/archive"),
    ("4.6", "GET /v1/blocks/{block_id}/children"),
    ("4.6", "PATCH /v1/blocks/{block_id}"),
    ("4.6", "POST /v1/blocks/{block_id}/children"),
    ("4.7", "POST /v1/assets/url"),
    ("6.1", "POST /v1/upsert"),
    ("6.2", "POST /v1/link"),
    ("6.3", "POST /v1/bulk"),
    ("7.1", "GET /openapi.json"),
    ("7.2", "POST /v1/notion/request"),
    ("7.2", "POST /v1/jobs"),
    ("7.2", "GET /v1/jobs/{job_id}"),
];

/// Also named there, as conveniences.
const CONVENIENCES: [(&str, &str); 4] = [
    ("6.1", "POST /v1/upsert/project"),
    ("6.1", "POST /v1/upsert/task"),
    ("6.1", "POST /v1/upsert/knowledge"),
    ("7.1", "POST /v1/search"),
];

/// What the host itself answers.
const OF_THE_HOST: [&str; 5] =
    ["GET /health", "GET /v1/meta", "GET /oauth/start", "GET /oauth/callback", "GET /openapi.json"];

/// Set to write the table instead of comparing it.
const UPDATE: &str = "TOOLBAY_TEST_UPDATE_DOCS";

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_what_serves_notions_operations_is_current() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let mut served: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut seen = |tool: &'static str| {
        for (route, statuses) in host.emulator.requests().routes {
            if statuses.keys().any(|status| status.starts_with('2')) {
                served.entry(route).or_default().insert(tool);
            }
        }
    };
    for Case { tool, arguments, .. } in cases(&ids) {
        // A job's requests are those of the tool that it calls, and come when they come.
        if tool == "job_start" {
            continue;
        }
        host.emulator.reset(Seed::Default);
        host.call(tool, arguments).await;
        // The general tool reaches everything; bulk runs the others.
        if !matches!(tool, "notion_request" | "bulk") {
            seen(tool);
        }
    }
    // What needs more than one call, or more data.
    let view = json!({"database_id": ids.tasks_database, "name": "Another", "type": "table"});
    let view = host.result("create_view", view).await;
    host.emulator.forget_requests();
    host.result("delete_view", json!({"view_id": view["id"]})).await;
    seen("delete_view");
    let gallery = host.emulator.reset(Seed::Gallery).gallery;
    host.result("get_page", json!({"page_id": gallery["many_row"]})).await;
    seen("get_page");
    let rows = json!({"rows": [{"data_source_id": ids.tasks_data_source, "count": 250, "title": "Row {n}"}]});
    host.emulator.reset(Seed::Default);
    host.emulator.plant(&rows).unwrap();
    host.result("query_view", json!({"view_id": ids.tasks_view, "limit": 200})).await;
    seen("query_view");
    let catalog = host.host().gateway.catalogs.current();
    let (text, missing) = table(&served, &catalog);
    host.stop().await;

    let file = root().join("docs/notion-api.md");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&file, &text).unwrap();
    }
    let current = fs::read_to_string(&file).unwrap_or_default();
    assert!(current == text, "{} is not current: run this test with {UPDATE}=1", file.display());
    assert!(missing.is_empty(), "nothing serves {missing:?}");
}

fn table(served: &BTreeMap<String, BTreeSet<&str>>, catalog: &Catalog) -> (String, Vec<String>) {
    let mut text = String::from(
        "# What serves the Notion API\n\nMade by a test (`tests/integration/coverage.rs`) from the route table, the \
         catalog, and the requests that each tool was\nseen to make; the test fails when it is not current.\n\n## \
         Operations of the Notion API, version 2026-03-11\n\n`notion_request` reaches every one of them; named here \
         are the tools made for it.\n\n| operation | tools |\n| --- | --- |\n",
    );
    let mut missing = Vec::new();
    for route in toolbay_notion::routes() {
        let operation = format!("{} {}", route.method, route.path);
        if LEFT_OUT.contains(&operation.as_str()) {
            continue;
        }
        let tools = served
            .get(&operation)
            .map(|tools| tools.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(", "));
        let _ =
            writeln!(text, "| `{operation}` | {} |", tools.unwrap_or_else(|| "`notion_request`".to_owned()));
    }
    text.push_str(
        "\n## Endpoints of the specification\n\n| section | endpoint | served by |\n| --- | --- | --- |\n",
    );
    let mut specified: Vec<_> = SPECIFIED.into_iter().chain(CONVENIENCES).collect();
    specified.sort_by_key(|(section, _)| *section);
    for (section, endpoint) in specified {
        let tool = catalog.tools().find(|tool| {
            tool.definition.routes.iter().any(|route| shape(&route.to_string()) == shape(endpoint))
        });
        let by = match tool {
            Some(tool) => format!("`{}`", tool.name()),
            None if OF_THE_HOST.contains(&endpoint) => "the host".to_owned(),
            None => {
                missing.push(endpoint.to_owned());
                "not yet".to_owned()
            }
        };
        let _ = writeln!(text, "| {section} | `{endpoint}` | {by} |");
    }
    (text, missing)
}

/// A route whose parameters have no names.
fn shape(route: &str) -> String {
    route.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}
