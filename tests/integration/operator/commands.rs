//! `status`, `jobs`, `backup` and `doctor`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{alone, json_of, said};
use crate::harness::{TestHost, command};

#[tokio::test(flavor = "multi_thread")]
async fn status_says_what_runs_and_what_is_there() {
    let mut host = TestHost::start(&["echo"]).await;
    let status = |host: &TestHost| json_of(&command(host, &["--json", "status"]).output().unwrap());
    let shown = status(&host);
    assert_eq!(shown["host"]["address"], host.url["http://".len()..], "{shown:#}");
    assert_eq!(shown["host"]["plugins"], json!({"live": 1, "refused": 0}));
    assert_eq!(shown["database"]["migrations"], shown["database"]["newest_migration"]);
    assert_eq!(shown["counts"]["connections"], 1);
    host.stop_host().await;
    assert_eq!(status(&host)["host"], Value::Null);
    let text = said(&command(&host, &["status"]).output().unwrap());
    assert!(text.contains("none runs with this data folder"), "{text}");
    host.stop().await;
}

#[test]
fn looking_at_what_is_not_there_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let status = alone(folder.path(), &["status"], &[]);
    assert!(
        status.status.success() && said(&status).contains("the first start makes it"),
        "{}",
        said(&status)
    );
    let doctor = alone(folder.path(), &["doctor", "--offline"], &[("TOOLBAY_LISTEN", "127.0.0.1:0")]);
    assert!(doctor.status.success(), "{}", said(&doctor));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_everybody_are_listed_and_shown() {
    let host = TestHost::start(&["echo"]).await;
    let started = host.result("job_start", json!({"kind": "echo", "args": {"message": "m"}})).await;
    let id = started["job_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/jobs/{id}");
    host.soon("the job has ended", async || host.get(&path).await["result"]["status"] == "succeeded").await;
    let run = |host: &TestHost, arguments: &[&str]| command(host, arguments).output().unwrap();
    let listed = json_of(&run(&host, &["--json", "job", "list"]));
    assert_eq!(
        (&listed[0]["id"], &listed[0]["status"], &listed[0]["tool"]),
        (&json!(id), &json!("succeeded"), &json!("echo"))
    );
    let refused = run(&host, &["job", "cancel", &id]);
    assert!(said(&refused).contains("has ended already: succeeded"), "{}", said(&refused));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_running_host_is_whole_closed_to_others_and_overwrites_nothing() {
    let host = TestHost::start(&["echo"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let run = |arguments: &[&str]| command(&host, arguments).output().unwrap();
    assert!(run(&["token", "create", "kept"]).status.success());
    let copied = run(&["backup", file.to_str().unwrap()]);
    let text = said(&copied);
    assert!(copied.status.success() && text.contains("master.key") && text.contains("plugins"), "{text}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(said(&run(&["backup", file.to_str().unwrap()])).contains("is there already"));

    // With the key it is an installation of its own.
    let other = tempfile::tempdir().unwrap();
    std::fs::copy(host.data_dir.join("master.key"), other.path().join("master.key")).unwrap();
    std::fs::copy(&file, other.path().join("toolbay.db")).unwrap();
    let other_dir = other.path().to_str().unwrap();
    let listed = alone(other.path(), &["--json", "token", "list", "--data-dir", other_dir], &[]);
    assert_eq!(json_of(&listed)[0]["name"], "kept");
    let verified = alone(other.path(), &["keys", "verify", "--data-dir", other_dir], &[]);
    assert!(verified.status.success(), "{}", said(&verified));

    let server = [
        ("DATABASE_URL", "postgres://u@127.0.0.1:1/db"),
        ("TOKEN_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    let refused = alone(other.path(), &["backup", "copy"], &server);
    assert!(said(&refused).contains("pg_dump"), "{}", said(&refused));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_whole_or_not_at_all() {
    let host = TestHost::start(&["echo"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let run = |arguments: &[&str]| command(&host, arguments).output().unwrap();
    assert!(run(&["token", "create", "kept"]).status.success());
    assert!(run(&["backup", file.to_str().unwrap()]).status.success());
    assert!(run(&["token", "create", "later"]).status.success());
    let served = run(&["restore", "--replace", file.to_str().unwrap()]);
    assert!(!served.status.success() && said(&served).contains("stop it first"), "{}", said(&served));

    // An installation of its own, which has something already.
    let other = tempfile::tempdir().unwrap();
    let other_dir = other.path().to_str().unwrap();
    let alone_with = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--data-dir", other_dir]).collect();
        alone(other.path(), &arguments, &[])
    };
    let restored = |arguments: &[&str]| {
        let output = alone_with(&[&["restore"], arguments].concat());
        (output.status.success(), said(&output))
    };
    let names = || {
        let listed = json_of(&alone_with(&["--json", "token", "list"]));
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|token| token["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(alone_with(&["token", "create", "own"]).status.success());
    let (is_done, told) = restored(&[file.to_str().unwrap()]);
    assert!(!is_done && told.contains("is there already") && told.contains("--replace"), "{told}");
    let (is_done, told) = restored(&["--replace", file.to_str().unwrap()]);
    assert!(!is_done && told.contains("could not open the copy"), "another master key: {told}");
    let bytes = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut.db");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let (is_done, told) = restored(&["--replace", cut.to_str().unwrap()]);
    assert!(!is_done && told.contains("no database that can be read"), "{told}");
    let foreign = folder.path().join("foreign.db");
    std::fs::write(&foreign, "").unwrap();
    let (is_done, told) = restored(&["--replace", foreign.to_str().unwrap()]);
    assert!(!is_done && told.contains("not one of Toolbay's"), "{told}");
    assert_eq!(names(), ["own"], "what was refused has changed nothing");
    let left: Vec<_> =
        std::fs::read_dir(other.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("restoring.") || name == "toolbay.db.restoring"),
        "{left:?}"
    );

    std::fs::copy(host.data_dir.join("master.key"), other.path().join("master.key")).unwrap();
    let (is_done, told) = restored(&["--replace", file.to_str().unwrap()]);
    assert!(is_done && told.contains("toolbay.db.before-"), "{told}");
    assert_eq!(names(), ["kept"]);
    assert!(file.exists(), "the copy stays");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_finds_what_is_wrong_and_says_what_mends_it() {
    let host = TestHost::start(&["echo"]).await;
    let examined = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = command(&host, arguments).envs(variables.iter().copied()).output().unwrap();
        let list = json_of(&output);
        (output.status.success(), list)
    };
    let of = |list: &Value, about: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().filter(|one| one["about"] == about).cloned().collect()
    };
    let (is_well, list) = examined(&["--json", "doctor"], &[]);
    assert!(is_well, "{list:#}");
    for about in [
        "configuration",
        "data folder",
        "database",
        "keys",
        "host",
        "plugins",
        "notion",
        "NOTION_TOKEN",
        "open files",
    ] {
        assert_eq!(of(&list, about).len(), 1, "{about}: {list:#}");
    }
    assert_eq!(
        of(&list, "host")[0]["what"].as_str().unwrap().split(' ').nth(2).unwrap(),
        &host.url["http://".len()..]
    );

    let (is_well, list) = examined(&["--json", "doctor"], &[("NOTION_TOKEN", "ntn_wrong")]);
    let token = &of(&list, "NOTION_TOKEN")[0];
    assert!(!is_well && token["mend"].as_str().unwrap().contains("copy the token again"), "{token}");
    let nobody = alone(
        host.data_dir.as_path(),
        &[
            "--json",
            "doctor",
            "--notion-api-url",
            "http://127.0.0.1:1",
            "--data-dir",
            host.data_dir.to_str().unwrap(),
        ],
        &[],
    );
    let notion = &of(&json_of(&nobody), "notion")[0];
    assert!(
        !nobody.status.success() && notion["what"].as_str().unwrap().contains("can't be reached"),
        "{notion}"
    );

    std::fs::set_permissions(&host.data_dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (_, list) = examined(&["--json", "doctor", "--offline"], &[]);
    assert!(of(&list, "data folder")[0]["mend"].as_str().unwrap().starts_with("chmod 700"), "{list:#}");
    host.stop().await;
}
