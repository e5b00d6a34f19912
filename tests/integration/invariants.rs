//! The invariants of the design, one test each, by name. Those of the door and the gate are tested over ports in memory
//! too, in the kernel.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, ConnectionChange, Event, PluginChange};
use toolbay_store::{AuditQuery, AuditScope};
use toolbay_testing::{CallRecord, Recorded as _};

use crate::harness::{Killable, TOKEN, TestHost, command, over_stdio, packed, program, root};

impl TestHost {
    /// Every event of the audit, in the order in which they were appended.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let query = AuditQuery::newest(AuditScope::Everything, 1_000);
        let mut recorded = self.host().store.audit(query).await.unwrap();
        recorded.reverse();
        recorded.into_iter().map(|recorded| recorded.event).collect()
    }

    /// The calls that could write, newest first.
    pub(crate) async fn audit(&self) -> Vec<CallRecord> {
        let mut calls = self.events().await.calls();
        calls.reverse();
        calls
    }

    /// How connections changed.
    pub(crate) async fn connection_changes(&self) -> Vec<ConnectionChange> {
        let change = |event: Event| match event.act {
            Act::Connection { change, .. } => Some(change),
            _ => None,
        };
        self.events().await.into_iter().filter_map(change).collect()
    }

    /// How the calls of a tool ended, newest first.
    pub(crate) async fn store_rows(&self, tool: &str) -> Vec<&'static str> {
        let rows = self.audit().await;
        rows.iter()
            .filter(|row| row.start.tool.as_str() == tool)
            .map(|row| row.end.as_ref().unwrap().code.map_or("ok", toolbay_kernel::Code::as_str))
            .collect()
    }

    pub(crate) fn new_page(&self, title: &str) -> Value {
        json!({"page": {
            "parent": {"type": "page_id", "page_id": self.emulator.ids().root_page},
            "properties": {"title": {"title": [{"text": {"content": title}}]}}
        }})
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_1_one_door() {
    let host = TestHost::start(&["probe"]).await;
    host.result("probe_write", host.new_page("rest")).await;
    let call = json!({"name": "probe_write", "arguments": host.new_page("mcp")});
    assert!(host.modern("tools/call", call.clone()).await["result"]["isError"] != json!(true));
    assert!(host.legacy("tools/call", call.clone()).await["result"]["isError"] != json!(true));
    let initialize = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let mut granted = Command::new(program());
    granted.args(["plugin", "grant", "probe", "notion.write", "--data-dir"]).arg(&host.data_dir);
    assert!(granted.status().unwrap().success());
    over_stdio(
        &host,
        &[
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}),
        ],
    );
    let page = host.new_page("command line").to_string();
    let called = command(&host, &["call", "probe_write", "--args", &page]).output().unwrap();
    assert!(called.status.success(), "{}", String::from_utf8_lossy(&called.stdout));

    // Whatever way it came, the same door recorded it.
    let rows = host.audit().await;
    let surfaces: Vec<&str> = rows.iter().rev().map(|row| row.by.surface.as_str()).collect();
    assert_eq!(surfaces, ["rest", "mcp", "mcp", "mcp", "command_line"]);
    assert_eq!(host.emulator.writes().len(), 5);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_2_one_gate() {
    // Nothing but the gate's own crate can send for a tool: no other crate of the host has an HTTP client among its
    // dependencies.
    for entry in fs::read_dir(root().join("host")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        // The chat asks its model, and spans go to their collector: neither is an effect of a tool.
        let has_client = ["notion", "http", "upstream", "chat", "traces"];
        let has_client = has_client.iter().any(|name| folder.ends_with(name));
        assert_eq!(dependencies.contains("reqwest"), has_client, "{}", folder.display());
    }
    // And every write that was applied belongs to a call that was recorded with what it touched.
    let host = TestHost::start(&["probe", "rows"]).await;
    host.result("probe_write", host.new_page("one")).await;
    let unique = json!({"property": "Name", "value": "two"});
    let database = host.emulator.ids().tasks_database;
    host.result("upsert", json!({"database_id": database, "unique": unique, "properties": {}})).await;
    let touched: BTreeSet<String> =
        host.audit().await.into_iter().flat_map(|row| row.end.unwrap().touched).collect();
    let created: BTreeSet<String> =
        host.emulator.writes().into_iter().flat_map(|write| write.created).collect();
    assert_eq!(created.len(), 2);
    assert!(created.is_subset(&touched), "{created:?} {touched:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_3_imports_are_capabilities() {
    // Packing already says that the manifest must ask for what the component imports.
    let core = ["guests", "guests-debian"]
        .map(|folder| {
            root()
                .join("target")
                .join(folder)
                .join("wasm32-unknown-unknown/plugin/toolbay_fixture_probe.wasm")
        })
        .into_iter()
        .find_map(|file| fs::read(file).ok())
        .expect("script/plugins leaves the core module");
    let silent = "name = \"silent\"\nversion = \"0.1.0\"\ndescription = \"Asks for nothing.\"\nlicense = \"Apache-2.0\"\n";
    let refused = toolbay_sandbox::pack::pack(&core, silent, &toolbay::capabilities::registry()).unwrap_err();
    assert!(format!("{refused:?}").contains("notion.read"), "{refused}");

    // And so does the host, before the component ever runs: here is one whose manifest has fallen silent.
    let mut altered = packed("probe");
    for line in ["notion.read = ", "notion.write = ", "notion.destroy = "] {
        let place = altered.windows(line.len()).position(|bytes| bytes == line.as_bytes()).unwrap();
        altered[place] = b'#';
    }
    let host = TestHost::start(&[]).await;
    host.drop_file("silent.wasm", &altered);
    host.soon("the plugin is refused", async || !host.host().folder.reports().is_empty()).await;
    let report = host.host().folder.reports().remove(0);
    assert!(report.reason.as_deref().unwrap().contains("notion"), "{report:?}");
    assert!(!host.publishes("probe_notion_get"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_4_no_token_in_a_guest() {
    let host = TestHost::start(&["probe", "request"]).await;
    let mut seen = String::new();
    for (tool, arguments) in [
        ("probe_ambient", json!({})),
        ("probe_settings", json!({})),
        ("probe_notion_get", json!({"path": "/v1/users/me"})),
        ("probe_notion_get", json!({"path": "/v1/pages/00000000-0000-0000-0000-000000000000"})),
    ] {
        seen.push_str(&host.call(tool, arguments).await.1.to_string());
    }
    // Notion that repeats the credential in an error.
    let echo = format!("API token {} is invalid.", host.emulator.token());
    let refusal = FaultKind::Refuse { status: 401, code: "unauthorized".to_owned(), message: Some(echo) };
    host.emulator.fault(Fault::new("GET /v1/users/me", refusal));
    seen.push_str(&host.call("probe_notion_get", json!({"path": "/v1/users/me"})).await.1.to_string());
    assert!(seen.contains("forbidden") || seen.contains("upstream_failed"), "{seen}");
    assert!(!seen.contains(host.emulator.token()), "{seen}");
    assert!(!seen.contains(TOKEN));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_5_no_blind_resend() {
    let host = TestHost::start(&["probe"]).await;
    for kind in [
        FaultKind::ApplyThenDrop,
        FaultKind::ApplyThenStatus { status: 502, guidance: false },
        FaultKind::ApplyThenStatus { status: 503, guidance: true },
        FaultKind::ApplyThenStatus { status: 504, guidance: false },
        FaultKind::Garbage,
    ] {
        // What was made is looked for, and found.
        let before = host.emulator.writes().len();
        host.emulator.fault(Fault::new("POST /v1/pages", kind.clone()));
        let found = host.result("probe_write", host.new_page("once")).await;
        let writes = host.emulator.writes();
        assert_eq!(writes.len(), before + 1, "{kind:?}");
        assert_eq!(found["body"]["id"], json!(writes[before].created[0]), "{kind:?}");
    }
    // It isn't there, or can't be seen.
    let unseen = FaultKind::Refuse { status: 500, code: "internal_server_error".to_owned(), message: None };
    for (kind, applied) in [(FaultKind::DropBefore, 0), (FaultKind::ApplyThenDrop, 1)] {
        let before = host.emulator.writes().len();
        host.emulator.fault(Fault::new("POST /v1/pages", kind.clone()));
        if applied == 1 {
            host.emulator.fault(Fault::new("GET /v1/blocks/{block_id}/children", unseen.clone()).times(10));
        }
        let error = host.error("probe_write", host.new_page("once")).await;
        assert_eq!(error["code"], "outcome_unknown", "{kind:?}: {error:#}");
        assert_eq!(error["details"]["done"]["unknown"][0]["route"], "/v1/pages", "{error:#}");
        assert_eq!(host.emulator.writes().len(), before + applied, "{kind:?}");
    }
    let codes = host.store_rows("probe_write").await;
    assert_eq!(codes.iter().filter(|code| **code == "outcome_unknown").count(), 2, "{codes:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_6_one_definition() {
    let host = TestHost::start(&["echo", "probe", "request", "rows", "search"]).await;
    let mcp = host.modern("tools/list", json!({})).await["result"]["tools"].as_array().unwrap().clone();
    assert_eq!(mcp.len(), host.host().gateway.catalogs.current().tools().count());
    let document = host.get("/openapi/full.json").await;
    let operations: Vec<&Value> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .collect();
    for tool in &mcp {
        let operation = operations
            .iter()
            .find(|operation| operation["operationId"] == tool["name"])
            .unwrap_or_else(|| panic!("{} is not in the document", tool["name"]));
        let reads = tool["annotations"]["readOnlyHint"] == json!(true);
        assert_eq!(operation["x-openai-isConsequential"], json!(!reads), "{}", tool["name"]);
        if operation.get("requestBody").is_some() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let mut published = schema["properties"].as_object().unwrap().clone();
            let mut listed = tool["inputSchema"]["properties"].as_object().unwrap().clone();
            // The host's own argument, which is not listed for who has one connection.
            published.shift_remove("connection_id");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                listed.shift_remove(parameter["name"].as_str().unwrap());
            }
            // The documents give every argument a type, since clients that are made from them need one.
            for (name, argument) in &mut listed {
                if argument.get("type").is_none() {
                    argument["type"] = published[name]["type"].clone();
                }
            }
            for (argument, listed) in published.values_mut().zip(listed.values()) {
                if argument["items"]["type"].is_string() && listed["items"].get("type").is_none() {
                    argument["items"] = listed["items"].clone();
                }
            }
            assert_eq!(published, listed, "{}", tool["name"]);
        }
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_7_deny_by_default() {
    let host = TestHost::start_with(&["probe"], |configuration| {
        configuration.grants.clear();
        configuration.grant_on_drop.clear();
    })
    .await;
    let hint = |error: Value| error["hint"].as_str().unwrap_or_default().to_owned();
    let read = json!({"path": "/v1/users/me"});
    assert!(
        hint(host.error("probe_notion_get", read).await).contains("toolbay plugin grant probe notion.read")
    );
    let error = host.error("probe_write", host.new_page("no")).await;
    assert!(hint(error).contains("toolbay plugin grant probe notion.write"));
    assert!(
        hint(host.error("probe_state", json!({"key": "a"})).await)
            .contains("toolbay plugin grant probe state")
    );
    assert!(host.emulator.writes().is_empty());
    for path in ["/v1/tools", "/v1/tools/probe_ambient", "/v1/connections", "/v1/meta", "/mcp"] {
        let answer = host.client.post(format!("{}{path}", host.url)).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path} without a token");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_8_killable() {
    // Only the folders and the emulator of this host are used; it makes way for one that can be killed.
    let mut host = TestHost::start(&["probe"]).await;
    assert!(
        !Killable::spawn(&host, "127.0.0.1:0").wait().unwrap().success(),
        "a second host on the same SQLite file is refused"
    );
    let new_page = host.new_page("acknowledged");
    host.stop_host().await;
    let TestHost { emulator, data_dir, client, .. } = &host;

    for round in 1..=3_usize {
        let killable = Killable::start(&host).await;
        let call =
            client.post(format!("{}/v1/tools/probe_write", killable.url)).bearer_auth(TOKEN).json(&new_page);
        let envelope: Value = call.send().await.unwrap().json().await.unwrap();
        assert_eq!(envelope["ok"], true, "{envelope:#}");
        killable.kill();

        let listed = Command::new(program())
            .args(["--json", "audit", "--subject", "probe_write", "--data-dir"])
            .arg(data_dir)
            .output()
            .unwrap();
        let rows: Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), round);
        assert_eq!(rows[0]["call"], envelope["meta"]["request_id"]);
        assert_eq!(rows[0]["outcome"], "ok");
        assert_eq!(emulator.writes().len(), round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_9_plugins_are_hostile_until_proven_otherwise() {
    let host = TestHost::start(&["hostile", "echo"]).await;
    let error = host.error("trap", json!({})).await;
    assert_eq!(error["code"], "failed");
    assert_eq!(host.result("echo", json!({"message": "untouched"})).await["message"], "untouched");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_12_every_act_has_an_event() {
    let host = TestHost::start(&["probe", "rows"]).await;
    let administer = |arguments: &[&str]| {
        let done =
            Command::new(program()).args(arguments).arg("--data-dir").arg(&host.data_dir).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let created = administer(&["--json", "token", "create", "laptop"]);
    let token: Value = serde_json::from_str(&created).unwrap();
    administer(&["token", "revoke", token["id"].as_str().unwrap()]);
    administer(&["plugin", "grant", "probe", "state"]);
    administer(&["plugin", "revoke", "probe", "state"]);
    host.result("probe_write", host.new_page("one")).await;

    let events = host.events().await;
    let kinds: Vec<&str> =
        events.iter().map(|event| event.act.kind()).filter(|kind| *kind != "plugin").collect();
    assert_eq!(
        kinds,
        ["token", "token", "grant", "grant", "call.started", "effect", "call.ended"],
        "{events:#?}"
    );
    // The two plugins that were dropped before the host began; it finds them beside its first calls.
    let installed = async || {
        let plugins = host.events().await.into_iter().filter_map(|event| match event.act {
            Act::Plugin { plugin, change: PluginChange::Installed { .. } } => Some(plugin.to_string()),
            _ => None,
        });
        plugins.collect::<BTreeSet<_>>()
    };
    for _ in 0..100 {
        if installed().await.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(installed().await, BTreeSet::from(["probe".to_owned(), "rows".to_owned()]));
    // Each has its principal, and no secret.
    assert!(events.iter().all(|event| !event.by.name.is_empty()), "{events:#?}");
    assert!(!format!("{events:?}").contains(token["token"].as_str().unwrap()));
    host.stop().await;
}
