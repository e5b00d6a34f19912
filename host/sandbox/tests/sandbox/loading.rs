//! The start of a host that serves: what has been read is published, the rest follows, and the end is that of any start.

use std::time::Duration;

use toolbay_kernel::Code;
use toolbay_sandbox::CompilerCommand;

use crate::guests::{Hand, fixture, least_manifest, renamed};
use crate::host::{Host, Setup};

/// A compiler that takes a component with these words only when the file `gate` is there.
fn held_at(gate: &std::path::Path, words: &str) -> CompilerCommand {
    let script = format!(
        "if grep -q '{words}' \"$3\"; then until [ -e {} ]; do sleep 0.02; done; fi; exec \"$@\"",
        gate.display()
    );
    let compiler = env!("CARGO_BIN_EXE_toolbay-sandbox-compiler");
    CompilerCommand {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into(), "compiler".into(), compiler.into()],
        environment: Vec::new(),
    }
}

fn owner(host: &Host, tool: &str) -> Option<String> {
    host.catalogs.current().get(tool).map(|tool| tool.provider.name().to_owned())
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_plugin_is_live_when_it_has_been_read_and_a_name_goes_to_whoever_would_have_it_anyway() {
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    let host = Setup { compiler: held_at(&gate, "name = \"echo\""), ..Setup::default() }.start();
    let host = std::sync::Arc::new(host);
    // Both want `echo`; the first by name takes its time.
    host.put("a.wasm", &fixture("echo"));
    host.put("b.wasm", &renamed("echo", "parrot"));
    assert!(host.catalogs.loading().is_some(), "nobody has looked yet");
    let loading = {
        let host = std::sync::Arc::clone(&host);
        tokio::spawn(async move { host.folder.load(Duration::from_secs(60)).await })
    };
    until("the second is live", || owner(&host, "echo").as_deref() == Some("parrot")).await;
    let loading_now = host.catalogs.loading().unwrap();
    assert_eq!((loading_now.read, loading_now.all), (1, 2));
    let problem = host.call("eco", serde_json::json!({})).await.unwrap_err();
    assert_eq!(problem.code, Code::Unavailable);
    assert!(problem.message.contains("1 of 2 plugins"), "{problem}");
    assert_eq!(problem.details.unwrap()["retry_after_seconds"], 2);
    std::fs::write(&gate, "").unwrap();
    loading.await.unwrap();
    assert_eq!(host.catalogs.loading(), None);
    assert_eq!(owner(&host, "echo").unwrap(), "echo");
    assert_eq!(host.call("eco", serde_json::json!({})).await.unwrap_err().code, Code::NotFound);
    // It is the record's word too.
    let again = Setup { data: Some(host.data.clone()), ..Setup::default() }.start();
    again.folder.refresh().await;
    assert_eq!(owner(&again, "echo").unwrap(), "echo");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_new_is_published_before_those_who_had_names() {
    let first = Host::with(&[("z.wasm", &renamed("echo", "parrot"))]).await;
    std::fs::remove_dir_all(first.data.join("cache")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    let compiler = held_at(&gate, "name = \"parrot\"");
    let host =
        std::sync::Arc::new(Setup { data: Some(first.data.clone()), compiler, ..Setup::default() }.start());
    host.put("a.wasm", &fixture("echo"));
    let loading = {
        let host = std::sync::Arc::clone(&host);
        tokio::spawn(async move { host.folder.load(Duration::from_secs(60)).await })
    };
    until("the new one has been read", || host.catalogs.loading().is_some_and(|loading| loading.read == 1))
        .await;
    assert_eq!(owner(&host, "echo"), None);
    std::fs::write(&gate, "").unwrap();
    loading.await.unwrap();
    assert_eq!(owner(&host, "echo").unwrap(), "parrot");
    assert_eq!(host.report("a.wasm").status.as_str(), "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_takes_its_time_keeps_the_host_from_being_ready_for_a_bounded_time() {
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    let host = Setup { compiler: held_at(&gate, "name = \"hand\""), ..Setup::default() }.start();
    host.put("echo.wasm", &fixture("echo"));
    host.put("hand.wasm", &Hand::default().component(&least_manifest("")));
    host.folder.load(Duration::from_millis(500)).await;
    assert_eq!(host.catalogs.loading(), None, "nobody waits any longer");
    assert!(host.folder.pending().await > 0);
    std::fs::write(&gate, "").unwrap();
    host.folder.refresh().await;
    host.is_alive().await;
    assert_eq!(host.report("hand.wasm").status.as_str(), "live", "it still came");
}
