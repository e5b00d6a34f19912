//! A query of a data source as Notion answers it: page after page.

use serde_json::{Map, Value};
use toolbay_sdk_notion::flatten;

use super::DataSource;
use crate::{Call, Problem};
use toolbay_sdk_notion::Property;

/// Most rows that Notion gives with one request.
pub const PAGE_SIZE: usize = 100;

/// What is asked of a data source, in Notion's own words. [`DataSource::rows`] is simpler where rows are read one after the
/// other; this is for whoever answers cursors, or reads the pages of several queries side by side.
#[derive(Clone, Debug)]
pub struct Query {
    data_source_id: String,
    body: Map<String, Value>,
    columns: Vec<String>,
}

/// What came with one request.
#[derive(Debug)]
pub struct Page {
    /// Pages, as Notion answers them.
    pub rows: Vec<Value>,
    /// Data sources among the rows, as a wiki has them.
    pub sources: Vec<Value>,
    /// Where the rows go on; none at their end.
    pub next_cursor: Option<String>,
    /// Notion ends every query at 10,000 rows, and there are more.
    pub is_capped: bool,
}

impl Query {
    /// All rows of a data source.
    #[must_use]
    pub fn of(data_source_id: &str) -> Self {
        Self { data_source_id: data_source_id.to_owned(), body: Map::new(), columns: Vec::new() }
    }

    /// Sets a member of the query's body, such as `filter`, `sorts`, `in_trash` or `result_type`; null leaves it out.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if value.is_null() {
            self.body.remove(member);
        } else {
            self.body.insert(member.to_owned(), value);
        }
        self
    }

    /// Asks only for these columns, and for the relations that say whether a rollup is over all of its rows; none asks for
    /// all columns.
    #[must_use]
    pub fn columns<'a>(
        mut self,
        source: &DataSource,
        columns: impl IntoIterator<Item = &'a Property> + Clone,
    ) -> Self {
        self.columns = columns.clone().into_iter().map(|property| property.id.clone()).collect();
        for relation in columns.into_iter().filter_map(|property| source.schema.relation_of(property)) {
            if !self.columns.contains(&relation.id) {
                self.columns.push(relation.id.clone());
            }
        }
        self
    }

    /// Asks only for the columns with these ids.
    #[must_use]
    pub fn column_ids(mut self, ids: Vec<String>) -> Self {
        self.columns = ids;
        self
    }

    /// Asks for at most `size` rows, from a cursor on.
    ///
    /// # Errors
    ///
    /// What Notion refuses, and `upstream_failed` for an answer without rows.
    pub fn page(&self, call: &Call, cursor: Option<&str>, size: usize) -> Result<Page, Problem> {
        let mut body = self.body.clone();
        body.insert("page_size".to_owned(), size.into());
        if let Some(cursor) = cursor {
            body.insert("start_cursor".to_owned(), cursor.into());
        }
        let path = ["v1", "data_sources", self.data_source_id.as_str(), "query"];
        let mut request = call.notion().post(path, Value::Object(body));
        for id in &self.columns {
            request = request.query("filter_properties", id);
        }
        Page::read(request.send()?.body)
    }
}

impl Page {
    fn read(mut answer: Value) -> Result<Self, Problem> {
        let Some(Value::Array(results)) = answer.get_mut("results").map(Value::take) else {
            return Err(Problem::upstream_failed("Notion answered a query without results."));
        };
        let is_source = |result: &Value| result.get("object").and_then(Value::as_str) == Some("data_source");
        let (sources, rows) = results.into_iter().partition(is_source);
        Ok(Self {
            rows,
            sources,
            next_cursor: answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned),
            is_capped: answer.pointer("/request_status/type").and_then(Value::as_str) == Some("incomplete"),
        })
    }

    /// The data sources among the rows by id and title.
    #[must_use]
    pub fn named_sources(&self) -> Vec<Value> {
        let named = |source: &Value| serde_json::json!({ "id": source.get("id"), "title": flatten::title(source).unwrap_or_default() });
        self.sources.iter().map(named).collect()
    }
}
