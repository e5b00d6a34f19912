//! Rich text: cutting plain text into what Notion takes, and reading it back.

use serde_json::{Map, Value, json};

use super::members::{only, only_of};
use super::properties::number;
use super::{ARRAY_LIMIT, TEXT_LIMIT, utf16_length};
use crate::Error;

/// Cuts a text into pieces of at most [`TEXT_LIMIT`] UTF-16 units, never inside a character; joined they are the text.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut units) = (0, 0);
    for (position, character) in text.char_indices() {
        if units + character.len_utf16() > TEXT_LIMIT {
            pieces.extend(text.get(start..position));
            (start, units) = (position, 0);
        }
        units += character.len_utf16();
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

/// Plain text as an array of Notion's rich text objects; empty for the empty text.
///
/// # Errors
///
/// `LimitExceeded` for text of more than 100 pieces (about 200,000 characters).
pub fn from_text(text: &str) -> Result<Vec<Value>, Error> {
    bounded(
        split(text)
            .into_iter()
            .map(|piece| json!({ "type": "text", "text": { "content": piece } }))
            .collect(),
    )
}

/// Rich text from what a caller wrote: a text, a number or boolean as text, one of Notion's rich text objects, or an
/// array of texts and objects. Long texts inside objects are cut too, each piece keeping link and annotations.
///
/// # Errors
///
/// `InvalidInput` for anything else, `LimitExceeded` for more than 100 elements once cut.
pub fn from_value(value: &Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(elements) => {
            let mut all = Vec::new();
            for element in elements {
                all.extend(element_pieces(element)?);
            }
            bounded(all)
        }
        single => bounded(element_pieces(single)?),
    }
}

/// True for one of Notion's rich text objects.
pub(crate) fn is_element(element: &Value) -> bool {
    let Some(object) = element.as_object() else { return false };
    let is_text = element.pointer("/text/content").is_some_and(Value::is_string);
    let is_other = ["mention", "equation"].iter().any(|key| object.get(*key).is_some_and(Value::is_object));
    (is_text || is_other)
        && object.keys().all(|key| {
            matches!(
                key.as_str(),
                "type" | "text" | "mention" | "equation" | "annotations" | "plain_text" | "href"
            )
        })
}

fn element_pieces(element: &Value) -> Result<Vec<Value>, Error> {
    match element {
        Value::String(text) => from_text(text),
        Value::Number(given) => from_text(&number::digits(given)?),
        Value::Bool(_) => from_text(&element.to_string()),
        Value::Object(object) if object.contains_key("text") => {
            check_members(object)?;
            let content = element.pointer("/text/content").and_then(Value::as_str).ok_or_else(not_text)?;
            let looks = without_content(element);
            Ok(split(content).into_iter().map(|piece| with_content(&looks, piece)).collect())
        }
        Value::Object(object) if object.contains_key("mention") || object.contains_key("equation") => {
            check_members(object)?;
            Ok(vec![element.clone()])
        }
        _ => Err(not_text()),
    }
}

/// Refuses what a rich text object can't have, at every depth that is read here.
pub(crate) fn check_members(element: &Map<String, Value>) -> Result<(), Error> {
    const ELEMENT: [&str; 7] = ["type", "text", "mention", "equation", "annotations", "plain_text", "href"];
    const ANNOTATIONS: [&str; 6] = ["bold", "italic", "strikethrough", "underline", "code", "color"];
    only(element, "a rich text object", &ELEMENT)?;
    only_of(element.get("annotations"), "`annotations`", &ANNOTATIONS)?;
    only_of(element.get("equation"), "`equation`", &["expression"])?;
    only_of(element.get("text"), "`text`", &["content", "link"])?;
    let link = element.get("text").and_then(|text| text.get("link"));
    only_of(link, "`link`", &["url", "type"])
}

/// The object with its text emptied, so that copying it for each piece is cheap; `plain_text` and `href` are Notion's
/// to derive.
fn without_content(element: &Value) -> Value {
    let kept = element
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !matches!(key.as_str(), "text" | "plain_text" | "href"));
    let mut looks: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut text = Map::from_iter([("content".to_owned(), Value::Null)]);
    if let Some(link) = element.pointer("/text/link") {
        text.insert("link".to_owned(), link.clone());
    }
    looks.insert("text".to_owned(), Value::Object(text));
    Value::Object(looks)
}

fn with_content(looks: &Value, content: &str) -> Value {
    let mut piece = looks.clone();
    if let Some(slot) = piece.pointer_mut("/text/content") {
        *slot = Value::String(content.to_owned());
    }
    piece
}

