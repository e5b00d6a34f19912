//! Titles and formatted text.

use serde_json::Value;

use super::{Kind, Property};
use crate::Problem;
use crate::notion::markdown;
use crate::notion::rich_text::{self, is_plain, plain_text};

/// A title is its characters: names have asterisks and underscores that mean nothing. Only what is called rich text reads
/// a text as inline markdown.
pub(super) fn normalise(property: &Property, value: &Value) -> Result<Value, Problem> {
    let elements = match (&property.kind, value) {
        (Kind::RichText, Value::String(text)) => formatted(text),
        _ => rich_text::from_value(value),
    };
    elements.map(Value::Array).map_err(|problem| property.blame(problem))
}

fn formatted(text: &str) -> Result<Vec<Value>, Problem> {
    let nobody = markdown::People::default();
    let mut inline = markdown::Inline::new(&nobody);
    let elements = inline.elements(text)?;
    match inline.notes.first() {
        None => Ok(elements),
        Some(lost) => Err(Problem::invalid_input(format!("A property cannot hold this markdown: {lost}."))
            .hint("Write it otherwise, or put it into the page's content.")),
    }
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
