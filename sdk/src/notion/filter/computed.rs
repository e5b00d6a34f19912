//! Conditions on formulas and rollups, whose values have types that the schema does not tell.

use serde_json::{Map, Value};

use super::condition::Subject;
use super::operator::Family;
use super::tree::Tree;
use super::value::is_day;
use crate::Problem;
use crate::notion::Lookup;
use crate::notion::properties::{Kind, Property};

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

/// The type is said (`{"number": {">": 3}}`), or read off what the formula is compared with.
pub(super) fn formula(property: &Property, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Problem> {
    let given = under("formula", given).unwrap_or(given);
    let said = single(given).and_then(|(key, inner)| {
        let called = Family::of(&Kind::from_name(key));
        let (family, _) = RESULTS.iter().find(|(family, own)| *own == key || Some(*family) == called)?;
        Some((*family, inner))
    });
    let (family, given) = said.unwrap_or_else(|| (guess(given).unwrap_or(Family::Text), given));
    let key = RESULTS.iter().find(|(known, _)| *known == family).map_or("string", |(_, key)| key);
    Subject { property, family, name: "property", path: vec!["formula", key], lookup }.read(given)
}

/// A rollup that computes is a number or a date; one that collects is asked for `any`, `every` or `none` of its values.
pub(super) fn rollup(property: &Property, given: &Value, lookup: &dyn Lookup) -> Result<Tree, Problem> {
    let given = under("rollup", given).unwrap_or(given);
    let (family, path, given) = match single(given) {
        Some(("number", inner)) => (Family::Number, vec!["number"], inner),
        Some(("date", inner)) => (Family::Date, vec!["date"], inner),
        Some(("any", inner)) => collected(property, "any", inner)?,
        Some(("every", inner)) => collected(property, "every", inner)?,
        Some(("none", inner)) => collected(property, "none", inner)?,
        _ => match property.settings.get("function").and_then(Value::as_str) {
            Some("earliest_date" | "latest_date" | "date_range") => (Family::Date, vec!["date"], given),
            Some("show_original" | "show_unique") | None => collected(property, "any", given)?,
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
) -> Result<(Family, Vec<&'static str>, &'a Value), Problem> {
    let known = |key: &str| COLLECTED.iter().find(|known| **known == key).copied();
    if let Some((key, inner)) = single(given)
        && let Some(key) = known(if key == "title" { "rich_text" } else { key })
        && let Some(family) = Family::of(&Kind::from_name(key))
    {
        return Ok((family, vec![quantity, key], inner));
    }
    match guess(given) {
        Some(Family::Number) => Ok((Family::Number, vec![quantity, "number"], given)),
        Some(Family::Checkbox) => Ok((Family::Checkbox, vec![quantity, "checkbox"], given)),
        Some(Family::Date) => Ok((Family::Date, vec![quantity, "date"], given)),
        _ => Err(Problem::invalid_input(format!(
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
            let is_date = Family::window(text).is_some() || is_day(start);
            Some(if is_date { Family::Date } else { Family::Text })
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
