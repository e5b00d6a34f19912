//! Groups and aggregates in the place of rows.

use std::collections::BTreeMap;

use serde_json::Map;
use toolbay_sdk::notion::aggregate::{Aggregation, Summary};
use toolbay_sdk::notion::{DataSource, Query, titles};
use toolbay_sdk::prelude::*;

use super::input::Input;
use super::pages::{Early, Pages};

/// Requests for the titles of related pages: what groups are called is worth some.
const TITLE_REQUESTS: usize = 10;

/// Reads all rows of a query, and answers what has come of them.
pub(super) fn aggregated(
    call: &Call,
    source: &mut DataSource,
    query: Query,
    input: &Input,
) -> Result<Map<String, Value>, Problem> {
    let mut asked =
        source.checked(call, |schema| Aggregation::new(schema, &input.group_by, &input.aggregates))?;
    // A sort that can't be is told before ten thousand rows are read.
    asked.summary(&input.sorts, 0, &BTreeMap::new())?;
    let calendar = call.calendar()?;
    // Columns that were not asked for would only take time; without any, the title is the smallest.
    let mut columns = asked.properties();
    if columns.is_empty() {
        columns.extend(source.schema.title().cloned());
    }
    let pages = Pages::new(call, source, &columns, query);
    let mut count = 0;
    let early = pages.read_all(|row| {
        count += 1;
        Ok(asked.add(row, &calendar)?)
    })?;
    let wanted = asked.related();
    let named = titles(call, &wanted, TITLE_REQUESTS);
    let limit = usize::try_from(input.limit).unwrap_or_default();
    let summary = asked.summary(&input.sorts, limit, &named.by_id)?;
    let mut answer = answered(summary, early, count);
    if named.missing > 0 {
        note(
            &mut answer,
            format!("The titles of {} pages can't be read: they are named by id.", named.missing),
        );
    }
    Ok(answer)
}

fn answered(summary: Summary, early: Option<Early>, count: u64) -> Map<String, Value> {
    let mut answer = Map::new();
    // What is not all of it must be seen first.
    if let Some(early) = early {
        answer.insert("incomplete".to_owned(), early.told(count).into());
    }
    if !summary.groups.is_empty() {
        answer.insert("columns".to_owned(), json!(summary.columns));
        answer.insert("groups".to_owned(), json!(summary.groups));
    }
    answer.insert("total".to_owned(), Value::Object(summary.total));
    for (key, names) in [("cut", summary.cut), ("not_computed", summary.not_computed)] {
        if !names.is_empty() {
            answer.insert(key.to_owned(), json!(names));
        }
    }
    if summary.more_groups > 0 {
        note(&mut answer, format!("{} more groups: raise `limit`.", summary.more_groups));
    }
    for text in summary.notes {
        note(&mut answer, text);
    }
    answer
}

/// Adds a sentence to an answer.
pub(super) fn note(answer: &mut Map<String, Value>, text: String) {
    let notes = answer.entry("notes").or_insert_with(|| json!([]));
    if let Some(notes) = notes.as_array_mut() {
        notes.push(text.into());
    }
}
