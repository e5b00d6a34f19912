//! The SDK as an author sees it.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly should fail")]

mod calls;
mod definitions;
mod mistakes;
mod refusals;
mod typed;
