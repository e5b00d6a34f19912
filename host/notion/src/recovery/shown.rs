//! Whether what Notion shows is what was sent.
//!
//! Notion shows more than was sent, in its own spelling. Where the spelling might differ the answer is no: it is believed
//! only when everything that was sent is there.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Whether everything that was sent is in what is seen.
pub(super) fn shows(sent: &Value, seen: &Value) -> bool {
    match (sent, seen) {
        (Value::Object(sent), Value::Object(seen)) => sent.iter().all(|(name, sent)| match name.as_str() {
            // Columns and values go by name or id.
            "properties" => shows_properties(sent, seen.get(name)),
            _ => shows(sent, seen.get(name).unwrap_or(&Value::Null)),
        }),
        (Value::Array(sent), Value::Array(seen)) => {
            sent.len() == seen.len() && sent.iter().zip(seen).all(|(sent, seen)| shows(sent, seen))
        }
        (Value::String(sent), Value::String(seen)) => {
            sent == seen || is_same_id(sent, seen) || is_same_moment(sent, seen)
        }
        (Value::Number(sent), Value::Number(seen)) => sent.as_f64() == seen.as_f64(),
        (sent, seen) => sent == seen,
    }
}

fn shows_properties(sent: &Value, seen: Option<&Value>) -> bool {
    let (Value::Object(sent), Some(Value::Object(seen))) = (sent, seen) else { return false };
    sent.iter().all(|(key, sent)| shows_property(key, sent, seen))
}

fn shows_property(key: &str, sent: &Value, seen: &Map<String, Value>) -> bool {
    let id_of = |property: &Value| property.get("id").and_then(Value::as_str).map(str::to_owned);
    let by_id = seen.values().find(|property| id_of(property).as_deref() == Some(key));
    let Value::Object(members) = sent else {
        // Removed.
        return sent.is_null() && !seen.contains_key(key) && by_id.is_none();
    };
    // A column that was renamed is found by its new name, and by the old one no longer.
    let renamed = members.get("name").and_then(Value::as_str).filter(|name| *name != key);
    let property = match renamed {
        None => seen.get(key).or(by_id),
        Some(_) if seen.contains_key(key) => None,
        Some(name) => seen.get(name).filter(|property| by_id.is_none_or(|by_id| by_id == *property)),
    };
    property.is_some_and(|property| {
        members.iter().filter(|(name, _)| *name != "name" || renamed.is_none()).all(|(name, sent)| {
            // A value's own name is that of an option or a file, not of its column.
            shows(sent, property.get(name).unwrap_or(&Value::Null))
        })
    })
}

/// Ids are the same with and without dashes.
fn is_same_id(sent: &str, seen: &str) -> bool {
    let plain = |id: &str| id.replace('-', "");
    seen.len() == 36 && sent.len() >= 32 && plain(sent).eq_ignore_ascii_case(&plain(seen))
}

/// Moments are the same in every zone.
fn is_same_moment(sent: &str, seen: &str) -> bool {
    let moment = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    moment(sent).is_some_and(|sent| moment(seen) == Some(sent))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_sent_is_found_in_what_is_seen() {
        let seen = json!({"in_trash": false, "properties": {
            "Name": {"id": "title", "type": "title", "title": [{"type": "text", "text": {"content": "A", "link": null}, "plain_text": "A"}]},
            "Points": {"id": "p%3A", "type": "number", "number": 3.0},
            "Due": {"id": "d", "type": "date", "date": {"start": "2026-11-28T10:00:00.000+00:00", "end": null}},
            "Task": {"id": "r", "relation": [{"id": "01234567-89ab-cdef-0123-456789abcdef"}]}
        }});
        for sent in [
            json!({"in_trash": false}),
            json!({"properties": {"Name": {"title": [{"text": {"content": "A"}}]}, "Points": {"number": 3}}}),
            json!({"properties": {"title": {"title": [{"text": {"content": "A"}}]}}}),
            json!({"properties": {"Due": {"date": {"start": "2026-11-28T11:00:00+01:00"}}}}),
            json!({"properties": {"Task": {"relation": [{"id": "0123456789abcdef0123456789abcdef"}]}}}),
            json!({"properties": {"Old": null}}),
        ] {
            assert!(shows(&sent, &seen), "{sent}");
        }
        for sent in [
            json!({"in_trash": true}),
            json!({"properties": {"Name": {"title": []}}}),
            json!({"properties": {"Name": {"title": [{"text": {"content": "a"}}]}}}),
            json!({"properties": {"Points": {"number": null}}}),
            json!({"properties": {"Points": null}}),
            json!({"properties": {"p%3A": null}}),
            json!({"properties": {"Nowhere": {"number": 3}}}),
        ] {
            assert!(!shows(&sent, &seen), "{sent}");
        }
    }

    #[test]
    fn a_renamed_column_is_found_by_its_new_name_alone() {
        let seen = json!({"properties": {"New": {"id": "x", "name": "New", "type": "number", "number": {"format": "number"}}}});
        for sent in [
            json!({"properties": {"Old": {"name": "New"}}}),
            json!({"properties": {"x": {"name": "New"}}}),
            json!({"properties": {"New": {"name": "New"}}}),
            json!({"properties": {"Old": {"name": "New", "number": {"format": "number"}}}}),
        ] {
            assert!(shows(&sent, &seen), "{sent}");
        }
        let before =
            json!({"properties": {"Old": {"id": "x", "name": "Old", "type": "number", "number": {}}}});
        for sent in
            [json!({"properties": {"Old": {"name": "New"}}}), json!({"properties": {"x": {"name": "New"}}})]
        {
            assert!(!shows(&sent, &before), "{sent}");
        }
    }
}
