//! Plugins that come with the program: as if they lay in the folder, and replaced by what does.

use std::borrow::Cow;

use serde_json::json;
use toolbay_kernel::{CapabilityName, Code};
use toolbay_sandbox::BundledPlugin;

use crate::capabilities::{NOTION_READ, NOTION_WRITE};
use crate::guests::fixture;
use crate::host::{Host, Setup};

fn bundled(name: &str, grants: &[CapabilityName]) -> BundledPlugin {
    BundledPlugin {
        file: format!("{name}.wasm"),
        component: Cow::Owned(fixture(name)),
        grants: grants.iter().copied().collect(),
    }
}

fn host(bundled: Vec<BundledPlugin>) -> Host {
    Setup { bundled, ..Setup::default() }.start()
}

#[tokio::test]
async fn a_bundled_plugin_is_served_with_what_was_shipped_and_nothing_more() {
    let host = host(vec![bundled("echo", &[]), bundled("probe", &[NOTION_WRITE])]);
    host.folder.refresh().await;
    host.is_alive().await;
    let report = host.report("probe.wasm");
    assert!(report.is_bundled);
    assert!(report.granted.contains(&NOTION_WRITE), "{report:?}");
    assert!(!report.granted.contains(&NOTION_READ), "nobody has dropped it: {report:?}");
    host.grant("probe", NOTION_READ);
    host.folder.refresh().await;
    assert!(host.report("probe.wasm").granted.contains(&NOTION_READ));
}

#[tokio::test]
async fn a_file_of_its_name_takes_its_place_without_its_grants_until_it_goes() {
    let host = host(vec![bundled("probe", &[NOTION_WRITE])]);
    host.folder.refresh().await;
    // The very same bytes: what the operator puts there is the operator's.
    host.put("probe.wasm", &fixture("probe"));
    host.folder.refresh().await;
    let report = host.report("probe.wasm");
    assert!(!report.is_bundled && report.missing.contains(&NOTION_WRITE), "{report:?}");
    assert!(report.granted.contains(&NOTION_READ), "it was dropped: {report:?}");
    host.put("probe.wasm", b"no plugin");
    host.folder.refresh().await;
    assert_eq!(host.report("probe.wasm").status.as_str(), "refused");
    assert_eq!(host.call("probe_state", json!({})).await.unwrap_err().code, Code::NotFound);
    std::fs::remove_file(host.path("probe.wasm")).unwrap();
    host.folder.refresh().await;
    let report = host.report("probe.wasm");
    assert!(report.is_bundled && report.granted.contains(&NOTION_WRITE), "{report:?}");
}

#[tokio::test]
async fn another_file_with_its_name_is_told_how_to_replace_it() {
    let host = host(vec![bundled("echo", &[])]);
    host.put("mine.wasm", &fixture("echo"));
    host.folder.refresh().await;
    let report = host.report("mine.wasm");
    assert_eq!(report.status.as_str(), "refused");
    assert!(report.fix.unwrap().starts_with("name the file echo.wasm"));
}
