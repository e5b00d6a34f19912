//! What Notion says beside the answer to a write.

use serde_json::Value;

/// What Notion says that it read otherwise or left out, in its own words.
#[must_use]
pub fn warnings(answer: &Value) -> Vec<String> {
    let warnings = answer.get("warnings").and_then(Value::as_array).into_iter().flatten();
    let message = |warning: &Value| warning.get("message").unwrap_or(warning).as_str().map(str::to_owned);
    warnings.filter_map(message).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_warning_is_a_text_or_has_one() {
        let answer = json!({ "id": "x", "warnings": [{ "code": "odd", "message": "Odd." }, "Odder.", 1] });
        assert_eq!(warnings(&answer), ["Odd.", "Odder."]);
        assert!(warnings(&json!({})).is_empty());
    }
}
