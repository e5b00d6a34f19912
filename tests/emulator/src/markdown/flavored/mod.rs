//! Notion-flavored markdown, `v2`.

mod blocks;
mod body;
mod lines;
mod lists;
pub(crate) mod parse;
pub(crate) mod render;
