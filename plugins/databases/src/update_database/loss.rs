//! The values that a change deletes: counted before it, reported after it.

use toolbay_sdk::notion::DataSource;
use toolbay_sdk::notion::columns::Loss;
use toolbay_sdk::notion::query::{PAGE_SIZE, Query};
use toolbay_sdk::prelude::*;

/// Pages of a query that counts: beyond them the count is "at least".
const MAX_PAGES: usize = 5;

/// Rows that have a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Exactly(usize),
    AtLeast(usize),
    /// Notion can't filter by the type, or refused.
    Unknown,
}

impl Count {
    pub(super) fn is_none(self) -> bool {
        self == Self::Exactly(0)
    }

    /// "3 rows", "at least 500 rows".
    pub(super) fn rows(self) -> String {
        match self {
            Self::Exactly(1) => "1 row".to_owned(),
            Self::Exactly(count) => format!("{count} rows"),
            Self::AtLeast(count) => format!("at least {count} rows"),
            Self::Unknown => "an unknown number of rows".to_owned(),
        }
    }
}

/// The losses that hit rows, each with their number.
pub(super) fn counted(call: &Call, source: &DataSource, losses: Vec<Loss>) -> Vec<(Loss, Count)> {
    losses
        .into_iter()
        .map(|loss| {
            let count = loss.filter.as_ref().map_or(Count::Unknown, |filter| count(call, source, filter));
            (loss, count)
        })
        .filter(|(loss, count)| !count.is_none() || loss.other_side.is_some())
        .collect()
}

/// Refuses what costs values, unless the caller has confirmed it.
pub(super) fn refuse_unconfirmed(losses: &[String], is_confirmed: bool) -> Result<(), Problem> {
    if losses.is_empty() || is_confirmed {
        return Ok(());
    }
    Err(Problem::conflict(format!("Nothing was changed, because it would cost values. {}", losses.join(" ")))
        .hint("Give `confirm`: true with the same arguments to do it all the same."))
}

/// Before: what each would cost.
pub(super) fn foretold((loss, count): &(Loss, Count)) -> String {
    let mut said = match loss.kept {
        _ if count.is_none() => String::new(),
        Some(_) => format!("{} converts or empties the values of {}. ", loss.deed, count.rows()),
        None => format!("{} empties the value of {}. ", loss.deed, count.rows()),
    };
    if let Some(other) = &loss.other_side {
        said.push_str(&format!("{} removes the column `{other}` of the related database too.", loss.deed));
    }
    said.trim_end().to_owned()
}

/// After: what each has cost. What a change of type kept is counted.
pub(super) fn notes(call: &Call, source: &DataSource, loss: &(Loss, Count)) -> Vec<String> {
    let values = (!loss.1.is_none()).then(|| values_told(call, source, loss));
    let other = loss.0.other_side.as_ref();
    let side = other
        .map(|other| format!("{} removed the column `{other}` of the related database too.", loss.0.deed));
    values.into_iter().chain(side).collect()
}

fn values_told(call: &Call, source: &DataSource, (loss, before): &(Loss, Count)) -> String {
    let Some(kept) = &loss.kept else {
        return format!("{} emptied the value of {}.", loss.deed, before.rows());
    };
    match (before, count(call, source, kept)) {
        (Count::Exactly(before), Count::Exactly(after)) => {
            let lost = Count::Exactly(before.saturating_sub(after)).rows();
            format!("{}: {} had a value, and {lost} lost it.", loss.deed, Count::Exactly(*before).rows())
        }
        (before, after) => {
            format!("{}: {} had a value, and {} have one now.", loss.deed, before.rows(), after.rows())
        }
    }
}

/// Those in the trash count too: they come back without their values.
fn count(call: &Call, source: &DataSource, filter: &Value) -> Count {
    let found = rows(call, source, filter, MAX_PAGES);
    let trashed = in_trash(call, source, filter, MAX_PAGES);
    match (found, trashed) {
        (Ok((found, more)), Ok((trashed, more_trashed))) => {
            let is_found = |row: &&Value| found.iter().any(|known| known.get("id") == row.get("id"));
            let count = found.len() + trashed.iter().filter(|row| !is_found(row)).count();
            if more || more_trashed { Count::AtLeast(count) } else { Count::Exactly(count) }
        }
        (Ok((found, _)), Err(_)) if !found.is_empty() => Count::AtLeast(found.len()),
        _ => Count::Unknown,
    }
}

/// The rows that a filter finds, and whether there are more than were read.
pub(super) fn rows(
    call: &Call,
    source: &DataSource,
    filter: &Value,
    most_pages: usize,
) -> Result<(Vec<Value>, bool), Problem> {
    found(call, &queried(source, filter), most_pages)
}

/// The same of those in the trash.
pub(super) fn in_trash(
    call: &Call,
    source: &DataSource,
    filter: &Value,
    most_pages: usize,
) -> Result<(Vec<Value>, bool), Problem> {
    found(call, &queried(source, filter).with("in_trash", true), most_pages)
}

fn queried(source: &DataSource, filter: &Value) -> Query {
    Query::of(&source.id).with("filter", filter.clone()).with("result_type", "page")
}

fn found(call: &Call, query: &Query, most_pages: usize) -> Result<(Vec<Value>, bool), Problem> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..most_pages {
        let page = query.page(call, cursor.as_deref(), PAGE_SIZE)?;
        found.extend(page.rows);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok((found, page.is_capped));
        }
    }
    Ok((found, true))
}
