//! From what callers write to what Notion takes.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{Kind, People, Property, Schema, choice, date, files, people as users, relation, scalar};
use crate::Problem;
use crate::notion::rich_text;

/// Turns the values of several properties into Notion's form, keyed by the properties' real names.
///
/// Each value may be plain (`"Done"`), typed (`{"type": "status", "value": "Done"}`) or Notion's own object
/// (`{"status": {"name": "Done"}}`). Nothing is sent: names and emails of people are resolved by `people`.
///
/// # Errors
///
/// One problem for all values that are wrong, its hint with the valid names and options.
pub fn normalise(
    schema: &Schema,
    given: &Map<String, Value>,
    people: &dyn People,
) -> Result<Map<String, Value>, Problem> {
    let mut normal = Map::new();
    let mut problems = Vec::new();
    for (name, value) in given {
        let property = match schema.find(name) {
            Ok(property) => property,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        match normalise_value(property, value, people) {
            Ok(_) if normal.contains_key(&property.name) => {
                problems.push(
                    Problem::invalid_input(format!("`{}` is given twice.", property.name))
                        .hint("Give each property once."),
                );
            }
            Ok(value) => {
                normal.insert(property.name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    match together(problems) {
        None => Ok(normal),
        Some(problem) => Err(problem),
    }
}

/// Turns one value into Notion's form, such as `{"status": {"name": "Done"}}`.
///
/// # Errors
///
/// `invalid_input` or `limit_exceeded`, naming the property and what it takes.
pub fn normalise_value(property: &Property, given: &Value, people: &dyn People) -> Result<Value, Problem> {
    if let Some(reason) = property.kind.read_only_reason() {
        return Err(Problem::invalid_input(format!(
            "`{}` ({}) cannot be set: {reason}.",
            property.name, property.kind
        ))
        .hint(format!("Leave `{}` out.", property.name)));
    }
    let value = unwrap_typed(property, given)?;
    let kind = property.kind.name();
    let (value, own) = match value.get(kind) {
        Some(inner) => {
            check_type(property, value)?;
            (inner, true)
        }
        None => (value, false),
    };
    let inner = match &property.kind {
        Kind::Title | Kind::RichText => {
            Value::Array(rich_text::from_value(value).map_err(|problem| property.blame(problem))?)
        }
        Kind::Number => scalar::number(property, value)?,
        Kind::Checkbox => scalar::checkbox(property, value)?,
        Kind::Url => scalar::url(property, value)?,
        Kind::Email => scalar::email(property, value)?,
        Kind::PhoneNumber => scalar::phone_number(property, value)?,
        Kind::Select => choice::select(property, value)?,
        Kind::Status => choice::status(property, value)?,
        Kind::MultiSelect => choice::multi_select(property, value)?,
        Kind::Date => date::normalise(property, value)?,
        Kind::People => users::normalise(property, value, people)?,
        Kind::Relation => relation::normalise(property, value)?,
        Kind::Files => files::normalise(property, value)?,
        _ if own => value.clone(),
        _ => return Err(property.refuse("has no plain form")),
    };
    Ok(json!({ kind: inner }))
}

/// Takes the value out of `{"type": ..., "value": ...}`, whose type must be the property's.
fn unwrap_typed<'a>(property: &Property, given: &'a Value) -> Result<&'a Value, Problem> {
    let Some(object) = given.as_object() else { return Ok(given) };
    match (object.get("value"), object.get("type").and_then(Value::as_str)) {
        (Some(value), Some(_)) if object.len() == 2 => {
            check_type(property, given)?;
            Ok(value)
        }
        _ => Ok(given),
    }
}

fn check_type(property: &Property, object: &Value) -> Result<(), Problem> {
    match object.get("type").and_then(Value::as_str) {
        Some(claimed) if !property.kind.is_called(claimed) => {
            Err(property.refuse(&format!("is given as `{}`", crate::notion::excerpt(claimed))))
        }
        _ => Ok(()),
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
