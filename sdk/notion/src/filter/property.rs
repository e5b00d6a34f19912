//! The conditions on one property, read by its type.

use serde_json::Value;

use super::computed;
use super::condition::Subject;
use super::operator::Family;
use super::tree::Tree;
use crate::properties::{Kind, Property};
use crate::{Error, Lookup};

/// Reads what a caller wrote for a property.
pub(super) fn read(property: &Property, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Error> {
    match &property.kind {
        Kind::Formula => computed::formula(property, &computed::meant(given), lookup),
        Kind::Rollup => computed::rollup(property, &computed::meant(given), lookup),
        kind => match Family::of(kind) {
            Some(family) => {
                let subject = Subject { property, family, name: "property", path: vec![kind.name()], lookup };
                subject.read(given)
            }
            None => {
                Err(Error::invalid_input(format!("Notion cannot filter by `{}` ({kind}).", property.name))
                    .hint("Leave it out of the filter."))
            }
        },
    }
}
