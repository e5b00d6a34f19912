//! The key of the model's server is there and nowhere else.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use toolbay_testing::{ModelAnswer, ScriptedModel};

use super::KEY;
use crate::harness::{client, packed, port_of_its_own, program};

const TOKEN: &str = "canary-action-token-0123456789";

/// A server that quotes the key wherever it can.
fn quoting(round: usize) -> ModelAnswer {
    let quoted = json!({"error": {"message": format!("the key {KEY} is wrong")}}).to_string();
    let raw = |status, head: &str, body: &str| ModelAnswer::Raw {
        status,
        head: head.to_owned(),
        body: body.as_bytes().to_vec(),
    };
    match round {
        0 => raw(401, "content-type: application/json\r\n", &quoted),
        1 => raw(500, &format!("x-key: {KEY}\r\n"), &quoted),
        2 => raw(200, "content-type: application/json\r\n", &quoted),
        3 => raw(200, "content-type: application/json\r\n", &format!("not JSON, but {KEY}")),
        4 => raw(307, &format!("location: http://127.0.0.1:1/?key={KEY}\r\n"), ""),
        5 => ModelAnswer::calls(&[("echo", json!({"message": "hello"}))]),
        _ => ModelAnswer::text("hello"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_models_key_is_in_no_log_answer_or_table() {
    let model = ScriptedModel::start(|_, round| quoting(round)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, plugins) = (folder.path().join("data"), folder.path().join("plugins"));
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("echo.wasm"), packed("echo")).unwrap();
    let (file, key) = (folder.path().join("toolbay.toml"), folder.path().join("key"));
    fs::write(&file, format!("[chat]\nbase_url = \"{}\"\nmodel = \"small\"\n", model.base_url)).unwrap();
    fs::write(&key, format!("{KEY}\n")).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .arg("--config")
            .arg(&file)
            .arg("--data-dir")
            .arg(&data)
            .arg("--plugin-dir")
            .arg(&plugins)
            .env("OPENROUTER_API_KEY_FILE", &key)
            .env("ACTION_API_TOKEN", TOKEN)
            .env("TOOLBAY_LOG", "trace");
        command
    };
    let mut seen = String::new();
    let checked = command(&["config", "check"]).output().unwrap();
    let said = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
    assert!(
        said.contains("\"OPENROUTER_API_KEY\": \"set\"") && said.contains("\"ask_before_writes\": true"),
        "{said}"
    );
    seen.push_str(&said);

    let log = folder.path().join("log");
    let address = format!("127.0.0.1:{}", port_of_its_own());
    let mut child = command(&["serve", "--listen", &address])
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let (url, client) = (format!("http://{address}"), client());
    while !client.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(&log).unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut last = Value::Null;
    for round in 0..7 {
        let body = json!({"message": "canary-message", "stream": round % 2 == 1});
        let answer =
            client.post(format!("{url}/v1/chat")).bearer_auth(TOKEN).json(&body).send().await.unwrap();
        for (name, value) in answer.headers() {
            seen.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
        let text = answer.text().await.unwrap();
        last = serde_json::from_str(&text).unwrap_or(last);
        seen.push_str(&text);
    }
    assert_eq!(last["result"]["response"], json!("hello"), "the key works: {last:#}");
    assert!(model.requests().iter().all(|request| request.head.contains(KEY)));
    assert!(!model.requests().iter().any(|request| request.body.to_string().contains(KEY)));
    for path in ["/v1/chat/conversations", "/openapi/full.json", "/v1/meta"] {
        let answer = client.get(format!("{url}{path}")).bearer_auth(TOKEN).send().await.unwrap();
        seen.push_str(&answer.text().await.unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let logged = fs::read_to_string(&log).unwrap();
    assert!(
        logged.contains("host.ready") && logged.contains("chat.model_refused"),
        "the log is there: {logged}"
    );
    let mut stored = Vec::new();
    for entry in fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        stored.extend(fs::read(entry).unwrap());
    }
    let stored = String::from_utf8_lossy(&stored);
    for (what, text) in [("an answer", seen.as_str()), ("the log", &logged), ("the database", &stored)] {
        assert!(!text.contains(KEY), "{what} holds the key");
    }
    // What was said is its person's: it is in the answers, and encrypted in the database.
    assert!(seen.contains("canary-message") && !logged.contains("canary-message"), "{logged}");
    assert!(!stored.contains("canary-message"), "the database holds what was said");
}
