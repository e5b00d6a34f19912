//! What there is to know about Notion: ids, text, property values, filters, columns, and pages as small flat rows.
//!
//! Most of it is that of the crate `toolbay-sdk-notion`, which is pure; here is what asks Notion: [`DataSource`],
//! [`Directory`], [`Rows`], and [`blocks::append`] and [`blocks::list`]. An [`Error`] of what is pure becomes a
//! [`Problem`](crate::Problem) by `?`.

mod age;
pub mod blocks;
pub mod data_source;
pub mod directory;
pub mod query;
mod rows;
mod titles;
pub mod typed;

pub use age::SCHEMA_AGE;
pub use data_source::DataSource;
pub use directory::{Directory, References, Titled, with_people};
pub use query::Query;
pub use rows::{Row, Rows};
pub use titles::{Related, Titles, titles, titles_beside};
pub use toolbay_sdk_macros::{Options, Row};
pub use toolbay_sdk_notion::{
    ARRAY_LIMIT, Calendar, Detail, Error, ErrorKind, IdsOnly, Lookup, NewOptions, NotionId, Object, Property,
    Schema, TEXT_LIMIT, VIEW_NOTE, aggregate, appearance, calendar, columns, decimal, excerpt, filter,
    flatten, id, json_text, markdown, names, normalise, object, properties, rich_text, routes, sorts, table,
    utf16_length, warnings,
};
pub use typed::{Options, TypedRow, TypedRows};