fn not_text() -> Error {
    Error::invalid_input("This is not text.").hint(
        "Give a text, or an array of Notion's rich text objects such as {\"text\": {\"content\": \"...\"}}.",
    )
}

fn bounded(elements: Vec<Value>) -> Result<Vec<Value>, Error> {
    if elements.len() <= ARRAY_LIMIT {
        return Ok(elements);
    }
    Err(Error::limit_exceeded(format!(
        "The text needs {} pieces; Notion takes {ARRAY_LIMIT} of {TEXT_LIMIT} characters in one property.",
        elements.len()
    ))
    .hint("Shorten it, or put it into the page's content."))
}

/// The plain text of an array of rich text objects, as Notion answers them or as they are sent.
#[must_use]
pub fn plain_text(elements: &Value) -> String {
    elements.as_array().into_iter().flatten().filter_map(element_text).collect()
}

fn element_text(element: &Value) -> Option<&str> {
    element
        .get("plain_text")
        .or_else(|| element.pointer("/text/content"))
        .or_else(|| element.pointer("/equation/expression"))
        .and_then(Value::as_str)
}

/// True when the text has neither link, mention, equation nor any annotation: all there is to it is its characters.
#[must_use]
pub fn is_plain(elements: &Value) -> bool {
    elements.as_array().into_iter().flatten().all(|element| {
        let annotated = element.get("annotations").and_then(Value::as_object).is_some_and(|annotations| {
            annotations.values().any(|value| !matches!(value, Value::Bool(false)) && value != "default")
        });
        let linked = element.pointer("/text/link").is_some_and(|link| !link.is_null());
        element.get("text").is_some() && !annotated && !linked
    })
}

/// Refuses a text that is longer than `limit` UTF-16 units.
pub(crate) fn check_length(text: &str, limit: usize) -> Result<(), Error> {
    let length = utf16_length(text);
    if length <= limit {
        return Ok(());
    }
    Err(Error::limit_exceeded(format!("It has {length} characters; Notion takes {limit} here.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pair_of_surrogates_stays_together() {
        let text = format!("{}\u{1F600}b", "a".repeat(1_999));
        assert_eq!(split(&text), ["a".repeat(1_999), "\u{1F600}b".to_owned()]);
    }

    #[test]
    fn text_that_fits_is_one_piece_and_no_text_is_none() {
        assert_eq!(split(&"a".repeat(2_000)).len(), 1);
        assert_eq!(split("").len(), 0);
    }

    #[test]
    fn a_long_object_is_cut_and_keeps_its_looks() {
        let bold = json!({ "text": { "content": "x".repeat(2_500) }, "annotations": { "bold": true }, "plain_text": "x" });
        let pieces = from_value(&json!([bold])).expect("two pieces");
        assert_eq!(pieces.len(), 2);
        assert!(
            pieces
                .iter()
                .all(|piece| piece["annotations"]["bold"] == true && piece.get("plain_text").is_none())
        );
        assert_eq!(plain_text(&Value::Array(pieces)).len(), 2_500);
    }

    #[test]
    fn more_than_a_hundred_pieces_are_refused() {
        assert_eq!(from_text(&"a".repeat(200_000)).expect("exactly the limit").len(), 100);
        assert!(from_text(&"a".repeat(200_001)).is_err());
        assert!(from_value(&json!(vec!["a"; 101])).is_err());
    }

    #[test]
    fn only_text_without_looks_is_plain() {
        let annotations = json!({ "bold": false, "italic": false, "code": false, "color": "default" });
        assert!(is_plain(&json!([{ "text": { "content": "a", "link": null }, "annotations": annotations }])));
        assert!(!is_plain(&json!([{ "text": { "content": "a" }, "annotations": { "bold": true } }])));
        assert!(!is_plain(
            &json!([{ "text": { "content": "a", "link": { "url": "https://example.com" } } }])
        ));
        assert!(!is_plain(&json!([{ "mention": {}, "plain_text": "a" }])));
    }

    proptest! {
        #[test]
        fn pieces_join_to_the_text_and_fit(text in "(\\PC|\u{1F600}|\n){0,50}", times in 0_usize..300) {
            let text = text.repeat(times);
            let pieces = split(&text);
            prop_assert_eq!(pieces.concat(), text.as_str());
            prop_assert!(pieces.iter().all(|piece| !piece.is_empty() && utf16_length(piece) <= TEXT_LIMIT));
            prop_assert!(pieces.windows(2).all(|pair| utf16_length(pair[0]) >= TEXT_LIMIT - 1), "no needless cut");
        }
    }
}
