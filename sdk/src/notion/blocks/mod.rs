//! Blocks: what callers write, what Notion takes, and what it answers.
//!
//! [`to_notion`] and [`compact`] go between Notion's objects and a small form that is the same for writing and reading:
//! `{"type": "to_do", "text": "Call **Ada**", "checked": true, "children": [..]}`. [`from_markdown`] and [`to_markdown`]
//! go between blocks and a document. [`append`] and [`list`] talk to Notion in as few requests as it takes.

mod append;
mod compact;
mod document;
mod kind;
mod language;
mod list;
mod member;
mod plan;
mod shape;
mod to_notion;
mod tree;
mod update;

#[cfg(test)]
mod tests;

pub use append::{Appended, append, first_batch};
pub use compact::compact;
pub use document::{Parsed, from_markdown, to_markdown};
pub use list::{Listed, list};
pub use to_notion::{read, to_notion};
pub use update::{Update, to_update};
