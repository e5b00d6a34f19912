//! A host that starts: it listens at once, says how far it is, and serves each tool from when it is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay::host::{Host, Purpose, listen};
use toolbay::{Configuration, Environment, Layer, Running};
use toolbay_sandbox::CompilerCommand;

use crate::harness::{TOKEN, client, messages, packed, program};

/// A host over an empty data folder whose compiler takes the plugin `probe` only when the file `gate` is there.
struct Starting {
    running: Running,
    client: reqwest::Client,
    gate: std::path::PathBuf,
    folder: tempfile::TempDir,
}

impl Starting {
    async fn begin() -> Self {
        let client = client();
        let folder = tempfile::tempdir().unwrap();
        let gate = folder.path().join("gate");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        for plugin in ["echo", "probe"] {
            std::fs::write(plugins.join(format!("{plugin}.wasm")), packed(plugin)).unwrap();
        }
        let layer = Layer {
            data_dir: Some(folder.path().join("data")),
            plugin_dir: Some(plugins),
            listen: Some("127.0.0.1:0".parse().unwrap()),
            ..Layer::default()
        };
        let mut configuration = Configuration::resolve(layer, &Environment::of(&[])).unwrap();
        configuration.secrets.action_api_token = Some(SecretString::from(TOKEN));
        let listener = listen(configuration.listen).await.unwrap();
        let host = Host::open(&configuration, Purpose::Serve, held_at(&gate)).await.unwrap();
        let running = host.serve(listener, &configuration, configuration.server.clone()).unwrap();
        Self { running, client, gate, folder }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.running.address);
        self.client.request(method.parse().unwrap(), url).bearer_auth(TOKEN)
    }

    async fn answer(&self, method: &str, path: &str) -> (u16, Option<String>, Value) {
        let request = self.request(method, path);
        let request = if method == "POST" { request.json(&json!({})) } else { request };
        let answer = request.send().await.unwrap();
        let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        (answer.status().as_u16(), wait, answer.json().await.unwrap())
    }

    fn publishes(&self, tool: &str) -> bool {
        self.running.host.gateway.catalogs.current().get(tool).is_some()
    }
}

