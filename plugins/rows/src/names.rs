//! Titles and people in the values of operations: gathered first, looked up together, then put in their places.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use toolbay_sdk::notion::{Directory, Lookup, NotionId, References};
use toolbay_sdk::prelude::*;

use crate::operation::Operation;

/// Titles that operations give to rows, by data source, and the first operation that does.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    rows: HashMap<(String, String), usize>,
    titles: HashMap<String, usize>,
}

/// What an earlier operation means for a title.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// The row is there.
    Kept(NotionId),
    /// The row is there once this operation is done.
    Open(usize),
}

impl Promised {
    /// Notes that an operation makes or changes the row with this title.
    pub(crate) fn add(&mut self, data_source_id: &str, title: &str, number: usize) {
        let rows = self.rows.entry(entry(data_source_id, title)).or_insert(number);
        *rows = number.min(*rows);
        let titles = self.titles.entry(folded(title)).or_insert(number);
        *titles = number.min(*titles);
    }

    /// Whether an operation before `number` makes or changes a row with this title, in whatever data source.
    pub(crate) fn is_before(&self, title: &str, number: usize) -> bool {
        self.titles.get(&folded(title)).is_some_and(|first| *first < number)
    }

    /// What the operations before `number` mean for a title; none when they don't, or failed.
    pub(crate) fn find(
        &self,
        operations: &[Operation],
        number: usize,
        data_source_id: &str,
        title: &str,
    ) -> Option<Promise> {
        let first = self.rows.get(&entry(data_source_id, title)).copied().filter(|first| *first < number)?;
        let operation = operations.get(first).filter(|operation| !operation.has_failed())?;
        match operation.result() {
            None => Some(Promise::Open(first)),
            Some(result) => result.get("id")?.as_str()?.parse().ok().map(Promise::Kept),
        }
    }
}

fn entry(data_source_id: &str, title: &str) -> (String, String) {
    (data_source_id.to_owned(), folded(title))
}

fn folded(title: &str) -> String {
    title.trim().to_lowercase()
}

/// Notes the names that one operation needs, and answers each with an id of its own.
pub(crate) struct Recorder<'a> {
    pub(crate) references: RefCell<&'a mut References>,
    pub(crate) has_names: Cell<bool>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(references: &'a mut References) -> Self {
        Self { references: RefCell::new(references), has_names: Cell::new(false) }
    }
}

impl Lookup for Recorder<'_> {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Problem> {
        self.has_names.set(true);
        self.references.borrow_mut().add_person(name_or_email);
        Ok(stand_in(name_or_email))
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Problem> {
        self.has_names.set(true);
        self.references.borrow_mut().add_page(data_source_id, title);
        Ok(stand_in(title))
    }
}

/// Knows what was looked up, and what earlier operations have made or will make.
pub(crate) struct Known<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) promised: &'a Promised,
    pub(crate) operations: &'a [Operation],
    pub(crate) number: usize,
    /// The operations that must be done first.
    pub(crate) waits: RefCell<Vec<usize>>,
}

impl Lookup for Known<'_> {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Problem> {
        self.directory.person(name_or_email)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Problem> {
        let promise = self.promised.find(self.operations, self.number, data_source_id, title);
        match (promise, self.directory.page(data_source_id, title)) {
            (Some(Promise::Kept(id)), _) | (_, Ok(id)) => Ok(id),
            (Some(Promise::Open(number)), Err(_)) => {
                self.waits.borrow_mut().push(number);
                Ok(stand_in(title))
            }
            (None, Err(problem)) => Err(problem),
        }
    }
}

/// An id in the place of one that is not known yet; equal names have equal ones, so that what is counted is right.
fn stand_in(name: &str) -> NotionId {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    NotionId::from_u128(u128::from(hasher.finish()))
}
