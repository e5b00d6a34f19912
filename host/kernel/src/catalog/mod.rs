//! The set of tools that is published: what sources offer, merged by one rule, and swapped as a whole.
//!
//! A running call keeps the `Arc` of the tool that it started with, so a swap never pulls anything away under it.
//!
//! # Who has a name keeps it
//!
//! Names (a provider's, a tool's, a route) go first to those that have them at this moment, then to those that a source's
//! record says had them, then to those that come new; among equals by the order of the sources, and within a source by the
//! order in which it offers its providers. So no source takes anything from another one by renewing its offer, and no
//! provider from its neighbour by coming with more tools. Whoever comes second is refused, and its source is told.
//!
//! # The start
//!
//! A host serves before its sources have read everything, and tools are published as they come. Until then a name that isn't
//! there may still come, and whoever asks for it is told so.

mod handle;
mod loading;
mod merge;
mod published;
mod refusal;
mod source;

pub use handle::{CatalogHandle, Source};
pub use loading::Loading;
pub use published::Catalog;
pub use refusal::Refusal;
pub use source::{Held, Offered, PublishedTools, Standing};
