//! The data sources that the operations name, each read once.

use std::collections::{BTreeSet, HashMap};

use serde_json::Map;
use toolbay_sdk::notion::properties::{added_options, option_notes, time_notes};
use toolbay_sdk::notion::{DataSource, Object};
use toolbay_sdk::prelude::*;

/// The data sources by number, and what callers call them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    named: HashMap<String, Result<usize, Problem>>,
    /// Whether what names a data source still means it, as was looked before its rows are written.
    decided: HashMap<usize, Result<(), Problem>>,
    all: Vec<DataSource>,
    refreshed: BTreeSet<usize>,
    /// Options that rows of this call add, until an answer has named them.
    added: Vec<(usize, String, String)>,
    /// Notes that were given about a data source: once is enough for a thousand rows.
    noted: BTreeSet<(usize, String)>,
    /// An id that is known says nothing of its schema any more.
    is_outdated: bool,
}

impl Sources {
    /// The number of the data source that an id or a link names, for looking at its rows.
    pub(crate) fn find(&mut self, call: &Call, text: &str) -> Result<usize, Problem> {
        if let Some(known) = self.named.get(text) {
            return known.clone();
        }
        let known = Object::Database.find(text).ok().filter(|_| !self.is_outdated).and_then(|id| {
            let id = id.to_string();
            self.all.iter().position(|source| source.id == id)
        });
        let found = match known {
            Some(number) => Ok(number),
            None => DataSource::find(call, text).map(|source| self.add(source)),
        };
        self.named.insert(text.to_owned(), found.clone());
        // Another name of it is still to be decided.
        self.decided.clear();
        found
    }

    /// Makes sure that the ids and links that name a data source mean it now, before its rows are written: a database may have
    /// got another one meanwhile. Rows that are left as they are need no such look.
    pub(crate) fn decide(&mut self, call: &Call, number: usize) -> Result<(), Problem> {
        if let Some(known) = self.decided.get(&number) {
            return known.clone();
        }
        let source = self.get(number)?;
        let mut names = self.named.iter().filter(|(_, found)| matches!(found, Ok(found) if *found == number));
        let decided = names.try_for_each(|(name, _)| source.confirm(call, name));
        self.decided.insert(number, decided.clone());
        decided
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

    /// Takes options for there that a row is about to add, so that the next row that names one means it.
    pub(crate) fn adopt(&mut self, number: usize, values: &Map<String, Value>) {
        let Some(source) = self.all.get_mut(number) else { return };
        let added = added_options(&source.schema, values);
        source.schema.adopt(&added);
        self.added.extend(added.into_iter().map(|(column, option)| (number, column, option)));
    }

    /// What the answer to a row has to say of its values, unless that of another one has said it: the options that it adds,
    /// and what Notion doesn't keep.
    pub(crate) fn notes_on(&mut self, number: usize, values: &Map<String, Value>) -> Vec<String> {
        let mut added = Vec::new();
        self.added.retain(|(source, column, option)| {
            let is_named = *source == number && names_option(values.get(column), option);
            if is_named {
                added.push((column.clone(), option.clone()));
            }
            !is_named
        });
        let mut notes = option_notes(&added);
        let times = time_notes(values).into_iter();
        notes.extend(times.filter(|note| self.noted.insert((number, note.clone()))));
        notes
    }

    /// Takes no schema for known any more: something may have changed any of them.
    pub(crate) fn outdate(&mut self) {
        self.named.clear();
        self.decided.clear();
        self.refreshed.clear();
        self.is_outdated = true;
    }

    /// A database's id and its data source's id name the same.
    fn add(&mut self, source: DataSource) -> usize {
        match self.all.iter().position(|known| known.id == source.id) {
            Some(number) => {
                if let Some(known) = self.all.get_mut(number) {
                    *known = source;
                }
                number
            }
            None => {
                self.all.push(source);
                self.all.len() - 1
            }
        }
    }
}

fn names_option(value: Option<&Value>, option: &str) -> bool {
    let one = value.and_then(|value| value.get("select"));
    let several = value.and_then(|value| value.get("multi_select")).and_then(Value::as_array);
    let mut named = one.into_iter().chain(several.into_iter().flatten());
    named.any(|named| named.get("name").and_then(Value::as_str) == Some(option))
}
