//! Names and places: what is live keeps them, whatever else is put into the folder.

use std::fs::FileTimes;
use std::time::{Duration, SystemTime};

use serde_json::json;
use toolbay_sandbox::CompilerCommand;

use crate::guests::{Hand, fixture, least_manifest, renamed};
use crate::host::{Host, Setup};

fn made_long_ago(host: &Host, file: &str) {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let file = std::fs::File::options().append(true).open(host.path(file)).unwrap();
    file.set_times(FileTimes::new().set_modified(then)).unwrap();
}

async fn started_again(first: &Host) -> Host {
    let host = Setup { data: Some(first.data.clone()), ..Setup::default() }.start();
    host.folder.refresh().await;
    host
}

/// A plugin with one tool.
fn plugin(plugin: &str, tool: &str) -> Vec<u8> {
    let manifest = least_manifest("").replace("name = \"hand\"", &format!("name = \"{plugin}\""));
    Hand { tool: tool.to_owned(), ..Hand::default() }.component(&manifest)
}

fn provider(host: &Host, tool: &str) -> String {
    host.catalogs.current().get(tool).map_or_else(String::new, |tool| tool.provider.name().to_owned())
}

#[tokio::test]
async fn a_later_file_takes_no_name_however_old_it_says_it_is() {
    let host = Host::with(&[("z.wasm", &fixture("echo"))]).await;
    host.put("a.wasm", &renamed("echo", "parrot"));
    made_long_ago(&host, "a.wasm");
    host.folder.refresh().await;
    assert_eq!(provider(&host, "echo"), "echo");
    // Nor does it after a start, when nothing is in memory.
    let again = started_again(&host).await;
    assert_eq!(provider(&again, "echo"), "echo");
    assert!(again.report("a.wasm").reason.unwrap().contains("already provided"));
}

#[tokio::test]
async fn who_lost_a_name_by_a_broken_file_does_not_take_it_back() {
    let host = Host::with(&[("z.wasm", &plugin("first", "tool"))]).await;
    host.put("b.wasm", &plugin("second", "tool"));
    host.put("z.wasm", b"broken");
    host.folder.refresh().await;
    assert_eq!(provider(&host, "tool"), "second");
    host.put("z.wasm", &plugin("first", "tool"));
    host.folder.refresh().await;
    assert_eq!(provider(&host, "tool"), "second");
    assert_eq!(provider(&started_again(&host).await, "tool"), "second");
    std::fs::remove_file(host.path("b.wasm")).unwrap();
    host.folder.refresh().await;
    assert_eq!(provider(&host, "tool"), "first");
}

#[tokio::test]
async fn a_plugin_that_is_replaced_takes_no_tool_from_another() {
    let host = Host::with(&[("a.wasm", &plugin("first", "one")), ("b.wasm", &plugin("second", "two"))]).await;
    host.put("a.wasm", &plugin("first", "two"));
    host.folder.refresh().await;
    assert_eq!(provider(&host, "two"), "second");
    assert_eq!(host.report("a.wasm").status.as_str(), "refused");
    assert_eq!(provider(&started_again(&host).await, "two"), "second");
}

#[tokio::test]
async fn files_that_do_not_load_take_no_place() {
    let host = Host::with(&[("z.wasm", &fixture("echo"))]).await;
    for number in 0..1_200 {
        std::fs::write(host.path(&format!("a{number}.wasm")), b"").unwrap();
    }
    host.put("y.wasm", &plugin("later", "later"));
    host.folder.refresh().await;
    host.is_alive().await;
    assert_eq!(host.call("later", json!({})).await.unwrap(), json!({}));
    assert_eq!(host.report("a7.wasm").status.as_str(), "refused");
    let again = started_again(&host).await;
    again.is_alive().await;
    assert_eq!(again.folder.left_out(), None);
}

#[tokio::test]
async fn a_file_that_ends_its_compiler_is_reported_and_not_tried_at_the_next_start() {
    // Each run leaves a line behind.
    let counting = |data: &std::path::Path| CompilerCommand {
        program: "/bin/sh".into(),
        arguments: vec![
            "-c".into(),
            format!("echo >> {}; kill -XCPU $$", data.join("runs").display()).into(),
            "compiler".into(),
        ],
        environment: Vec::new(),
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    for _ in 0..2 {
        let host = Setup { data: Some(data.clone()), compiler: counting(&data), ..Setup::default() }.start();
        host.put("hand.wasm", &plugin("hand", "hand"));
        host.folder.refresh().await;
        assert!(host.report("hand.wasm").reason.unwrap().contains("30 s of CPU time"));
        assert_eq!(std::fs::read_to_string(data.join("runs")).unwrap().len(), 1);
    }
    let host = Setup { data: Some(data.clone()), compiler: counting(&data), ..Setup::default() }.start();
    host.folder.look_again(&plugin("hand", "hand"));
    host.folder.refresh().await;
    assert_eq!(std::fs::read_to_string(data.join("runs")).unwrap().len(), 2);
}

#[tokio::test]
async fn a_start_does_not_wait_for_a_file_that_takes_its_time() {
    let slow = CompilerCommand {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), "sleep 60".into(), "compiler".into()],
        environment: Vec::new(),
    };
    let host = Setup { compiler: slow, ..Setup::default() }.start();
    host.put("hand.wasm", &plugin("hand", "hand"));
    host.folder.start(Duration::from_millis(200)).await;
    assert_eq!(host.folder.pending().await, 1);
}
