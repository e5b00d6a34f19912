//! Sums of decimals without the drift of floats: 0.1 and 0.2 are 0.3.
//!
//! Notion keeps numbers as doubles and shows the shortest decimal that is one. That decimal is what a person entered, so
//! decimals are what is added: as whole numbers with a common power of ten, exact as long as 38 digits hold them. What
//! goes beyond is added as floats, and said to be rounded.

use serde_json::{Number, Value};

/// Digits of a quotient, which is rarely exact.
const QUOTIENT_DIGITS: usize = 15;

/// A whole number times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    /// How many of the digits are behind the point.
    scale: u32,
}

/// A sum so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    exact: Option<Decimal>,
    rounded: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { exact: Some(Decimal { digits: 0, scale: 0 }), rounded: 0.0 }
    }
}

/// The sum of two numbers, as people add decimals; none where a number of JSON doesn't hold it.
#[must_use]
pub fn added(one: &Number, other: &Number) -> Option<Number> {
    match Decimal::of(one)?.plus(Decimal::of(other)?)?.value() {
        Value::Number(sum) => Some(sum),
        _ => None,
    }
}

impl Decimal {
    pub(crate) fn of(number: &Number) -> Option<Self> {
        Self::read(&number.to_string())
    }

    /// Reads `-12.5` and `1e-7`; none for what has more digits than fit.
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // `1.0` is a whole number.
        let part = part.trim_end_matches('0');
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        let behind = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(behind) {
            Ok(scale) => Some(Self { digits, scale }),
            Err(_) => {
                let factor = 10_i128.checked_pow(behind.unsigned_abs())?;
                Some(Self { digits: digits.checked_mul(factor)?, scale: 0 })
            }
        }
    }

    fn with_scale(self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self { digits: self.with_scale(scale)?.checked_add(other.with_scale(scale)?)?, scale })
    }

    pub(crate) fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        let scale = self.scale.max(other.scale);
        Some(self.with_scale(scale)?.cmp(&other.with_scale(scale)?))
    }

    /// The digits as people write them, without an exponent.
    fn text(self) -> String {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let behind = usize::try_from(self.scale).unwrap_or(usize::MAX);
        let padded = format!("{digits:0>width$}", width = behind.saturating_add(1));
        let (whole, part) = padded.split_at(padded.len().saturating_sub(behind));
        let part = part.trim_end_matches('0');
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }

    /// A JSON number where that is the very same, else its digits as text.
    fn value(self) -> Value {
        let text = self.text();
        if let Ok(whole) = text.parse::<i64>() {
            return Value::from(whole);
        }
        let float = text.parse::<f64>().ok().and_then(Number::from_f64);
        match float.filter(|float| Self::of(float).is_some_and(|read| read.text() == text)) {
            Some(float) => Value::Number(float),
            None => Value::String(text),
        }
    }
}

impl Sum {
    pub(crate) fn add(&mut self, number: &Number) {
        let decimal = Decimal::of(number);
        self.exact = self.exact.and_then(|sum| sum.plus(decimal?));
        self.rounded += number.as_f64().unwrap_or_default();
    }

    /// Whether it has lost digits.
    pub(crate) fn is_rounded(&self) -> bool {
        self.exact.is_none()
    }

    pub(crate) fn value(&self) -> Value {
        self.exact.map_or_else(|| float(self.rounded), Decimal::value)
    }

    /// The sum divided by how many there are; null for none.
    pub(crate) fn divided(&self, count: u64) -> Value {
        if count == 0 {
            return Value::Null;
        }
        match self.exact.and_then(|sum| quotient(sum, count)) {
            Some(decimal) => decimal.value(),
            #[expect(clippy::cast_precision_loss, reason = "far fewer rows than a float counts")]
            None => float(self.rounded / count as f64),
        }
    }
}

