//! What is derived from a catalog: made once for each catalog, and dropped with it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use toolbay_kernel::{Catalog, ProfileName};

use crate::activity;
use crate::openapi::{self, Document};
use crate::rest::routes::Routes;
use crate::{Gateway, GatewaySettings};

/// A catalog as it is published over REST.
pub(crate) struct Publication {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) routes: Routes,
    small: OnceLock<Document>,
    full: OnceLock<Document>,
    profiles: BTreeMap<ProfileName, OnceLock<Document>>,
}

impl Publication {
    fn of(catalog: Arc<Catalog>, settings: &GatewaySettings) -> Self {
        let routes = Routes::of(&catalog);
        let profiles = settings.profiles.iter().map(|(name, _)| (name.clone(), OnceLock::new())).collect();
        Self { catalog, routes, small: OnceLock::new(), full: OnceLock::new(), profiles }
    }
}

/// What the surfaces share: the gateway, and the current catalog's publication.
pub(crate) struct Shared {
    pub(crate) gateway: Arc<Gateway>,
    /// The places of those who listen for changes.
    pub(crate) listeners: activity::Listeners,
    current: ArcSwap<Publication>,
}

impl Shared {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        let publication = Publication::of(gateway.catalogs.current(), &gateway.settings);
        Self { gateway, listeners: activity::listeners(), current: ArcSwap::from_pointee(publication) }
    }

    /// The publication of the catalog at this moment.
    pub(crate) fn publication(&self) -> Arc<Publication> {
        let catalog = self.gateway.catalogs.current();
        let current = self.current.load_full();
        if Arc::ptr_eq(&current.catalog, &catalog) {
            return current;
        }
        // Two requests may make it at the same time after a swap; both are the same, and one stays.
        let publication = Arc::new(Publication::of(catalog, &self.gateway.settings));
        self.current.store(Arc::clone(&publication));
        publication
    }

    /// The document for Actions.
    pub(crate) fn small_document(&self) -> Document {
        let publication = self.publication();
        let document =
            publication.small.get_or_init(|| openapi::small(&publication.catalog, &self.gateway.settings));
        document.clone()
    }

    /// The document of everything.
    pub(crate) fn full_document(&self) -> Document {
        let publication = self.publication();
        let document =
            publication.full.get_or_init(|| openapi::full(&publication.catalog, &self.gateway.settings));
        document.clone()
    }

    /// The document of a profile; none when there is no such profile.
    pub(crate) fn profile_document(&self, name: &str) -> Option<Document> {
        let publication = self.publication();
        let (_, cell) = publication.profiles.iter().find(|(known, _)| known.as_str() == name)?;
        let settings = &self.gateway.settings;
        let profile = settings.profiles.get(name)?;
        let document = cell.get_or_init(|| openapi::of_profile(&publication.catalog, profile, settings));
        Some(document.clone())
    }
}
