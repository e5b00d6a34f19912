//! From the ids that a query of a view answers to the rows themselves, in few requests.
//!
//! Reading each row by its id would take a request a row. So the data source is queried as the view does, a hundred rows a
//! request, and the rows are put into the view's order; what that doesn't find soon (a view in an order made by hand, with
//! thousands of rows) is read one by one.

use std::collections::{HashMap, HashSet};

use toolbay_sdk::Code;
use toolbay_sdk::prelude::*;

use crate::view;

/// Most rows that Notion answers with at once.
const PAGE: usize = 100;

/// Most requests that look for rows by the hundred.
const MAX_SCANS: usize = 20;

/// Most rows that are read one by one.
const MAX_SINGLE: usize = 60;

/// Which rows, and what of them.
pub(crate) struct Wanted<'a> {
    pub(crate) view: &'a Value,
    pub(crate) ids: &'a [String],
    /// Ids of properties; none means all.
    pub(crate) columns: &'a [String],
    /// How many rows the view has, where it is known.
    pub(crate) total: Option<usize>,
}

/// The rows, in the order wanted.
pub(crate) struct Rows {
    pub(crate) pages: Vec<Value>,
    /// The ids of those that would have taken too many requests.
    pub(crate) unread: Vec<String>,
    /// Where the data source's rows go on, when so far they have had the order wanted.
    pub(crate) cursor: Option<String>,
}

/// What Notion answers.
#[derive(Deserialize)]
struct Page {
    results: Vec<Value>,
    next_cursor: Option<String>,
}

/// Reads the rows, from `cursor` of the data source on.
pub(crate) fn read(call: &Call, wanted: &Wanted<'_>, cursor: Option<String>) -> Result<Rows, Problem> {
    let mut missing: HashSet<&str> = wanted.ids.iter().map(String::as_str).collect();
    let mut found = HashMap::new();
    let cursor = scan(call, wanted, cursor, &mut missing, &mut found)?;
    read_singly(call, wanted, &mut missing, &mut found)?;
    let pages = wanted.ids.iter().filter_map(|id| found.remove(id.as_str())).collect();
    let unread = wanted.ids.iter().filter(|id| missing.contains(id.as_str())).cloned().collect();
    Ok(Rows { pages, unread, cursor })
}

/// Queries the data source until nothing is missing, or going on isn't worth it. Answers where its rows go on, if all of
/// them were wanted.
fn scan<'a>(
    call: &Call,
    wanted: &Wanted<'a>,
    mut cursor: Option<String>,
    missing: &mut HashSet<&'a str>,
    found: &mut HashMap<&'a str, Value>,
) -> Result<Option<String>, Problem> {
    let path = ["v1", "data_sources", view::data_source_id(wanted.view)?, "query"];
    let is_sorted = wanted.view.get("sorts").and_then(Value::as_array).is_some_and(|sorts| !sorts.is_empty());
    let mut is_in_step = true;
    for scans in 1..=MAX_SCANS {
        let before = missing.len();
        if before == 0 {
            break;
        }
        // Sorted rows come in the view's order, so that just as many as are missing are the right ones.
        let size = if is_sorted { before.min(PAGE) } else { PAGE };
        let mut request = Request::post(path, body(wanted.view, cursor.as_deref(), size));
        for column in wanted.columns {
            request = request.query("filter_properties", column);
        }
        let page: Page = match call.notion().send(request) {
            // A filter that views can have and queries can't.
            Err(problem) if problem.code == Code::InvalidInput => return Ok(None),
            answer => answer?.json()?,
        };
        for row in page.results {
            let id = row.get("id").and_then(Value::as_str).and_then(|id| missing.take(id));
            match id {
                Some(id) => {
                    found.insert(id, row);
                }
                None => is_in_step = false,
            }
        }
        cursor = page.next_cursor;
        let gained = before - missing.len();
        let left = wanted.total.map_or(usize::MAX, |total| total.div_ceil(PAGE).saturating_sub(scans));
        if cursor.is_none() || (gained * 2 < before && left >= missing.len()) {
            break;
        }
    }
    Ok(cursor.filter(|_| is_in_step && missing.is_empty()))
}

fn body(view: &Value, cursor: Option<&str>, size: usize) -> Value {
    let mut body = serde_json::Map::from_iter([("page_size".to_owned(), Value::from(size))]);
    for key in ["filter", "sorts"] {
        let own = view.get(key).filter(|own| !toolbay_sdk::notion::properties::plain::is_empty(own));
        body.extend(own.map(|own| (key.to_owned(), own.clone())));
    }
    body.extend(cursor.map(|cursor| ("start_cursor".to_owned(), Value::from(cursor))));
    Value::Object(body)
}

/// Reads what is still missing by id, as far as a call may go; rows that are gone meanwhile are left out.
fn read_singly<'a>(
    call: &Call,
    wanted: &Wanted<'a>,
    missing: &mut HashSet<&'a str>,
    found: &mut HashMap<&'a str, Value>,
) -> Result<(), Problem> {
    let ids: Vec<&str> =
        wanted.ids.iter().map(String::as_str).filter(|id| missing.contains(*id)).take(MAX_SINGLE).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let request = |id: &&str| {
        let request = Request::get(["v1", "pages", id]);
        wanted.columns.iter().fold(request, |request, column| request.query("filter_properties", column))
    };
    let answers = call.notion().send_all(ids.iter().map(request).collect());
    for (id, answer) in ids.into_iter().zip(answers) {
        match answer {
            Ok(page) => {
                found.insert(id, page.body);
            }
            Err(problem) if problem.code == Code::NotFound => {}
            Err(problem) => return Err(problem),
        }
        missing.remove(id);
    }
    Ok(())
}
