//! How the API words a failed validation (grammar recorded by third parties against the live API):
//! one problem on the line, several under "Fix one:", the refused value quoted as JSON and cut at 55
//! UTF-16 units.

use serde_json::Value;

use crate::errors::{Refusal, invalid};

const QUOTE_LIMIT_UNITS: usize = 55;

/// One thing that a value fails: where it is, what it should be, what it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) path: Vec<String>,
    pub(crate) value: Option<Value>,
    pub(crate) expected: Vec<String>,
    pub(crate) optional: bool,
}

impl Problem {
    pub(crate) fn new(path: &[String], value: Option<&Value>, expected: impl Into<String>) -> Problem {
        Problem {
            path: path.to_vec(),
            value: value.cloned(),
            expected: vec![expected.into()],
            optional: false,
        }
    }

    fn line(&self) -> String {
        let place = self.path.join(".").replace(".[", "[");
        let mut described = self.expected.clone();
        if self.optional {
            described.push("`undefined`".to_owned());
        }
        let expected = match described.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, second] => format!("{first} or {second}"),
            [head @ .., last] => format!("{}, or {last}", head.join(", ")),
        };
        format!("{place} should be {expected}, instead was `{}`.", quoted(self.value.as_ref()))
    }
}

/// A value as a refusal quotes it.
pub(crate) fn quoted(value: Option<&Value>) -> String {
    let Some(value) = value else { return "undefined".to_owned() };
    let text = match value {
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), plain_number),
        other => other.to_string(),
    };
    let units: Vec<u16> = text.encode_utf16().collect();
    match units.get(..QUOTE_LIMIT_UNITS) {
        Some(head) if units.len() > QUOTE_LIMIT_UNITS => format!("{}...", String::from_utf16_lossy(head)),
        _ => text,
    }
}

/// A number as JavaScript writes it: `1`, not `1.0`.
pub(crate) fn plain_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// The refusal for what was found under `root` (`body`, `query` or `path`).
pub(crate) fn refusal(root: &str, problems: &[Problem]) -> Option<Refusal> {
    match problems {
        [] => None,
        [only] => Some(invalid(format!("{root} failed validation: {}", only.line()))),
        many => {
            let lines: Vec<String> = many.iter().map(Problem::line).collect();
            Some(invalid(format!("{root} failed validation. Fix one:\n{}", lines.join("\n"))))
        }
    }
}
