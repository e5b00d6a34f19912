//! How many values a change costs: counted before it is made, and told after it.

use toolbay_sdk::notion::DataSource;
use toolbay_sdk::notion::columns::Loss;
use toolbay_sdk::prelude::*;

/// Pages of a query that counts: beyond them the count is "at least".
const MOST_PAGES: usize = 5;

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
        .filter(|(_, count)| !count.is_none())
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
    match loss.kept {
        Some(_) => format!("{} converts or empties the values of {}.", loss.deed, count.rows()),
        None => format!("{} empties the value of {}.", loss.deed, count.rows()),
    }
}

/// After: what each has cost. What a change of type kept is counted.
pub(super) fn told(call: &Call, source: &DataSource, (loss, before): &(Loss, Count)) -> String {
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

fn count(call: &Call, source: &DataSource, filter: &Value) -> Count {
    match rows(call, source, filter, MOST_PAGES) {
        Ok((ids, false)) => Count::Exactly(ids.len()),
        Ok((ids, true)) => Count::AtLeast(ids.len()),
        Err(_) => Count::Unknown,
    }
}

/// The rows that a filter finds, and whether there are more than were read.
pub(super) fn rows(
    call: &Call,
    source: &DataSource,
    filter: &Value,
    most_pages: usize,
) -> Result<(Vec<Value>, bool), Problem> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..most_pages {
        let mut body = json!({ "filter": filter, "page_size": 100, "result_type": "page" });
        if let (Some(cursor), Some(body)) = (&cursor, body.as_object_mut()) {
            body.insert("start_cursor".to_owned(), cursor.as_str().into());
        }
        let path = ["v1", "data_sources", source.id.as_str(), "query"];
        let mut page = call.notion().post(path, body).send()?.body;
        if let Some(Value::Array(results)) = page.get_mut("results").map(Value::take) {
            found.extend(results);
        }
        cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok((found, false));
        }
    }
    Ok((found, true))
}
