//! What a field can be read as.

use serde_json::Value;
use toolbay_sdk_notion::properties::Kind;
use toolbay_sdk_notion::properties::plain::plain;

use super::element::Element;

/// A type that the value of a column can be read as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from a column",
    label = "a column is read as `String`, `f64`, `i64`, `bool`, a `Date`, a `Timestamp`, an enum that derives `Options`, or an `Option` or `Vec` of these"
)]
pub trait Cell: Sized {
    /// What a column is wanted to hold, such as `a number`.
    const WANTED: &'static str;

    /// Whether a column of this type can hold it.
    fn fits(kind: &Kind) -> bool;

    /// Reads one of Notion's property values, such as `{"type": "number", "number": 3}`.
    ///
    /// # Errors
    ///
    /// Why it can't be read.
    fn read(value: &Value) -> Result<Self, Fault>;
}

/// Why a value can't be read as its field.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// There is nothing.
    Empty,
    /// It is something else, as the end of a sentence: `is 3.5, and a whole number is wanted`.
    Is(String),
    /// It is something that doesn't exist for the field, with what does: the same, and a hint.
    Unknown(String, String),
}

impl Fault {
    /// The fault of a value of the wrong kind.
    #[must_use]
    pub fn wrong<T: Cell>(found: &Value) -> Self {
        let shown = toolbay_sdk_notion::excerpt(&found.to_string());
        Self::Is(format!("is {shown}, and {} is wanted", T::WANTED))
    }
}

impl<T: Cell> Cell for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn fits(kind: &Kind) -> bool {
        T::fits(kind)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        if plain(value).is_none() {
            return Ok(None);
        }
        T::read(value).map(Some)
    }
}

/// A text, a link, the name of an option or a person, a unique id; a date as ISO 8601 writes it. A text may be empty.
impl Cell for String {
    const WANTED: &'static str = "a text";

    fn fits(kind: &Kind) -> bool {
        matches!(
            kind,
            Kind::Title
                | Kind::RichText
                | Kind::Url
                | Kind::Email
                | Kind::PhoneNumber
                | Kind::Select
                | Kind::Status
                | Kind::Date
                | Kind::UniqueId
                | Kind::Formula
                | Kind::CreatedTime
                | Kind::CreatedBy
                | Kind::LastEditedTime
                | Kind::LastEditedBy
        )
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        match plain(value) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) if value.get("unique_id").is_some() => Ok(number.to_string()),
            Some(other) => Err(Fault::wrong::<Self>(&other)),
            None if value.get("title").is_some() || value.get("rich_text").is_some() => Ok(Self::new()),
            None => Err(Fault::Empty),
        }
    }
}

impl Cell for f64 {
    const WANTED: &'static str = "a number";

    fn fits(kind: &Kind) -> bool {
        is_numeric(kind)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let number = number(value)?;
        number.as_f64().ok_or_else(|| Fault::wrong::<Self>(&number))
    }
}

impl Cell for i64 {
    const WANTED: &'static str = "a whole number";

    fn fits(kind: &Kind) -> bool {
        is_numeric(kind)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let number = number(value)?;
        number.as_i64().or_else(|| whole(number.as_f64()?)).ok_or_else(|| Fault::wrong::<Self>(&number))
    }
}

fn is_numeric(kind: &Kind) -> bool {
    matches!(kind, Kind::Number | Kind::UniqueId | Kind::Formula | Kind::Rollup)
}

fn number(value: &Value) -> Result<Value, Fault> {
    // With its prefix it would be a text.
    let own = value.pointer("/unique_id/number").filter(|number| number.is_number());
    own.cloned().or_else(|| plain(value)).ok_or(Fault::Empty)
}

/// A whole number that was computed, such as `3.0`. Beyond these a floating-point number stands for several.
fn whole(number: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and is in the range")]
    (number.fract() == 0.0 && number.abs() < LARGEST).then_some(number as i64)
}

impl Cell for bool {
    const WANTED: &'static str = "true or false";

    fn fits(kind: &Kind) -> bool {
        matches!(kind, Kind::Checkbox | Kind::Formula)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        let value = plain(value).ok_or(Fault::Empty)?;
        value.as_bool().ok_or_else(|| Fault::wrong::<Self>(&value))
    }
}

/// Several: options and people by name, related pages by id, files by link. It may be empty.
impl<T: Element> Cell for Vec<T> {
    const WANTED: &'static str = T::SEVERAL;

    fn fits(kind: &Kind) -> bool {
        T::is_among(kind)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        match plain(value) {
            None => Ok(Self::new()),
            Some(Value::Array(elements)) => elements.iter().map(T::read).collect(),
            Some(other) => Err(Fault::wrong::<Self>(&other)),
        }
    }
}
