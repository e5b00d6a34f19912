//! Blocks: what callers write, what Notion takes, and what it answers.
//!
//! [`to_notion`] and [`compact`] go between Notion's objects and a small form that is the same for writing and reading:
//! `{"type": "to_do", "text": "Call **Ada**", "checked": true, "children": [..]}`. [`from_markdown`] and [`to_markdown`]
//! go between blocks and a document. [`append`] and [`list`] talk to Notion in as few requests as it takes.

mod answered;
mod append;
mod compact;
mod document;
mod kind;
mod language;
mod lines;
mod list;
mod member;
mod plan;
mod shape;
mod to_notion;
mod tree;
mod update;

#[cfg(test)]
mod tests;

pub use append::{Appended, Place, append, append_at, first_batch};
pub use compact::compact;
pub use document::{
    MARKDOWN_VERSION, PageContent, Parsed, Written, for_notion, from_markdown, from_markdown_with,
    has_signs_of_blocks, line_for_notion, page_content, to_markdown, written,
};
pub use lines::{Lines, in_lines};
pub use list::{Listed, list};
pub use to_notion::{read, read_with, to_notion};
pub use update::{Update, to_update, to_update_with};