fn held_at(gate: &Path) -> CompilerCommand {
    let script = format!(
        "if grep -q 'name = \"probe\"' \"$4\"; then until [ -e {} ]; do sleep 0.02; done; fi; exec \"$@\"",
        gate.display()
    );
    let mut arguments = vec!["-c".into(), script.into(), "compiler".into()];
    arguments.extend([program().into(), "compile-plugin".into()]);
    CompilerCommand {
        program: "/bin/sh".into(),
        arguments,
        environment: vec![("MIMALLOC_ARENA_EAGER_COMMIT".into(), "0".into())],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_answers_at_once_and_is_ready_when_every_plugin_has_been_read() {
    let host = Starting::begin().await;
    assert_eq!(host.answer("GET", "/livez").await.0, 200);
    let mut changes = host.request("GET", "/mcp").header("Accept", "text/event-stream").send().await.unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    while !host.publishes("echo") {
        assert!(Instant::now() < end, "the first plugin is never live");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let (status, wait, body) = host.answer("GET", "/readyz").await;
    assert_eq!((status, wait.as_deref()), (503, Some("2")), "{body}");
    assert!(body["error"]["message"].as_str().unwrap().contains("compiled 1 of 2 plugins"), "{body}");
    let answer = host.request("POST", "/v1/tools/echo").json(&json!({"message": "m"})).send().await.unwrap();
    assert_eq!(answer.status(), 200, "what is there is served");

    // What may still come is not said to be missing.
    for path in ["/v1/tools/probe_state", "/v1/nothing/here"] {
        let (status, wait, body) = host.answer("POST", path).await;
        assert_eq!((status, wait.as_deref()), (503, Some("2")), "{path}: {body}");
        assert_eq!(body["error"]["code"], "unavailable", "{path}: {body}");
    }
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "probe_state", "arguments": {}}});
    let answer = host.request("POST", "/mcp").header("Accept", "application/json, text/event-stream");
    let answer: Value = answer.json(&call).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(
        answer["result"]["content"][0]["text"].as_str().unwrap().contains("ask again in 2 s"),
        "{answer}"
    );

    std::fs::write(&host.gate, "").unwrap();
    tokio::time::timeout(Duration::from_secs(120), host.running.host.loaded()).await.unwrap();
    assert_eq!(host.answer("GET", "/readyz").await.0, 200);
    assert!(host.publishes("probe_state"));
    assert_eq!(host.answer("POST", "/v1/tools/no_such_tool").await.0, 404);
    let told = messages(std::str::from_utf8(&changes.chunk().await.unwrap().unwrap()).unwrap());
    assert_eq!(told[0]["method"], "notifications/tools/list_changed");
    drop(changes);
    host.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_until_the_tools_are_there_that_it_may_need() {
    let host = Starting::begin().await;
    while !host.publishes("echo") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let job = json!({"kind": "echo", "args": {"message": "m"}});
    let started: Value =
        host.request("POST", "/v1/jobs").json(&job).send().await.unwrap().json().await.unwrap();
    let path = format!("/v1/jobs/{}", started["result"]["job_id"].as_str().unwrap());
    // It would be over in a moment.
    for _ in 0..20 {
        let (_, _, job) = host.answer("GET", &path).await;
        assert_eq!(job["result"]["status"], "queued", "{job}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::write(&host.gate, "").unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let (_, _, job) = host.answer("GET", &path).await;
        if job["result"]["status"] == "succeeded" {
            break;
        }
        assert!(Instant::now() < end, "{job}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    host.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_cancels_a_job_whoevers_it_is_and_that_is_an_event() {
    let host = Starting::begin().await;
    while !host.publishes("echo") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It waits for the plugins.
    let job = json!({"kind": "echo", "args": {"message": "m"}});
    let started: Value =
        host.request("POST", "/v1/jobs").json(&job).send().await.unwrap().json().await.unwrap();
    let id = started["result"]["job_id"].as_str().unwrap();
    let run = |arguments: &[&str]| -> Value {
        let output = Command::new(program())
            .args(arguments)
            .arg("--json")
            .arg("--data-dir")
            .arg(host.folder.path().join("data"))
            .current_dir(host.folder.path())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    };
    let listed = run(&["jobs"]);
    assert_eq!(
        (&listed[0]["status"], &listed[0]["principal"]),
        (&json!("queued"), &json!("action")),
        "{listed:#}"
    );
    assert_eq!(run(&["jobs", "cancel", id])["cancelled"], id);
    let (_, _, shown) = host.answer("GET", &format!("/v1/jobs/{id}")).await;
    assert_eq!(shown["result"]["status"], "cancelled", "{shown}");
    assert_eq!(run(&["jobs", "show", id])["status"], "cancelled");
    let events = run(&["audit", "--subject", id]);
    assert_eq!(
        (&events[0]["event"], &events[0]["principal"]),
        (&json!("job"), &json!("operator")),
        "{events:#}"
    );
    host.running.stop().await;
}

/// A second host on one address ends before it has opened, compiled or changed anything.
#[test]
fn a_busy_port_is_told_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let begun = Instant::now();
    let ended = Command::new(program())
        .args(["serve", "--listen", &address, "--data-dir"])
        .arg(&data)
        .current_dir(folder.path())
        .output()
        .unwrap();
    // A tenth of a second on a quiet machine.
    assert!(begun.elapsed() < Duration::from_secs(10));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains(&format!("{address} is in use")), "{said}");
    assert!(said.contains("--listen"), "{said}");
    assert!(!data.exists());
}

/// From the program's start to the first answer, with plugins that were never compiled.
#[test]
fn the_program_listens_within_a_second_of_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::write(plugins.join("probe.wasm"), packed("probe")).unwrap();
    let mut child = Command::new(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path().join("data"))
        .arg("--plugin-dir")
        .arg(&plugins)
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.find(|line| line.contains("host.listening")).unwrap();
    // A fifth of a second on a quiet machine.
    assert!(begun.elapsed() < Duration::from_secs(10), "{listening}");
    // A line for each plugin, and one for all of them. Two tasks write them, so either may be first.
    let mut awaited = vec!["plugin.live", "host.ready"];
    while !awaited.is_empty() {
        let line = lines.next().unwrap();
        awaited.retain(|event| !line.contains(event));
        assert!(!line.contains("plugin.live") || line.contains("probe.wasm"), "{line}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
