//! Files of plugins that jobs began with: kept by digest, callable when they are replaced or gone, granted as now.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use toolbay_kernel::components::Components as _;
use toolbay_sandbox::{BundledPlugin, KeptComponents};

use crate::capabilities::{NOTION_READ, NOTION_WRITE};
use crate::guests::fixture;
use crate::host::{Host, Setup};

/// The digest of what provides a tool now.
fn digest(host: &Host, tool: &str) -> String {
    host.catalogs.current().get(tool).unwrap().provider.digest().unwrap().to_string()
}

/// What the plugin of a kept tool is granted.
async fn granted(
    kept: &KeptComponents,
    digest: &str,
    tool: &str,
) -> BTreeSet<toolbay_kernel::CapabilityName> {
    let tool = kept.tool(digest, &tool.parse().unwrap()).await.unwrap().unwrap();
    tool.provider.permissions().granted.clone()
}

fn files(host: &Host) -> usize {
    std::fs::read_dir(host.data.join("components")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_kept_plugin_can_be_called_when_its_file_is_gone_with_what_it_is_granted_now() {
    let host = Host::with(&[("probe.wasm", &fixture("probe"))]).await;
    host.grant("probe", NOTION_WRITE);
    let kept = KeptComponents::of(&host.folder);
    let (digest, name) = (digest(&host, "probe_state"), "probe_state".parse().unwrap());
    assert!(kept.tool(&digest, &name).await.unwrap().is_none(), "it isn't kept yet");
    for _ in 0..2 {
        kept.keep(&digest).await.unwrap();
    }
    assert_eq!(files(&host), 1);
    std::fs::remove_file(host.path("probe.wasm")).unwrap();
    host.folder.refresh().await;

    assert!(granted(&kept, &digest, "probe_state").await.contains(&NOTION_WRITE));
    host.world.store.grants.lock().clear();
    assert!(!granted(&kept, &digest, "probe_state").await.contains(&NOTION_WRITE), "it was revoked");
    assert!(kept.tool(&digest, &"nothing".parse().unwrap()).await.unwrap().is_none());
    // Nobody has it any more that was never kept.
    kept.keep(&"0".repeat(64)).await.unwrap_err();

    // As after a restart, and as after somebody has changed the file.
    let again = KeptComponents::of(&host.folder);
    assert!(again.tool(&digest, &name).await.unwrap().is_some());
    let file = host.data.join("components").join(format!("{digest}.wasm"));
    std::fs::write(&file, fixture("echo")).unwrap();
    let again = KeptComponents::of(&host.folder);
    assert!(again.tool(&digest, &name).await.unwrap().is_none());
}

#[tokio::test]
async fn what_no_job_needs_is_removed_and_not_what_was_kept_a_moment_ago() {
    let host = Host::with(&[("echo.wasm", &fixture("echo")), ("probe.wasm", &fixture("probe"))]).await;
    let kept = KeptComponents::of(&host.folder);
    let [echo, probe] = ["echo", "probe_state"].map(|tool| digest(&host, tool));
    for digest in [&echo, &probe] {
        kept.keep(digest).await.unwrap();
    }
    kept.sweep(BTreeSet::new()).await;
    assert_eq!(files(&host), 2);
    let kept = kept.removing_after(Duration::ZERO);
    kept.sweep([echo.clone()].into()).await;
    assert_eq!(files(&host), 1);
    assert!(kept.tool(&echo, &"echo".parse().unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_bundled_plugin_is_kept_with_its_own_grants_and_a_file_of_its_bytes_is_not() {
    for is_dropped in [false, true] {
        let component = Cow::Owned(fixture("probe"));
        let shipped =
            BundledPlugin { file: "probe.wasm".to_owned(), component, grants: [NOTION_WRITE].into() };
        let host = Setup { bundled: vec![shipped], ..Setup::default() }.start();
        if is_dropped {
            host.put("probe.wasm", &fixture("probe"));
        }
        host.folder.refresh().await;
        let kept = KeptComponents::of(&host.folder);
        let digest = digest(&host, "probe_state");
        kept.keep(&digest).await.unwrap();
        let granted = granted(&kept, &digest, "probe_state").await;
        assert_eq!(
            (granted.contains(&NOTION_WRITE), granted.contains(&NOTION_READ)),
            (!is_dropped, is_dropped)
        );
    }
}
