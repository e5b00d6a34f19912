//! The names that have to be looked up.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

use crate::Error;
use crate::calendar::Calendar;
use crate::properties::{Lookup, NewOptions, normalise};
use crate::{NotionId, Schema, filter};

/// Names of people and titles of pages, gathered over any number of values before they are looked up together.
#[derive(Clone, Debug, Default)]
pub struct References {
    people: BTreeSet<String>,
    /// Titles by the data source that is to be searched for them.
    titles: BTreeMap<String, BTreeSet<String>>,
    has_relative_dates: bool,
}

impl References {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True when there is nothing to look up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.titles.is_empty() && !self.has_relative_dates
    }

    /// Adds the names in values as callers write them. What is wrong with the values is left for [`normalise`] to say.
    pub fn collect(&mut self, schema: &Schema, given: &Map<String, Value>) {
        let _ = self.record(|lookup| normalise(schema, given, lookup, NewOptions::Add));
    }

    /// Adds the names in a filter as callers write it.
    pub fn collect_filter(&mut self, schema: &Schema, given: &Value) {
        let _ = self.record(|lookup| filter::normalise(schema, given, lookup));
    }

    /// Adds the title of a page in a data source.
    pub fn add_page(&mut self, data_source_id: &str, title: &str) {
        self.titles.entry(data_source_id.to_owned()).or_default().insert(title.to_owned());
    }

    /// Adds the name or email address of a person.
    pub fn add_person(&mut self, name_or_email: &str) {
        self.people.insert(name_or_email.to_owned());
    }

    /// Notes that there is a date which depends on the time of the call.
    pub fn add_relative_date(&mut self) {
        self.has_relative_dates = true;
    }

    /// True where a calendar is needed to read them.
    #[must_use]
    pub fn has_relative_dates(&self) -> bool {
        self.has_relative_dates
    }

    /// The names and email addresses of people.
    #[must_use]
    pub fn people(&self) -> &BTreeSet<String> {
        &self.people
    }

    /// The titles of pages, by the data source that is to be searched for them.
    #[must_use]
    pub fn titles(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.titles
    }

    /// Runs `make` with a lookup that knows nothing and notes what it is asked. Ids that it made up are in the result.
    ///
    /// # Errors
    ///
    /// What `make` refuses.
    pub fn record<T>(&mut self, make: impl FnOnce(&dyn Lookup) -> Result<T, Error>) -> Result<T, Error> {
        let recorder = Recorder {
            references: RefCell::new(std::mem::take(self)),
            calendar: Calendar::stand_in(),
            needs_calendar: Cell::new(false),
        };
        let made = make(&recorder);
        let needs_calendar = recorder.needs_calendar.get();
        *self = recorder.references.into_inner();
        self.has_relative_dates |= needs_calendar;
        made
    }
}

/// Answers each name with an id of its own, so that what is counted later is counted now.
struct Recorder {
    references: RefCell<References>,
    /// Reads relative dates as of some day, so that what is wrong with them is known before the time is asked for.
    calendar: Calendar,
    needs_calendar: Cell<bool>,
}

impl Lookup for Recorder {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        self.references.borrow_mut().add_person(name_or_email);
        Ok(stand_in(name_or_email))
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        self.references.borrow_mut().add_page(data_source_id, title);
        Ok(stand_in(title))
    }

    fn calendar(&self) -> Option<&Calendar> {
        self.needs_calendar.set(true);
        Some(&self.calendar)
    }
}

fn stand_in(name: &str) -> NotionId {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    NotionId::from_u128(u128::from(hasher.finish()))
}
