//! A new token says what it can do, and what its clients need; and it can do that.

use serde_json::{Value, json};

use super::{json_of, said};
use crate::cases::BUILT_IN;
use crate::harness::{TestHost, command};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_new_token_is_told_is_what_it_can_do() {
    let host = TestHost::start(&BUILT_IN).await;
    let run = |arguments: &[&str]| command(&host, arguments).output().unwrap();
    let made = json_of(&run(&["--json", "token", "create", "reports", "--strongest", "reads"]));
    let token = made["token"].as_str().unwrap();
    let open: Vec<&str> =
        made["tools"]["open"].as_array().unwrap().iter().map(|tool| tool.as_str().unwrap()).collect();
    let listed = host.client.get(format!("{}/v1/tools", host.url)).bearer_auth(token).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    let served: Vec<&str> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(open, served);
    assert_eq!(made["tools"]["by_access"], json!({"reads": served.len(), "writes": 0, "destroys": 0}));
    let by_command = json_of(&run(&["--json", "tools", "--token", "reports"]));
    assert_eq!(by_command.as_array().unwrap().len(), served.len());

    // The forms that are to be pasted name this host, and work.
    let origin = host.url.as_str();
    for client in ["Claude Code", "Cursor", "VS Code", "curl"] {
        let text = made["clients"][client].as_str().unwrap();
        assert!(text.contains(origin) && text.contains(token), "{client}: {text}");
    }
    let curl = made["clients"]["curl"].as_str().unwrap();
    let ran = std::process::Command::new("sh").args(["-c", curl]).output().unwrap();
    assert!(said(&ran).contains("\"ok\":true"), "{}", said(&ran));

    // A script gets the token alone; a person reads the rest beside it.
    let told = run(&["token", "create", "writer"]);
    assert_eq!(String::from_utf8(told.stdout.clone()).unwrap().lines().count(), 1);
    let text = said(&told);
    assert!(text.contains("it may use") && text.contains("because it ends at writes:"), "{text}");
    assert!(text.contains("claude mcp add --transport http toolbay"), "{text}");
    host.stop().await;
}
