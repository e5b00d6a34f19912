//! What the host stands on: its store, and the folders that it works in.
//!
//! A folder that is removed or replaced under a running host is silent by nature: open files go on without a name, and what
//! is written to them nobody will find again. So the host looks whether its names still mean what they meant.
//!
//! A host that has just started serves before all of its plugins have been read, and says that it isn't ready.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::ports::Ground;
use toolbay_kernel::{CatalogHandle, Code, Problem};
use toolbay_store::Store;

use crate::configuration::Configuration;

/// Time between two looks, of which each costs a few calls of the operating system.
const LOOK: Duration = Duration::from_secs(2);

/// The store and the folders of a host.
pub(crate) struct HostGround {
    store: Arc<Store>,
    catalogs: CatalogHandle,
    places: Vec<Place>,
    /// What the log was told last, so that it is told once.
    missing: Mutex<Vec<&'static str>>,
}

struct Place {
    what: &'static str,
    path: PathBuf,
    /// Which file the name meant at the start; none when any will do.
    identity: Option<(u64, u64)>,
}

impl Place {
    /// A place that has to stay the very one that it is.
    fn kept(what: &'static str, path: &Path) -> Self {
        Self { what, path: path.to_owned(), identity: identity(path) }
    }

    /// A place where something has to be.
    fn filled(what: &'static str, path: &Path) -> Self {
        Self { what, path: path.to_owned(), identity: None }
    }

    fn is_there(&self) -> bool {
        match (identity(&self.path), self.identity) {
            (Some(found), Some(known)) => found == known,
            (found, None) => found.is_some(),
            (None, Some(_)) => false,
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

impl HostGround {
    /// The ground of a host that has just opened its store and its folders.
    pub(crate) fn new(configuration: &Configuration, store: Arc<Store>, catalogs: CatalogHandle) -> Self {
        let mut places = vec![Place::kept("the data folder", &configuration.data_dir)];
        if let Some(file) = configuration.database_url.strip_prefix("sqlite://") {
            places.push(Place::kept("the database file", Path::new(file)));
        }
        // Whoever deploys by replacing the folder means the new one.
        if configuration.plugin_dir.is_dir() {
            places.push(Place::filled("the plugin folder", &configuration.plugin_dir));
        }
        Self { store, catalogs, places, missing: Mutex::new(Vec::new()) }
    }

    /// Looks until the host stops, and tells the log what has gone and what has come back.
    pub(crate) async fn watch(&self, stop: CancellationToken) {
        loop {
            self.look();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn look(&self) -> Vec<&'static str> {
        let missing: Vec<_> = self.places.iter().filter(|place| !place.is_there()).collect();
        let names: Vec<&'static str> = missing.iter().map(|place| place.what).collect();
        let mut told = self.missing.lock();
        for place in missing.iter().filter(|place| !told.contains(&place.what)) {
            tracing::error!(
                what = place.what,
                path = %place.path.display(),
                "host.ground_gone: it was removed or replaced while the host runs; what is written now may be lost"
            );
        }
        for place in self.places.iter().filter(|place| told.contains(&place.what)) {
            if place.is_there() {
                tracing::info!(what = place.what, path = %place.path.display(), "host.ground_back");
            }
        }
        told.clone_from(&names);
        names
    }
}

#[async_trait]
impl Ground for HostGround {
    async fn check(&self) -> Result<(), Problem> {
        let missing = self.look();
        if !missing.is_empty() {
            let message = format!(
                "{} was removed or replaced while the host runs, and what is written now may be lost",
                missing.join(" and ")
            );
            return Err(Problem::new(Code::Unavailable, message)
                .hint("stop the host, bring back what is missing, and start the host again"));
        }
        self.store.check().await?;
        self.catalogs.loading().map_or(Ok(()), |loading| Err(loading.problem("some tools are not there yet")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_another_file_is_as_good_as_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        std::fs::create_dir(&path).unwrap();
        let (kept, filled) = (Place::kept("data", &path), Place::filled("plugins", &path));
        assert!(kept.is_there() && filled.is_there());
        // Held, so that the new one can't get the old one's number.
        std::fs::rename(&path, folder.path().join("away")).unwrap();
        assert!(!kept.is_there() && !filled.is_there());
        std::fs::create_dir(&path).unwrap();
        assert!(!kept.is_there() && filled.is_there());
        std::fs::remove_dir(&path).unwrap();
        std::fs::rename(folder.path().join("away"), &path).unwrap();
        assert!(kept.is_there());
    }
}