fn float(float: f64) -> Value {
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// The quotient: as it is where it has an end at once, else to so many digits, rounded half away from zero. No digit before
/// the point is rounded.
fn quotient(sum: Decimal, count: u64) -> Option<Decimal> {
    let count = i128::from(count);
    if sum.digits % count == 0 {
        return Some(Decimal { digits: sum.digits / count, ..sum });
    }
    let whole = (sum.digits / count).unsigned_abs();
    let have = if whole == 0 { 0 } else { whole.to_string().len() };
    // One digit more than is kept, for rounding.
    let more = u32::try_from((QUOTIENT_DIGITS + 1).saturating_sub(have)).ok()?;
    let digits = sum.digits.checked_mul(10_i128.checked_pow(more)?)? / count;
    let kept = digits.unsigned_abs().to_string().len();
    let behind = sum.scale.checked_add(more)?;
    let cut = 10_i128.checked_pow(u32::try_from(kept.saturating_sub(QUOTIENT_DIGITS)).ok()?.min(behind))?;
    let half = if digits < 0 { -(cut / 2) } else { cut / 2 };
    Some(Decimal { digits: (digits + half) / cut * cut, scale: behind })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn sum(numbers: &[&str]) -> Sum {
        let mut sum = Sum::default();
        for number in numbers {
            sum.add(&serde_json::from_str(number).expect(number));
        }
        sum
    }

    #[test]
    fn decimals_are_added_as_they_are_written() {
        assert_eq!(sum(&["0.1", "0.2"]).value(), json!(0.3));
        assert_eq!(sum(&["1.10", "2.20", "-3.30"]).value(), json!(0));
        assert_eq!(sum(&["1e3", "1e-7", "2.5"]).value(), json!(1_002.500_000_1));
        assert_eq!(sum(&[]).value(), json!(0));
        assert_eq!(sum(&["9007199254740992", "9007199254740992"]).value(), json!(18_014_398_509_481_984_i64));
        // More digits than a number of JSON keeps everywhere.
        let long = sum(&["9007199254740992", "0.01"]);
        assert_eq!(long.value(), json!("9007199254740992.01"));
        assert!(!long.is_rounded() && sum(&["1e300", "1e-300"]).is_rounded());
        assert_eq!(sum(&["1e300", "1"]).value(), json!(1e300));
        let number = |text: &str| serde_json::from_str::<Number>(text).expect(text);
        assert_eq!(added(&number("0.1"), &number("0.2")), Some(number("0.3")));
        assert_eq!(added(&number("9007199254740992"), &number("0.01")), None);
    }

    #[test]
    fn a_quotient_is_rounded_to_what_a_double_shows() {
        assert_eq!(sum(&["10"]).divided(4), json!(2.5));
        assert_eq!(sum(&["0.3"]).divided(3), json!(0.1));
        assert_eq!(sum(&["1"]).divided(3), json!(0.333_333_333_333_333));
        assert_eq!(sum(&["-2"]).divided(3), json!(-0.666_666_666_666_667));
        assert_eq!(sum(&["6"]).divided(3), json!(2));
        assert_eq!(sum(&[]).divided(0), Value::Null);
        assert_eq!(sum(&["0"]).divided(7), json!(0));
        // What has an end is not rounded, and nothing before the point.
        assert_eq!(sum(&["1234567890123456"]).divided(1), json!(1_234_567_890_123_456_i64));
        assert_eq!(sum(&["123456789012345.67"]).divided(1), json!(123_456_789_012_345.67));
        assert_eq!(sum(&["10000000000000000"]).divided(3), json!(3_333_333_333_333_333_i64));
    }

    proptest! {
        #[test]
        fn cents_add_up_to_the_cent(cents in proptest::collection::vec(-9_999_999_i64..=9_999_999, 0..400)) {
            let mut total = Sum::default();
            for cent in &cents {
                let text = format!("{}{}.{:02}", if *cent < 0 { "-" } else { "" }, cent.abs() / 100, cent.abs() % 100);
                total.add(&Number::from_f64(text.parse().expect("a float")).expect("a number"));
            }
            let all: i64 = cents.iter().sum();
            let exact = Decimal { digits: i128::from(all), scale: 2 };
            prop_assert_eq!(total.value(), exact.value());
            let count = u64::try_from(cents.len()).expect("a count");
            if let Some(average) = total.divided(count).as_f64() {
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let float = all as f64 / 100.0 / count as f64;
                prop_assert!((average - float).abs() <= float.abs() * 1e-12 + 1e-12, "{} {}", average, float);
            }
        }
    }
}
