//! Everything secret that a connection has in its life is looked for where it must not be.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use notion_emulator::{Emulator, Fault, FaultKind, Options};
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect;
use serde_json::{Value, json};
use url::Url;

use super::free_address;
use crate::harness::{client, packed, program};

const ACTION: &str = "canary-action-token-0123456789";
const CLIENT_SECRET: &str = "secret_canaryCLIENT0123456789";
const CALLERS_STATE: &str = "canary-callers-state";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_connection_is_in_a_log_an_answer_or_the_database() {
    let mut options = Options { rate_limit: None, ..Options::default() };
    options.oauth.client_secret = CLIENT_SECRET.to_owned();
    let emulator = Emulator::start(options).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, plugins, log) =
        (folder.path().join("data"), folder.path().join("plugins"), folder.path().join("log"));
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("request.wasm"), packed("request")).unwrap();
    let address = free_address();
    let mut child = Command::new(program())
        .args(["serve", "--listen", &address.to_string()])
        .arg("--data-dir")
        .arg(&data)
        .arg("--plugin-dir")
        .arg(&plugins)
        .env("NOTION_API_URL", emulator.url())
        .env("NOTION_OAUTH_CLIENT_ID", "emulator-client")
        .env("NOTION_OAUTH_CLIENT_SECRET", CLIENT_SECRET)
        .env("ACTION_API_TOKEN", ACTION)
        .env("TOOLBAY_LOG", "trace")
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let url = format!("http://{address}");
    let probe = client();
    while !probe.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(&log).unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let browser = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    let mut seen = String::new();
    // Known to the browser alone, and to nobody afterwards.
    let mut of_browsers = Vec::new();
    let mut connect = async |emulator: &Emulator| {
        let start = format!("{url}/oauth/start?state={CALLERS_STATE}");
        let answer =
            browser.get(start).bearer_auth(ACTION).header(ACCEPT, "application/json").send().await.unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        of_browsers.push(cookie.split_once('=').unwrap().1.to_owned());
        let envelope: Value = answer.json().await.unwrap();
        let page: Url = envelope["result"]["authorize_url"].as_str().unwrap().parse().unwrap();
        of_browsers.push(page.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned());
        assert!(page.as_str().starts_with(&emulator.url()));
        let answer = browser.get(page).send().await.unwrap();
        let back = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        let answer = browser.get(back).header(COOKIE, cookie).send().await.unwrap();
        let text = answer.text().await.unwrap();
        seen.push_str(&text);
        text
    };
    // One that works, one whose answer is lost, one that Notion refuses, and one that it makes a mess of.
    assert!(connect(&emulator).await.contains("\"ok\":true"));
    let token = "POST /v1/oauth/token";
    emulator.fault(Fault::new(token, FaultKind::ApplyThenDrop));
    assert!(connect(&emulator).await.contains("\"ok\":false"));
    emulator.fault(Fault::new(token, FaultKind::Garbage));
    assert!(connect(&emulator).await.contains("\"ok\":false"));
    assert!(connect(&emulator).await.contains("\"ok\":true"));

    let ask = async |tool: &str, arguments: Value| {
        let request = probe.post(format!("{url}/v1/tools/{tool}")).bearer_auth(ACTION).json(&arguments);
        request.send().await.unwrap().text().await.unwrap()
    };
    let me = json!({"method": "GET", "path": "/v1/users/me"});
    emulator.expire_access();
    let answers = [
        ask("notion_request", me.clone()).await,
        ask("connection_refresh", json!({})).await,
        ask("notion_request", me).await,
    ];
    assert!(answers.iter().all(|answer| answer.contains("\"ok\":true")), "{answers:?}");
    emulator.disconnect();
    let refused = ask("connection_refresh", json!({})).await;
    assert!(refused.contains("forbidden"), "{refused}");
    for path in ["/v1/connections", "/v1/meta"] {
        seen.push_str(
            &probe
                .get(format!("{url}{path}"))
                .bearer_auth(ACTION)
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap(),
        );
    }
    seen.extend(answers);
    seen.push_str(&refused);
    // Read while the connection is there, so that its encrypted pair is among what is searched.
    let stored = everything_in(&data);
    seen.push_str(&ask("connection_remove", json!({})).await);
    let checked = Command::new(program())
        .args(["config", "check", "--data-dir"])
        .arg(&data)
        .env("NOTION_OAUTH_CLIENT_ID", "emulator-client")
        .env("NOTION_OAUTH_CLIENT_SECRET", CLIENT_SECRET)
        .output()
        .unwrap();
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        checked.contains("NOTION_OAUTH_CLIENT_SECRET") && checked.contains("/oauth/callback"),
        "{checked}"
    );
    seen.push_str(&checked);

    child.kill().unwrap();
    child.wait().unwrap();
    let logged = fs::read_to_string(&log).unwrap();
    assert!(logged.contains("connecting.renewed") && logged.contains("connecting.removed"), "{logged}");
    let given = emulator.oauth_secrets();
    assert!(given.len() >= 10, "codes and pairs were given");
    for secret in given.iter().map(String::as_str).chain([CLIENT_SECRET]) {
        assert!(!seen.contains(secret), "an answer holds {secret}");
    }
    let secrets = given.iter().chain(&of_browsers).map(String::as_str).chain([CLIENT_SECRET, CALLERS_STATE]);
    for secret in secrets {
        assert!(!logged.contains(secret), "the log holds {secret}");
        assert!(!stored.contains(secret), "the database holds {secret}");
        assert!(!everything_in(&data).contains(secret), "the database holds {secret}");
    }
    emulator.stop().await;
}

fn everything_in(folder: &std::path::Path) -> String {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let bytes: Vec<u8> =
        files.filter(|path| path.is_file()).flat_map(|path| fs::read(path).unwrap()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
