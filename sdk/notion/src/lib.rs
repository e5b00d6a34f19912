//! What there is to know about Notion without asking it: ids and links, text and markdown, property values, filters,
//! columns, blocks, and pages as small flat rows.
//!
//! ```
//! use serde_json::json;
//! use toolbay_sdk_notion::{IdsOnly, NewOptions, Schema, normalise};
//!
//! let data_source = json!({ "properties": { "Points": { "id": "p", "type": "number", "number": {} } } });
//! let schema = Schema::of_data_source(&data_source)?;
//! let given = json!({ "points": 3 });
//! let values = normalise(&schema, given.as_object().expect("an object"), &IdsOnly, NewOptions::Refuse)?;
//! assert_eq!(values["Points"], json!({ "number": 3 }));
//! # Ok::<(), toolbay_sdk_notion::Error>(())
//! ```
//!
//! Nothing here sends anything: what has to be looked up is handed in, as a [`Lookup`] of names or as an answer of
//! Notion's. Whoever refuses says so with an [`Error`], whose hint says what would work and never which tool does it,
//! since this crate doesn't know which tools there are. Numbers come from Notion's published request limits (2,000 UTF-16
//! units a text, 100 elements an array).

pub mod aggregate;
pub mod appearance;
pub mod blocks;
pub mod calendar;
pub(crate) mod color;
pub mod columns;
pub mod database;
pub mod decimal;
pub mod directory;
mod error;
mod excerpt;
pub mod filter;
pub mod flatten;
pub mod id;
pub mod json_text;
mod limits;
mod link;
pub mod markdown;
pub(crate) mod members;
pub mod names;
pub mod object;
pub mod percent;
pub mod properties;
pub mod rich_text;
pub mod routes;
pub mod sorts;
pub mod table;
mod view_link;
mod warnings;

pub use calendar::Calendar;
pub use directory::{References, Titled};
pub use error::{Error, ErrorKind};
pub use excerpt::excerpt;
pub use flatten::{Detail, flatten};
pub use id::NotionId;
pub use limits::{ARRAY_LIMIT, TEXT_LIMIT, utf16_length};
pub use object::Object;
pub use properties::{IdsOnly, Lookup, NewOptions, Property, Schema, normalise};
pub use view_link::VIEW_NOTE;
pub use warnings::warnings;

/// The library of dates and times that this crate counts with.
pub use jiff;
