//! A plugin is made, built, dropped, replaced and deleted while the host runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{TestHost, over_stdio, packed, program, root};

fn toolbay(arguments: &[&str], folder: &Path) {
    let status = Command::new(program())
        .args(arguments)
        .current_dir(folder)
        // One target folder for every run of this test: the SDK's dependencies are compiled once.
        .env("CARGO_TARGET_DIR", root().join("target/new-plugin"))
        .env("XDG_DATA_HOME", root().join("target/new-plugin/data"))
        .status()
        .unwrap();
    assert!(status.success(), "toolbay {arguments:?}");
}

/// The tool of `toolbay plugin new` on every surface, with one schema.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_builds_passes_its_own_test_and_answers_everywhere_with_one_schema() {
    let workshop = tempfile::tempdir().unwrap();
    toolbay(&["plugin", "new", "my-notes"], workshop.path());
    toolbay(&["plugin", "test", "my-notes"], workshop.path());
    toolbay(&["plugin", "build", "my-notes"], workshop.path());

    let host = TestHost::start(&[]).await;
    assert!(!host.publishes("my_notes"));
    host.drop_file("my-notes.wasm", &fs::read(workshop.path().join("my-notes/my-notes.wasm")).unwrap());
    host.soon("the dropped plugin is live", async || host.publishes("my_notes")).await;

    let arguments = json!({"name": "Ada"});
    let greeting = json!({"text": "Hello, Ada!"});
    let call = json!({"name": "my_notes", "arguments": arguments});

    // The answer: REST, both eras of MCP over HTTP, both over stdio.
    assert_eq!(host.result("my_notes", arguments.clone()).await, greeting);
    let modern = host.modern("tools/call", call.clone()).await;
    assert_eq!(modern["result"]["structuredContent"], greeting);
    assert_eq!(modern["result"]["resultType"], "complete");
    let initialized = host.legacy("initialize", initialize()).await;
    assert_eq!(initialized["result"]["protocolVersion"], "2025-11-25");
    let legacy = host.legacy("tools/call", call.clone()).await;
    assert_eq!(legacy["result"]["structuredContent"], greeting);
    let stdio = over_stdio(
        &host,
        &[
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize()}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}),
            json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": call}),
        ],
    );
    assert_eq!(stdio["3"]["result"]["structuredContent"], greeting);

    // The definition: one golden file, and every surface says the same.
    let listed = tool_in(&host.modern("tools/list", json!({})).await["result"]["tools"]);
    insta::assert_json_snapshot!("a_new_plugin_in_tools_list", listed);
    for other in
        [&host.legacy("tools/list", json!({})).await["result"]["tools"], &stdio["2"]["result"]["tools"]]
    {
        assert_eq!(tool_in(other), listed);
    }
    let rest = tool_in(&host.get("/v1/tools").await["result"]["tools"]);
    assert_eq!(rest["input_schema"], listed["inputSchema"]);
    assert_eq!(rest["output_schema"], listed["outputSchema"]);
    assert_eq!(rest["description"], listed["description"]);
    for document in ["/openapi.json", "/openapi/full.json"] {
        let document = host.get(document).await;
        let operation = &document["paths"]["/v1/tools/my_notes"]["post"];
        assert_eq!(operation["operationId"], "my_notes");
        assert_eq!(operation["requestBody"]["content"]["application/json"]["schema"], listed["inputSchema"]);
        assert_eq!(
            operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["result"],
            listed["outputSchema"]
        );
        assert_eq!(operation["x-openai-isConsequential"], json!(false));
    }
    host.stop().await;
}

fn initialize() -> Value {
    json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}})
}

