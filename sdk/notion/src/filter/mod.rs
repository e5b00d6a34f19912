//! Filters of a query in the form that people and models write, typed by the schema.
//!
//! `{"Status": "Done", "Due": {"before": "2026-01-01"}, "Tags": ["a", "b"], "Owner": null}` asks for rows that meet all
//! four; `{"or": [..]}` and `{"and": [..]}` combine, and Notion's own form is taken as well, with names repaired.

mod computed;
mod condition;
mod dates;
mod operator;
mod pattern;
mod property;
mod shown;
pub(crate) mod timestamp;
mod tree;
mod value;

use std::cell::RefCell;

use serde_json::{Map, Value};

use self::tree::Tree;
use super::json_text::{is_container, unwrapped};
use super::properties::Kind;
use super::{Lookup, NotionId, Property, Schema, excerpt};
use crate::Error;

pub use self::shown::{ResultTypes, Shown};

/// Deeper nesting than anybody writes; the result has at most two levels whatever was given.
const DEEPEST: usize = 8;

/// Turns a filter, plain or Notion's own, into the `filter` of a query; null when it filters nothing.
///
/// A plain filter is an object of conditions by property name, all of which must hold. A condition is
///
/// - a value: equal to it, or containing it for what holds several (`"Tags": "a"`); null for empty
/// - an array of values: any of them
/// - an object of operators and values, all of which must hold: Notion's operators (`before`, `starts_with`,
///   `past_week`, ...) or `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not_in`, `between`
///
/// An array of filters means all of them. People are named by id, name or email address (or `me`), related pages by id,
/// link or title. Dates may be relative ([`Calendar::read`](crate::Calendar::read)), where `lookup` has a calendar: a span
/// such as `last_month` is the days from its first to its last. Notion's own operators such as `past_month` stay Notion's to
/// count. Negated groups do not exist at Notion.
///
/// # Errors
///
/// `InvalidInput` with the valid properties, operators or options; `LimitExceeded` for more conditions than Notion
/// takes.
pub fn normalise(schema: &Schema, given: &Value, lookup: &dyn Lookup) -> Result<Value, Error> {
    Reader { schema, lookup }.read(given, 0)?.into_filter()
}

/// The formulas and rollups whose conditions do not tell of which type their values are: rows do.
#[must_use]
pub fn untyped(schema: &Schema, given: &Value) -> Vec<Property> {
    let asking = Asking::default();
    // What is wrong with the filter is told when it is read for good.
    let _ = normalise(schema, given, &asking);
    asking.0.into_inner()
}

/// Notes whose type is asked for, and takes every name.
#[derive(Default)]
struct Asking(RefCell<Vec<Property>>);

impl Lookup for Asking {
    fn person(&self, _name_or_email: &str) -> Result<NotionId, Error> {
        Ok(NotionId::from_u128(1))
    }

    fn page(&self, _data_source_id: &str, _title: &str) -> Result<NotionId, Error> {
        Ok(NotionId::from_u128(1))
    }

    fn result_type(&self, property: &Property) -> Option<String> {
        self.0.borrow_mut().push(property.clone());
        Some(if property.kind == Kind::Rollup { "rich_text" } else { "string" }.to_owned())
    }
}

/// What conditions are read against.
struct Reader<'a> {
    schema: &'a Schema,
    lookup: &'a dyn Lookup,
}

