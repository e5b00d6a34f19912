//! The titles of pages of which only the ids are known, as relations have them.

mod beside;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use toolbay_sdk_notion::flatten;

pub use self::beside::{Related, titles_beside};
use crate::{Call, Request};

/// Up to so many pages are asked for by their ids, side by side.
const FEW: usize = 10;

/// Milliseconds that must be left for another request.
const LEAST_TIME_MS: u64 = 8_000;

/// What pages are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Titles {
    /// The titles by the pages' ids; pages without a title have an empty one.
    pub by_id: BTreeMap<String, String>,
    /// How many pages there are whose title is not known: they can't be seen, or are among too many.
    pub missing: usize,
}

/// Asks for the titles of pages, which are given by the data source that they are rows of. What can't be read stays without a
/// title, and is no error: an id says what is meant too.
///
/// Of a few pages each is asked for; of more, the rows of their data source are read, a hundred with one request and at most
/// so many requests, and the few that are not among them are asked for.
#[must_use]
pub fn titles(call: &Call, wanted: &BTreeMap<String, BTreeSet<String>>, max_requests: usize) -> Titles {
    let mut titles = Titles::default();
    for (data_source_id, ids) in wanted {
        let mut left: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        if left.len() > 2 {
            read_rows(call, data_source_id, &mut left, &mut titles.by_id, max_requests);
        }
        if left.len() <= FEW {
            read_pages(call, &left, &mut titles.by_id);
        }
    }
    let all = wanted.values().flatten();
    titles.missing = all.filter(|id| !titles.by_id.contains_key(*id)).count();
    titles
}

fn read_pages(call: &Call, ids: &BTreeSet<&str>, titles: &mut BTreeMap<String, String>) {
    if ids.is_empty() || call.remaining_ms() < LEAST_TIME_MS {
        return;
    }
    let request = |id: &&str| Request::get(["v1", "pages", id]).query("filter_properties", "title");
    let answers = call.notion().send_all(ids.iter().map(request).collect());
    for (id, answer) in ids.iter().zip(answers) {
        if let Ok(answer) = answer {
            titles.insert((*id).to_owned(), flatten::title(&answer.body).unwrap_or_default());
        }
    }
}

/// Reads rows until all that are wanted are found.
fn read_rows(
    call: &Call,
    data_source_id: &str,
    left: &mut BTreeSet<&str>,
    titles: &mut BTreeMap<String, String>,
    max_requests: usize,
) {
    let mut cursor: Option<String> = None;
    for _ in 0..max_requests {
        if left.is_empty() || call.remaining_ms() < LEAST_TIME_MS {
            return;
        }
        let mut body = json!({ "page_size": 100, "result_type": "page" });
        if let (Some(cursor), Some(body)) = (&cursor, body.as_object_mut()) {
            body.insert("start_cursor".to_owned(), cursor.as_str().into());
        }
        let request = call.notion().post(["v1", "data_sources", data_source_id, "query"], body);
        let Ok(answer) = request.query("filter_properties", "title").send() else { return };
        for row in answer.body.get("results").and_then(Value::as_array).into_iter().flatten() {
            let Some(id) = row.get("id").and_then(Value::as_str) else { continue };
            if left.remove(id) {
                titles.insert(id.to_owned(), flatten::title(row).unwrap_or_default());
            }
        }
        cursor = answer.body.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return;
        }
    }
}
