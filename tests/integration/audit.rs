//! The audit as others verify it: what its commands print and write, and what a principal reads of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::{TestHost, command, program};

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

/// Runs a command beside the host, and writes what it prints into a file.
fn printed(host: &TestHost, arguments: &[&str], into: &Path) {
    let output = command(host, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    fs::write(into, output.stdout).unwrap();
}

/// Verifies a file where there is no host, with a configuration that no command could use.
fn verified_elsewhere(file: &Path, key: &str) -> Output {
    let elsewhere = tempfile::tempdir().unwrap();
    let verifying = Command::new(program())
        .args(["--json", "audit", "verify"])
        .arg(file)
        .args(["--key", key])
        .env_clear()
        .env("TOOLBAY_LISTEN", "nowhere")
        .env("DATABASE_URL", "nothing")
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "it makes nothing");
    verifying
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_proved_and_verified_without_the_host() {
    let host = TestHost::start(&["probe"]).await;
    let folder = tempfile::tempdir().unwrap();
    let run = |host: &TestHost, arguments: &[&str]| command(host, arguments).output().unwrap();
    let page = host.new_page("one");
    let (_, envelope) = host.call("probe_write", page.clone()).await;
    let call = envelope["meta"]["request_id"].as_str().unwrap();

    // The list goes on to be what `audit` alone prints.
    let listed = json_of(&run(&host, &["--json", "audit", "list", "--call", call]));
    assert_eq!(listed, json_of(&run(&host, &["audit", "--call", call, "--json"])));
    let effect = listed.as_array().unwrap().iter().find(|event| event["event"] == "effect").unwrap();
    assert_eq!(effect["details"]["answer_digest"].as_str().unwrap().len(), 64, "{effect:#}");
    assert_eq!(effect["details"]["request_id"].as_str().unwrap().len(), 36, "{effect:#}");

    let (key, checkpoint) = (folder.path().join("log.key"), folder.path().join("checkpoint"));
    printed(&host, &["audit", "key"], &key);
    printed(&host, &["audit", "checkpoint"], &checkpoint);
    let key = key.to_str().unwrap();
    let of_checkpoint = verified_elsewhere(&checkpoint, key);
    assert!(of_checkpoint.status.success(), "{}", said(&of_checkpoint));
    let size = json_of(&of_checkpoint)["size"].as_u64().unwrap();
    assert!(size >= 3);

    // A receipt for each of the call's events.
    let into = folder.path().join("receipts");
    let proved = json_of(&run(&host, &["audit", "prove", call, "--into", into.to_str().unwrap(), "--json"]));
    let proved = proved.as_array().unwrap();
    assert_eq!(proved.len(), 3, "start, effect and end");
    for row in proved {
        let file = Path::new(row["file"].as_str().unwrap());
        let told = verified_elsewhere(file, key);
        assert!(told.status.success(), "{}", said(&told));
        let told = json_of(&told);
        assert_eq!((&told["event"]["seq"], &told["event"]["call"]), (&row["event"], &json!(call)));
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains(host.emulator.token()), "no secret");
        let forged = folder.path().join("forged.json");
        fs::write(&forged, text.replacen("probe_write", "probe_wrote", 1)).unwrap();
        let refused = verified_elsewhere(&forged, key);
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(json_of(&refused)["why"].as_str().unwrap().contains("isn't the one"), "{}", said(&refused));
    }
    let again = run(&host, &["audit", "prove", call, "--into", into.to_str().unwrap()]);
    assert!(said(&again).contains("is there already"), "{}", said(&again));
    let event = proved[0]["event"].to_string();
    let shown = json_of(&run(&host, &["--json", "audit", "show", &event]));
    assert_eq!((&shown["event"], &shown["leaf"]["index"]), (&json!("call.started"), &proved[0]["index"]));
    assert_eq!(json_of(&run(&host, &["--json", "audit", "show", call])).as_array().unwrap().len(), 3);
    assert!(said(&run(&host, &["audit", "show", "9999"])).contains("there is no event 9999"));
    assert!(said(&run(&host, &["audit", "show", "x"])).contains("neither an event's number nor a call's id"));

    // The log goes on, and that can be shown too.
    host.result("probe_write", page).await;
    let checkpoint = checkpoint.to_str().unwrap();
    let into = folder.path().to_str().unwrap();
    let proved =
        json_of(&run(&host, &["--json", "audit", "prove", "--consistency", checkpoint, "--into", into]));
    assert_eq!(proved["old_size"], size);
    let told = verified_elsewhere(Path::new(proved["file"].as_str().unwrap()), key);
    assert!(told.status.success() && json_of(&told)["is"] == "consistency", "{}", said(&told));

    // All of it, as a file.
    let export = folder.path().join("audit.jsonl");
    printed(&host, &["audit", "export"], &export);
    let told = verified_elsewhere(&export, key);
    assert!(told.status.success(), "{}", said(&told));
    assert_eq!(json_of(&told)["size"], proved["new_size"]);
    let text = fs::read_to_string(&export).unwrap();
    fs::write(&export, text.replacen("\"surface\":\"rest\"", "\"surface\":\"mcp\"", 1)).unwrap();
    assert_eq!(verified_elsewhere(&export, key).status.code(), Some(1));
    fs::write(&export, text.lines().next().unwrap()).unwrap();
    assert!(said(&verified_elsewhere(&export, key)).contains("it was cut off"));

    let whole = run(&host, &["audit", "verify", "--against", checkpoint, "--key", key]);
    assert!(
        whole.status.success() && said(&whole).contains("goes on from the checkpoint"),
        "{}",
        said(&whole)
    );

    // Another log has another key.
    let other = TestHost::start(&[]).await;
    let elsewhere = folder.path().join("other.key");
    printed(&other, &["audit", "key"], &elsewhere);
    let refused = verified_elsewhere(Path::new(checkpoint), elsewhere.to_str().unwrap());
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let replaced = run(&host, &["audit", "verify", "--key", elsewhere.to_str().unwrap()]);
    assert_eq!(replaced.status.code(), Some(1));
    assert!(said(&replaced).contains("has another key"), "{}", said(&replaced));
    other.stop().await;
    let unknown = run(&host, &["audit", "verify", checkpoint]);
    assert!(!unknown.status.success() && said(&unknown).contains("--key"), "{}", said(&unknown));
    let malformed = run(&host, &["audit", "verify", checkpoint, "--key", "nothing"]);
    assert!(said(&malformed).contains("toolbay audit key prints it"), "{}", said(&malformed));

    // Somebody writes to the database's file, past everything.
    let copy = folder.path().join("toolbay.db");
    assert!(run(&host, &["backup", copy.to_str().unwrap()]).status.success());
    let mut bytes = fs::read(&copy).unwrap();
    let (is, was) = (b"probe_write: Succeeded", b"probe_write: succeeded");
    let at = bytes.windows(was.len()).position(|window| window == was).expect("the end of a call");
    bytes[at..at + is.len()].copy_from_slice(is);
    fs::write(&copy, bytes).unwrap();
    fs::copy(host.data_dir.join("master.key"), folder.path().join("master.key")).unwrap();
    let found = Command::new(program())
        .args(["--json", "audit", "verify", "--data-dir"])
        .arg(folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    let found = json_of(&found);
    assert_eq!(
        (&found["verified"], &found["finding"]["finding"]),
        (&json!(false), &json!("changed")),
        "{found:#}"
    );
    assert!(found["why"].as_str().unwrap().starts_with("Event "), "{found:#}");
    host.stop().await;
}

/// A host that serves gives events their leaves by itself.
#[tokio::test(flavor = "multi_thread")]
async fn events_get_their_leaves_while_the_host_serves() {
    let host = TestHost::start(&["probe"]).await;
    host.result("probe_write", host.new_page("one")).await;
    let verified = || json_of(&command(&host, &["--json", "audit", "verify"]).output().unwrap());
    host.soon("every event has its leaf, and the log is signed", async || {
        let told = verified();
        assert_eq!(told["verified"], true, "{told:#}");
        told["without_leaf"] == 0 && told["checkpoints"].as_u64() > Some(0)
    })
    .await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_principal_lists_their_own_events_and_nobody_elses() {
    let host = TestHost::start(&["probe"]).await;
    let made = json_of(&command(&host, &["--json", "token", "create", "other"]).output().unwrap());
    let token = made["token"].as_str().unwrap();
    for title in ["one", "two", "three"] {
        host.result("probe_write", host.new_page(title)).await;
    }
    let theirs = host
        .client
        .post(format!("{}/v1/tools/probe_write", host.url))
        .bearer_auth(token)
        .json(&host.new_page("four"))
        .send()
        .await
        .unwrap();
    let theirs: Value = theirs.json().await.unwrap();
    let their_call = theirs["meta"]["request_id"].as_str().unwrap();

    let first = host.result("audit_list", json!({"limit": 2})).await;
    let events = first["events"].as_array().unwrap();
    assert_eq!(events.len(), 2, "{first:#}");
    assert_eq!((&events[0]["event"], &events[0]["about"]), (&json!("call.ended"), &json!("probe_write")));
    assert_eq!((&events[0]["outcome"], &events[0]["surface"]), (&json!("ok"), &json!("rest")));
    assert!(events[0].get("details").is_none());
    let rest = host.result("audit_list", json!({"limit": 2, "cursor": first["next_cursor"]})).await;
    assert_eq!(rest["events"].as_array().unwrap().len(), 1, "{rest:#}");
    assert!(rest.get("next_cursor").is_none(), "{rest:#}");
    assert!(!format!("{first}{rest}").contains(their_call));

    let call = events[0]["call"].clone();
    let whole = host.result("audit_list", json!({"call": call})).await;
    let kinds: Vec<&Value> =
        whole["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(kinds, ["call.ended", "effect", "call.started"]);
    assert_eq!(whole["events"][1]["details"]["egress"], "notion");
    assert_eq!(host.result("audit_list", json!({"call": their_call})).await["events"], json!([]));
    assert_eq!(host.result("audit_list", json!({"tool": "nothing"})).await["events"], json!([]));
    assert_eq!(host.get("/v1/audit?limit=1").await["result"]["events"].as_array().unwrap().len(), 1);
    assert_eq!(host.error("audit_list", json!({"cursor": "soon"})).await["code"], "invalid_input");
    assert_eq!(host.error("audit_list", json!({"call": "soon"})).await["code"], "invalid_input");
    host.stop().await;
}
