//! Names are taken wherever ids are, and what isn't there is refused with the nearest that is.

use serde_json::{Value, json};

use super::{json_of, said};
use crate::harness::{TestHost, command};

#[tokio::test(flavor = "multi_thread")]
async fn tokens_connections_and_plugins_are_named() {
    let host = TestHost::start(&["echo"]).await;
    let run = |arguments: &[&str]| command(&host, arguments).output().unwrap();
    let refused = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    };

    assert!(
        refused(&["token", "create", "a", "--tool", "ehco"])
            .contains("there is no tool `ehco`; did you mean `echo`?")
    );
    assert!(
        refused(&["token", "create", "a", "--tool-rate", "ehco=1/minute"]).contains("did you mean `echo`?")
    );
    assert!(
        refused(&["token", "create", "a", "--connection", "defualt"]).contains("did you mean `default`?")
    );
    assert!(
        refused(&["plugin", "grant", "ehco", "notion.read"])
            .contains("there is no plugin `ehco`; did you mean `echo`?")
    );
    assert!(refused(&["token", "revoke", "nobody"]).contains("toolbay token list lists them"));
    assert!(run(&["plugin", "grant", "ehco", "notion.read", "--unchecked"]).status.success());
    assert!(run(&["token", "create", "later", "--tool", "ehco", "--unchecked"]).status.success());

    let made = json_of(&run(&["--json", "token", "create", "reports", "--connection", "default"]));
    let listed = json_of(&run(&["--json", "token", "list"]));
    let row = listed.as_array().unwrap().iter().find(|row| row["name"] == "reports").unwrap();
    assert_eq!(row["connections"].as_array().unwrap().len(), 1, "{row}");
    let revoked = json_of(&run(&["--json", "token", "revoke", "reports"]));
    assert_eq!(revoked["revoked"], made["id"]);
    assert!(refused(&["token", "revoke", "reports"]).contains("no valid token"));
    // An id goes on being taken.
    let other = json_of(&run(&["--json", "token", "create", "reports"]));
    assert!(run(&["token", "revoke", other["id"].as_str().unwrap()]).status.success());
    let audit = json_of(&run(&["--json", "audit", "--principal", "operator"]));
    assert!(!audit.as_array().unwrap().is_empty());
    host.stop().await;
}

/// What the host has that serves, whatever folder the command would look into.
#[tokio::test(flavor = "multi_thread")]
async fn plugins_and_tools_are_those_of_the_host_that_runs() {
    let mut host = TestHost::start(&["echo"]).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let listed = |host: &TestHost, what: &[&str]| -> (Value, String) {
        let mut command = std::process::Command::new(crate::harness::program());
        command
            .args(what)
            .arg("--json")
            .arg("--data-dir")
            .arg(&host.data_dir)
            .arg("--plugin-dir")
            .arg(elsewhere.path());
        let output = command.output().unwrap();
        (json_of(&output), said(&output))
    };
    let (plugins, text) = listed(&host, &["plugin", "list"]);
    assert_eq!(plugins[0]["name"], "echo", "{text}");
    assert!(text.contains(&host.url["http://".len()..]), "{text}");
    let names = |tools: &Value| -> Vec<String> {
        tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names(&listed(&host, &["tools"]).0).contains(&"echo".to_owned()));

    // It goes on to be true while the host runs, and no longer.
    std::fs::remove_file(host.plugin_dir.join("echo.wasm")).unwrap();
    host.soon("the host has dropped it, and says so", async || {
        listed(&host, &["plugin", "list"]).0 == json!([])
    })
    .await;
    host.stop_host().await;
    let (_, text) = listed(&host, &["plugin", "list"]);
    assert!(!text.contains("as the host at"), "{text}");
    host.stop().await;
}
