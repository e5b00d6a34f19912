//! What callers ask for: `Due by month`, `sum Amount`, and the forms that other languages have for these.

use serde_json::{Map, Value};

use crate::calendar::Unit;
use crate::properties::{Kind, Property};
use crate::{Error, Schema, excerpt, filter, names};

/// What is computed of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Average,
    Min,
    Max,
    Empty,
    NotEmpty,
}

/// Their names, the right one first.
const FUNCTIONS: [(Function, &[&str]); 7] = [
    (Function::Count, &["count", "rows", "count_rows"]),
    (Function::Sum, &["sum", "total", "add"]),
    (Function::Average, &["average", "avg", "mean"]),
    (Function::Min, &["min", "minimum", "earliest", "smallest"]),
    (Function::Max, &["max", "maximum", "latest", "largest"]),
    (Function::Empty, &["empty", "count_empty", "missing", "is_empty"]),
    (Function::NotEmpty, &["not_empty", "count_not_empty", "filled", "is_not_empty", "count_values"]),
];

/// What the members of an entry are called, the right name first.
const FUNCTION_MEMBERS: [&str; 4] = ["function", "op", "aggregate", "type"];
const COLUMN_MEMBERS: [&str; 4] = ["property", "column", "field", "name"];
const UNIT_MEMBERS: [&str; 4] = ["by", "unit", "interval", "date_part"];

impl Function {
    fn named(word: &str) -> Option<Self> {
        let is_called = |names: &[&str]| names.iter().any(|name| names::alike(name, word.trim()));
        FUNCTIONS.iter().find(|(_, names)| is_called(names)).map(|(function, _)| *function)
    }

    pub(super) fn name(self) -> &'static str {
        FUNCTIONS
            .iter()
            .find(|(function, _)| *function == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or("")
    }
}

/// A function of a column; the column is absent for the number of rows alone.
pub(super) fn measure(schema: &Schema, given: &Value) -> Result<(Function, Option<Property>), Error> {
    let (word, column) = match given {
        Value::String(text) => match Function::named(text) {
            Some(Function::Count) => return Ok((Function::Count, None)),
            _ => split(text).ok_or_else(|| unclear(text))?,
        },
        Value::Object(object) => in_object(object).ok_or_else(|| unclear(&given.to_string()))?,
        other => return Err(unclear(&other.to_string())),
    };
    let function = Function::named(&word).ok_or_else(|| unclear(&format!("{word} {column}")))?;
    if function == Function::Count && matches!(column.as_str(), "" | "*" | "rows") {
        return Ok((function, None));
    }
    let property = find(schema, &column)?;
    // As in SQL: rows are counted that have a value.
    let function = if function == Function::Count { Function::NotEmpty } else { function };
    Ok((function, Some(property)))
}

/// `sum Amount`, `sum of Amount`, `sum(Amount)`, `sum:Amount`.
fn split(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if let Some((word, rest)) = text.split_once('(')
        && let Some(column) = rest.strip_suffix(')')
    {
        return Some((word.to_owned(), column.trim().to_owned()));
    }
    // `not empty X` is two words.
    let ends = text.char_indices().filter(|(_, character)| matches!(character, ' ' | ':'));
    let mut longest = None;
    for (end, _) in ends {
        let (word, rest) = text.split_at_checked(end)?;
        if Function::named(word).is_some() {
            longest = Some((word, rest));
        }
    }
    let (word, rest) = longest?;
    let column = rest.trim_start_matches([' ', ':']);
    Some((word.to_owned(), column.strip_prefix("of ").unwrap_or(column).trim().to_owned()))
}

/// `{"sum": "Amount"}`, or `{"function": "sum", "property": "Amount"}`.
fn in_object(object: &Map<String, Value>) -> Option<(String, String)> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned);
    if let (Some((word, column)), 1) = (object.iter().next(), object.len()) {
        return Some((word.clone(), column.as_str()?.to_owned()));
    }
    // What is said beyond these would be dropped without a word.
    if !has_only(object, &[&FUNCTION_MEMBERS[..], &COLUMN_MEMBERS[..]]) {
        return None;
    }
    let word = text(&FUNCTION_MEMBERS)?;
    Some((word, text(&COLUMN_MEMBERS).unwrap_or_default()))
}

/// Whether each member of an object is one of these, and a text.
fn has_only(object: &Map<String, Value>, members: &[&[&str]]) -> bool {
    object.iter().all(|(name, value)| {
        value.is_string() && members.iter().any(|members| members.contains(&name.as_str()))
    })
}

fn unclear(given: &str) -> Error {
    Error::invalid_input(format!("`{}` is no aggregate.", excerpt(given))).hint(
        "Give \"count\", or a function and a property such as \"sum Amount\"; the functions are sum, average, min, max, empty \
         and not_empty.",
    )
}

/// A column, and for a date the unit by which its values are put together.
pub(super) fn dimension(schema: &Schema, given: &Value) -> Result<(Property, Option<Unit>), Error> {
    let (column, unit) = match given {
        Value::String(text) => match (find(schema, text), text.trim().rsplit_once(" by ")) {
            (Ok(property), _) => (property, None),
            (Err(_), Some((column, unit))) => (find(schema, column)?, Some(unit.to_owned())),
            (Err(error), None) => match in_brackets(text) {
                Some((unit, column)) => (find(schema, column)?, Some(unit.to_owned())),
                None => return Err(error),
            },
        },
        Value::Object(object) => {
            let text = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str());
            let column = text(&COLUMN_MEMBERS);
            let Some(column) = column.filter(|_| has_only(object, &[&COLUMN_MEMBERS, &UNIT_MEMBERS])) else {
                let given = Value::Object(object.clone()).to_string();
                return Err(Error::invalid_input(format!(
                    "`{}` is no entry of `group_by`.",
                    excerpt(&given)
                ))
                .hint("Give \"Status\", \"Due by month\", or {\"property\": \"Due\", \"by\": \"month\"}."));
            };
            (find(schema, column)?, text(&UNIT_MEMBERS).map(str::to_owned))
        }
        other => {
            return Err(Error::invalid_input(format!(
                "`{}` names no property.",
                excerpt(&other.to_string())
            ))
            .hint("Give \"Status\", or \"Due by month\"."));
        }
    };
    let Some(unit) = unit else {
        return Ok((column, None));
    };
    let word = unit.trim().to_ascii_lowercase();
    let unit = Unit::named(&word).filter(|_| word.len() > 1).ok_or_else(|| {
        Error::invalid_input(format!("`{}` is no unit of time.", excerpt(&unit)))
            .hint("Group a date by day, week, month, quarter or year.")
    })?;
    if matches!(
        column.kind,
        Kind::Date | Kind::CreatedTime | Kind::LastEditedTime | Kind::Formula | Kind::Rollup
    ) {
        return Ok((column, Some(unit)));
    }
    Err(Error::invalid_input(format!("`{}` ({}) is no date.", column.name, column.kind))
        .hint(format!("Group by `{}` alone.", column.name)))
}

/// `month(Due)`.
fn in_brackets(text: &str) -> Option<(&str, &str)> {
    let (unit, rest) = text.trim().split_once('(')?;
    Some((unit, rest.strip_suffix(')')?))
}

/// A column, or one of the times that each row has without a column.
fn find(schema: &Schema, name: &str) -> Result<Property, Error> {
    match schema.find(name) {
        Ok(property) => Ok(property.clone()),
        Err(error) => match filter::timestamp::named(name) {
            Some(timestamp) => Ok(filter::timestamp::property(timestamp)),
            None => Err(error),
        },
    }
}
