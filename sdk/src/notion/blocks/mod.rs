//! Blocks: what callers write, what Notion takes, and what it answers.
//!
//! [`to_notion`] and [`compact`] go between Notion's objects and a small form that is the same for writing and reading:
//! `{"type": "to_do", "text": "Call **Ada**", "checked": true, "children": [..]}`. [`from_markdown`] and [`to_markdown`]
//! go between blocks and a document. [`append`] and [`list`] talk to Notion in as few requests as it takes.

mod append;
mod list;

#[cfg(test)]
mod tests;

pub use append::{Appended, Place, append, append_at};
pub use list::{Listed, list};
pub use toolbay_sdk_notion::blocks::{
    Lines, MARKDOWN_VERSION, PageContent, Parsed, Update, Written, compact, first_batch, for_notion,
    from_markdown, from_markdown_with, has_signs_of_blocks, in_lines, line_for_notion, page_content, read,
    read_with, to_markdown, to_notion, to_update, to_update_with, written,
};
