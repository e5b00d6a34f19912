//! Numbers that stay what they are: Notion keeps double-precision floats, and JSON is read into them where it has to be.

use serde_json::{Number, Value};

use crate::Error;

/// From here on not every whole number is one of double precision.
const LARGEST: u64 = 1 << 53;

/// What would work instead, to end an error.
pub(crate) const HINT: &str = "Keep it in a text property, and give it as text.";

/// The number that a caller gives as JSON or as text, where Notion would keep the very same; none for a text that is no
/// number.
///
/// # Errors
///
/// `InvalidInput` for one that Notion would round, or that was rounded when it was read.
pub(crate) fn kept(value: &Value) -> Result<Option<Number>, Error> {
    match value {
        Value::Number(number) if is_as_given(number) && is_kept(number) => Ok(Some(number.clone())),
        Value::Number(_) => Err(rounded()),
        Value::String(text) => written(text.trim()),
        _ => Ok(None),
    }
}

/// The digits of a number that stands where a text is meant.
///
/// # Errors
///
/// `InvalidInput` for one whose last digits may have been lost when it was read.
pub(crate) fn digits(number: &Number) -> Result<String, Error> {
    // Decimals of at most so many digits come back as they were.
    const SURE: usize = 15;
    let text = number.to_string();
    let is_sure = !number.is_f64()
        || is_as_given(number) && decimal(&text).is_some_and(|(_, digits, _)| digits.len() <= SURE);
    if is_sure { Ok(text) } else { Err(lost()) }
}

/// The same for what is no number but looks like one, such as a telephone number: only a whole one surely has the digits that
/// were given.
///
/// # Errors
///
/// `InvalidInput` for any other.
pub(crate) fn whole_digits(number: &Number) -> Result<String, Error> {
    if number.is_f64() { Err(lost()) } else { Ok(number.to_string()) }
}

fn lost() -> Error {
    Error::invalid_input("The number may have lost digits when it was read.")
        .hint("Give it as text, in quotation marks.")
}

fn rounded() -> Error {
    Error::invalid_input("The number has more digits than Notion keeps of a number.").hint(HINT)
}

/// Whole numbers beyond 64 bits are read as floats: then nobody knows which was given.
fn is_as_given(number: &Number) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let largest = LARGEST as f64;
    !number.is_f64() || number.as_f64().is_some_and(|size| size.abs() < largest)
}

fn is_kept(number: &Number) -> bool {
    let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
    size.is_none_or(|size| size <= LARGEST || size.is_multiple_of(1 << (64 - size.leading_zeros() - 53)))
}

fn written(text: &str) -> Result<Option<Number>, Error> {
    if let Ok(whole) = text.parse::<i64>() {
        let whole = Number::from(whole);
        return if is_kept(&whole) { Ok(Some(whole)) } else { Err(rounded()) };
    }
    // `from_f64` refuses the infinities and NaN, which `parse` reads.
    let Some(float) = text.parse::<f64>().ok() else { return Ok(None) };
    let Some(number) = Number::from_f64(float) else { return Ok(None) };
    let whole = text.parse::<i128>().ok();
    #[expect(clippy::cast_possible_truncation, reason = "the comparison shows what was cut")]
    let is_kept = match whole {
        Some(whole) => float as i128 == whole,
        None => decimal(text) == decimal(&format!("{float:e}")),
    };
    if is_kept { Ok(Some(number)) } else { Err(rounded()) }
}

/// The digits of a number without zeros at either end, and where its point is.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let is_negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{part}");
    let digits = all.trim_start_matches('0');
    let point = i64::try_from(whole.len()).ok()? - i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some((false, String::new(), 0));
    }
    Some((is_negative, digits.to_owned(), point.checked_add(exponent)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(json: &str) -> Result<Option<Number>, Error> {
        kept(&serde_json::from_str::<Value>(json).expect("JSON"))
    }

    #[test]
    fn a_number_that_was_changed_by_being_read_is_refused_and_says_how_to_keep_it() {
        for text in [
            "555555555555555555551",
            "555555555555555555559",
            "-555555555555555555551",
            "9007199254740993",
            "18446744073709551617",
            "1e20",
        ] {
            assert!(read(text).expect_err(text).hint.is_some(), "{text}");
        }
        for text in
            ["555555555555555555551", "9007199254740993", "0.12345678901234567890", "1.00000000000000000001"]
        {
            assert!(kept(&json!(text)).is_err(), "{text}");
        }
        for text in [
            "1e20",
            "1e300",
            "-0.10",
            "1.50",
            "9007199254740992",
            "1152921504606846976",
            "0",
            "-0",
            "1e-5",
            ".5",
        ] {
            assert!(kept(&json!(text)).expect(text).is_some(), "{text}");
        }
        for text in ["nan", "inf", "12a", ""] {
            assert_eq!(kept(&json!(text)).expect(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_that_stands_for_a_text_has_the_digits_that_were_given() {
        let digits = |json: &str| match serde_json::from_str(json).expect("JSON") {
            Value::Number(number) => digits(&number),
            _ => panic!("a number"),
        };
        for kept in ["436641234567", "1.5", "18446744073709551615", "-7"] {
            assert_eq!(digits(kept).expect(kept), kept);
        }
        for lost in ["555555555555555555551", "0.12345678901234567890"] {
            assert!(digits(lost).is_err(), "{lost}");
        }
        assert!(whole_digits(&Number::from_f64(1e21).expect("a number")).is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_with_the_digits_that_were_given(
            whole in "-?[1-9][0-9]{0,24}", part in proptest::option::of("[0-9]{1,20}"),
        ) {
            let text = part.map_or_else(|| whole.clone(), |part| format!("{whole}.{part}"));
            if let Ok(number) = kept(&json!(text)) {
                let number = number.expect("a number");
                let float = number.as_f64().expect("a float");
                let is_same = text.parse::<i128>().ok().is_some_and(|whole| float as i128 == whole)
                    || decimal(&text) == decimal(&format!("{float:e}"));
                prop_assert!(is_same, "{} became {}", text, number);
            }
        }
    }
}
