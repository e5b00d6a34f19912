//! Querying the rows of a data source: filter, sort, cursor.

pub(crate) mod condition;
pub(crate) mod cursor;
pub(crate) mod dates;
pub(crate) mod filter;
pub(crate) mod sort;
