//! `toolbay keys` beside a host that serves.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::harness::{TestHost, command};

/// A command, without the token that the environment would give.
fn run(host: &TestHost, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = command(host, arguments);
    command.env_remove("NOTION_TOKEN").env("TOOLBAY_LOG", "trace").envs(variables.iter().copied());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_goes_on_while_its_keys_are_replaced() {
    let host =
        TestHost::start_with(&["request"], |configuration| configuration.secrets.notion_token = None).await;
    let master_of = || std::fs::read_to_string(host.data_dir.join("master.key")).unwrap().trim().to_owned();
    let former = master_of();
    let mut said = String::new();
    let mut keys = |arguments: &[&str]| -> (bool, Value) {
        let ended = run(&host, &[&["--json", "keys"], arguments].concat(), &[], "");
        said += &String::from_utf8_lossy(&ended.stdout);
        said += &String::from_utf8_lossy(&ended.stderr);
        (ended.status.success(), serde_json::from_slice(&ended.stdout).unwrap_or_default())
    };
    let added = run(&host, &["connection", "add", "team"], &[], host.emulator.token());
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let title = json!({"title": [{"text": {"content": "a page"}}]});
    let page = json!({
        "method": "POST",
        "path": "/v1/pages",
        "body": {"parent": {"page_id": host.emulator.ids().root_page}, "properties": {"title": title}},
    });
    // A call that writes stores a run, and reads the credential.
    host.result("notion_request", page.clone()).await;

    assert_eq!(keys(&["add"]), (true, json!({"added": 2})));
    assert_eq!(keys(&["promote", "2"]), (true, json!({"promoted": 2})));
    host.result("notion_request", page.clone()).await;
    assert!(!keys(&["retire", "1"]).0, "values would be lost");
    let (_, counted) = keys(&["reencrypt", "--dry-run"]);
    let found = counted["found"].as_u64().unwrap();
    assert!(found > 1, "{counted}");
    let (_, moved) = keys(&["reencrypt"]);
    assert_eq!((moved["found"].as_u64(), moved["moved"].as_u64()), (Some(found), Some(found)));
    assert_eq!(keys(&["retire", "1"]), (true, json!({"retired": 1})));
    host.result("notion_request", page.clone()).await;

    assert!(keys(&["rewrap"]).0);
    assert_ne!(master_of(), former);
    assert!(keys(&["add"]).0 && keys(&["promote", "3"]).0);
    host.result("notion_request", page.clone()).await;
    let (is_sound, verified) = keys(&["verify"]);
    assert!(is_sound && verified["unreadable"] == 0, "{verified}");
    let (_, listed) = keys(&["status"]);
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|key| &key["state"]).collect();
    assert_eq!(states, ["retired", "demoted", "active"]);
    for secret in [&former, &master_of(), host.emulator.token()] {
        assert!(!said.contains(secret), "a command shows a key or a token");
    }
    assert!(said.contains("toolbay keys reencrypt"), "a refusal says what helps: {said}");

    let audit = run(&host, &["--json", "audit", "--limit", "100"], &[], "");
    let audit: Vec<Value> = serde_json::from_slice(&audit.stdout).unwrap();
    let about_keys = audit.iter().filter(|event| event["event"] == "key");
    let changes: Vec<_> =
        about_keys.map(|event| (event["principal"].clone(), event["summary"].clone())).collect();
    let expected = [
        "promoted",
        "added",
        "rewrapped",
        "retired",
        "reencryption ended",
        "reencryption started",
        "promoted",
        "added",
    ];
    assert_eq!(changes, expected.map(|change| (json!("operator"), json!(change))));
    host.stop().await;
}
