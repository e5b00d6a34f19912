//! In which order groups are told.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{Dimension, Group};
use crate::{Error, excerpt, names};

/// Options in the order of the schema, dates and numbers by size, everything else by name; what is empty comes last.
pub(super) fn by_values(groups: &mut [&Group], dimensions: &[Dimension], titles: &BTreeMap<String, String>) {
    groups.sort_by(|one, other| {
        let pairs = one.values.iter().zip(&other.values).zip(dimensions);
        pairs.fold(Ordering::Equal, |order, ((one, other), dimension)| {
            order.then_with(|| in_column(one, other, dimension, titles))
        })
    });
}

fn in_column(
    one: &Value,
    other: &Value,
    dimension: &Dimension,
    titles: &BTreeMap<String, String>,
) -> Ordering {
    let place = |value: &Value| {
        let name = value.as_str()?;
        dimension.property.options.iter().position(|option| option == name)
    };
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        // An option that the schema doesn't have yet comes after those that it has, and nothing after both.
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => {
            let called = |value: &Value| {
                let name = value.as_str().and_then(|id| dimension.names(titles).get(id));
                name.map_or_else(|| value.clone(), |name| Value::from(name.as_str()))
            };
            compare(&called(one), &called(other))
        }
    }
}

/// Sorts by columns, such as `-count` or `{"property": "sum Amount", "direction": "descending"}`; groups that are equal in
/// them stay in their order.
pub(super) fn by_columns(rows: &mut [Vec<Value>], columns: &[String], sorts: &[Value]) -> Result<(), Error> {
    let sorts: Vec<(usize, bool)> = sorts.iter().map(|sort| read(columns, sort)).collect::<Result<_, _>>()?;
    rows.sort_by(|one, other| {
        sorts.iter().fold(Ordering::Equal, |order, (place, descends)| {
            order.then_with(|| {
                let (one, other) =
                    (one.get(*place).unwrap_or(&Value::Null), other.get(*place).unwrap_or(&Value::Null));
                match one.is_null() || other.is_null() {
                    true => compare(one, other),
                    false if *descends => compare(other, one),
                    false => compare(one, other),
                }
            })
        })
    });
    Ok(())
}

fn read(columns: &[String], sort: &Value) -> Result<(usize, bool), Error> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| sort.get(*key)?.as_str());
    let (name, direction) = match sort {
        Value::String(text) => (text.as_str(), None),
        _ => (text(&["property", "column", "field"]).unwrap_or_default(), text(&["direction", "order"])),
    };
    let find = |name: &str| columns.iter().position(|column| names::alike(column, name.trim()));
    let descends =
        direction.is_some_and(|direction| direction.trim().to_ascii_lowercase().starts_with("desc"));
    if let Some(place) = find(name) {
        return Ok((place, descends));
    }
    if let Some(place) = name.trim().strip_prefix('-').and_then(find) {
        return Ok((place, true));
    }
    let known: Vec<String> = columns.iter().map(|column| format!("`{}`", excerpt(column))).collect();
    Err(Error::invalid_input(format!("Groups have no column `{}`.", excerpt(name)))
        .hint(format!("Sort by one of {}; with `-` before it from the largest on.", known.join(", "))))
}

/// Numbers before texts, and nothing last. A sum with more digits than a number of JSON holds is a text, and a number here.
fn compare(one: &Value, other: &Value) -> Ordering {
    let size = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok(),
        _ => None,
    };
    let rank = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Null => 3,
        value => {
            if size(value).is_some() {
                1
            } else {
                2
            }
        }
    };
    rank(one)
        .cmp(&rank(other))
        .then_with(|| match (size(one), size(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => Ordering::Equal,
        })
        .then_with(|| match (one, other) {
            (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
            _ => one.as_str().cmp(&other.as_str()),
        })
}
