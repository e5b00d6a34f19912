//! Patterns as SQL has them, where they have one reading among Notion's operators.

use serde_json::Value;

use crate::names;

/// The operator of Notion and the text that `like` and `not_like` mean; none for any other operator, and for a text without
/// `%`, which is taken as it is.
pub(super) fn read(operator: &str, value: &Value) -> Option<Result<(&'static str, String), &'static str>> {
    let is_called = |known: &[&str]| known.iter().any(|known| names::alike(known, operator.trim()));
    let is_negated = match (is_called(&["like", "ilike"]), is_called(&["not_like", "not_ilike"])) {
        (true, _) => false,
        (_, true) => true,
        _ => return None,
    };
    let Some(pattern) = value.as_str().filter(|text| text.contains('%')) else {
        return is_negated.then(|| match value.as_str() {
            Some(text) => Ok(("does_not_contain", text.to_owned())),
            None => Err("is not by a text"),
        });
    };
    let (head, start) = pattern.strip_prefix('%').map_or((false, pattern), |rest| (true, rest));
    let (tail, text) = start.strip_suffix('%').map_or((false, start), |rest| (true, rest));
    Some(match (head, tail, is_negated) {
        _ if text.is_empty() || text.contains('%') => Err(
            "has a pattern that Notion has no operator for: `%` can stand at the start, at the end, or at both",
        ),
        (true, true, false) => Ok(("contains", text.to_owned())),
        (false, true, false) => Ok(("starts_with", text.to_owned())),
        (true, false, false) => Ok(("ends_with", text.to_owned())),
        (true, true, true) => Ok(("does_not_contain", text.to_owned())),
        _ => Err("has a pattern that Notion can't negate: only `%text%` can be"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn a_pattern_with_one_reading_becomes_notions_operator() {
        for (operator, pattern, wanted) in [
            ("like", "%file%", ("contains", "file")),
            ("LIKE", "a%", ("starts_with", "a")),
            ("ilike", "%a_b", ("ends_with", "a_b")),
            ("not like", "%x%", ("does_not_contain", "x")),
        ] {
            let read = read(operator, &json!(pattern)).expect(pattern).expect(pattern);
            assert_eq!((read.0, read.1.as_str()), wanted);
        }
        for (operator, pattern) in [("like", "a%b"), ("like", "%"), ("like", "%%"), ("not_like", "a%")] {
            assert!(read(operator, &json!(pattern)).expect(pattern).is_err(), "{pattern}");
        }
        assert!(read("contains", &json!("100%")).is_none(), "taken as it is");
        assert!(read("like", &json!("a_b")).is_none(), "contains, as it is called");
    }
}
