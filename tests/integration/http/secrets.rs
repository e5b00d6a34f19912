//! A whole host in a process of its own: what `toolbay.toml` says, the proxies of its environment, and the operator's secret, which
//! is found at the server alone.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::world::{PORT, Server, answer, request};
use crate::harness::{TOKEN, client, packed, port_of_its_own, program};

const SECRET: &str = "canary-http-secret-0123456789";

const CONFIGURATION: &str = r#"
[secrets]
weather = { file = "SECRET_FILE" }

[plugins.fetch]
http = ["GET http://localhost:14085/*"]

[[plugins.fetch.secrets]]
to = "http://localhost:14085/*"
headers = { Authorization = "Bearer {weather}" }
query = { key = "{weather}" }

[http."localhost:14085"]
allow_private = true
rate = "1000/minute"
"#;

fn output(arguments: &[&str], config: &str) -> Output {
    Command::new(program()).args(arguments).args(["--config", config]).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_the_operators_is_at_the_server_alone() {
    // It repeats all that it was asked, also where it refuses.
    let server = Server::start_here(|asked| {
        let line = asked.lines().next().unwrap().replace(' ', "_");
        let status = if asked.contains("/fails") { "500 Error" } else { "200 OK" };
        answer(status, &format!("etag: {line}\r\nx-request-id: {line}\r\n"), asked)
    })
    .await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (data, plugins) = (folder.path().join("data"), folder.path().join("plugins"));
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("fetch.wasm"), packed("fetch")).unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let config = folder.path().join("toolbay.toml");
    let text = CONFIGURATION.replace("SECRET_FILE", secret.to_str().unwrap());
    let places = format!("data_dir = {data:?}\nplugin_dir = {plugins:?}\n");
    fs::write(&config, places + &text).unwrap();
    let config = config.to_str().unwrap();

    let shown = output(&["config", "check", "--json"], config);
    let mut seen = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        seen.contains("GET http://localhost:14085/*"),
        "{seen}{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    let refused = output(&["plugin", "grant", "fetch", "http"], config);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        words.contains("[plugins.fetch]")
            && words.contains("# read from localhost:14085 anything, unencrypted"),
        "{words}"
    );

    let listen = format!("127.0.0.1:{}", port_of_its_own());
    let log = folder.path().join("log");
    let mut child = Command::new(program())
        .args(["serve", "--listen", &listen, "--config", config])
        .env("ACTION_API_TOKEN", TOKEN)
        .env("TOOLBAY_LOG", "trace")
        .envs(
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"]
                .map(|name| (name, &proxy_url)),
        )
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let (url, client) = (format!("http://{listen}"), client());
    while !client.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(&log).unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut keyed = request("GET", "http://localhost:PORT/keyed");
    keyed["idempotency_key"] = "a-key".into();
    for (tool, arguments) in [
        ("fetch_read", request("GET", "http://localhost:PORT/x")),
        ("fetch_read", request("GET", "http://localhost:PORT/fails")),
        ("fetch_write", keyed),
        ("fetch_all", json!({"urls": [format!("http://localhost:{PORT}/y")]})),
    ] {
        let asked = client.post(format!("{url}/v1/tools/{tool}")).bearer_auth(TOKEN).json(&arguments);
        let told: Value = asked.send().await.unwrap().json().await.unwrap();
        assert_eq!(told["ok"], json!(!arguments.to_string().contains("fails")), "{told}");
        seen.push_str(&told.to_string());
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.contains(&format!("Bearer {SECRET}"))), "{asked:?}");
    assert!(asked.iter().all(|asked| asked.contains(&format!("?key={SECRET}"))), "{asked:?}");
    assert!(seen.contains("[redacted]"), "{seen}");
    let logged = fs::read_to_string(&log).unwrap();
    assert!(logged.contains("host.ready") && logged.contains("http.answered"), "the log is there");
    let mut stored = Vec::new();
    for entry in fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        stored.extend(fs::read(entry).unwrap());
    }
    for (place, text) in [
        ("an answer", &seen),
        ("the log", &logged),
        ("the store", &String::from_utf8_lossy(&stored).into_owned()),
    ] {
        assert!(!text.contains(SECRET) && !text.contains("canary-http"), "{place} has the secret");
    }
    let nobody = tokio::time::timeout(Duration::from_millis(100), proxy.accept()).await;
    assert!(nobody.is_err(), "a proxy of the environment was asked");
}
