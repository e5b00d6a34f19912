//! What queries found, kept as long as the workspace doesn't change: a hundred pages of one result are one search.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::page::Page;

/// Results that are kept at most; one more empties the cache.
const LIMIT: usize = 64;

/// The results of queries by their words.
#[derive(Default)]
pub(crate) struct Found {
    results: Mutex<BTreeMap<String, Arc<Vec<Arc<Page>>>>>,
}

impl Clone for Found {
    /// A workspace is copied in order to be changed, so nothing of it holds for the copy.
    fn clone(&self) -> Self {
        Found::default()
    }
}

impl Found {
    pub(crate) fn get(&self, query: &str) -> Option<Arc<Vec<Arc<Page>>>> {
        self.results.lock().get(query).cloned()
    }

    pub(crate) fn put(&self, query: String, rows: &Arc<Vec<Arc<Page>>>) {
        let mut results = self.results.lock();
        if results.len() >= LIMIT {
            results.clear();
        }
        results.insert(query, Arc::clone(rows));
    }
}
