//! Reads the rows of a query, page after page.

use serde_json::Map;
use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::table::Table;
use toolbay_sdk::notion::{DataSource, flatten};
use toolbay_sdk::prelude::*;

use super::Input;

/// Most rows that Notion gives with one request.
const PAGE_SIZE: usize = 100;

/// Most bytes of an answer: about 25,000 tokens, which is what clients begin to cut at.
const COMPACT_BYTES: usize = 80_000;

/// The same where the caller asked for Notion's own objects.
const FULL_BYTES: usize = 1_000_000;

/// Milliseconds that a further page may take; with less left the answer ends with a cursor instead.
const PAGE_TIME_MS: u64 = 8_000;

/// Rows as they are gathered.
pub(super) enum Found {
    Compact(Table),
    Full(Vec<Value>),
}

impl Found {
    fn len(&self) -> usize {
        match self {
            Self::Compact(table) => table.len(),
            Self::Full(rows) => rows.len(),
        }
    }
}

/// Where reading ended, and why.
#[derive(Default)]
pub(super) struct End {
    pub(super) next_cursor: Option<String>,
    /// Data sources among the rows, as a wiki has them.
    pub(super) sources: Vec<Value>,
    pub(super) notes: Vec<String>,
}

pub(super) struct Reader<'a> {
    pub(super) call: &'a Call,
    pub(super) source: &'a DataSource,
    pub(super) chosen: &'a [Property],
    pub(super) body: Map<String, Value>,
}

impl Reader<'_> {
    /// Reads page after page, to the limit or as far as time and the answer's size allow.
    pub(super) fn read(&self, input: &Input, found: &mut Found) -> Result<End, Problem> {
        let limit = usize::try_from(input.limit).unwrap_or(PAGE_SIZE);
        let mut end = End::default();
        let mut cursor = input.cursor.clone().filter(|cursor| !cursor.is_empty());
        let (mut bytes, mut seen) = (0, 0);
        loop {
            let size = PAGE_SIZE.min(limit.saturating_sub(seen));
            let mut answer = match self.page(cursor.as_deref(), size) {
                // What was read is worth more than the failure, which comes back with the cursor if it lasts.
                Err(problem) if seen > 0 => {
                    end.notes
                        .push(format!("The answer ends early: {} Go on with `cursor`.", problem.message));
                    break;
                }
                answer => answer?,
            };
            cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            if answer.pointer("/request_status/type").and_then(Value::as_str) == Some("incomplete") {
                end.notes.push(
                    "Notion ends every query at 10,000 rows and there are more: narrow the filter."
                        .to_owned(),
                );
            }
            let Some(Value::Array(results)) = answer.get_mut("results").map(Value::take) else {
                return Err(Problem::upstream_failed("Notion answered a query without results."));
            };
            seen += results.len();
            let is_empty = results.is_empty();
            let is_source =
                |result: &Value| result.get("object").and_then(Value::as_str) == Some("data_source");
            let (sources, rows): (Vec<Value>, Vec<Value>) = results.into_iter().partition(is_source);
            end.sources.extend(sources.iter().map(|source| {
                json!({ "id": source.get("id"), "title": flatten::title(source).unwrap_or_default() })
            }));
            let max = match found {
                Found::Compact(table) => {
                    bytes += table.add(&rows, COMPACT_BYTES.saturating_sub(bytes));
                    COMPACT_BYTES
                }
                Found::Full(all) => {
                    bytes += rows.iter().map(|row| row.to_string().len()).sum::<usize>();
                    all.extend(rows);
                    FULL_BYTES
                }
            };
            if cursor.is_none() || seen >= limit || is_empty {
                break;
            }
            let is_wanted = self.call.progress(to_u64(seen), Some(to_u64(limit)), None);
            if bytes >= max || !is_wanted || self.call.remaining_ms() < PAGE_TIME_MS {
                end.notes
                    .push(format!("The answer ends early, at {} rows: go on with `cursor`.", found.len()));
                break;
            }
        }
        end.next_cursor = cursor;
        Ok(end)
    }

    /// The ids of the chosen columns, and of the relations that say whether a chosen rollup is over all of its rows.
    fn columns(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.chosen.iter().map(|property| property.id.as_str()).collect();
        for property in self.chosen {
            if let Some(relation) = self.source.schema.relation_of(property)
                && !ids.contains(&relation.id.as_str())
            {
                ids.push(&relation.id);
            }
        }
        ids
    }

    fn page(&self, cursor: Option<&str>, size: usize) -> Result<Value, Problem> {
        let mut body = self.body.clone();
        body.insert("page_size".to_owned(), size.into());
        if let Some(cursor) = cursor {
            body.insert("start_cursor".to_owned(), cursor.into());
        }
        let path = ["v1", "data_sources", self.source.id.as_str(), "query"];
        let mut request = self.call.notion().post(path, Value::Object(body));
        for id in self.columns() {
            request = request.query("filter_properties", id);
        }
        Ok(request.send()?.body)
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
