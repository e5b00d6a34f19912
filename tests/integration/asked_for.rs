//! What plugins ask for in their manifests, held against what their code and the library's can ask Notion for.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cases::BUILT_IN;
use crate::harness::{TestHost, root};

/// What the library asks Notion for where a plugin's code has one of the words.
const NEEDS: [(&[&str], &[&str]); 4] = [
    (&["DataSource"], &["GET /v1/data_sources/{data_source_id}", "GET /v1/databases/{database_id}"]),
    (
        &[".values(call", "Directory::load", ".filter(call", ".view_filter("],
        &["GET /v1/users", "GET /v1/users/me", "POST /v1/data_sources/{data_source_id}/query"],
    ),
    (&[".rows(call", "Query::of"], &["POST /v1/data_sources/{data_source_id}/query"]),
    (&["with_people"], &["GET /v1/users"]),
];

/// All code of a folder but its tests.
fn code(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            text.push_str(&code(&path));
        } else {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

#[test]
fn each_plugin_asks_for_every_route_that_the_library_uses_for_it() {
    let mut checked = 0;
    for plugin in BUILT_IN {
        let folder = root().join("plugins").join(plugin);
        let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
        if manifest.contains("notion.read = true") {
            continue;
        }
        let code = code(&folder.join("src"));
        for (words, routes) in NEEDS {
            if !words.iter().any(|word| code.contains(word)) {
                continue;
            }
            for route in routes {
                assert!(manifest.contains(&format!("\"{route}\"")), "{plugin} doesn't ask for {route}");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked}: the words above are those of the library");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_me_hears_of_the_connection_and_never_of_a_manifest() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let owner = json!({"Owner": "me"});
    let upsert = json!({"database_id": ids.tasks_database, "unique": {"property": "Name", "value": "Mine"},
        "properties": owner});
    for (tool, arguments) in [
        ("query", json!({"database_id": ids.tasks_database, "filter": owner})),
        ("create_page", json!({"database_id": ids.tasks_database, "title": "Mine", "properties": owner})),
        ("update_page", json!({"page_id": ids.tasks[0], "properties": owner})),
        ("properties", json!({"database_id": ids.tasks_database, "properties": owner})),
        ("upsert", upsert),
    ] {
        // The demo's connection is a workspace's own, so that it is nobody.
        let problem = host.error(tool, arguments).await;
        assert!(problem["message"].as_str().unwrap().contains("`me` is nobody here"), "{tool}: {problem}");
    }
    host.stop().await;
}
