//! How an account's credential is renewed, how it ends, and what callers hear of both.

use std::time::Duration;

use notion_emulator::{Fault, FaultKind, HostedSettings};
use serde_json::{Value, json};

use super::{COMMENT, Hosted, SEARCH};
use crate::harness::command;

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_renewed_before_its_end() {
    let world = Hosted::start().await;
    // Within a minute of its end, or half of its time where that is less.
    world.host.emulator.hosted().set(HostedSettings { access_seconds: 30, ..HostedSettings::default() });
    world.connect().await;
    world.host.result(SEARCH, json!({"query": "x"})).await;
    assert_eq!(world.renewals(), 0, "it is good for a while");
    tokio::time::sleep(Duration::from_secs(16)).await;
    world.host.result(SEARCH, json!({"query": "x"})).await;
    let requests = world.host.emulator.hosted().token_requests();
    let left = requests.last().unwrap().access_left_seconds.unwrap();
    assert!((1..=15).contains(&left) && world.renewals() == 1, "{requests:#?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_once_and_another_process_renew_once() {
    let world = Hosted::start().await;
    world.connect().await;
    world.host.emulator.hosted().expire();
    world.host.emulator.fault(Fault::new("POST /token refresh_token", FaultKind::Delay { delay_ms: 2_500 }));
    let beside = command(&world.host, &["call", SEARCH, "--args", "{\"query\": \"x\"}"])
        .env("TOOLBAY_CONFIG", world.configuration_file())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let calls = (0..8).map(|_| world.host.result(SEARCH, json!({"query": "x"})));
    let found = futures_util::future::join_all(calls).await;
    assert_eq!(found.len(), 8);
    let said = tokio::task::spawn_blocking(move || beside.wait_with_output().unwrap()).await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let requests = world.host.emulator.hosted().token_requests();
    assert_eq!(world.renewals(), 1, "{requests:#?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_says_where_to_connect_again() {
    let world = Hosted::start().await;
    let connected = world.connect().await;
    world.host.emulator.hosted().revoke();
    for asked in [1, 1] {
        let (status, envelope) = world.host.call(SEARCH, json!({"query": "x"})).await;
        assert_eq!((status, &envelope["error"]["code"]), (403, &json!("forbidden")), "{envelope:#}");
        let url = format!("{}/oauth/start?upstream=notion", world.host.url);
        assert_eq!(envelope["error"]["details"]["reconnect_url"], json!(url), "{envelope:#}");
        assert_eq!(world.renewals(), asked, "what was refused for good isn't asked for again");
    }
    assert_eq!(world.connect_as(crate::harness::TOKEN).await, connected, "it is the same connection");
    world.host.result(SEARCH, json!({"query": "x"})).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_sent_once() {
    let world = Hosted::start().await;
    world.connect().await;
    world.host.emulator.fault(Fault::new("POST /mcp notion-create-comment", FaultKind::ApplyThenDrop));
    let comment = json!({"page_id": world.root(), "markdown": "Once."});
    let problem = world.host.error(COMMENT, comment.clone()).await;
    assert_eq!(problem["code"], "outcome_unknown", "{problem:#}");
    assert_eq!(world.host.emulator.writes().len(), 1);
    // A credential that was refused in between is renewed, and then the call is sent: it had certainly not been carried out.
    world.host.emulator.hosted().expire();
    world.host.result(COMMENT, comment).await;
    assert_eq!((world.host.emulator.writes().len(), world.renewals()), (2, 1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_account_is_gone_here_and_there() {
    let world = Hosted::start().await;
    let connection = world.connect().await;
    let id = connection["connection_id"].as_str().unwrap();
    let path = format!("/v1/connections/{id}");
    let answer = world.host.request("DELETE", &path).send().await.unwrap();
    let envelope: Value = answer.json().await.unwrap();
    assert_eq!(envelope["result"]["revoked"], json!(true), "{envelope:#}");
    let (status, envelope) = world.host.call(SEARCH, json!({"query": "x"})).await;
    assert_eq!(status, 403, "{envelope:#}");
    assert!(envelope["error"]["details"]["connect_url"].is_string(), "{envelope:#}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_an_account_is_in_the_database_or_an_answer() {
    let world = Hosted::start().await;
    let mut seen = world.connect().await.to_string();
    world.host.emulator.hosted().expire();
    seen += &world.host.result(SEARCH, json!({"query": "x"})).await.to_string();
    world.host.emulator.hosted().revoke();
    seen += &world.host.error(SEARCH, json!({"query": "x"})).await.to_string();
    seen += &world.host.get("/v1/connections").await.to_string();
    let secrets = world.host.emulator.hosted().secrets();
    assert!(secrets.len() > 4, "{}", secrets.len());
    let mut files = vec![world.host.data_dir.clone()];
    let mut stored = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_none_or(|extension| extension != "cwasm") {
            stored.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
    for secret in secrets {
        assert!(!seen.contains(&secret), "a secret is in an answer");
        let is_stored = stored.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_stored, "a secret is in a file");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_goes_to_no_server_that_is_put_in_the_place_of_its_own() {
    let world = Hosted::start().await;
    world.connect().await;
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let file = world.configuration_file();
    let text = std::fs::read_to_string(&file).unwrap();
    let url = format!("http://{}/mcp", other.local_addr().unwrap());
    std::fs::write(&file, text.replace(&world.host.emulator.hosted().url(), &url)).unwrap();
    let mut beside = command(&world.host, &["call", SEARCH, "--args", "{\"query\": \"x\"}"]);
    beside.env("TOOLBAY_CONFIG", &file);
    let said = tokio::task::spawn_blocking(move || beside.output().unwrap()).await.unwrap();
    assert!(!said.status.success());
    let told = format!("{}{}", String::from_utf8_lossy(&said.stderr), String::from_utf8_lossy(&said.stdout));
    assert!(told.contains("connect it again"), "{told}");
    let asked = tokio::time::timeout(Duration::from_millis(50), other.accept()).await;
    assert!(asked.is_err(), "nothing was asked there");
    world.stop().await;
}

impl Hosted {
    /// A file that has the upstream, for a process beside the host.
    fn configuration_file(&self) -> std::path::PathBuf {
        let file = self.host.plugin_dir.parent().unwrap().join("beside.toml");
        let url = self.host.emulator.hosted().url();
        let text = format!(
            "public_url = \"{}\"\n[upstreams.notion]\nurl = \"{url}\"\nallow_private = true\noauth = true\n",
            self.host.url
        );
        std::fs::write(&file, text).unwrap();
        file
    }
}
