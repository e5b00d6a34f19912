//! Where the catalog is, and how sources change it.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::merge::{Offer, merge};
use super::published::Catalog;
use super::source::{Offered, Standing};

/// Where the current catalog is, shared by every surface and every source.
#[derive(Clone)]
pub struct CatalogHandle {
    inner: Arc<Inner>,
}

struct Inner {
    current: ArcSwap<Catalog>,
    changes: watch::Sender<u64>,
    /// What each source offers, in the order of the sources. Held from the merging to the swap, so that sources don't
    /// overtake each other.
    offers: Mutex<Vec<Offer>>,
}

/// A source of tools: it offers providers, and is told what is published of them.
#[derive(Clone)]
pub struct Source {
    catalogs: CatalogHandle,
    index: usize,
}

impl CatalogHandle {
    /// A handle over an empty catalog.
    #[must_use]
    pub fn new() -> Self {
        let inner =
            Inner { current: ArcSwap::default(), changes: watch::Sender::new(0), offers: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Another source of tools, behind those that there are.
    #[must_use]
    pub fn source(&self) -> Source {
        let mut offers = self.inner.offers.lock();
        let index = offers.len();
        offers.push(Offer::default());
        Source { catalogs: self.clone(), index }
    }

    /// The catalog at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Catalog> {
        self.inner.current.load_full()
    }

    /// Hears of each swap: the value is the new generation.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    fn swap(&self, mut catalog: Catalog) {
        self.inner.changes.send_modify(|generation| {
            *generation += 1;
            catalog.generation = *generation;
            self.inner.current.store(Arc::new(std::mem::take(&mut catalog)));
        });
    }
}

impl Source {
    /// Publishes an offer in the place of the one before, and answers how each of its providers stands.
    ///
    /// Schemas of the tools that come new are flattened here: not for a thread that others wait for.
    pub fn publish(&self, offer: Vec<Offered>) -> Arc<[Standing]> {
        self.publish_recorded(offer, |_| {})
    }

    /// The same; `record` is called before anybody can call the tools.
    pub fn publish_recorded(&self, offer: Vec<Offered>, record: impl FnOnce(&[Standing])) -> Arc<[Standing]> {
        let mut offers = self.catalogs.inner.offers.lock();
        if let Some(own) = offers.get_mut(self.index) {
            own.renew(offer);
        }
        let (mut catalog, standings) = merge(&offers);
        let before = self.catalogs.current();
        for (index, (offer, now)) in offers.iter_mut().zip(standings).enumerate() {
            offer.live = now.iter().map(|standing| standing.published.clone()).collect();
            // The same as long as nothing of it changes, so that a source can see that with one comparison.
            let known = before.standings.get(index).filter(|known| ***known == *now);
            catalog.standings.push(known.cloned().unwrap_or_else(|| now.into()));
        }
        let own = self.standings_in(&catalog);
        record(&own);
        self.catalogs.swap(catalog);
        own
    }

    /// How the providers of the last offer stand now. It is the same `Arc` as long as nothing of it changes; it does when
    /// another source gives up a name that one of these wants.
    #[must_use]
    pub fn standings(&self) -> Arc<[Standing]> {
        self.standings_in(&self.catalogs.current())
    }

    fn standings_in(&self, catalog: &Catalog) -> Arc<[Standing]> {
        catalog.standings.get(self.index).cloned().unwrap_or_default()
    }
}

impl Default for CatalogHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CatalogHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CatalogHandle").field(&self.current().generation()).finish()
    }
}
