//! Which values of a page are still there after it was moved.

use serde_json::Map;
use toolbay_sdk::notion::properties::Kind;
use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::prelude::*;

/// The plain values of the page before that the page afterwards has no more, by the names of their columns. What Notion
/// computes is none of them, and the title goes with the page.
pub(crate) fn lost(before: &Value, after: &Value) -> Map<String, Value> {
    let of = |page: &Value, name: &str| page.get("properties").and_then(|own| own.get(name)).and_then(plain);
    let before_all = before.get("properties").and_then(Value::as_object).into_iter().flatten();
    before_all
        .filter(|(_, property)| is_kept_by_people(property))
        .filter_map(|(name, property)| Some((name, plain(property)?)))
        .filter(|(name, value)| *value != Value::Bool(false) && !is_same(value, of(after, name).as_ref()))
        .map(|(name, value)| (name.clone(), value))
        .collect()
}

/// One option in a column that may have several is the same value.
fn is_same(before: &Value, after: Option<&Value>) -> bool {
    let is_alone =
        |list: &Value, one: &Value| matches!(list, Value::Array(items) if items.as_slice() == [one.clone()]);
    after.is_some_and(|after| before == after || is_alone(before, after) || is_alone(after, before))
}

/// False for the title and for what Notion computes.
pub(crate) fn is_kept_by_people(property: &Value) -> bool {
    let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
    !matches!(
        Kind::from_name(kind),
        Kind::Title
            | Kind::Formula
            | Kind::Rollup
            | Kind::Button
            | Kind::CreatedTime
            | Kind::CreatedBy
            | Kind::LastEditedTime
            | Kind::LastEditedBy
    )
}
