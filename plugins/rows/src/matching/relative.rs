//! Values that depend on what a row has: `+7d` on a date, `+1` on a number.

use std::str::FromStr;

use serde_json::{Number, Value, json};
use toolbay_sdk::notion::calendar::Shift;
use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::notion::properties::{Date, Kind};
use toolbay_sdk::notion::{Calendar, Property, decimal, excerpt, json_text};
use toolbay_sdk::prelude::Problem;

/// What is added to a row's own value.
#[derive(Debug)]
pub(super) enum Added {
    Shift(Shift),
    Number(Number),
}

/// Reads `+7d`, `+1` and `{"add": ..}`; none for a value that is the same for all rows.
pub(super) fn read(property: &Property, given: &Value) -> Result<Option<Added>, Problem> {
    let given = json_text::unwrapped(given, |meant| meant.get("add").is_some());
    let (text, is_said) = match &*given {
        Value::Object(members) if members.len() == 1 => match members.get("add") {
            Some(Value::String(text)) => (text.trim().to_owned(), true),
            Some(Value::Number(number)) => (number.to_string(), true),
            _ => return Ok(None),
        },
        Value::String(text) if text.trim().starts_with(['+', '-']) => (text.trim().to_owned(), false),
        _ => return Ok(None),
    };
    let digits = text.trim_start_matches('+').trim();
    match property.kind {
        Kind::Date => match Shift::read(&text) {
            Some(shift) => Ok(Some(Added::Shift(shift))),
            None if is_said => Err(refused(property, &text, "{\"add\": \"7d\"}")),
            None => Ok(None),
        },
        // A number below zero may be meant itself.
        Kind::Number if !is_said && text.starts_with('-') => match text.parse::<f64>() {
            Ok(_) => Err(Problem::invalid_input(format!(
                "Whether `{}` of `{}` is a number or is to be taken off is not clear.",
                excerpt(&text),
                excerpt(&property.name)
            ))
            .hint(format!("Give the number {text} without quotation marks, or {{\"add\": {text}}}."))),
            Err(_) => Ok(None),
        },
        Kind::Number => match serde_json::from_str::<Number>(digits) {
            Ok(number) => Ok(Some(Added::Number(number))),
            Err(_) if is_said => Err(refused(property, &text, "{\"add\": 1}")),
            Err(_) => Ok(None),
        },
        _ if is_said => Err(Problem::invalid_input(format!(
            "Nothing can be added to `{}` ({}).",
            excerpt(&property.name),
            property.kind
        ))
        .hint("`add` moves dates and numbers.")),
        _ => Ok(None),
    }
}

fn refused(property: &Property, text: &str, form: &str) -> Problem {
    Problem::invalid_input(format!("`{}` can't be added to `{}`.", excerpt(text), excerpt(&property.name)))
        .hint(format!("Write {form}."))
}

impl Added {
    /// The row's value in Notion's form with this added; none where the row has no value.
    pub(super) fn to(&self, current: &Value, calendar: &Calendar) -> Result<Option<Value>, Problem> {
        let beyond = || Problem::invalid_input("A row's value would be beyond what Notion keeps.");
        match (self, plain(current)) {
            (_, None) => Ok(None),
            (Self::Shift(shift), Some(value)) => {
                let date = match &value {
                    Value::Object(object) => Date::from_object(object)?,
                    value => Date::from_str(value.as_str().unwrap_or_default())?,
                };
                let moved = date.shifted(shift, calendar).ok_or_else(beyond)?;
                Ok(Some(json!({ "date": moved.to_value() })))
            }
            (Self::Number(more), Some(Value::Number(number))) => {
                Ok(Some(json!({ "number": decimal::added(&number, more).ok_or_else(beyond)? })))
            }
            (Self::Number(_), Some(_)) => Ok(None),
        }
    }
}
