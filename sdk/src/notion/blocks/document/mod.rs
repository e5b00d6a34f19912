//! Documents of markdown and blocks, both ways, in Notion's own dialect.
//!
//! One line is one block, and what is in a block is indented below it, by a tab or as lists are. `#` to `####`, `-`,
//! `1.`, `- [ ]`, `>`, code fences, `$$`, `---`, `![caption](url)`, tables by pipes or tags, `<details>` with
//! `<summary>`, `<callout icon=".." color="..">`, `<columns>` with `<column>`, `<table_of_contents/>`,
//! `<synced_block>`, `<empty-block/>`, `<video src="..">caption</video>` and its like; ` {color="red"}` and
//! ` {toggle="true"}` at the end of a line. What Notion's markdown leaves out has tags too: `<bookmark url="..">`,
//! `<embed url="..">`, `<breadcrumb/>`, `<tabs>`, `<template>`.

mod fences;
mod holders;
mod leaves;
mod read;
mod start;
mod table;
mod write;

use serde_json::Value;

use crate::Problem;

/// What a markdown text says as blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Notion's block objects, for requests.
    pub blocks: Vec<Value>,
    /// What has no block and was kept as its text, or was left out; one sentence each with its line, at most 20.
    pub notes: Vec<String>,
}

/// Most bytes of a document.
const LONGEST: usize = 2_000_000;

/// Reads markdown as blocks, in time linear in its length.
///
/// # Errors
///
/// With the line: `invalid_input` for what no block can hold, such as a `<table>` without end; `limit_exceeded` for more
/// than 2 MB, 10,000 blocks, 32 levels, or a block with more text than Notion takes.
pub fn from_markdown(text: &str) -> Result<Parsed, Problem> {
    if text.len() > LONGEST {
        return Err(Problem::limit_exceeded(format!(
            "The markdown has {} bytes; at most {LONGEST} are read.",
            text.len()
        ))
        .hint("Write it in several parts."));
    }
    read::read(text)
}

/// Writes blocks, as Notion answers them (with the `children` that [`list`](super::list) puts beside them) or as requests
/// have them, as markdown that [`from_markdown`] reads as the same blocks. What markdown can't hold is an `<unknown/>`
/// with its link and type.
#[must_use]
pub fn to_markdown(blocks: &[Value]) -> String {
    write::write(blocks)
}
