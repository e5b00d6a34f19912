//! JSON that a caller sent as text, where the reader expects something else than this text.
//!
//! Whoever reads a value says what it would take. A text that says such a value in JSON, also quoted several times, is
//! read as it; every other text stays what it is, however much it looks like JSON.

use std::borrow::Cow;
use std::io;

use serde_json::Value;

/// How many times a value may have been turned into text.
const MAX_LAYERS: usize = 4;

/// How deep an object of Notion's is looked into.
const DEEPEST: usize = 12;

/// Members of Notion's objects that hold what people write, and so are never read as anything else.
const WRITTEN: [&str; 9] =
    ["content", "plain_text", "expression", "name", "title", "description", "string", "href", "url"];

/// Members of Notion's objects that are true or false.
const FLAGS: [&str; 5] = ["bold", "italic", "strikethrough", "underline", "code"];

/// The value that a text is in JSON. What is on top of this crate parses by it too: the generic functions of `serde_json`
/// are compiled anew into every crate that calls them, and a parser makes a guest a twentieth larger.
///
/// # Errors
///
/// What is wrong with the JSON.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

/// Bytes of a value as JSON text, which isn't kept.
#[must_use]
pub fn size(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither a value nor this writer can fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// What a text says in JSON, unless that is again a text.
#[must_use]
pub fn read(text: &str) -> Option<Value> {
    let mut value = parse(text.trim()).ok()?;
    for _ in 1..MAX_LAYERS {
        let Value::String(inner) = &value else { break };
        value = parse(inner.trim()).ok()?;
    }
    (!value.is_string()).then_some(value)
}

/// The value that is meant: what a text says in JSON where `is_meant` takes it, else the value itself.
#[must_use]
pub fn unwrapped(given: &Value, is_meant: impl FnOnce(&Value) -> bool) -> Cow<'_, Value> {
    match given {
        Value::String(text) => read(text).filter(is_meant).map_or(Cow::Borrowed(given), Cow::Owned),
        _ => Cow::Borrowed(given),
    }
}

/// True for an object or an array.
#[must_use]
pub fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// An object of Notion's, or an array of them, in which every object, array and flag that was sent as text is one again.
#[must_use]
pub fn notions_own(given: &Value) -> Cow<'_, Value> {
    if is_container(given) && has_text_to_read(given, DEEPEST) {
        Cow::Owned(reread(given, DEEPEST))
    } else {
        Cow::Borrowed(given)
    }
}

fn is_written(key: &str) -> bool {
    WRITTEN.contains(&key)
}

/// A flag, where a member that is one was sent as text.
fn flag(key: &str, member: &Value) -> Option<Value> {
    member.as_str().filter(|_| FLAGS.contains(&key)).and_then(read).filter(Value::is_boolean)
}

fn has_text_to_read(value: &Value, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return false };
    match value {
        Value::String(text) => text.trim_start().starts_with(['{', '[', '"']),
        Value::Array(elements) => elements.iter().any(|element| has_text_to_read(element, left)),
        Value::Object(members) => members.iter().any(|(key, member)| {
            let stays = is_written(key) && member.is_string();
            flag(key, member).is_some() || (!stays && has_text_to_read(member, left))
        }),
        _ => false,
    }
}

fn reread(value: &Value, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    match value {
        Value::String(text) => match read(text).filter(is_container) {
            Some(meant) => reread(&meant, left),
            None => value.clone(),
        },
        Value::Array(elements) => elements.iter().map(|element| reread(element, left)).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| {
                    let stays = is_written(key) && member.is_string();
                    let meant = match flag(key, member) {
                        Some(flag) => flag,
                        None if stays => member.clone(),
                        None => reread(member, left),
                    };
                    (key.clone(), meant)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn only_what_the_reader_would_take_is_read() {
        let text = json!("{\"a\": 1}");
        assert_eq!(*unwrapped(&text, Value::is_object), json!({ "a": 1 }));
        assert_eq!(*unwrapped(&text, Value::is_array), text);
        let mut text = json!({ "a": [1] }).to_string();
        for _ in 0..MAX_LAYERS {
            assert_eq!(read(&text), Some(json!({ "a": [1] })), "{text}");
            text = json!(text).to_string();
        }
        for stays in [text.as_str(), "", "a", "\"a\"", "{", "[1] and more"] {
            assert_eq!(read(stays), None, "{stays}");
        }
    }

    #[test]
    fn what_people_wrote_inside_of_notions_objects_stays_text() {
        let given = json!([{ "text": "{\"content\": \"[1]\"}", "annotations": "{\"bold\": true}" }]);
        let meant = json!([{ "text": { "content": "[1]" }, "annotations": { "bold": true } }]);
        assert_eq!(*notions_own(&given), meant);
        let flags = json!([{ "text": { "content": "true" }, "annotations": { "bold": "true", "code": "\"false\"" } }]);
        let meant =
            json!([{ "text": { "content": "true" }, "annotations": { "bold": true, "code": false } }]);
        assert_eq!(*notions_own(&flags), meant);
        let file = json!({ "name": "[draft]", "external": { "url": "https://example.com" } });
        assert_eq!(*notions_own(&file), file);
    }

    proptest! {
        #[test]
        fn a_container_comes_back_through_any_number_of_quotings(
            keys in prop::collection::vec("\\PC{0,8}", 0..5), layers in 1_usize..=MAX_LAYERS
        ) {
            let value = json!({ "keys": keys });
            prop_assert_eq!(size(&value), value.to_string().len());
            let text = (0..layers).fold(value.clone(), |inner, _| Value::String(inner.to_string()));
            prop_assert_eq!(unwrapped(&text, is_container).into_owned(), value);
        }
    }
}
