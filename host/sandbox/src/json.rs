//! JSON that a guest wrote: bounded before it is parsed.

use serde_json::Value;
use toolbay_kernel::json;

use crate::limits::{JSON_DEPTH, JSON_VALUES};

/// Why a guest's JSON isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidJson {
    /// More bytes than allowed here.
    #[error("it has {bytes} bytes of the {max} allowed")]
    TooLong { bytes: usize, max: usize },
    #[error("it has more than {JSON_VALUES} values")]
    TooManyValues,
    #[error("it nests deeper than {JSON_DEPTH} levels")]
    TooDeep,
    #[error("it is not JSON (line {line}, column {column})")]
    Syntax { line: usize, column: usize },
}

/// Parses a guest's JSON of at most `max` bytes.
pub(crate) fn parse(text: &str, max: usize) -> Result<Value, InvalidJson> {
    if text.len() > max {
        return Err(InvalidJson::TooLong { bytes: text.len(), max });
    }
    measure(text)?;
    // The parser's own message may quote the guest's text, so only the place is kept.
    json::read(text).map_err(|error| InvalidJson::Syntax { line: error.line(), column: error.column() })
}

/// Counts values and levels without allocating: the host pays for both when it parses.
fn measure(text: &str) -> Result<(), InvalidJson> {
    let (mut values, mut depth) = (1_usize, 0_usize);
    let mut in_string = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match (in_string, byte) {
            (true, b'\\') => {
                bytes.next();
            }
            (_, b'"') => in_string = !in_string,
            (false, b',') => values += 1,
            (false, b'[' | b'{') => {
                values += 1;
                depth += 1;
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if values > JSON_VALUES {
            return Err(InvalidJson::TooManyValues);
        }
        if depth > JSON_DEPTH {
            return Err(InvalidJson::TooDeep);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_cost_the_host_is_refused_before_parsing() {
        assert_eq!(parse("12345", 4), Err(InvalidJson::TooLong { bytes: 5, max: 4 }));
        assert_eq!(parse(&"[".repeat(65), 1_000), Err(InvalidJson::TooDeep));
        let many = format!("[{}0]", "0,".repeat(JSON_VALUES));
        assert_eq!(parse(&many, many.len()), Err(InvalidJson::TooManyValues));
        assert_eq!(parse("{\"secret\": x}", 100), Err(InvalidJson::Syntax { line: 1, column: 12 }));
        let prose = json!({"text": "a, [b], {c}".repeat(100_000)}).to_string();
        assert!(parse(&prose, prose.len()).is_ok());
        let escaped = json!({"a": "\\\"[[[", "b": ["\""]}).to_string();
        assert!(parse(&escaped, 100).is_ok());
    }

    proptest! {
        /// Whatever the measure lets through has at most the values that it counted.
        #[test]
        fn the_measure_never_undercounts(text in r#"[\[\]{},:"\\a0 ]{0,60}"#) {
            if let Ok(value) = parse(&text, 60) {
                fn count(value: &Value) -> usize {
                    1 + match value {
                        Value::Array(items) => items.iter().map(count).sum(),
                        Value::Object(members) => members.values().map(count).sum(),
                        _ => 0,
                    }
                }
                let commas_and_brackets = text.bytes().filter(|b| b",[{".contains(b)).count();
                prop_assert!(count(&value) <= commas_and_brackets + 1);
            }
        }
    }
}
