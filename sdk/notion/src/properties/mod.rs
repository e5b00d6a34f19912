//! Property values: what callers write, what Notion takes, and what it answers.
//!
//! [`normalise`] turns plain values into Notion's with the schema at hand, so that whatever is wrong is found before
//! anything is written. [`plain`](plain::plain) is its inverse, [`same`](same::same) compares, and a [`RowKey`] finds
//! the row that a value names.

mod added;
mod choice;
mod date;
mod files;
mod given;
mod given_back;
mod kind;
pub mod known;
mod lookup;
mod near_number;
mod normalise;
pub(crate) mod number;
mod object;
mod people;
pub mod plain;
mod relation;
mod row_key;
pub mod same;
mod scalar;
mod schema;
mod text;

pub use added::{added_options, option_notes};
pub(crate) use date::near as nearly_a_date;
pub use date::{Date, Moment, time_notes};
pub(crate) use files::is_hosted;
pub use given_back::{Left, for_new_row, without_unchanged};
pub use kind::Kind;
pub use lookup::{IdsOnly, Lookup, NewOptions};
pub use normalise::{normalise, normalise_value, refuse_named_twice};
pub(crate) use row_key::unique_number;
pub use row_key::{RowKey, Seen};
pub use schema::{Property, Schema};
pub use text::markup_notes;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
