//! When pages were created and last edited, which every row knows without a property for it.

use serde_json::Value;

use super::condition::Subject;
use super::operator::Family;
use super::tree::Tree;
use crate::Error;
use crate::properties::{Kind, Property};
use crate::{Lookup, names};

/// The timestamp that a name means.
pub(crate) fn named(name: &str) -> Option<&'static str> {
    ["created_time", "last_edited_time"].into_iter().find(|timestamp| names::alike(timestamp, name.trim()))
}

/// A timestamp as if it were a property, without an id.
pub(crate) fn property(timestamp: &'static str) -> Property {
    Property {
        id: String::new(),
        name: timestamp.to_owned(),
        kind: Kind::from_name(timestamp),
        options: Vec::new(),
        prefix: None,
        settings: Value::Null,
        description: None,
    }
}

pub(super) fn condition(timestamp: &'static str, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Error> {
    let property = property(timestamp);
    let subject = Subject {
        property: &property,
        family: Family::Date,
        name: "timestamp",
        path: vec![timestamp],
        lookup,
    };
    subject.read(given)
}
