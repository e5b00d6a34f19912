//! From what callers write to what Notion takes.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{
    Kind, Lookup, NewOptions, Property, Schema, choice, date, files, given, object, people, relation, scalar,
    text,
};
use crate::Error;

/// Turns the values of several properties into Notion's form, keyed by the properties' real names.
///
/// Each value may be plain (`"Done"`; a `rich_text` takes inline markdown, a title is taken as it is), typed (`{"type": "status", "value": "Done"}`) or Notion's own object
/// (`{"status": {"name": "Done"}}`), and lists and objects may be their JSON text. A date may be relative (`tomorrow`,
/// `end of month`). Nothing is sent: names of people, titles of pages and relative dates are resolved by `lookup`, of which
/// [`References`](crate::References) gather what it has to know.
///
/// # Errors
///
/// One error for all values that are wrong, its hint with the valid names and options.
pub fn normalise(
    schema: &Schema,
    given: &Map<String, Value>,
    lookup: &dyn Lookup,
    new_options: NewOptions,
) -> Result<Map<String, Value>, Error> {
    let mut normal = Map::new();
    let mut errors = named_twice(schema, given);
    let mut read_only = Vec::new();
    for (name, value) in given {
        let property = match schema.find(name) {
            Ok(property) => property,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if property.kind.read_only_reason().is_some() {
            read_only.push(property);
            continue;
        }
        match normalise_value(property, value, lookup, new_options) {
            Ok(value) => {
                normal.insert(property.name.clone(), value);
            }
            Err(error) => errors.push(error),
        }
    }
    errors.extend(unsettable(&read_only));
    match together(errors) {
        None => Ok(normal),
        Some(error) => Err(error),
    }
}

/// Refuses values of which two are for one property, under names that are alike: which of them counts is not clear.
///
/// # Errors
///
/// `InvalidInput`, with the names of the properties.
pub fn refuse_named_twice(schema: &Schema, given: &Map<String, Value>) -> Result<(), Error> {
    together(named_twice(schema, given)).map_or(Ok(()), Err)
}

fn named_twice(schema: &Schema, given: &Map<String, Value>) -> Vec<Error> {
    let mut seen: Vec<&str> = Vec::new();
    let mut twice: Vec<&str> = Vec::new();
    for property in given.keys().filter_map(|name| schema.find(name).ok()) {
        let name = property.name.as_str();
        if !seen.contains(&name) {
            seen.push(name);
        } else if !twice.contains(&name) {
            twice.push(name);
        }
    }
    let error = |name: &str| {
        Error::invalid_input(format!("`{name}` is given twice.")).hint("Give each property once.")
    };
    twice.into_iter().map(error).collect()
}

/// Turns one value into Notion's form, such as `{"status": {"name": "Done"}}`.
///
/// # Errors
///
/// `InvalidInput` or `LimitExceeded`, naming the property and what it takes.
pub fn normalise_value(
    property: &Property,
    given: &Value,
    lookup: &dyn Lookup,
    new_options: NewOptions,
) -> Result<Value, Error> {
    if property.kind.read_only_reason().is_some()
        && let Some(error) = unsettable(&[property])
    {
        return Err(error);
    }
    let value = given::bare(property, given)?;
    let value = value.as_ref();
    let inner = match &property.kind {
        Kind::Title | Kind::RichText => text::normalise(property, value)?,
        Kind::Number => scalar::number(property, value)?,
        Kind::Checkbox => scalar::checkbox(property, value)?,
        Kind::Url => scalar::url(property, value)?,
        Kind::Email => scalar::email(property, value)?,
        Kind::PhoneNumber => scalar::phone_number(property, value)?,
        Kind::Select => choice::select(property, value, new_options)?,
        Kind::Status => choice::status(property, value)?,
        Kind::MultiSelect => choice::multi_select(property, value, new_options)?,
        Kind::Date => date::normalise(property, value, lookup)?,
        Kind::People => people::normalise(property, value, lookup)?,
        Kind::Relation => relation::normalise(property, value, lookup)?,
        Kind::Files => files::normalise(property, value)?,
        Kind::Other(_) => object::normalise(property, value, lookup)?,
        _ => return Err(property.refuse("cannot be set")),
    };
    Ok(json!({ property.kind.name(): inner }))
}

/// The error that Notion sets these properties itself, with all of them named.
fn unsettable(properties: &[&Property]) -> Option<Error> {
    let named: Vec<String> =
        properties.iter().map(|property| format!("`{}` ({})", property.name, property.kind)).collect();
    match properties {
        [] => None,
        [only] => Some(
            Error::invalid_input(format!(
                "`{}` ({}) cannot be set: {}.",
                only.name,
                only.kind,
                only.kind.read_only_reason().unwrap_or("Notion sets it itself")
            ))
            .hint(format!("Leave `{}` out.", only.name)),
        ),
        _ => Some(
            Error::invalid_input(format!(
                "{} cannot be set: Notion computes or records them itself.",
                named.join(", ")
            ))
            .hint("Leave them out; values that are as the row has them pass when it is updated."),
        ),
    }
}

/// One error out of several, so that a caller can mend everything at once.
fn together(mut errors: Vec<Error>) -> Option<Error> {
    // More than a person or a model would read in one answer.
    const MOST: usize = 10;
    if errors.len() < 2 {
        return errors.pop();
    }
    let count = errors.len();
    let parts: Vec<Cow<'_, str>> = errors
        .iter()
        .take(MOST)
        .map(|error| match &error.hint {
            Some(hint) => Cow::Owned(format!("{} {hint}", error.message)),
            None => Cow::Borrowed(error.message.as_str()),
        })
        .collect();
    let more = count.saturating_sub(MOST);
    let rest = if more > 0 { format!(" And {more} more.") } else { String::new() };
    Some(
        Error::invalid_input(format!("{count} properties cannot be set as given."))
            .hint(format!("{}{rest}", parts.join(" "))),
    )
}
