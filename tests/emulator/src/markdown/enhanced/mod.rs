//! Enhanced markdown, `v1`.

pub(crate) mod parse;
pub(crate) mod render;
