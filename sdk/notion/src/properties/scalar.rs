//! Numbers, checkboxes, links, addresses and telephone numbers.

use serde_json::Value;

use super::{Property, near_number, number};
use crate::Error;
use crate::{TEXT_LIMIT, excerpt, rich_text};

/// Most UTF-16 units that Notion takes in an email address or a telephone number.
const ADDRESS_LIMIT: usize = 200;

pub(super) fn number(property: &Property, value: &Value) -> Result<Value, Error> {
    match (value, number::kept(value)) {
        (Value::Null, _) => Ok(Value::Null),
        (_, Ok(Some(number))) => Ok(Value::Number(number)),
        (_, Err(error)) => Err(property.blame(error)),
        (Value::String(text), Ok(None)) => {
            let refused = property.refuse(&format!("is `{}`, which is not a number", excerpt(text)));
            Err(match near_number::plainly(text) {
                Some(number) => refused.hint(format!("Give it plainly: {number}.")),
                None => refused,
            })
        }
        (_, Ok(None)) => Err(property.refuse("is not a number")),
    }
}

pub(super) fn checkbox(property: &Property, value: &Value) -> Result<Value, Error> {
    let checked = match value {
        Value::Null => Some(false),
        Value::Bool(checked) => Some(*checked),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    };
    let given = || excerpt(&value.to_string());
    checked
        .map(Value::Bool)
        .ok_or_else(|| property.refuse(&format!("is `{}`, which is neither true nor false", given())))
}

pub(super) fn url(property: &Property, value: &Value) -> Result<Value, Error> {
    text(property, value, TEXT_LIMIT, |_| true)
}

pub(super) fn email(property: &Property, value: &Value) -> Result<Value, Error> {
    text(property, value, ADDRESS_LIMIT, |address| {
        let parts = address.split_once('@');
        let whole = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        whole && !address.contains(char::is_whitespace)
    })
}

pub(super) fn phone_number(property: &Property, value: &Value) -> Result<Value, Error> {
    match value {
        Value::Number(given) => {
            number::whole_digits(given).map(Value::String).map_err(|error| property.blame(error))
        }
        other => text(property, other, ADDRESS_LIMIT, |_| true),
    }
}

/// The empty text is no value: Notion takes null for it and refuses `""`.
fn text(
    property: &Property,
    value: &Value,
    limit: usize,
    fits: impl Fn(&str) -> bool,
) -> Result<Value, Error> {
    let text = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.trim(),
        _ => return Err(property.refuse("is not a text")),
    };
    if text.is_empty() {
        return Ok(Value::Null);
    }
    rich_text::check_length(text, limit).map_err(|error| property.blame(error))?;
    if fits(text) { Ok(Value::String(text.to_owned())) } else { Err(property.refuse("is not well formed")) }
}