impl Reader<'_> {
    fn read(&self, given: &Value, depth: usize) -> Result<Tree, Error> {
        if depth > DEEPEST {
            return Err(Error::invalid_input("The filter is nested too deeply.")
                .hint("Notion takes two levels: groups of conditions in one group."));
        }
        match &*unwrapped(given, |meant| is_container(meant) || meant.is_null()) {
            Value::Null => Ok(Tree::All(Vec::new())),
            Value::Array(filters) => Ok(Tree::All(self.read_each(filters, depth)?)),
            Value::Object(object) => match self.own(object) {
                Some(tree) => tree,
                None => self.plain(object, depth),
            },
            _ => Err(Error::invalid_input("The filter is not an object.").hint(
                "Give conditions by property, such as {\"Status\": \"Done\", \"Points\": {\">=\": 3}}.",
            )),
        }
    }

    fn read_each(&self, filters: &[Value], depth: usize) -> Result<Vec<Tree>, Error> {
        filters.iter().map(|filter| self.read(filter, depth + 1)).collect()
    }

    /// Conditions by property name, with groups among them.
    fn plain(&self, object: &Map<String, Value>, depth: usize) -> Result<Tree, Error> {
        let mut all = Vec::new();
        for (name, given) in object {
            let word = self.group(name);
            let group = unwrapped(given, |meant| !word.is_empty() && is_container(meant));
            all.push(match (word, &*group) {
                ("and", Value::Array(filters)) => Tree::All(self.read_each(filters, depth)?),
                ("or", Value::Array(filters)) => Tree::any(self.read_each(filters, depth)?)?,
                // Conditions by name in one object: each is one of the group.
                ("and", group @ Value::Object(_)) => self.read(group, depth + 1)?,
                ("or", Value::Object(conditions)) => Tree::any(self.read_each(&each(conditions), depth)?)?,
                ("not", Value::Array(_) | Value::Object(_)) => return Err(negated()),
                _ => self.by_name(name, given)?,
            });
        }
        Ok(Tree::All(all))
    }

    /// The word of a group, whatever its case; empty for a name, which a column may have too.
    fn group(&self, name: &str) -> &'static str {
        let word = ["and", "or", "not"].into_iter().find(|word| *word == name);
        let written_otherwise = || {
            let word = ["and", "or", "not"].into_iter().find(|word| word.eq_ignore_ascii_case(name));
            word.filter(|_| self.schema.find(name).is_err())
        };
        word.or_else(written_otherwise).unwrap_or_default()
    }

    fn by_name(&self, name: &str, given: &Value) -> Result<Tree, Error> {
        match self.schema.find(name) {
            Ok(property) => property::read(property, given, self.lookup),
            Err(error) => match (timestamp::named(name), given.as_str()) {
                (Some(timestamp), _) => timestamp::condition(timestamp, given, self.lookup),
                (None, Some(column)) if matches!(name, "property" | "timestamp") => Err(
                    Error::invalid_input(format!("The filter by `{}` has no condition.", excerpt(column)))
                        .hint(format!(
                            "Give it by name, such as {{\"{}\": {{\"is_not_empty\": true}}}}.",
                            excerpt(column)
                        )),
                ),
                (None, _) => Err(error),
            },
        }
    }

    /// Notion's `{"property": .., "status": {..}}`, or what comes near it: `{"property": .., "equals": ..}`.
    fn own(&self, object: &Map<String, Value>) -> Option<Result<Tree, Error>> {
        let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|_| object.len() > 1);
        let rest = |key: &str| {
            let mut rest = object.clone();
            rest.shift_remove(key);
            if rest.len() > 1 {
                rest.shift_remove("type");
            }
            Value::Object(rest)
        };
        if let Some(timestamp) = text("timestamp").and_then(timestamp::named) {
            return Some(timestamp::condition(timestamp, &rest("timestamp"), self.lookup));
        }
        let name = text("property")?;
        match self.schema.find(name) {
            Ok(property) => Some(property::read(property, &rest("property"), self.lookup)),
            // A column may be called `property`.
            Err(_) if self.schema.find("property").is_ok() => None,
            Err(error) => match timestamp::named(name) {
                Some(timestamp) => Some(timestamp::condition(timestamp, &rest("property"), self.lookup)),
                None => Some(Err(error)),
            },
        }
    }
}

/// Each member as an object of its own; Notion's own condition is one already.
fn each(conditions: &Map<String, Value>) -> Vec<Value> {
    if conditions.contains_key("property") || conditions.contains_key("timestamp") {
        return vec![Value::Object(conditions.clone())];
    }
    let single =
        |(name, value): (&String, &Value)| Value::Object(Map::from_iter([(name.clone(), value.clone())]));
    conditions.iter().map(single).collect()
}

fn negated() -> Error {
    Error::invalid_input("Notion cannot negate a group of conditions.")
        .hint("Negate each condition, such as {\"Status\": {\"!=\": \"Done\"}} or {\"Tags\": {\"does_not_contain\": \"a\"}}.")
}

#[cfg(test)]
mod tests;
