//! A disk that is full, a folder that can't be written, a file that is damaged: a clear answer, nothing sent that isn't recorded, and
//! what was acknowledged is still there.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Killable, TOKEN, TestHost, command, program};

/// A user who owns nothing here; as root, permissions say nothing.
const NOBODY: u32 = 65_534;

/// A call under a key: its status and its envelope.
async fn comment(host: &TestHost, url: &str, page: &str, key: &str) -> (u16, Value) {
    let sent = host.client.post(format!("{url}/v1/tools/create_comment")).bearer_auth(TOKEN);
    let sent = sent.header("Idempotency-Key", key).json(&json!({"page_id": page, "text": key}));
    let answer = sent.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn comments(host: &TestHost) -> Vec<String> {
    let writes = host.emulator.writes();
    let texts = writes.iter().filter_map(|write| write.body["rich_text"][0]["text"]["content"].as_str());
    texts.map(str::to_owned).collect()
}

/// How large the files of a process may be from now on, in bytes; none takes that back.
fn limit_files(pid: u32, bytes: Option<u64>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let limit = format!("--fsize={limit}:unlimited");
    let limited = Command::new("prlimit").args(["--pid", &pid.to_string(), &limit]).status().unwrap();
    assert!(limited.success());
}

/// No file may grow beyond its first page, which to SQLite is a disk that has no room.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_is_sent_or_lost() {
    let mut host = TestHost::start(&["comments"]).await;
    host.stop_host().await;
    let page = host.emulator.ids().root_page.clone();
    let killable = Killable::start_undisturbed(&host).await;
    let url = killable.url.clone();
    let (status, before) = comment(&host, &url, &page, "before").await;
    assert_eq!(status, 200, "{before:#}");

    limit_files(killable.id(), Some(4_096));
    for key in ["within", "within", "within too"] {
        let (status, told) = comment(&host, &url, &page, key).await;
        assert_eq!(status, 503, "{told:#}");
        assert_eq!(told["error"]["code"], "unavailable", "{told:#}");
        assert!(told["error"]["hint"].is_string(), "{told:#}");
    }
    // Whoever reads is served, and what was told before is told again.
    let read = host.client.get(format!("{url}/v1/tools")).bearer_auth(TOKEN).send().await.unwrap();
    assert!(read.status().is_success());
    assert_eq!(comments(&host), ["before"], "what can't be recorded isn't sent");

    limit_files(killable.id(), None);
    for key in ["within", "within too", "before", "within"] {
        let (status, told) = comment(&host, &url, &page, key).await;
        assert_eq!(status, 200, "{told:#}");
    }
    assert_eq!(comments(&host), ["before", "within", "within too"]);
    let log = killable.said();
    assert!(
        log.contains("disk is full") || log.contains("disk I/O error"),
        "the operator is told why: {log}"
    );
    killable.kill();
    let killable = Killable::start(&host).await;
    let (status, again) = comment(&host, &killable.url, &page, "before").await;
    assert_eq!((status, &again["result"]), (200, &before["result"]), "what was acknowledged is still there");
    assert_eq!(comments(&host).len(), 3);
    killable.kill();
    host.stop().await;
}

/// The end of a call that its disk has no room for is written once there is.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_under_a_call_leaves_it_true() {
    use notion_emulator::{Fault, FaultKind};
    let mut host = TestHost::start(&["comments"]).await;
    host.stop_host().await;
    let page = host.emulator.ids().root_page.clone();
    let killable = Killable::start_undisturbed(&host).await;
    host.emulator.fault(Fault::new("POST /v1/comments", FaultKind::Delay { delay_ms: 4_000 }).times(1));
    let url = killable.url.clone();
    let (told, ()) = tokio::join!(comment(&host, &url, &page, "under way"), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        limit_files(killable.id(), Some(4_096));
    });
    // Whether the call holds its lease until the answer has come depends on the moment; what it says of the write doesn't.
    let done = &told.1["error"]["details"]["done"]["writes"];
    assert!(told.0 == 200 || (told.0 == 503 && done == 1), "it was carried out: {:#}", told.1);
    limit_files(killable.id(), None);
    killable.kill();
    let killable = Killable::start(&host).await;
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let (status, again) = comment(&host, &killable.url, &page, "under way").await;
        if status == 200 {
            break;
        }
        assert!(matches!(status, 409 | 504), "{again:#}");
        assert!(tokio::time::Instant::now() < end, "{again:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(comments(&host), ["under way"]);
    killable.kill();
    host.stop().await;
}

/// The program, where whoever runs it may be somebody who can't reach the one that was built.
fn as_nobody(folder: &Path) -> Command {
    let copy = folder.join("toolbay");
    fs::copy(program(), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(copy);
    // Only root can become somebody else, and only root needs to.
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// The same command, which is ended after a while: a host that serves doesn't end by itself.
fn within(command: &Command) -> Command {
    let mut within = Command::new("timeout");
    within.arg("60").arg(command.get_program()).args(command.get_args());
    within.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    within
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cant_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    for made in [&data, &plugins] {
        fs::set_permissions(made, fs::Permissions::from_mode(0o555)).unwrap();
    }
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"], &["token", "create", "x"]] {
        let mut command = as_nobody(folder.path());
        command.args(arguments).arg("--data-dir").arg(&data).arg("--plugin-dir").arg(&plugins);
        let output = command.env_clear().env("ACTION_API_TOKEN", TOKEN).output().unwrap();
        let told = text(&output);
        assert!(!output.status.success(), "{arguments:?}: {told}");
        assert!(
            told.contains(data.to_str().unwrap()) && told.contains("ermission denied"),
            "{arguments:?}: {told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_named_with_what_to_do() {
    let mut host = TestHost::start(&["comments"]).await;
    host.stop_host().await;
    let file = host.data_dir.join("toolbay.db");
    // The last connection that is closed moves what is beside it into the file.
    let end = Instant::now() + Duration::from_secs(20);
    while host.data_dir.join("toolbay.db-wal").exists() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let whole = fs::read(&file).unwrap();
    for (name, from, to) in [("the head", 0, 100), ("all of the tables' list", 100, 4_096)] {
        let mut damaged = whole.clone();
        damaged[from..to].fill(0xA5);
        fs::File::create(&file).unwrap().write_all(&damaged).unwrap();
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"], &["token", "list"]] {
            let output = within(&command(&host, arguments)).env("ACTION_API_TOKEN", TOKEN).output().unwrap();
            let told = text(&output);
            assert!(!output.status.success(), "{name}, {arguments:?}: {told}");
            assert!(
                told.contains(file.to_str().unwrap()) && told.contains("damaged") && told.contains("backup"),
                "{name}, {arguments:?}: {told}"
            );
        }
        assert_eq!(fs::read(&file).unwrap(), damaged, "nobody writes to it");
    }
    fs::write(&file, &whole).unwrap();
    let killable = Killable::start(&host).await;
    killable.kill();
    host.stop().await;
}
