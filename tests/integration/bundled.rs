//! Bundled plugins: a host with an empty folder serves them, with what was shipped as their grants.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use toolbay_sandbox::BundledPlugin;

use crate::cases::BUILT_IN;
use crate::harness::{TestHost, packed, root};

/// The plugins as the program has them when it was built with them.
fn bundled() -> Vec<BundledPlugin> {
    let text = std::fs::read_to_string(root().join("toolbay.toml")).unwrap();
    let shipped: toolbay::Layer = toml::from_str(&text).unwrap();
    let grants = |name: &str| shipped.grants.get(name).cloned().unwrap_or_default();
    let plugin = |name: &&str| BundledPlugin {
        file: format!("{name}.wasm"),
        component: Cow::Owned(packed(name)),
        grants: grants(name),
    };
    BUILT_IN.iter().map(plugin).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_folder_is_enough_to_read_and_write() {
    let host = TestHost::start_with(&[], |configuration| configuration.bundled = bundled()).await;
    let reports = host.host().folder.reports();
    assert_eq!(reports.len(), BUILT_IN.len());
    for report in &reports {
        assert!(report.is_bundled && report.missing.is_empty(), "{report:?}");
    }
    // Another row each time: one that is there already needs no write.
    let number = AtomicUsize::new(0);
    let row = || {
        let name = format!("row {}", number.fetch_add(1, Ordering::Relaxed));
        json!({
            "database_id": host.emulator.ids().tasks_database,
            "unique": {"property": "Name", "value": name},
            "properties": {"Status": "Done"},
        })
    };
    assert_eq!(host.result("upsert", row()).await["action"], "created");

    // A file of the same name is another plugin, whatever is in it: it has what dropping grants, and says what it misses.
    host.drop_file("rows.wasm", &packed("rows"));
    host.soon("the file has taken its place", async || host.call("upsert", row()).await.0 == 403).await;
    let error = host.error("upsert", row()).await;
    assert!(error["hint"].as_str().unwrap().contains("toolbay plugin grant rows notion.write"), "{error}");
    std::fs::remove_file(host.plugin_dir.join("rows.wasm")).unwrap();
    host.soon("the bundled one is back", async || host.call("upsert", row()).await.0 == 200).await;
    host.stop().await;
}
