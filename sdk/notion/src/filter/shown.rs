//! The types of formulas and rollups, found in rows that have values of them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Calendar, Error, Lookup, NotionId, Property};

/// The types of what formulas and rollups come to, by the ids of the properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultTypes(BTreeMap<String, String>);

impl ResultTypes {
    /// Reads them off the first of these rows that shows each, as a query answers them.
    #[must_use]
    pub fn of_rows(answer: &Value, computed: &[Property]) -> Self {
        let mut types = BTreeMap::new();
        for row in answer.get("results").and_then(Value::as_array).into_iter().flatten() {
            for property in computed {
                let value = row.get("properties").and_then(|properties| properties.get(&property.name));
                if let Some(shown) = value.and_then(result_type) {
                    types.entry(property.id.clone()).or_insert_with(|| shown.to_owned());
                }
            }
        }
        Self(types)
    }
}

/// The type of what a formula or rollup came to; of what a rollup collected, that of the first.
fn result_type(value: &Value) -> Option<&str> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let shown = text("/formula/type").or_else(|| text("/rollup/array/0/type"))?;
    (shown != "unsupported").then_some(shown)
}

/// A lookup that also knows what rows show.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Finds people and pages.
    pub lookup: &'a dyn Lookup,
    /// What the rows show.
    pub types: &'a ResultTypes,
    /// True where `me` stays a word, as in a view.
    pub keeps_me: bool,
}

impl Lookup for Shown<'_> {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        self.lookup.person(name_or_email)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        self.lookup.page(data_source_id, title)
    }

    fn result_type(&self, property: &Property) -> Option<String> {
        self.types.0.get(&property.id).cloned()
    }

    /// In a view relative dates stay words, as `me` does: what it shows changes from day to day.
    fn calendar(&self) -> Option<&Calendar> {
        if self.keeps_me { None } else { self.lookup.calendar() }
    }

    fn keeps_me(&self) -> bool {
        self.keeps_me
    }
}
