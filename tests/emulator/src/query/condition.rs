//! One condition on one value.

use serde_json::Value;

use crate::errors::{Refusal, invalid};
use crate::json::Peek;
use crate::properties::dates::parse;
use crate::query::dates::date_holds;
use crate::query::filter::Scope;
use crate::rich_text::plain;

/// Refuses a date condition whose operand is not a date.
pub(crate) fn check_date(condition: &Value) -> Result<(), Refusal> {
    for operator in ["equals", "before", "after", "on_or_before", "on_or_after"] {
        if let Some(operand) = condition.text(operator)
            && parse(operand).is_none()
            && !crate::query::dates::is_relative(operand)
        {
            return Err(invalid(format!(
                "body failed validation: body.filter.date.{operator} should be a valid ISO 8601 date string, instead \
                 was `\"{operand}\"`."
            )));
        }
    }
    Ok(())
}

/// Whether a value of a type meets a condition.
pub(crate) fn holds(scope: &Scope, kind: &str, value: &Value, condition: &Value) -> bool {
    if condition.is_true("is_empty") {
        return is_empty(kind, value);
    }
    if condition.is_true("is_not_empty") {
        return !is_empty(kind, value);
    }
    match kind {
        kind if is_text(kind) => TextTest::of(condition).holds(&as_text(value).to_lowercase()),
        "number" => number_holds(value.as_f64(), condition),
        "unique_id" => number_holds(value.at("number").as_f64(), condition),
        "checkbox" => {
            let truth = value.as_bool().unwrap_or(false);
            condition.at("equals").as_bool().is_none_or(|wanted| wanted == truth)
                && condition.at("does_not_equal").as_bool().is_none_or(|wanted| wanted != truth)
        }
        "select" | "status" => {
            let name = value.text("name");
            let named = |operand: &Value| words(operand).iter().any(|word| Some(*word) == name);
            (!condition.has("equals") || named(condition.at("equals")))
                && (!condition.has("does_not_equal") || !named(condition.at("does_not_equal")))
        }
        "multi_select" => listed(condition, |word| value_has(value, "name", word)),
        "relation" => listed(condition, |word| value_has(value, "id", &crate::identifiers::canonical(word))),
        "people" => listed(condition, |word| value_has(value, "id", &me(scope, word))),
        "created_by" | "last_edited_by" => {
            listed(condition, |word| value.text("id") == Some(&me(scope, word)))
        }
        "date" | "created_time" | "last_edited_time" => date_holds(scope.now, value, condition),
        "verification" => {
            let state = match value.text("state") {
                Some("verified") => "verified",
                Some("expired") => "expired",
                _ => "none",
            };
            condition.text("status").is_none_or(|wanted| wanted == state)
                && condition.text("does_not_equal").is_none_or(|wanted| wanted != state)
        }
        _ => true,
    }
}

fn me(scope: &Scope, word: &str) -> String {
    if word == "me" { scope.bot.to_owned() } else { crate::identifiers::canonical(word) }
}

fn is_empty(kind: &str, value: &Value) -> bool {
    if is_text(kind) {
        return as_text(value).is_empty();
    }
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        // A number that a new property has not given out yet.
        Value::Object(map) if kind == "unique_id" => map.at("number").is_null(),
        _ => false,
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| plain(value), str::to_owned)
}

fn words(operand: &Value) -> Vec<&str> {
    match operand {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn value_has(value: &Value, key: &str, wanted: &str) -> bool {
    value.as_array().into_iter().flatten().any(|item| item.text(key) == Some(wanted))
}

fn listed(condition: &Value, has: impl Fn(&str) -> bool) -> bool {
    let any = |operand: &Value| words(operand).iter().any(|word| has(word));
    (!condition.has("contains") || any(condition.at("contains")))
        && (!condition.has("does_not_contain") || !any(condition.at("does_not_contain")))
}

/// Whether values of a type are compared as text.
pub(crate) fn is_text(kind: &str) -> bool {
    ["title", "rich_text", "url", "email", "phone_number"].contains(&kind)
}

/// A condition on text, which is compared without regard to case, as Notion's filters do.
pub(crate) struct TextTest {
    operator: String,
    operand: String,
}

impl TextTest {
    /// The one condition that an object of the schema holds.
    pub(crate) fn of(condition: &Value) -> TextTest {
        let (operator, operand) = condition
            .as_object()
            .and_then(|map| map.iter().next())
            .map_or(("", &Value::Null), |(key, value)| (key, value));
        TextTest {
            operator: operator.to_owned(),
            operand: operand.as_str().unwrap_or_default().to_lowercase(),
        }
    }

    /// Whether a text in lower case meets it.
    pub(crate) fn holds(&self, value: &str) -> bool {
        let operand = self.operand.as_str();
        match self.operator.as_str() {
            "is_empty" => value.is_empty(),
            "is_not_empty" => !value.is_empty(),
            "equals" => value == operand,
            "does_not_equal" => value != operand,
            "contains" => value.contains(operand),
            "does_not_contain" => !value.contains(operand),
            "starts_with" => value.starts_with(operand),
            "ends_with" => value.ends_with(operand),
            _ => true,
        }
    }
}

fn number_holds(value: Option<f64>, condition: &Value) -> bool {
    condition.as_object().into_iter().flatten().all(|(operator, operand)| {
        let Some(operand) = operand.as_f64() else { return true };
        let Some(value) = value else { return operator == "does_not_equal" };
        match operator.as_str() {
            "equals" => value == operand,
            "does_not_equal" => value != operand,
            "greater_than" => value > operand,
            "less_than" => value < operand,
            "greater_than_or_equal_to" => value >= operand,
            "less_than_or_equal_to" => value <= operand,
            _ => true,
        }
    })
}
