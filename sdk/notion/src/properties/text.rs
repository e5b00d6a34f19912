//! Titles and formatted text.

use serde_json::{Map, Value};

use super::{Kind, Property};
use crate::Error;
use crate::markdown;
use crate::rich_text::{self, is_plain, plain_text};
use crate::{excerpt, names};

/// A title is its characters: names have asterisks and underscores that mean nothing. Only what is called rich text reads
/// a text as inline markdown.
pub(super) fn normalise(property: &Property, value: &Value) -> Result<Value, Error> {
    let elements = match (&property.kind, value) {
        (Kind::RichText, Value::String(text)) => formatted(text),
        _ => rich_text::from_value(value),
    };
    elements.map(Value::Array).map_err(|error| property.blame(error))
}

fn formatted(text: &str) -> Result<Vec<Value>, Error> {
    let nobody = markdown::People::default();
    let mut inline = markdown::Inline::new(&nobody);
    let elements = inline.elements(text)?;
    match inline.notes.first() {
        None => Ok(elements),
        Some(lost) => Err(Error::invalid_input(format!("A property cannot hold this markdown: {lost}."))
            .hint("Write it otherwise, or put it into the page's content.")),
    }
}

/// A sentence for each text that became something else because it was read as markdown: `given` has values as callers write
/// them, `written` the same in Notion's form.
#[must_use]
pub fn markup_notes(given: &Map<String, Value>, written: &Map<String, Value>) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, value) in written {
        let Some(elements) = value.get("rich_text") else { continue };
        let text = given
            .iter()
            .find(|(other, _)| *other == name)
            .or_else(|| given.iter().find(|(other, _)| names::alike(other, name)))
            .and_then(|(_, text)| text.as_str());
        // Rich text that came as its JSON text was not.
        let is_read = |text: &str| {
            plain_text(elements) != text && formatted(text).is_ok_and(|read| Value::Array(read) == *elements)
        };
        if text.is_some_and(is_read) {
            notes.push(format!(
                "The text of `{}` was read as markdown; a backslash before a sign keeps it.",
                excerpt(name)
            ));
        }
    }
    notes
}

/// The inverse: text that says the same read as markdown stays as it is, everything else is written as markdown.
pub(super) fn plain(kind: &Kind, elements: &Value) -> String {
    let text = plain_text(elements);
    if *kind != Kind::RichText || (is_plain(elements) && is_literal(&text)) {
        return text;
    }
    markdown::from_rich_text(elements)
}

fn is_literal(text: &str) -> bool {
    // Letters, digits, spaces and most of what stands in sentences mean nothing in markdown.
    let is_harmless = |character: char| {
        character.is_alphanumeric()
            || matches!(character, ' ' | '.' | ',' | ';' | '?' | '(' | ')' | '\'' | '"' | '/' | '-')
    };
    if text.chars().all(is_harmless) {
        return true;
    }
    let read = Value::Array(markdown::to_rich_text(text));
    is_plain(&read) && plain_text(&read) == text
}
