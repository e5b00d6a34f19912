//! Property values: what callers write, what Notion takes, and what it answers.
//!
//! [`normalise`] turns plain values into Notion's with the schema at hand, so that whatever is wrong is found before
//! anything is written. [`plain`](plain::plain) is its inverse, [`same`](same::same) compares, and a [`RowKey`] finds
//! the row that a value names.

mod choice;
mod date;
mod files;
mod kind;
mod normalise;
mod people;
pub mod plain;
mod relation;
mod row_key;
pub mod same;
mod scalar;
mod schema;

pub use date::{Date, Moment};
pub use kind::Kind;
pub use normalise::{normalise, normalise_value};
pub use people::{IdsOnly, People};
pub use row_key::RowKey;
pub use schema::{Property, Schema};

#[cfg(test)]
mod tests;
