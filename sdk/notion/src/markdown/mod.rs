//! Inline markdown and Notion's rich text, exactly, both ways.
//!
//! `**bold**`, `*italic*`, `~~strikethrough~~`, `` `code` ``, `[text](url)`, `<https://..>`, `` $`equation`$ `` and
//! `$equation$`; and by tags, as Notion's own markdown has them: `<span color="red" underline="true">..</span>`,
//! `<br>`, `<mention-user url="user://id"/>`, `<mention-page url=".."/>`, `<mention-database url=".."/>`,
//! `<mention-date start="2026-01-10" end=".." timeZone=".."/>`, or as the second edition of that markdown has them:
//! `<mention url="user://id"/>`, `<date start=".."/>`. `@Ada Lovelace` mentions whom [`People`] know by that name; `&amp;`
//! and its like are the characters that they name. `$` before an amount is money. Also read are `<b>`, `<i>`, `<s>`, `<u>`, `<code>`,
//! `<equation>` and `<a href="..">`: the writer needs some of them where signs would be read as something else, such as
//! bold that ends with a space. A backslash before a sign makes it text.
//!
//! Reading takes time linear in the text. What is not understood stays text.

mod elements;
mod emphasis;
mod entity;
mod escape;
mod form;
mod inline;
pub(crate) mod link;
mod meaning;
mod people;
mod read;
mod run;
mod scan;
mod script;
pub(crate) mod tag;
mod token;
mod write;

#[cfg(test)]
pub(crate) mod tests;

use serde_json::Value;

use super::{ARRAY_LIMIT, TEXT_LIMIT, utf16_length};
use crate::Error;
use form::Form;

pub(crate) use inline::{Inline, VERBATIM};
pub use people::People;

/// Most UTF-16 units of an equation's expression.
pub(crate) const EXPRESSION_LIMIT: usize = 1_000;

/// Inline markdown as Notion's rich text objects, in pieces of at most 2,000 UTF-16 units; an address, a link, an equation
/// and a mention stay whole, and so does each character.
///
/// Links to anything but web and mail addresses and Notion's own stay text. There may be more than 100 objects: use
/// [`to_bounded_rich_text`] where they go into one array.
///
/// ```
/// use toolbay_sdk_notion::markdown::{from_rich_text, to_rich_text};
///
/// let elements = serde_json::Value::from(to_rich_text("a **bold** move"));
/// assert_eq!(elements[1]["annotations"]["bold"], true);
/// assert_eq!(from_rich_text(&elements), "a **bold** move");
/// ```
#[must_use]
pub fn to_rich_text(text: &str) -> Vec<Value> {
    run::elements(&read::read(text, &People::default()).runs)
}

/// As [`to_rich_text`], and refuses what one array can't hold.
///
/// # Errors
///
/// `LimitExceeded` for more than 100 objects.
pub fn to_bounded_rich_text(text: &str) -> Result<Vec<Value>, Error> {
    Inline::new(&People::default()).elements(text)
}

/// Notion's rich text objects, as it answers them or as they are sent, as inline markdown.
///
/// [`to_rich_text`] gives the same objects back: neighbours that look the same joined, without what Notion derives. What
/// Notion answers and does not take (a preview of a link) becomes its words, linked.
#[must_use]
pub fn from_rich_text(elements: &Value) -> String {
    let (runs, shown) = run::read(elements);
    write::write(&runs, &shown, Form::Text)
}

/// Rich text as it stands in a document that Notion reads.
pub(crate) struct InDocument {
    pub(crate) text: String,
    /// Whether Notion reads it as the same rich text.
    pub(crate) is_notions: bool,
}

/// As [`from_rich_text`], for a document: in one line, or with hard breaks where lines are allowed.
pub(crate) fn in_document(elements: &Value, has_lines: bool) -> InDocument {
    if let Some(verbatim) = elements.pointer("/0/verbatim").and_then(Value::as_str) {
        return InDocument { text: verbatim.to_owned(), is_notions: true };
    }
    let (runs, shown) = run::read(elements);
    let form = if has_lines { Form::Lines } else { Form::Line };
    let (text, is_notions) = write::in_document(&runs, &shown, form);
    InDocument { text: edged(text), is_notions }
}

/// A line with what keeps the blanks at its ends.
fn edged(mut line: String) -> String {
    if let Some(blank) = line.chars().next_back().and_then(blank) {
        line.pop();
        // A backslash before the blank stood for itself; before `&` it would not.
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if !backslashes.is_multiple_of(2) {
            line.push('\\');
        }
        line.push_str(blank);
    }
    if let Some(blank) = line.chars().next().and_then(blank) {
        line.replace_range(..1, blank);
    }
    line
}

/// A blank at the end of a line, written so that it is not taken for indentation.
fn blank(character: char) -> Option<&'static str> {
    match character {
        ' ' => Some("&#32;"),
        '\t' => Some("&#9;"),
        _ => None,
    }
}

/// Rich text as [`to_rich_text`] makes it: equal neighbours joined, nothing that is derived or a default.
#[must_use]
pub fn normalised(elements: &Value) -> Vec<Value> {
    run::elements(&run::read(elements).0)
}

/// True for what Notion takes as an expression.
fn is_expression(text: &str) -> bool {
    !text.is_empty() && utf16_length(text) <= EXPRESSION_LIMIT
}

/// True for a tag that has a meaning inside text.
pub(crate) fn is_inline_tag(name: &str) -> bool {
    name == "br" || read::TAGS.contains(&name)
}
