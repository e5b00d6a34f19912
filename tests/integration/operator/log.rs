//! The log: one line a call, also of those that fail; of requests without a valid token; and no secret in any.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{TOKEN, client, packed, program};

struct Logged {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Logged {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        std::fs::write(plugins.join("echo.wasm"), packed("echo")).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
            .arg(folder.path().join("data"))
            .arg("--plugin-dir")
            .arg(&plugins)
            .current_dir(folder.path())
            .env("ACTION_API_TOKEN", TOKEN)
            .envs(variables.iter().copied())
            .stderr(Stdio::from(File::create(folder.path().join("log")).unwrap()))
            .spawn()
            .unwrap();
        let host = Self { child, url: format!("http://127.0.0.1:{port}"), folder };
        let end = Instant::now() + Duration::from_secs(120);
        let ready = async || {
            client()
                .get(format!("{}/readyz", host.url))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
        };
        while !ready().await {
            assert!(Instant::now() < end, "{}", host.text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        host
    }

    async fn call(&self, tool: &str, token: &str, arguments: Value) -> u16 {
        let request =
            client().post(format!("{}/v1/tools/{tool}", self.url)).bearer_auth(token).json(&arguments);
        request.send().await.unwrap().status().as_u16()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Stops the host in order, and answers the lines of its log.
    fn stop(mut self) -> Vec<Value> {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(stopped.success());
        assert!(self.child.wait().unwrap().success());
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }
}

/// The fields of the lines with this message.
fn of<'a>(lines: &'a [Value], message: &str) -> Vec<&'a Value> {
    lines.iter().map(|line| &line["fields"]).filter(|fields| fields["message"] == message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_one_line_with_tool_principal_outcome_and_time() {
    let host = Logged::start(&[]).await;
    assert_eq!(host.call("echo", TOKEN, json!({"message": "canary-argument"})).await, 200);
    assert_eq!(host.call("echo", TOKEN, json!({"massage": "m"})).await, 400);
    assert_eq!(host.call("eco\u{1b}[2J", TOKEN, json!({})).await, 404);
    let text = host.text();
    let lines = host.stop();
    let calls = of(&lines, "call.ended");
    let told: Vec<[&str; 4]> = calls
        .iter()
        .map(|call| ["tool", "principal", "surface", "outcome"].map(|field| call[field].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["echo", "action", "rest", "ok"],
            ["echo", "action", "rest", "invalid_input"],
            ["eco\\u{1b}[2J", "action", "rest", "not_found"],
        ]
    );
    for call in calls {
        assert!(call["duration_ms"].is_u64() && call["call"].as_str().unwrap().len() == 36, "{call}");
    }
    assert!(!text.contains("canary-argument") && !text.contains(TOKEN), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_valid_token_is_told_and_a_flood_of_them_is_counted() {
    let host = Logged::start(&[]).await;
    for number in 0..200 {
        assert_eq!(host.call("echo", &format!("canary-wrong-token-{number}"), json!({})).await, 401);
    }
    let text = host.text();
    let lines = host.stop();
    let refused = of(&lines, "request.unauthenticated");
    assert!((1..100).contains(&refused.len()), "{} lines", refused.len());
    assert_eq!((&refused[0]["part"], &refused[0]["client"]), (&json!("v1"), &json!("127.0.0.1")));
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_the_host_have_levels_of_their_own() {
    let host = Logged::start(&[("TOOLBAY_LOG", "calls=off,requests=debug")]).await;
    assert_eq!(host.call("echo", TOKEN, json!({"message": "m"})).await, 200);
    let lines = host.stop();
    assert!(of(&lines, "call.ended").is_empty());
    assert!(!of(&lines, "request.answered").is_empty() && !of(&lines, "host.ready").is_empty());
}
