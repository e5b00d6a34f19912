//! A Redis server that is configured and away.

use serde_json::{Value, json};

use super::{alone, json_of, said};
use crate::harness::{TestHost, command};

/// Nobody listens there.
const AWAY: &str = "redis://toolbay:hunter2@127.0.0.1:1/2";
const SHOWN: &str = "redis://127.0.0.1:1/2";

#[tokio::test(flavor = "multi_thread")]
async fn a_host_serves_without_the_redis_that_it_was_given() {
    let host = TestHost::start_with(&["search"], |configuration| {
        configuration.redis_url = Some(AWAY.parse().unwrap());
    })
    .await;
    let ready = host.request("GET", "/readyz").send().await.unwrap();
    assert_eq!(ready.status().as_u16(), 200);
    // Each needs a permit.
    for query in ["a", "b"] {
        host.result("search", json!({"query": query})).await;
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_says_that_redis_is_away_and_what_follows() {
    let host = TestHost::start(&["echo"]).await;
    let file = host.data_dir.join("redis_url");
    std::fs::write(&file, format!("{AWAY}\n")).unwrap();
    let run = |arguments: &[&str]| command(&host, arguments).env("REDIS_URL_FILE", &file).output().unwrap();
    let doctor = run(&["--json", "doctor", "--offline"]);
    assert!(doctor.status.success(), "it serves all the same");
    let list = json_of(&doctor);
    let redis: Vec<&Value> = list.as_array().unwrap().iter().filter(|one| one["about"] == "redis").collect();
    assert_eq!((redis.len(), &redis[0]["state"]), (1, &json!("warning")), "{list:#}");
    assert!(redis[0]["what"].as_str().unwrap().contains("goes on without it"), "{list:#}");
    let status = json_of(&run(&["--json", "status"]));
    assert_eq!(status["redis"], SHOWN);
    assert!(said(&run(&["status"])).contains(&format!("rate windows {SHOWN}")));
    host.stop().await;
}

#[test]
fn what_is_shown_of_redis_has_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let checked = alone(
        folder.path(),
        &["config", "check", "--json"],
        &[("REDIS_URL", AWAY), ("TOOLBAY_LISTEN", "127.0.0.1:0")],
    );
    assert_eq!(json_of(&checked)["redis_url"], SHOWN);
    assert!(!said(&checked).contains("hunter2"));
    let both =
        alone(folder.path(), &["config", "check"], &[("REDIS_URL", AWAY), ("REDIS_URL_FILE", "/nowhere")]);
    assert!(said(&both).contains("REDIS_URL and REDIS_URL_FILE are both set"));
}
