//! What a property is compared with.

use std::str::FromStr;

use serde_json::{Value, json};

use super::condition::Subject;
use super::operator::Family;
use crate::Error;
use crate::properties::{Kind, Moment, number, unique_number};
use crate::{Object, TEXT_LIMIT, calendar, names, rich_text};

/// Words that Notion takes for a day.
const DAYS: [&str; 7] = [
    "today",
    "tomorrow",
    "yesterday",
    "one_week_ago",
    "one_week_from_now",
    "one_month_ago",
    "one_month_from_now",
];

/// A single value in Notion's form.
pub(super) fn operand(subject: &Subject<'_>, value: &Value) -> Result<Value, Error> {
    let property = subject.property;
    match (subject.family, value) {
        (Family::Text, Value::String(text)) => {
            rich_text::check_length(text, TEXT_LIMIT).map_err(|error| property.blame(error))?;
            Ok(value.clone())
        }
        (Family::Text, Value::Number(given)) => {
            number::digits(given).map(Value::String).map_err(|error| property.blame(error))
        }
        (Family::Text, Value::Bool(_)) => Ok(Value::String(value.to_string())),
        // Compared with any number: all rows are above -1.
        (Family::Number, Value::Number(_)) => match number::kept(value) {
            Ok(_) => Ok(value.clone()),
            Err(error) => Err(property.blame(error)),
        },
        (Family::Number, value) if property.kind == Kind::UniqueId => {
            unique_number(property, value).map(|number| json!(number))
        }
        (Family::Number, Value::String(text)) => {
            let kept = number::kept(&Value::from(text.as_str())).map_err(|error| property.blame(error))?;
            kept.map(Value::Number).ok_or_else(|| subject.refuse("is not by a number"))
        }
        (Family::Checkbox, Value::Bool(_)) => Ok(value.clone()),
        (Family::Checkbox, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" => Ok(json!(true)),
            "false" | "no" => Ok(json!(false)),
            _ => Err(subject.refuse("is neither by true nor by false")),
        },
        (Family::Choice | Family::Choices, value) => option(subject, value),
        (Family::Date, Value::String(text)) => day(subject, text),
        (Family::People, Value::String(text)) => person(subject, text),
        (Family::Relation, Value::String(text)) => page(subject, text),
        (Family::Verification, Value::String(text)) => {
            names::find(text, &["verified", "expired", "none"], "state").map(Value::from)
        }
        _ => Err(subject.refuse("is not by a value of its type")),
    }
}

/// What a value may look like, to end the sentence "Give ...".
pub(super) fn accepted(subject: &Subject<'_>) -> &'static str {
    match subject.family {
        Family::Text => "a text",
        Family::Number => "a number",
        Family::Checkbox => "true or false",
        Family::Choice | Family::Choices => "an option or an array of options",
        Family::Date => "a date, a range such as \"2026-01-10/2026-01-12\", `today`, `last_month`, `+7d`",
        Family::People => "the id, name or email address of a person, or `me`",
        Family::Relation => "the id, link or title of a page",
        Family::Existence => "true or false for whether there is something",
        Family::Verification => "`verified`, `expired` or `none`",
    }
}

fn option(subject: &Subject<'_>, value: &Value) -> Result<Value, Error> {
    let property = subject.property;
    let name = match value {
        Value::String(name) => name.clone(),
        Value::Number(given) => number::digits(given).map_err(|error| property.blame(error))?,
        _ => return Err(subject.refuse("is not by the name of an option")),
    };
    // Of the options that a rollup collects nothing is known here.
    if property.kind == Kind::Rollup {
        return Ok(Value::String(name));
    }
    let options: Vec<&str> = property.options.iter().map(String::as_str).collect();
    names::find(name.trim(), &options, &format!("option of `{}`", property.name)).map(Value::from)
}

fn day(subject: &Subject<'_>, text: &str) -> Result<Value, Error> {
    if let Some(day) = DAYS.iter().find(|day| names::alike(day, text.trim())) {
        return Ok(json!(day));
    }
    match Moment::from_str(text) {
        Ok(moment) => Ok(json!(moment.to_string())),
        Err(mut error) => {
            // A filter's dates have no `time_zone` of their own.
            if error.hint.as_ref().is_none_or(|hint| hint.contains("time_zone")) {
                // What a view keeps must be one of Notion's own words.
                let words = match subject.lookup.keeps_me() {
                    true => DAYS.map(|day| format!("`{day}`")).join(", "),
                    false => format!("{}, `last_month`", calendar::EXAMPLES),
                };
                error.hint = Some(format!(
                    "Give a date such as \"2026-01-10\" or \"2026-01-10T09:30:00Z\", or one of {words}."
                ));
            }
            Err(subject.property.blame(error))
        }
    }
}

/// True for what [`operand`] would take as a date.
pub(super) fn is_day(text: &str) -> bool {
    DAYS.iter().any(|day| names::alike(day, text.trim())) || Moment::from_str(text).is_ok()
}

fn person(subject: &Subject<'_>, text: &str) -> Result<Value, Error> {
    if subject.lookup.keeps_me() && text.trim() == "me" {
        return Ok(json!("me"));
    }
    let id = match Object::Person.find_unless_name(text) {
        Ok(None) => subject.lookup.person(text.trim()),
        Ok(Some(id)) => Ok(id),
        Err(error) => Err(error),
    };
    id.map(|id| json!(id)).map_err(|error| subject.property.blame(error))
}

fn page(subject: &Subject<'_>, text: &str) -> Result<Value, Error> {
    let id = match (Object::Page.find_unless_name(text), subject.property.related()) {
        (Ok(Some(id)), _) => Ok(id),
        (Ok(None), Some(data_source_id)) => subject.lookup.page(data_source_id, text.trim()),
        (Ok(None), None) => Object::Page.find(text),
        (Err(error), _) => Err(error),
    };
    id.map(|id| json!(id)).map_err(|error| subject.property.blame(error))
}
