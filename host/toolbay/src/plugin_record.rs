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

/// The wait before another look, when files are still being looked at or the store failed.
const RETRY: Duration = Duration::from_secs(5);

/// How long after a change of the catalog the folder's reports are its own.
const SETTLES: Duration = Duration::from_secs(1);

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

    /// Records what changed while no host ran, and each change of the catalog.
    pub(crate) async fn keep(self, stop: CancellationToken) {
        let mut changes = self.catalogs.changes();
        let keeping = async {
            self.catalogs.loaded().await;
            loop {
                changes.mark_unchanged();
                self.record().await;
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                // The folder renews its reports after the catalog.
                tokio::time::sleep(SETTLES).await;
            }
        };
        stop.run_until_cancelled(keeping).await;
    }

    /// Records what differs from the audit, when every file of the folder has been looked at.
    async fn record(&self) {
        // Whoever puts a file into the folder is an operator, though the host can't tell which.
        let by = Actor::new(&Principal::operator(), Surface::Host);
        loop {
            if self.folder.pending().await == 0 {
                match self.administration.record_plugins(&self.present(), &by).await {
                    Ok(()) => return,
                    Err(error) => tracing::error!(%error, "plugin.change_not_recorded"),
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// The plugins whose files are in the folder; a name that two files claim is that of the one that is live.
    fn present(&self) -> BTreeMap<PluginName, InstalledPlugin> {
        let mut reports = self.folder.reports();
        reports.sort_by_key(|report| report.status == PluginStatus::Live);
        let present = reports.into_iter().filter_map(|report| {
            let plugin = InstalledPlugin { version: report.version?.to_string(), digest: report.digest? };
            Some((report.name.parse().ok()?, plugin))
        });
        present.collect()
    }
}
