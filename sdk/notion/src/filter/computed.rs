//! Conditions on formulas and rollups, whose values have types that the schema does not tell.

use serde_json::{Map, Value, json};

use super::condition::Subject;
use super::operator::Family;
use super::tree::Tree;
use super::value::is_day;
use crate::Error;
use crate::Lookup;
use crate::calendar;
use crate::json_text::unwrapped;
use crate::properties::{Kind, Property};

/// What a formula may come to, with Notion's key.
const RESULTS: [(Family, &str); 4] = [
    (Family::Text, "string"),
    (Family::Number, "number"),
    (Family::Checkbox, "checkbox"),
    (Family::Date, "date"),
];

/// What a rollup may collect.
const COLLECTED: [&str; 10] = [
    "rich_text",
    "number",
    "checkbox",
    "select",
    "multi_select",
    "relation",
    "date",
    "people",
    "files",
    "status",
];

/// A condition that was sent as text: an object whose members are types, quantities or operators.
pub(super) fn meant(given: &Value) -> std::borrow::Cow<'_, Value> {
    let families = || RESULTS.iter().map(|(family, _)| *family).chain([Family::Choice, Family::Choices]);
    let is_known = |key: &str| {
        ["formula", "rollup", "any", "every", "none"].contains(&key)
            || COLLECTED.contains(&key)
            || RESULTS.iter().any(|(_, own)| *own == key)
            || families().any(|family| family.knows(key))
    };
    let outer = unwrapped(given, |meant| match meant {
        Value::Object(object) => !object.is_empty() && object.keys().all(|key| is_known(key)),
        Value::Null => true,
        _ => false,
    });
    match single(&outer) {
        Some((key @ ("formula" | "rollup" | "any" | "every" | "none"), inner)) if inner.is_string() => {
            std::borrow::Cow::Owned(json!({ key: meant(inner) }))
        }
        _ => outer,
    }
}

/// The type is said (`{"number": {">": 3}}`), or read off what the formula is compared with.
pub(super) fn formula(property: &Property, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Error> {
    let inner = under("formula", given).map(meant);
    let given = inner.as_deref().unwrap_or(given);
    let said = single(given).and_then(|(key, inner)| {
        let called = Family::of(&Kind::from_name(key));
        let (family, _) = RESULTS.iter().find(|(family, own)| *own == key || Some(*family) == called)?;
        Some((*family, inner))
    });
    let shown = || match lookup.result_type(property)?.as_str() {
        "string" => Some(Family::Text),
        "number" => Some(Family::Number),
        "boolean" => Some(Family::Checkbox),
        "date" => Some(Family::Date),
        _ => None,
    };
    let (family, given) = match said {
        Some(said) => said,
        None => match guess(given).or_else(shown) {
            Some(family) => (family, given),
            None => return Err(untyped(property)),
        },
    };
    let key = RESULTS.iter().find(|(known, _)| *known == family).map_or("string", |(_, key)| key);
    Subject { property, family, name: "property", path: vec!["formula", key], lookup }.read(given)
}

fn untyped(property: &Property) -> Error {
    Error::invalid_input(format!(
        "The filter by `{}` (formula) does not say of which type its values are, and no row shows it.",
        property.name
    ))
    .hint(
        "Say it as in {\"number\": {\"is_not_empty\": true}}; the types are string, number, checkbox and date.",
    )
}

/// A rollup that computes is a number or a date; one that collects is asked for `any`, `every` or `none` of its values.
pub(super) fn rollup(property: &Property, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Error> {
    let inner = under("rollup", given).map(meant);
    let given = inner.as_deref().unwrap_or(given);
    let (family, path, given) = match single(given) {
        Some(("number", inner)) => (Family::Number, vec!["number"], inner),
        Some(("date", inner)) => (Family::Date, vec!["date"], inner),
        Some(("any", inner)) => collected(property, "any", inner, lookup)?,
        Some(("every", inner)) => collected(property, "every", inner, lookup)?,
        Some(("none", inner)) => collected(property, "none", inner, lookup)?,
        _ => match property.settings.get("function").and_then(Value::as_str) {
            Some("earliest_date" | "latest_date" | "date_range") => (Family::Date, vec!["date"], given),
            Some("show_original" | "show_unique") | None => collected(property, "any", given, lookup)?,
            Some(_) => (Family::Number, vec!["number"], given),
        },
    };
    let path = std::iter::once("rollup").chain(path).collect();
    Subject { property, family, name: "property", path, lookup }.read(given)
}

fn collected<'a>(
    property: &Property,
    quantity: &'static str,
    given: &'a Value,
    lookup: &dyn Lookup,
) -> Result<(Family, Vec<&'static str>, &'a Value), Error> {
    let known = |key: &str| COLLECTED.iter().find(|known| **known == key).copied();
    if let Some((key, inner)) = single(given)
        && let Some(key) = known(if key == "title" { "rich_text" } else { key })
        && let Some(family) = Family::of(&Kind::from_name(key))
    {
        return Ok((family, vec![quantity, key], inner));
    }
    let shown = lookup.result_type(property);
    if let Some(key) =
        shown.as_deref().and_then(|shown| known(if shown == "title" { "rich_text" } else { shown }))
        && let Some(family) = Family::of(&Kind::from_name(key))
    {
        return Ok((family, vec![quantity, key], given));
    }
    match guess(given) {
        Some(Family::Number) => Ok((Family::Number, vec![quantity, "number"], given)),
        Some(Family::Checkbox) => Ok((Family::Checkbox, vec![quantity, "checkbox"], given)),
        Some(Family::Date) => Ok((Family::Date, vec![quantity, "date"], given)),
        _ => Err(Error::invalid_input(format!(
            "The filter by `{}` (rollup) does not say of which type the collected values are.",
            property.name
        ))
        .hint(format!(
            "Say it as in {{\"any\": {{\"select\": \"Done\"}}}}; the types are {}.",
            COLLECTED.join(", ")
        ))),
    }
}

/// The family that values of this form are compared in, where the form tells.
fn guess(given: &Value) -> Option<Family> {
    match given {
        Value::Null => None,
        Value::Bool(_) => Some(Family::Checkbox),
        Value::Number(_) => Some(Family::Number),
        Value::String(text) => {
            let (start, _) = text.split_once('/').unwrap_or((text, ""));
            if Family::window(text).is_some() || is_day(start) {
                return Some(Family::Date);
            }
            // `3 days ago` may be what a formula writes: its rows tell.
            if calendar::is_relative(start) { None } else { Some(Family::Text) }
        }
        Value::Array(values) => values.iter().find_map(guess),
        Value::Object(operators) => operators.iter().find_map(|(operator, operand)| {
            let only_dates = Family::window(operator).is_some()
                || operator.contains("before")
                || operator.contains("after");
            match operand {
                _ if only_dates => Some(Family::Date),
                Value::Object(_) => None,
                // `{"is_empty": true}` says nothing about the type.
                Value::Bool(_) if operator.contains("empty") || operator == "exists" => None,
                operand => guess(operand),
            }
        }),
    }
}

fn under<'a>(key: &str, given: &'a Value) -> Option<&'a Value> {
    single(given).filter(|(only, _)| *only == key).map(|(_, inner)| inner)
}

fn single(given: &Value) -> Option<(&str, &Value)> {
    let object: &Map<String, Value> = given.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(key, inner)| (key.as_str(), inner))
}
