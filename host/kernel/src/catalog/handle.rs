//! Where the catalog is, and how sources change it.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::loading::Loading;
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
    /// How far each source is with what it found at its start, in the order of the sources; none when it has read it all.
    loading: watch::Sender<Vec<Option<Loading>>>,
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
        let inner = Inner {
            current: ArcSwap::default(),
            changes: watch::Sender::new(0),
            loading: watch::Sender::new(Vec::new()),
            offers: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Another source of tools, behind those that there are.
    #[must_use]
    pub fn source(&self) -> Source {
        let mut offers = self.inner.offers.lock();
        let index = offers.len();
        offers.push(Offer::default());
        self.inner.loading.send_modify(|loading| loading.push(None));
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

    /// How far the sources are, as long as one of them is still reading what it found at its start.
    #[must_use]
    pub fn loading(&self) -> Option<Loading> {
        self.inner.loading.borrow().iter().flatten().copied().reduce(Loading::and)
    }

    /// Waits until no source is still reading what it found at its start.
    pub async fn loaded(&self) {
        let mut loading = self.inner.loading.subscribe();
        // The sender lives as long as this handle.
        let _ended = loading.wait_for(|sources| sources.iter().all(Option::is_none)).await;
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
        self.publish_as(offer, Offer::renew, record)
    }

    /// The same for a source that is still reading what it found at its start: what it has published so far takes no name
    /// from what comes later and had it before, so that the end doesn't depend on what was read first.
    pub fn publish_loading(&self, offer: Vec<Offered>, record: impl FnOnce(&[Standing])) -> Arc<[Standing]> {
        self.publish_as(offer, Offer::begin, record)
    }

    /// Says how far the source is with what it found at its start; none when it has read it all.
    pub fn tell_loading(&self, loading: Option<Loading>) {
        self.catalogs.inner.loading.send_if_modified(|sources| match sources.get_mut(self.index) {
            Some(own) if *own != loading => {
                *own = loading;
                true
            }
            _ => false,
        });
    }

    fn publish_as(
        &self,
        offer: Vec<Offered>,
        change: impl FnOnce(&mut Offer, Vec<Offered>),
        record: impl FnOnce(&[Standing]),
    ) -> Arc<[Standing]> {
        let mut offers = self.catalogs.inner.offers.lock();
        if let Some(own) = offers.get_mut(self.index) {
            change(own, offer);
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
