//! Comparing a value that is to be written with the one that is there.

use serde_json::Value;

use super::plain::without_offset;
use super::{Date, Kind, known};
use crate::markdown;

/// True when writing `wanted` over `current` would surely change nothing; when in doubt it is false.
///
/// `wanted` is what [`normalise`](super::normalise) makes, `current` a property value as Notion answers it.
#[must_use]
pub fn same(wanted: &Value, current: &Value) -> bool {
    let Some(name) = current.get("type").and_then(Value::as_str) else { return false };
    let (Some(wanted), Some(inner)) = (wanted.get(name), current.get(name)) else { return false };
    let whole = inner.is_array() && !known::is_cut(current);
    match Kind::from_name(name) {
        Kind::Title | Kind::RichText => whole && markdown::normalised(wanted) == markdown::normalised(inner),
        // Numbers may be written 1 or 1.0; Notion keeps them as double-precision floats.
        Kind::Number => wanted.as_f64() == inner.as_f64(),
        Kind::Checkbox | Kind::Url | Kind::Email | Kind::PhoneNumber => wanted == inner,
        Kind::Select | Kind::Status => wanted.get("name") == inner.get("name"),
        Kind::MultiSelect => members(wanted, "name") == members(inner, "name"),
        Kind::Relation | Kind::People => whole && members(wanted, "id") == members(inner, "id"),
        Kind::Files => {
            inner.as_array().is_some_and(|files| files.iter().all(is_external))
                && links(wanted) == links(inner)
        }
        Kind::Date => match (date(wanted), date(inner)) {
            (Some(wanted), Some(current)) => wanted.is_same(&current),
            _ => wanted.is_null() && inner.is_null(),
        },
        _ => false,
    }
}

/// The sorted names or ids of an array: in what order they stand does not matter.
fn members<'a>(elements: &'a Value, key: &str) -> Vec<&'a str> {
    let elements = elements.as_array().into_iter().flatten();
    let mut members: Vec<&str> = elements.filter_map(|element| element.get(key)?.as_str()).collect();
    members.sort_unstable();
    members
}

/// Links of files that Notion hosts change from answer to answer.
fn is_external(file: &Value) -> bool {
    file.get("external").is_some()
}

fn links(files: &Value) -> Vec<(Option<&Value>, Option<&Value>)> {
    let files = files.as_array().into_iter().flatten();
    files.map(|file| (file.get("name"), file.pointer("/external/url"))).collect()
}

/// Notion answers an offset beside the time zone, which it doesn't take: the clock is what both have.
fn date(value: &Value) -> Option<Date> {
    let mut date = value.as_object()?.clone();
    if date.get("time_zone").is_some_and(Value::is_string) {
        for end in ["start", "end"] {
            if let Some(Value::String(time)) = date.get_mut(end) {
                *time = without_offset(time);
            }
        }
    }
    Date::from_object(&date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alike(kind: &str, wanted: Value, current: Value) -> bool {
        same(&json!({ kind: wanted }), &json!({ "id": "p", "type": kind, kind: current }))
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        assert!(alike(
            "title",
            json!([{ "text": { "content": "ab" } }]),
            json!([{ "text": { "content": "ab", "link": null }, "plain_text": "ab" }])
        ));
        assert!(alike("number", json!(1), json!(1.0)));
        assert!(alike(
            "select",
            json!({ "name": "High" }),
            json!({ "id": "x", "name": "High", "color": "red" })
        ));
        assert!(alike(
            "multi_select",
            json!([{ "name": "a" }, { "name": "b" }]),
            json!([{ "name": "b" }, { "name": "a" }])
        ));
        assert!(alike(
            "date",
            json!({ "start": "2026-01-10T09:00:00+01:00" }),
            json!({ "start": "2026-01-10T08:00:00.000+00:00", "end": null, "time_zone": null })
        ));
        assert!(alike(
            "date",
            json!({ "start": "2026-01-10T17:57:32.5Z", "end": "2026-01-10T18:00:59Z" }),
            json!({ "start": "2026-01-10T17:57:00.000+00:00", "end": "2026-01-10T18:00:00.000+00:00" })
        ));
        assert!(alike(
            "date",
            json!({ "start": "2026-01-10T09:30:10", "time_zone": "Europe/Vienna" }),
            json!({ "start": "2026-01-10T09:30:00.000+01:00", "time_zone": "Europe/Vienna" })
        ));
        assert!(alike("url", json!(null), json!(null)));
        let link = json!([{ "name": "Plan", "type": "external", "external": { "url": "https://f" } }]);
        assert!(alike("files", link.clone(), link));
        assert!(alike("relation", json!([{ "id": "a" }]), json!([{ "id": "a" }])));
    }

    #[test]
    fn what_differs_or_cannot_be_seen_whole_is_not_the_same() {
        assert!(!alike("select", json!(null), json!({ "name": "High" })));
        assert!(!alike(
            "rich_text",
            json!([{ "text": { "content": "a" } }]),
            json!([{ "text": { "content": "a" }, "annotations": { "bold": true }, "plain_text": "a" }])
        ));
        assert!(!alike(
            "date",
            json!({ "start": "2026-01-10" }),
            json!({ "start": "2026-01-10", "end": "2026-01-11" })
        ));
        let hosted = json!([{ "name": "Plan", "type": "file", "file": { "url": "https://f" } }]);
        assert!(!alike("files", hosted.clone(), hosted));
        let many: Vec<Value> = (0..25).map(|id| json!({ "id": id.to_string() })).collect();
        assert!(!alike("people", json!(many), json!(many)));
        assert!(!same(
            &json!({ "relation": [{ "id": "a" }] }),
            &json!({ "type": "relation", "relation": [{ "id": "a" }], "has_more": true }),
        ));
    }
}
