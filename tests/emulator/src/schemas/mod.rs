//! What each operation's query string and body may hold, in the grammar of [`crate::check::shape`].
//!
//! Written from the published types of the API (npm `@notionhq/client`) and its documented limits.

pub(crate) mod blocks;
pub(crate) mod bodies;
pub(crate) mod collections;
pub(crate) mod filters;
pub(crate) mod rich_text;
pub(crate) mod values;
pub(crate) mod views;
