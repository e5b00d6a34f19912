//! Notion's markdown, as far as blocks that have a form in it go.

pub(crate) mod inline;
pub(crate) mod parse;
pub(crate) mod render;
pub(crate) mod tag;
