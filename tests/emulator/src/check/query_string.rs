//! The query string, read as the API's front door reads it: keys once, brackets for lists, and each
//! value coerced to a number or a boolean where it looks like one.

use serde_json::{Map, Value};

use crate::errors::{Refusal, invalid};

/// The members of a query string. `filter_properties` is the one key that is a list.
pub(crate) struct QueryString {
    pub(crate) members: Map<String, Value>,
    pub(crate) filter_properties: Option<Vec<String>>,
}

/// Reads a query string, or refuses a key that is not one value.
pub(crate) fn read(raw: &str) -> Result<QueryString, Refusal> {
    let mut members: Map<String, Value> = Map::new();
    let mut filter_properties: Option<Vec<String>> = None;
    for part in raw.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (decode(key), decode(value));
        let (name, bracket) = match key.split_once('[') {
            Some((name, rest)) => (name.to_owned(), Some(rest.trim_end_matches(']').to_owned())),
            None => (key, None),
        };
        if name.is_empty() {
            continue;
        }
        let is_list = bracket.as_deref().is_none_or(|inner| inner.is_empty() || is_index(inner));
        if name == "filter_properties" {
            if !is_list {
                return Err(invalid(
                    "The value of \"filter_properties\" in query parameters must be a string or list of strings",
                ));
            }
            filter_properties.get_or_insert_default().push(value);
        } else if !is_list {
            return Err(invalid(format!(
                "The value of \"{name}\" in query parameters must be a string, number, or boolean."
            )));
        } else if bracket.is_some() || members.contains_key(&name) {
            return Err(invalid(format!("Conflicting values for \"{name}\" in query parameters.")));
        } else {
            members.insert(name, coerce(&value));
        }
    }
    Ok(QueryString { members, filter_properties })
}

fn is_index(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|index| index <= 20 && index.to_string() == text)
}

fn coerce(value: &str) -> Value {
    let trimmed = value.trim();
    if value.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if value.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if trimmed.is_empty() {
        return Value::from(0);
    }
    match trimmed.parse::<f64>() {
        Ok(number) if number.is_finite() && number.fract() == 0.0 && number.abs() < 9e15 => {
            Value::from(number as i64)
        }
        _ => Value::from(value),
    }
}

/// Percent-decoding with `+` as a space; text that doesn't decode stays as it is.
pub(crate) fn decode(text: &str) -> String {
    decode_segment(&text.replace('+', " "))
}

/// Percent-decoding of a path segment.
pub(crate) fn decode_segment(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: Option<(u32, u32)> = rest
            .next()
            .zip(rest.next())
            .and_then(|(high, low)| char::from(high).to_digit(16).zip(char::from(low).to_digit(16)));
        match digits {
            Some((high, low)) => bytes.push((high * 16 + low) as u8),
            None => return text.to_owned(),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
