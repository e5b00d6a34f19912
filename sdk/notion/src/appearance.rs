//! Icons and covers: an emoji or a link from a caller, as Notion's object.

use serde::de::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::json_text::{notions_own, unwrapped};
use super::members::only_of;
use super::{NotionId, TEXT_LIMIT, utf16_length};
use crate::Error;

/// Longer than any emoji, also those made of several people.
const MAX_EMOJI_LENGTH: usize = 16;

/// Reads a field so that `null`, which removes, is told from a field that is absent:
/// `#[serde(default, deserialize_with = "appearance::given")] icon: Option<Value>`.
///
/// # Errors
///
/// What the deserializer says.
pub fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// An icon from an emoji, a link to a picture, the id of a custom emoji, Notion's own object, or `null` for none.
///
/// # Errors
///
/// `InvalidInput` for anything else, `LimitExceeded` for a link of more than 2,000 UTF-16 units.
pub fn icon(given: &Value) -> Result<Value, Error> {
    let refused = || {
        Error::invalid_input("This is no icon.")
            .hint("Give one emoji, the https link of a picture, the id of a custom emoji, or null for none.")
    };
    match &*meant(given) {
        own @ (Value::Null | Value::Object(_)) => checked(notions_own(own).into_owned()),
        Value::String(text) => {
            let text = text.trim();
            if is_link(text) {
                return external(text);
            }
            if let Ok(id) = text.parse::<NotionId>() {
                return Ok(json!({ "type": "custom_emoji", "custom_emoji": { "id": id } }));
            }
            let is_emoji = !text.is_ascii() && text.chars().count() <= MAX_EMOJI_LENGTH;
            if is_emoji { Ok(json!({ "type": "emoji", "emoji": text })) } else { Err(refused()) }
        }
        _ => Err(refused()),
    }
}

/// A cover from a link to a picture, Notion's own object, or `null` for none.
///
/// # Errors
///
/// As [`icon`].
pub fn cover(given: &Value) -> Result<Value, Error> {
    match &*meant(given) {
        own @ (Value::Null | Value::Object(_)) => checked(notions_own(own).into_owned()),
        Value::String(text) if is_link(text.trim()) => external(text.trim()),
        _ => Err(Error::invalid_input("This is no cover.")
            .hint("Give the https link of a picture, or null for none.")),
    }
}

/// Neither an emoji nor a link begins as an object does, so one that was sent as text has one reading.
fn meant(given: &Value) -> std::borrow::Cow<'_, Value> {
    unwrapped(given, |value| value.is_object() || value.is_null())
}

/// Notion refuses what its objects can't have too, but not before other parts of a change have been made.
fn checked(own: Value) -> Result<Value, Error> {
    const PARTS: [(&str, &[&str]); 5] = [
        ("external", &["url"]),
        ("file", &["url", "expiry_time"]),
        ("file_upload", &["id"]),
        ("custom_emoji", &["id", "name", "url"]),
        ("icon", &["name", "color"]),
    ];
    let known: Vec<&str> = ["type", "emoji"].into_iter().chain(PARTS.map(|(name, _)| name)).collect();
    only_of(Some(&own), "an icon or a cover", &known)?;
    for (name, members) in PARTS {
        only_of(own.get(name), &format!("`{name}`"), members)?;
    }
    Ok(own)
}

fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn external(url: &str) -> Result<Value, Error> {
    if utf16_length(url) > TEXT_LIMIT {
        return Err(Error::limit_exceeded(format!("The link has more than {TEXT_LIMIT} characters.")));
    }
    Ok(json!({ "type": "external", "external": { "url": url } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emojis_links_and_ids_become_icons() {
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
        for emoji in ["\u{1F680}", "1\u{FE0F}\u{20E3}", family] {
            assert_eq!(icon(&json!(emoji)).expect(emoji), json!({ "type": "emoji", "emoji": emoji }));
        }
        let link = json!({ "type": "external", "external": { "url": "https://example.com/a.png" } });
        assert_eq!(icon(&json!(" https://example.com/a.png ")).expect("a link"), link);
        assert_eq!(cover(&json!("https://example.com/a.png")).expect("a link"), link);
        let id = "59833787-e2cf-4fdf-8782-e53db20768a5";
        assert_eq!(icon(&json!(id)).expect("an id")["custom_emoji"]["id"], id);
        for own in [json!(null), json!({ "type": "icon", "icon": { "name": "pizza" } })] {
            assert_eq!(icon(&own).expect("Notion's own"), own);
        }
    }

    #[test]
    fn an_object_sent_as_text_is_the_object() {
        let emoji = json!({ "type": "emoji", "emoji": "\u{1F4A1}" });
        let link = json!({ "type": "external", "external": { "url": "https://example.com/a.png" } });
        for own in [&emoji, &link, &json!(null)] {
            let once = json!(own.to_string());
            let twice = json!(once.to_string());
            for given in [once, twice] {
                assert_eq!(icon(&given).expect("an icon"), *own, "{given}");
                assert!(own == &emoji || cover(&given).expect("a cover") == *own, "{given}");
            }
        }
        let inner = json!({ "type": "external", "external": "{\"url\": \"https://example.com/a.png\"}" });
        assert_eq!(icon(&inner).expect("an icon"), link);
    }

    #[test]
    fn words_are_no_icons() {
        for given in [json!("rocket"), json!(""), json!(3), json!("\u{1F680}".repeat(17))] {
            assert!(icon(&given).expect_err("no icon").hint.is_some(), "{given}");
            assert!(cover(&given).is_err(), "{given}");
        }
    }
}
