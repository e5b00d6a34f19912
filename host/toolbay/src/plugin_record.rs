//! The audit's events about plugins, from what the watched folder has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use toolbay_kernel::administration::InstalledPlugin;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{Administration, CatalogHandle, PluginName, Principal, Surface};
use toolbay_sandbox::{PluginFolder, PluginStatus};
use toolbay_store::Store;

/// The wait before another try when the store failed.
const RETRY: Duration = Duration::from_secs(5);

/// Records which plugins came and went, as long as the host serves.
pub(crate) struct PluginRecord {
    administration: Administration,
    folder: Arc<PluginFolder>,
    catalogs: CatalogHandle,
}

impl PluginRecord {
    pub(crate) fn new(store: &Arc<Store>, folder: &Arc<PluginFolder>, catalogs: &CatalogHandle) -> Self {
        let administration = Administration::new(Arc::clone(store) as _);
        Self { administration, folder: Arc::clone(folder), catalogs: catalogs.clone() }
    }

    /// Records each change of the catalog, and what changed while no host ran.
    pub(crate) async fn keep(self, stop: CancellationToken) {
        // Whoever puts a file into the folder is an operator, though the host can't tell which.
        let by = Actor::new(&Principal::operator(), Surface::Host);
        let mut changes = self.catalogs.changes();
        loop {
            changes.mark_unchanged();
            let recorded = self.administration.record_plugins(&self.live(), &by).await;
            let next = async {
                if let Err(error) = &recorded {
                    tracing::error!(%error, "plugin.change_not_recorded");
                    tokio::time::sleep(RETRY).await;
                } else if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            if stop.run_until_cancelled(next).await.is_none() {
                return;
            }
        }
    }

    fn live(&self) -> BTreeMap<PluginName, InstalledPlugin> {
        let live = self.folder.reports().into_iter().filter(|report| report.status == PluginStatus::Live);
        live.filter_map(|report| {
            let plugin = InstalledPlugin { version: report.version?.to_string(), digest: report.digest? };
            Some((report.name.parse().ok()?, plugin))
        })
        .collect()
    }
}
