//! From what callers write to what Notion takes.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{
    Kind, Lookup, NewOptions, Property, Schema, choice, date, files, given, object, people, relation, scalar,
    text,
};
use crate::Problem;

/// Turns the values of several properties into Notion's form, keyed by the properties' real names.
///
/// Each value may be plain (`"Done"`; a `rich_text` takes inline markdown, a title is taken as it is), typed (`{"type": "status", "value": "Done"}`) or Notion's own object
/// (`{"status": {"name": "Done"}}`), and lists and objects may be their JSON text. Nothing is sent: names of people and titles of pages are resolved by `lookup`, see
/// [`Directory`](crate::notion::Directory).
///
/// # Errors
///
/// One problem for all values that are wrong, its hint with the valid names and options.
pub fn normalise(
    schema: &Schema,
    given: &Map<String, Value>,
    lookup: &dyn Lookup,
    new_options: NewOptions,
) -> Result<Map<String, Value>, Problem> {
    let mut normal = Map::new();
    let mut problems = named_twice(schema, given);
    let mut read_only = Vec::new();
    for (name, value) in given {
        let property = match schema.find(name) {
            Ok(property) => property,
            Err(problem) => {
                problems.push(problem);
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
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(unsettable(&read_only));
    match together(problems) {
        None => Ok(normal),
        Some(problem) => Err(problem),
    }
}

/// Refuses values of which two are for one property, under names that are alike: which of them counts is not clear.
///
/// # Errors
///
/// `invalid_input`, with the names of the properties.
pub fn refuse_named_twice(schema: &Schema, given: &Map<String, Value>) -> Result<(), Problem> {
    together(named_twice(schema, given)).map_or(Ok(()), Err)
}

fn named_twice(schema: &Schema, given: &Map<String, Value>) -> Vec<Problem> {
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
    let problem = |name: &str| {
        Problem::invalid_input(format!("`{name}` is given twice.")).hint("Give each property once.")
    };
    twice.into_iter().map(problem).collect()
}

/// Turns one value into Notion's form, such as `{"status": {"name": "Done"}}`.
///
/// # Errors
///
/// `invalid_input` or `limit_exceeded`, naming the property and what it takes.
pub fn normalise_value(
    property: &Property,
    given: &Value,
    lookup: &dyn Lookup,
    new_options: NewOptions,
) -> Result<Value, Problem> {
    if property.kind.read_only_reason().is_some()
        && let Some(problem) = unsettable(&[property])
    {
        return Err(problem);
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
        Kind::Date => date::normalise(property, value)?,
        Kind::People => people::normalise(property, value, lookup)?,
        Kind::Relation => relation::normalise(property, value, lookup)?,
        Kind::Files => files::normalise(property, value)?,
        Kind::Other(_) => object::normalise(property, value)?,
        _ => return Err(property.refuse("cannot be set")),
    };
    Ok(json!({ property.kind.name(): inner }))
}

/// The problem that Notion sets these properties itself, with all of them named.
fn unsettable(properties: &[&Property]) -> Option<Problem> {
    let named: Vec<String> =
        properties.iter().map(|property| format!("`{}` ({})", property.name, property.kind)).collect();
    match properties {
        [] => None,
        [only] => Some(
            Problem::invalid_input(format!(
                "`{}` ({}) cannot be set: {}.",
                only.name,
                only.kind,
                only.kind.read_only_reason().unwrap_or("Notion sets it itself")
            ))
            .hint(format!("Leave `{}` out.", only.name)),
        ),
        _ => Some(
            Problem::invalid_input(format!(
                "{} cannot be set: Notion computes or records them itself.",
                named.join(", ")
            ))
            .hint("Leave them out; values that are as the row has them pass when it is updated."),
        ),
    }
}

/// One problem out of several, so that a caller can mend everything at once.
fn together(mut problems: Vec<Problem>) -> Option<Problem> {
    // More than a person or a model would read in one answer.
    const MOST: usize = 10;
    if problems.len() < 2 {
        return problems.pop();
    }
    let count = problems.len();
    let parts: Vec<Cow<'_, str>> = problems
        .iter()
        .take(MOST)
        .map(|problem| match &problem.hint {
            Some(hint) => Cow::Owned(format!("{} {hint}", problem.message)),
            None => Cow::Borrowed(problem.message.as_str()),
        })
        .collect();
    let more = count.saturating_sub(MOST);
    let rest = if more > 0 { format!(" And {more} more.") } else { String::new() };
    Some(
        Problem::invalid_input(format!("{count} properties cannot be set as given."))
            .hint(format!("{}{rest}", parts.join(" "))),
    )
}
