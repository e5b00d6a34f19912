//! Titles and people in the values of operations: collected first, looked up together, then replaced by ids.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use toolbay_sdk::notion::{Calendar, Directory, Error, Lookup, NotionId, References, Titled, names};
use toolbay_sdk::prelude::*;

use crate::claim::folded;
use crate::clock::Clock;
use crate::operation::Operation;

/// Titles that operations give to rows, by data source, and the operations that do.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    rows: HashMap<(String, String), Vec<(String, usize)>>,
}

impl Promised {
    /// Notes that an operation makes or finds the row with this title.
    pub(crate) fn add(&mut self, data_source_id: &str, title: &str, number: usize) {
        let promises = self.rows.entry((data_source_id.to_owned(), folded(title))).or_default();
        if !promises.iter().any(|(_, known)| *known == number) {
            promises.push((title.to_owned(), number));
        }
    }

    /// Adds the pages that operations before `number` have made with a title, since Notion's queries may not know them yet.
    pub(crate) fn add_kept(
        &self,
        titled: &mut Titled,
        operations: &[Operation],
        number: usize,
        data_source_id: &str,
        title: &str,
    ) {
        let promises = self.rows.get(&(data_source_id.to_owned(), folded(title))).into_iter().flatten();
        for (promised, first) in promises.filter(|(_, first)| *first < number) {
            let id = operations.get(*first).and_then(Operation::result).and_then(|result| result.get("id"));
            let Some(id) = id.and_then(Value::as_str).and_then(|id| id.parse().ok()) else { continue };
            // What has been changed since is as a query finds it.
            let renamed = crate::claim::named(&id);
            let is_changed = |operation: &Operation| {
                operation.is_done()
                    && operation.claims.iter().any(|(claim, share)| *claim == renamed && share.changes())
            };
            if operations.iter().take(number).skip(first + 1).any(is_changed) {
                continue;
            }
            match names::equal(promised, title) {
                true => titled.add(id),
                false => titled.add_alike(promised, id),
            }
        }
    }
}

/// Notes the names that one operation needs, and answers each with an id of its own.
pub(crate) struct Recorder<'a> {
    references: RefCell<&'a mut References>,
    titles: RefCell<Vec<(String, String)>>,
    has_people: Cell<bool>,
    clock: Option<&'a Clock<'a>>,
}

impl<'a> Recorder<'a> {
    /// Without a clock relative dates are not read.
    pub(crate) fn new(references: &'a mut References, clock: Option<&'a Clock<'a>>) -> Self {
        Self {
            references: RefCell::new(references),
            titles: RefCell::default(),
            has_people: Cell::new(false),
            clock,
        }
    }

    pub(crate) fn has_people(&self) -> bool {
        self.has_people.get()
    }

    /// The titles that were asked for, with their data sources.
    pub(crate) fn into_titles(self) -> Vec<(String, String)> {
        self.titles.into_inner()
    }
}

impl Lookup for Recorder<'_> {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        self.has_people.set(true);
        self.references.borrow_mut().add_person(name_or_email);
        Ok(stand_in(name_or_email))
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        let title_of = (data_source_id.to_owned(), title.to_owned());
        let mut titles = self.titles.borrow_mut();
        if !titles.contains(&title_of) {
            titles.push(title_of);
        }
        Ok(stand_in(title))
    }

    fn calendar(&self) -> Option<&Calendar> {
        self.clock?.calendar()
    }
}

/// Knows what was looked up, and what earlier operations have made or will make.
pub(crate) struct Known<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) clock: &'a Clock<'a>,
    pub(crate) promised: &'a Promised,
    pub(crate) operations: &'a [Operation],
    pub(crate) number: usize,
    /// Titles that earlier operations may still give or take.
    pub(crate) open: &'a [(String, String)],
    /// The pages that were named.
    pub(crate) named: RefCell<Vec<NotionId>>,
    /// What was taken for something else.
    pub(crate) notes: RefCell<Vec<String>>,
    /// Pages of which a title doesn't tell which one is meant.
    pub(crate) unclear: RefCell<Vec<NotionId>>,
}

impl Lookup for Known<'_> {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        self.directory.person(name_or_email)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        if self.open.iter().any(|(source, open)| source == data_source_id && open == title) {
            return Ok(stand_in(title));
        }
        let mut titled = self.directory.titled(data_source_id, title);
        self.promised.add_kept(&mut titled, self.operations, self.number, data_source_id, title);
        let (id, note) = titled.only(title).inspect_err(|_| {
            self.unclear.borrow_mut().extend(titled.ids().copied());
        })?;
        self.named.borrow_mut().push(id);
        let mut notes = self.notes.borrow_mut();
        if let Some(note) = note.filter(|note| !notes.contains(note)) {
            notes.push(note);
        }
        Ok(id)
    }

    fn calendar(&self) -> Option<&Calendar> {
        self.clock.calendar()
    }
}

/// An id in the place of one that is not known yet; equal names have equal ones, so that what is counted is right.
fn stand_in(name: &str) -> NotionId {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    NotionId::from_u128(u128::from(hasher.finish()))
}
