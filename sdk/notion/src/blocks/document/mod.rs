//! Documents of markdown and blocks, both ways, in Notion's own dialect.
//!
//! One line is one block, and what is in a block is indented below it, by a tab or as lists are. `#` to `####`, `-`,
//! `1.`, `- [ ]`, `>`, code fences, `$$`, `---`, `![caption](url)`, tables by pipes or tags, `<details>` with
//! `<summary>`, `<callout icon=".." color="..">`, `<columns>` with `<column>`, `<table_of_contents/>`,
//! `<synced_block>`, `<empty-block/>`, `<video src="..">caption</video>` and its like; ` {color="red"}` and
//! ` {toggle="true"}` at the end of a line. What Notion's markdown leaves out has tags too: `<bookmark url="..">`,
//! `<embed url="..">`, `<breadcrumb/>`, `<tabs>`, `<template>`.

mod continuation;
mod fences;
mod holders;
mod leaves;
mod read;
mod start;
mod table;
mod write;

use serde_json::Value;

use crate::Error;
use crate::blocks::parsed::Parsed;
use crate::blocks::tree::BLOCK_LIMIT;
use crate::markdown::{Inline, People, in_document, is_inline_tag};
use start::Start;

pub use write::Written;

/// Most blocks of a document that becomes Notion's markdown, which takes few requests.
const MAX_WRITTEN: usize = 100_000;

/// Most bytes of a document.
const MAX_LENGTH: usize = 2_000_000;

/// Reads markdown as blocks, in time linear in its length.
///
/// # Errors
///
/// With the line: `InvalidInput` for what no block can hold, such as a `<table>` without end; `LimitExceeded` for more
/// than 2 MB, 10,000 blocks, 32 levels, or a block with more text than Notion takes.
pub fn from_markdown(text: &str) -> Result<Parsed, Error> {
    from_markdown_with(text, &People::default())
}

/// As [`from_markdown`], with the people whom the text may mention.
///
/// # Errors
///
/// As [`from_markdown`].
pub fn from_markdown_with(text: &str, people: &People) -> Result<Parsed, Error> {
    check_length(text)?;
    read::read(text, Inline::new(people), BLOCK_LIMIT)
}

/// Markdown as people write it, in the form in which Notion reads it: the same blocks, or those that come nearest, with a
/// note. What only Notion knows (a child page, a block that the API doesn't have) stays as it is written.
///
/// # Errors
///
/// As [`from_markdown`].
pub fn for_notion(text: &str, people: &People) -> Result<(Written, Vec<String>), Error> {
    check_length(text)?;
    let parsed = read::read(text, Inline::keeping_tags(people), MAX_WRITTEN)?;
    Ok((write::write(&parsed.blocks), parsed.notes))
}

/// As [`for_notion`], for one line, or a part of one: what stands at its start stays, whatever it is a sign of.
///
/// # Errors
///
/// `LimitExceeded` for more pieces of text than a block takes.
pub fn line_for_notion(line: &str, people: &People) -> Result<(String, Vec<String>), Error> {
    let words = match start::start(line) {
        Start::Heading(_, rest)
        | Start::Bullet(rest)
        | Start::ToDo(_, rest)
        | Start::Number(_, rest)
        | Start::Quote(rest) => rest,
        Start::Text => line,
        Start::Tag(tag) if is_inline_tag(tag.name) => line,
        _ => return Ok((line.to_owned(), Vec::new())),
    };
    let sign = line.get(..line.len() - words.len()).unwrap_or_default();
    let mut inline = Inline::keeping_tags(people);
    let read = in_document(&Value::Array(inline.elements(words)?), true);
    let notes = inline.notes.iter().map(|note| format!("{note}.")).collect();
    let written = if read.is_notions { read.text.as_str() } else { words };
    Ok((format!("{sign}{written}"), notes))
}

/// True for a text that a document would read as other blocks than one paragraph: it begins with a sign of one, or a line of
/// it does.
#[must_use]
pub fn has_signs_of_blocks(text: &str) -> bool {
    text.lines().any(|line| {
        matches!(
            start::start(line.trim()),
            Start::Heading(..)
                | Start::Bullet(_)
                | Start::ToDo(..)
                | Start::Number(..)
                | Start::Quote(_)
                | Start::Fence(..)
                | Start::Divider
        )
    })
}

/// What a new page shall hold, in the form in which a request carries it.
#[derive(Clone, Debug, PartialEq)]
pub enum PageContent {
    /// Notion's own markdown, to be sent with its [`MARKDOWN_VERSION`].
    Markdown(String),
    /// Block objects: what Notion's markdown has no words for is among them.
    Blocks(Vec<Value>),
}

/// The version of Notion's markdown that is written and read here.
pub const MARKDOWN_VERSION: &str = "v2";

/// A markdown text as the content of a new page, with notes as of [`from_markdown`].
///
/// # Errors
///
/// As [`from_markdown`].
pub fn page_content(text: &str, people: &People) -> Result<(PageContent, Vec<String>), Error> {
    check_length(text)?;
    let parsed = read::read(text, Inline::new(people), MAX_WRITTEN)?;
    let written = write::write(&parsed.blocks);
    let content = match written.unsaid.is_empty() {
        true => PageContent::Markdown(written.text),
        false => PageContent::Blocks(parsed.blocks),
    };
    Ok((content, parsed.notes))
}

/// Refuses a document that is too long to be read.
fn check_length(text: &str) -> Result<(), Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::limit_exceeded(format!(
            "The markdown has {} bytes; at most {MAX_LENGTH} are read.",
            text.len()
        ))
        .hint("Write it in several parts."));
    }
    Ok(())
}

/// Writes blocks, as Notion answers them (with those in them as `children` beside their content) or as requests have them, as markdown that [`from_markdown`] reads as the same blocks. What markdown can't hold is an `<unknown/>`
/// with its link and type.
#[must_use]
pub fn to_markdown(blocks: &[Value]) -> String {
    write::write(blocks).text
}

/// As [`to_markdown`], with whether Notion reads it as the same blocks too.
#[must_use]
pub fn written(blocks: &[Value]) -> Written {
    write::write(blocks)
}
