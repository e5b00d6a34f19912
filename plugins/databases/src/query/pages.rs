//! The rows of a query as Notion gives them: page after page.

use serde_json::Map;
use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::{DataSource, flatten};
use toolbay_sdk::prelude::*;

/// Most rows that Notion gives with one request.
pub(super) const PAGE_SIZE: usize = 100;

/// Milliseconds that a further page may take; with less left reading ends.
const PAGE_TIME_MS: u64 = 8_000;

/// A query, and the columns that are asked for; none for all.
pub(super) struct Pages<'a> {
    pub(super) call: &'a Call,
    pub(super) source: &'a DataSource,
    pub(super) columns: &'a [Property],
    pub(super) body: Map<String, Value>,
}

/// Rows that came with one request.
#[derive(Default)]
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    /// Data sources among the rows, as a wiki has them.
    pub(super) sources: Vec<Value>,
    pub(super) next_cursor: Option<String>,
    /// Notion ends every query at 10,000 rows, and there are more.
    pub(super) is_capped: bool,
}

/// Why reading ended before the last row.
pub(super) enum Early {
    Capped,
    Time,
    Problem(Problem),
}

impl Pages<'_> {
    /// Asks for rows from a cursor on.
    pub(super) fn read(&self, cursor: Option<&str>, size: usize) -> Result<Page, Problem> {
        let mut body = self.body.clone();
        body.insert("page_size".to_owned(), size.into());
        if let Some(cursor) = cursor {
            body.insert("start_cursor".to_owned(), cursor.into());
        }
        let path = ["v1", "data_sources", self.source.id.as_str(), "query"];
        let mut request = self.call.notion().post(path, Value::Object(body));
        for id in self.ids() {
            request = request.query("filter_properties", id);
        }
        let mut answer = request.send()?.body;
        let Some(Value::Array(results)) = answer.get_mut("results").map(Value::take) else {
            return Err(Problem::upstream_failed("Notion answered a query without results."));
        };
        let is_source = |result: &Value| result.get("object").and_then(Value::as_str) == Some("data_source");
        let (sources, rows): (Vec<Value>, Vec<Value>) = results.into_iter().partition(is_source);
        let named = |source: &Value| json!({ "id": source.get("id"), "title": flatten::title(source).unwrap_or_default() });
        Ok(Page {
            rows,
            sources: sources.iter().map(named).collect(),
            next_cursor: answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned),
            is_capped: answer.pointer("/request_status/type").and_then(Value::as_str) == Some("incomplete"),
        })
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

    /// The ids of the columns, and of the relations that say whether a rollup is over all of its rows.
    fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.columns.iter().map(|property| property.id.as_str()).collect();
        for property in self.columns {
            if let Some(relation) = self.source.schema.relation_of(property)
                && !ids.contains(&relation.id.as_str())
            {
                ids.push(&relation.id);
            }
        }
        ids
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
