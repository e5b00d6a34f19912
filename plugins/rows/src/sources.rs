//! The data sources that the operations name, each read once.

use std::collections::{BTreeSet, HashMap};

use toolbay_sdk::notion::{DataSource, Object};
use toolbay_sdk::prelude::*;

/// The data sources by number, and what callers call them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    named: HashMap<String, Result<usize, Problem>>,
    all: Vec<DataSource>,
    refreshed: BTreeSet<usize>,
}

impl Sources {
    /// The number of the data source that an id or a link names.
    pub(crate) fn find(&mut self, call: &Call, text: &str) -> Result<usize, Problem> {
        if let Some(known) = self.named.get(text) {
            return known.clone();
        }
        let known = Object::Database.find(text).ok().and_then(|id| {
            let id = id.to_string();
            self.all.iter().position(|source| source.id == id)
        });
        let found = match known {
            Some(number) => Ok(number),
            None => DataSource::find(call, text).map(|source| self.add(source)),
        };
        self.named.insert(text.to_owned(), found.clone());
        found
    }

    /// A data source by its number.
    pub(crate) fn get(&self, number: usize) -> Result<&DataSource, Problem> {
        self.all.get(number).ok_or_else(|| Problem::failed("A data source was asked for that was not read."))
    }

    /// Reads a schema that may be old again, at most once; true when it is newer than before.
    pub(crate) fn refresh(&mut self, call: &Call, number: usize) -> Result<bool, Problem> {
        if !self.refreshed.insert(number) {
            return Ok(false);
        }
        match self.all.get_mut(number) {
            Some(source) => source.refreshed(call),
            None => Ok(false),
        }
    }

    /// A database's id and its data source's id name the same.
    fn add(&mut self, source: DataSource) -> usize {
        match self.all.iter().position(|known| known.id == source.id) {
            Some(number) => number,
            None => {
                self.all.push(source);
                self.all.len() - 1
            }
        }
    }
}
