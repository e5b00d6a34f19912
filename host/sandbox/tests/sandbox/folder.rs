//! The watched folder: replacing, removing, touching, two of one name, and calls that outlive their plugin.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::Code;

use crate::capabilities::{NOTION_DESTROY, NOTION_WRITE};
use crate::guests::{Hand, fixture, least_manifest, renamed};
use crate::host::{Host, Setup};

#[tokio::test]
async fn a_replaced_file_that_does_not_load_is_gone_and_reported() {
    let echo = fixture("echo");
    let host = Host::with(&[("echo.wasm", &echo)]).await;
    host.is_alive().await;
    host.put("echo.wasm", b"not a plugin any more");
    host.folder.refresh().await;
    assert_eq!(host.call("echo", json!({"message": "m"})).await.unwrap_err().code, Code::NotFound);
    assert_eq!(host.report("echo.wasm").status.as_str(), "refused");
    host.put("echo.wasm", &echo);
    host.folder.refresh().await;
    host.is_alive().await;
    std::fs::remove_file(host.path("echo.wasm")).unwrap();
    host.folder.refresh().await;
    assert_eq!(host.call("echo", json!({"message": "m"})).await.unwrap_err().code, Code::NotFound);
    assert!(host.folder.reports().is_empty());
}

#[tokio::test]
async fn what_came_first_keeps_its_name() {
    let host = Host::with(&[("z.wasm", &fixture("echo"))]).await;
    // The same plugin again, and another plugin with the same tool; both come first by file name.
    host.put("a.wasm", &fixture("echo"));
    host.put("b.wasm", &renamed("echo", "parrot"));
    host.folder.refresh().await;
    assert_eq!(host.report("z.wasm").status.as_str(), "live");
    let twice = host.report("a.wasm");
    assert_eq!(twice.status.as_str(), "refused");
    assert!(twice.reason.unwrap().contains("`echo` already, in z.wasm"));
    let taken = host.report("b.wasm");
    assert_eq!((taken.status.as_str(), taken.name.as_str()), ("refused", "parrot"));
    assert!(taken.reason.unwrap().contains("`echo` is already provided by `echo`"));
    std::fs::remove_file(host.path("z.wasm")).unwrap();
    std::fs::remove_file(host.path("a.wasm")).unwrap();
    host.folder.refresh().await;
    assert_eq!(host.report("b.wasm").status.as_str(), "live");
    host.is_alive().await;
}

#[tokio::test]
async fn nothing_is_swapped_when_nothing_changed() {
    let echo = fixture("echo");
    let host = Host::with(&[("echo.wasm", &echo)]).await;
    let generation = host.catalogs.current().generation();
    host.folder.refresh().await;
    assert_eq!(host.catalogs.current().generation(), generation);
    host.put("broken.wasm", b"");
    host.folder.refresh().await;
    assert_eq!(host.catalogs.current().generation(), generation, "a refused file changes no tool");
    assert_eq!(host.folder.reports().len(), 2);
    host.grant("echo", NOTION_DESTROY);
    host.folder.refresh().await;
    assert_ne!(host.catalogs.current().generation(), generation);
}

#[tokio::test]
async fn a_plugin_says_which_of_its_tools_run_as_jobs_and_names_no_others() {
    let hand = |names: &str| Hand::default().component(&least_manifest(&format!("background = [{names}]\n")));
    let host = Host::with(&[("hand.wasm", &hand("\"hand\""))]).await;
    assert!(host.catalogs.current().get("hand").unwrap().definition.background);
    host.put("hand.wasm", &hand("\"foot\""));
    host.folder.refresh().await;
    let report = host.report("hand.wasm");
    assert_eq!(report.status.as_str(), "refused");
    assert!(report.reason.unwrap().contains("`foot`, which is none of its tools"));
}

#[tokio::test]
async fn a_running_call_outlives_its_plugin() {
    // The probe waits for Notion long enough to be removed meanwhile.
    let host = Arc::new(Host::with(&[("probe.wasm", &fixture("probe"))]).await);
    let running = {
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            host.call("probe_notion_get_all", json!({"paths": vec!["/v1/users/me"; 90]})).await
        })
    };
    while host.world.egress.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    std::fs::remove_file(host.path("probe.wasm")).unwrap();
    host.folder.refresh().await;
    assert!(host.catalogs.current().get("probe_notion_get_all").is_none());
    assert_eq!(running.await.unwrap().unwrap()["answers"].as_array().unwrap().len(), 90);
}

#[tokio::test]
async fn the_watch_finds_what_is_dropped_and_what_is_granted() {
    let host = Arc::new(Host::with(&[]).await);
    let stop = CancellationToken::new();
    let watch = {
        let (host, stop) = (Arc::clone(&host), stop.clone());
        tokio::spawn(async move { host.folder.watch(stop).await })
    };
    let mut changes = host.catalogs.changes();
    host.put("hand.wasm", &Hand::default().component(&least_manifest("")));
    let swapped = tokio::time::timeout(Duration::from_secs(60), changes.changed()).await;
    swapped.expect("the plugin was never found").unwrap();
    assert_eq!(host.call("hand", json!({})).await.unwrap(), json!({}));
    host.grant("hand", NOTION_WRITE);
    let swapped = tokio::time::timeout(Duration::from_secs(60), changes.changed()).await;
    swapped.expect("the grant was never noticed").unwrap();
    stop.cancel();
    watch.await.unwrap();
}

/// A plugin of its own, with a tool of its own.
fn numbered(number: usize) -> Vec<u8> {
    let hand = Hand { tool: format!("hand{number:04}"), ..Hand::default() };
    let manifest = least_manifest("").replace("name = \"hand\"", &format!("name = \"hand-{number:04}\""));
    hand.component(&manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_plugins_are_served_and_one_more_takes_nothing_away() {
    const MOST: usize = 1_000;
    let host = Setup::default().start();
    for number in 0..MOST {
        host.put(&format!("hand-{number:04}.wasm"), &numbered(number));
    }
    host.folder.refresh().await;
    let live = || host.folder.reports().iter().filter(|report| report.status.as_str() == "live").count();
    assert_eq!(live(), MOST);
    for tool in ["hand0000", "hand0537", "hand0999"] {
        assert_eq!(host.call(tool, json!({})).await.unwrap(), json!({}));
    }

    // Its name comes before all others.
    host.put("a.wasm", &numbered(MOST));
    host.folder.refresh().await;
    assert_eq!(live(), MOST);
    let refused = host.report("a.wasm");
    assert_eq!(refused.status.as_str(), "refused");
    assert!(refused.reason.unwrap().contains("1000 plugins are live already"));
    assert_eq!(host.call("hand0000", json!({})).await.unwrap(), json!({}));
    assert_eq!(host.call("hand1000", json!({})).await.unwrap_err().code, Code::NotFound);

    std::fs::remove_file(host.path("hand-0537.wasm")).unwrap();
    host.folder.refresh().await;
    assert_eq!((live(), host.report("a.wasm").status.as_str()), (MOST, "live"));
    assert_eq!(host.call("hand1000", json!({})).await.unwrap(), json!({}));
}
