//! The rows of a data source, one after the other.

mod row;
#[cfg(test)]
mod tests;

use std::iter::FusedIterator;
use std::vec;

use serde_json::Value;
use toolbay_sdk_notion::{Property, Schema};

pub use self::row::Row;
use super::DataSource;
use super::query::{PAGE_SIZE, Page, Query};
use crate::{Call, Problem};

/// Milliseconds that a further page may take: with less left, reading ends with a problem while there is time to answer.
const PAGE_TIME_MS: u64 = 8_000;

/// The rows of a data source, read while they are taken: a page of 100 at a time, never more.
///
/// It is an iterator of `Result<Row, Problem>`, and ends after the first problem. Rows that Notion leaves out are a problem
/// too, so that a sum is never taken for the whole: it ends every query at 10,000 rows.
///
/// ```
/// use toolbay_sdk::notion::DataSource;
/// use toolbay_sdk::prelude::*;
///
/// /// Sums what was spent this month.
/// fn spent(call: &Call, database_id: &str) -> Result<f64, Problem> {
///     let mut source = DataSource::find(call, database_id)?;
///     let mut sum = 0.0;
///     for row in source.rows(call).filter(&json!({ "Paid": "this_month" }))?.sorts(&json!(["-Paid"]))? {
///         sum += row?.value("Amount")?.as_f64().unwrap_or_default();
///     }
///     Ok(sum)
/// }
///
/// # let id = "01234567-89ab-cdef-0123-456789abcdef";
/// # let host = toolbay_sdk::mock::MockHost::new()
/// #     .on("GET /v1/data_sources/{id}", json!({ "id": id, "properties": {
/// #         "Amount": { "id": "a", "type": "number", "number": {} }, "Paid": { "id": "b", "type": "date", "date": {} } } }))
/// #     .on("POST /v1/data_sources/{id}/query", json!({ "next_cursor": null, "results": [
/// #         { "object": "page", "id": "p", "properties": { "Amount": { "id": "a", "type": "number", "number": 3.5 } } } ] }));
/// # assert_eq!(spent(&host.call(), id).unwrap(), 3.5);
/// ```
#[derive(Debug)]
#[must_use = "nothing is read before the first row is taken"]
pub struct Rows<'a> {
    call: &'a Call,
    source: &'a mut DataSource,
    query: Query,
    page: vec::IntoIter<Value>,
    next: Next,
    count: usize,
}

/// What is read when the rows at hand are used up.
#[derive(Debug)]
enum Next {
    First,
    From(String),
    /// Notion has more rows, and doesn't give them.
    Capped,
    Nothing,
}

impl DataSource {
    /// Its rows, one after the other; nothing is read before the first is taken.
    pub fn rows<'a>(&'a mut self, call: &'a Call) -> Rows<'a> {
        let query = Query::of(&self.id).with("result_type", "page");
        Rows { call, source: self, query, page: Vec::new().into_iter(), next: Next::First, count: 0 }
    }
}

impl<'a> Rows<'a> {
    /// Only the rows that a filter finds, plain or Notion's own: `{"Status": "Done", "Due": "last month"}`.
    ///
    /// # Errors
    ///
    /// As [`DataSource::filter`].
    pub fn filter(mut self, filter: &Value) -> Result<Self, Problem> {
        let filter = self.source.filter(self.call, filter)?;
        self.query = self.query.with("filter", filter);
        Ok(self)
    }

    /// In this order, plain or Notion's own: `["Due", "-Points"]`.
    ///
    /// # Errors
    ///
    /// As [`DataSource::sorts`].
    pub fn sorts(mut self, sorts: &Value) -> Result<Self, Problem> {
        let sorts = self.source.sorts(self.call, sorts)?;
        self.query = self.query.with("sorts", sorts);
        Ok(self)
    }

    /// Only with these columns, by name: Notion answers sooner, and a row is smaller.
    ///
    /// # Errors
    ///
    /// `invalid_input` for a column that the data source doesn't have, with those that it has.
    pub fn columns(mut self, names: &[&str]) -> Result<Self, Problem> {
        let columns = self.checked(|schema| {
            names.iter().map(|name| schema.find(name).cloned()).collect::<Result<Vec<Property>, _>>()
        })?;
        Ok(self.only(&columns))
    }

    pub(super) fn only(mut self, columns: &[Property]) -> Self {
        self.query = self.query.columns(self.source, columns);
        self
    }

    pub(super) fn source(&self) -> &DataSource {
        self.source
    }

    pub(super) fn checked<T, E>(&mut self, make: impl Fn(&Schema) -> Result<T, E>) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        self.source.checked(self.call, make)
    }

    /// The rows in the trash, in the place of the others.
    pub fn in_trash(mut self) -> Self {
        self.query = self.query.with("in_trash", true);
        self
    }

    /// Reads on; false at the end.
    fn read(&mut self) -> Result<bool, Problem> {
        let cursor = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => None,
            Next::From(cursor) => Some(cursor),
            Next::Nothing => return Ok(false),
            Next::Capped => {
                return Err(self
                    .ends_early("Notion ends every query at 10,000 rows and there are more")
                    .hint("Narrow the filter, such as to one month after the other, and read the parts."));
            }
        };
        if cursor.is_some() && self.call.remaining_ms() < PAGE_TIME_MS {
            return Err(self
                .ends_early("the call has no more time")
                .hint("Narrow the filter, or run it as a job, which has more time."));
        }
        let Page { rows, next_cursor, is_capped, .. } =
            self.query.page(self.call, cursor.as_deref(), PAGE_SIZE)?;
        self.page = rows.into_iter();
        self.next = match next_cursor {
            _ if is_capped => Next::Capped,
            None => Next::Nothing,
            next if next == cursor => {
                return Err(Problem::upstream_failed("Notion answered one cursor of a query twice."));
            }
            Some(next) => Next::From(next),
        };
        Ok(true)
    }

    fn ends_early(&self, why: &str) -> Problem {
        Problem::limit_exceeded(format!("Only the first {} rows were read: {why}.", self.count))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(page) = self.page.next() {
                self.count += 1;
                return Some(Ok(Row::of(page)));
            }
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(problem) => {
                    self.page = Vec::new().into_iter();
                    self.next = Next::Nothing;
                    return Some(Err(problem));
                }
            }
        }
    }
}

impl FusedIterator for Rows<'_> {}
