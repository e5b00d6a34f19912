//! The rows of a query as Notion gives them: page after page.

use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::query::{PAGE_SIZE, Page};
use toolbay_sdk::notion::{DataSource, Query};
use toolbay_sdk::prelude::*;

/// Milliseconds that a further page may take; with less left reading ends.
const PAGE_TIME_MS: u64 = 8_000;

/// A query, and the columns that are asked for; none for all.
pub(super) struct Pages<'a> {
    pub(super) call: &'a Call,
    pub(super) source: &'a DataSource,
    pub(super) columns: &'a [Property],
    query: Query,
}

/// Why reading ended before the last row.
pub(super) enum Early {
    Capped,
    Time,
    Problem(Problem),
}

impl<'a> Pages<'a> {
    pub(super) fn new(call: &'a Call, source: &'a DataSource, columns: &'a [Property], query: Query) -> Self {
        Self { call, source, columns, query: query.columns(source, columns) }
    }

    /// Asks for rows from a cursor on.
    pub(super) fn read(&self, cursor: Option<&str>, size: usize) -> Result<Page, Problem> {
        self.query.page(self.call, cursor, size)
    }

    /// Reads all rows, and hands each on. None where none was left out.
    pub(super) fn read_all(
        &self,
        mut take: impl FnMut(&Value) -> Result<(), Problem>,
    ) -> Result<Option<Early>, Problem> {
        let mut cursor: Option<String> = None;
        let mut seen: u64 = 0;
        loop {
            let page = match self.read(cursor.as_deref(), PAGE_SIZE) {
                // What was read is worth more than the failure, as long as it is said.
                Err(problem) if seen > 0 => return Ok(Some(Early::Problem(problem))),
                page => page?,
            };
            for row in &page.rows {
                take(row)?;
            }
            seen += u64::try_from(page.rows.len()).unwrap_or_default();
            if page.is_capped {
                return Ok(Some(Early::Capped));
            }
            if page.next_cursor.is_none() || (page.rows.is_empty() && page.sources.is_empty()) {
                return Ok(None);
            }
            let is_wanted = self.call.progress(seen, None, None);
            if !is_wanted || !self.has_time() {
                return Ok(Some(Early::Time));
            }
            cursor = page.next_cursor;
        }
    }

    /// Whether there is time for another page.
    pub(super) fn has_time(&self) -> bool {
        self.call.remaining_ms() >= PAGE_TIME_MS
    }
}

impl Early {
    /// What whoever counts must say of it.
    pub(super) fn told(&self, count: u64) -> String {
        let (why, what) = match self {
            Self::Capped => {
                ("Notion ends every query at 10,000 rows", "Narrow the filter, and add up the parts.")
            }
            Self::Time => {
                ("the call has no more time", "Narrow the filter, or run it as a job, which has more.")
            }
            Self::Problem(problem) => (problem.message.trim_end_matches('.'), "Send it again."),
        };
        format!("Only the first {count} rows are counted: {why}. {what}")
    }
}
