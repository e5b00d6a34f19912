//! Blocks: what callers write, what Notion takes, and what it answers.
//!
//! [`to_notion`] and [`compact`] go between Notion's objects and a small form that is the same for writing and reading:
//! `{"type": "to_do", "text": "Call **Ada**", "checked": true, "children": [..]}`. [`from_markdown`] and [`to_markdown`]
//! go between blocks and a document. [`plan`] says which requests append any number of them.

mod answered;
mod compact;
mod document;
mod kind;
mod language;
mod lines;
mod member;
mod parsed;
pub mod plan;
mod shape;
mod to_notion;
pub mod tree;
mod update;

#[cfg(test)]
mod tests;

pub use compact::compact;
pub use document::{
    MARKDOWN_VERSION, PageContent, Written, for_notion, from_markdown, from_markdown_with,
    has_signs_of_blocks, line_for_notion, page_content, to_markdown, written,
};
pub use lines::{Lines, in_lines};
pub use parsed::Parsed;
pub use plan::first_batch;
pub use to_notion::{read, read_with, to_notion};
pub use update::{Update, to_update, to_update_with};
