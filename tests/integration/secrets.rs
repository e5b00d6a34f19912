//! Known secrets go through every flow, and are found nowhere but where they belong.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use notion_emulator::{Emulator, Fault, FaultKind, Options, Token};
use serde_json::{Value, json};

use crate::harness::{client, packed, program};

const NOTION: &str = "ntn_canaryNOTION0123456789abcdef";
const ACTION: &str = "canary-action-token-0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_log_an_answer_or_the_database() {
    let token = Token::new(NOTION);
    let emulator = Emulator::start(Options { tokens: vec![token], ..Options::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, plugins) = (folder.path().join("data"), folder.path().join("plugins"));
    fs::create_dir(&plugins).unwrap();
    for plugin in ["probe", "hostile", "request"] {
        fs::write(plugins.join(format!("{plugin}.wasm")), packed(plugin)).unwrap();
    }
    let grants = folder.path().join("toolbay.toml");
    fs::write(
        &grants,
        "grant_on_drop = [\"notion.read\", \"notion.write\", \"notion.destroy\", \"state\"]\n",
    )
    .unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let log = folder.path().join("log");
    let mut child = Command::new(program())
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--config"])
        .arg(&grants)
        .arg("--data-dir")
        .arg(&data)
        .arg("--plugin-dir")
        .arg(&plugins)
        .env("NOTION_API_URL", emulator.url())
        .env("NOTION_TOKEN", NOTION)
        .env("ACTION_API_TOKEN", ACTION)
        .env("TOOLBAY_LOG", "trace")
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let client = client();
    while !client.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(&log).unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let mut seen = String::new();
    let me = json!({"method": "GET", "path": "/v1/users/me"});
    let refusal = FaultKind::Refuse {
        status: 401,
        code: "unauthorized".to_owned(),
        message: Some(format!("the token {NOTION} is invalid")),
    };
    emulator.fault(Fault::new("GET /v1/users/me", refusal).after(1));
    emulator.fault(Fault::new("GET /v1/users/me", FaultKind::Garbage).after(2));
    for (tool, arguments) in [
        ("notion_request", me.clone()),
        ("notion_request", me.clone()),
        ("notion_request", me),
        ("panic_with_secret", json!({"secret": "canary-in-a-panic"})),
        ("trap", json!({})),
        ("probe_log", json!({"message": "a plugin's own line"})),
        ("no_such_tool", json!({})),
    ] {
        for bearer in [ACTION, NOTION, "tb_canaryWRONG0000000000000000000000000000000000000"] {
            let request = client.post(format!("{url}/v1/tools/{tool}")).bearer_auth(bearer).json(&arguments);
            let answer = request.send().await.unwrap();
            for (name, value) in answer.headers() {
                seen.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
            }
            seen.push_str(&answer.text().await.unwrap());
        }
    }
    for path in ["/", "/openapi/full.json", "/health", "/v1/meta", "/v1/connections", "/v1/tools"] {
        let answer = client.get(format!("{url}{path}")).bearer_auth(ACTION).send().await.unwrap();
        seen.push_str(&answer.text().await.unwrap());
    }
    let token = Command::new(program())
        .args(["--json", "token", "create", "canary", "--data-dir"])
        .arg(&data)
        .output();
    let token: Value = serde_json::from_slice(&token.unwrap().stdout).unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    let answer = client.get(format!("{url}/v1/meta")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), 200, "the token works");

    child.kill().unwrap();
    child.wait().unwrap();
    let logged = fs::read_to_string(&log).unwrap();
    assert!(logged.contains("host.ready"), "the log is there: {logged}");
    let mut stored = Vec::new();
    for entry in fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        stored.extend(fs::read(entry).unwrap());
    }
    let stored = String::from_utf8_lossy(&stored);
    for secret in [NOTION, ACTION, token.as_str(), "canaryWRONG"] {
        assert!(!seen.contains(secret), "an answer holds {secret}");
        assert!(!logged.contains(secret), "the log holds {secret}");
        assert!(!stored.contains(secret), "the database holds {secret}");
    }
    // What a plugin panics with is for the operator, as its other lines are.
    let panic = "the secret is canary-in-a-panic";
    assert!(!seen.contains(panic), "an answer holds the words of a panic");
    assert!(!stored.contains(panic), "the database holds the words of a panic");
    let said = logged.lines().find(|line| line.contains(panic)).expect("the log says why a plugin panicked");
    assert!(said.contains("hostile/src/resources.rs:") && said.contains("panic_with_secret"), "{said}");
    emulator.stop().await;
}