fn tool_in(tools: &Value) -> Value {
    tools.as_array().unwrap().iter().find(|tool| tool["name"] == "my_notes").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_plugin_changes_and_a_deleted_one_goes() {
    let host = TestHost::start(&["echo"]).await;
    assert!(host.publishes("echo") && !host.publishes("probe_state"));
    // The same file with another plugin in it: the old tools go, the new ones come.
    host.drop_file("echo.wasm", &packed("probe"));
    host.soon("the replaced plugin is live", async || {
        host.publishes("probe_state") && !host.publishes("echo")
    })
    .await;
    fs::remove_file(host.plugin_dir.join("echo.wasm")).unwrap();
    host.soon("the deleted plugin is gone", async || !host.publishes("probe_state")).await;
    let error = host.error("probe_state", json!({})).await;
    assert_eq!(error["code"], "not_found");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_does_not_load_is_reported_and_breaks_nothing_else() {
    let host = TestHost::start(&["echo"]).await;
    host.drop_file("garbage.wasm", b"this is no component");
    host.soon("the plugin is reported", async || host.host().folder.reports().len() == 2).await;
    let reports = host.host().folder.reports();
    let report = reports.iter().find(|report| report.file.ends_with("garbage.wasm")).unwrap();
    assert!(report.reason.is_some() && report.fix.is_some(), "{report:?}");
    assert_eq!(host.result("echo", json!({"message": "still here"})).await["message"], "still here");

    host.soon("commands see it", async || listed(&host).len() == 2).await;
    let listed = listed(&host);
    let statuses: Vec<&str> = listed.iter().map(|plugin| plugin["status"].as_str().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "live").count(), 1, "{listed:?}");
    assert_eq!(statuses.iter().filter(|status| **status == "refused").count(), 1, "{listed:?}");
    host.stop().await;
}

/// What `toolbay plugin list` says.
fn listed(host: &TestHost) -> Vec<Value> {
    let output = crate::harness::command(host, &["--json", "plugin", "list"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whatever a file is called, and whatever is in it, moves no cursor and forges no line of a terminal.
#[tokio::test(flavor = "multi_thread")]
async fn names_of_refused_files_reach_no_terminal_as_they_are() {
    let host = TestHost::start(&["echo"]).await;
    let names = [
        "a\u{1b}[2J\u{1b}]0;title\u{7}.wasm",
        "b\necho: live.wasm",
        "c\u{9b}31m.wasm",
        "d\u{202e}evil.wasm",
        "e\r.wasm",
    ];
    for name in names {
        host.drop_file(name, b"this is no component");
    }
    host.soon("all are reported", async || listed(&host).len() == 1 + names.len()).await;
    let run = |arguments: &[&str]| {
        let output = crate::harness::command(&host, arguments).output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let acts = |character: char| {
        character != '\n' && (character.is_control() || matches!(character, '\u{202a}'..='\u{202e}'))
    };
    for arguments in [
        &["plugin", "list"][..],
        &["--json", "plugin", "list"],
        &["plugin", "install", "no\u{1b}[2Jfile.wasm"],
        &["plugin", "install", names[0]],
        &["call", "no\u{1b}[2Jtool"],
        &["call", "echo", "--args", "{\"message\": \"\\u009b2J\", \"\\u001b[2J\": 1}"],
    ] {
        for text in run(arguments) {
            assert!(!text.contains(acts), "{arguments:?}: {text:?}");
        }
    }
    let [listed, _] = run(&["plugin", "list"]);
    assert_eq!(listed.lines().filter(|line| line.starts_with("echo: live")).count(), 0, "{listed}");
    assert!(listed.contains("b\\necho: live"), "{listed}");
    let [listed, _] = run(&["--json", "plugin", "list"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert!(listed.as_array().unwrap().iter().any(|plugin| plugin["file"] == names[1]), "{listed:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_plugin_with_a_tools_name_is_refused_not_shadowed() {
    let host = TestHost::start(&["echo"]).await;
    host.drop_file("zecho.wasm", &packed("echo"));
    host.soon("the second is reported", async || host.host().folder.reports().len() == 2).await;
    let reports = host.host().folder.reports();
    let second = reports.iter().find(|report| report.file.ends_with("zecho.wasm")).unwrap();
    assert!(second.reason.as_deref().unwrap().contains("echo"), "{second:?}");
    assert!(host.publishes("echo"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_granted_is_refused_with_the_command_that_grants_it_and_then_works() {
    let host = TestHost::start_with(&["probe"], |configuration| {
        configuration.grants.clear();
        configuration.grant_on_drop.clear();
    })
    .await;
    let arguments = json!({"path": format!("/v1/pages/{}", host.emulator.ids().root_page)});
    let error = host.error("probe_notion_get", arguments.clone()).await;
    assert_eq!(error["code"], "forbidden");
    assert_eq!(error["hint"], "an operator can grant it: toolbay plugin grant probe notion.read");

    let status = Command::new(program())
        .args(["plugin", "grant", "probe", "notion.read", "--data-dir"])
        .arg(&host.data_dir)
        .status()
        .unwrap();
    assert!(status.success());
    host.soon("the grant is in force", async || {
        host.call("probe_notion_get", arguments.clone()).await.0 == 200
    })
    .await;
    assert_eq!(toolbay_notion::NOTION_READ.as_str(), "notion.read");
    host.stop().await;
}
