//! Days, times and ranges.

use std::str::FromStr;

use serde_json::Value;
use toolbay_sdk_notion::jiff::{Timestamp, civil};
use toolbay_sdk_notion::properties::plain::plain;
use toolbay_sdk_notion::properties::{self, Kind};

use super::cell::{Cell, Fault};

/// A day; of a time, the day that is written, whatever its zone.
impl Cell for civil::Date {
    const WANTED: &'static str = "a day";

    fn fits(kind: &Kind) -> bool {
        matches!(kind, Kind::Date | Kind::Formula | Kind::Rollup)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let text = only_moment::<Self>(value)?;
        let day = text.get(..10).and_then(|day| day.parse().ok());
        day.ok_or_else(|| Fault::wrong::<Self>(&Value::from(text)))
    }
}

impl Cell for Timestamp {
    const WANTED: &'static str = "a time";

    fn fits(kind: &Kind) -> bool {
        matches!(kind, Kind::Date | Kind::CreatedTime | Kind::LastEditedTime | Kind::Formula | Kind::Rollup)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let text = only_moment::<Self>(value)?;
        text.parse().map_err(|_| Fault::wrong::<Self>(&Value::from(text)))
    }
}

/// A date as Notion has it: a day, a time or a range.
impl Cell for properties::Date {
    const WANTED: &'static str = "a date";

    fn fits(kind: &Kind) -> bool {
        civil::Date::fits(kind)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let plain = plain(value).ok_or(Fault::Empty)?;
        let read = match &plain {
            Value::String(text) => Self::from_str(text).ok(),
            Value::Object(object) => Self::from_object(object).ok(),
            _ => None,
        };
        read.ok_or_else(|| Fault::wrong::<Self>(&plain))
    }
}

/// The text of a date that is no range, as Notion writes it: with the offset that stands for its time zone.
fn only_moment<T: Cell>(value: &Value) -> Result<&str, Fault> {
    let Some(inner) = value.get("type").and_then(Value::as_str).and_then(|kind| value.get(kind)) else {
        return Err(Fault::Empty);
    };
    if let Some(text) = inner.as_str() {
        return Ok(text);
    }
    let date = inner.get("date").unwrap_or(inner);
    match (date.get("start").and_then(Value::as_str), date.get("end").is_none_or(Value::is_null)) {
        (Some(start), true) => Ok(start),
        _ => Err(plain(value).map_or(Fault::Empty, |found| Fault::wrong::<T>(&found))),
    }
}
