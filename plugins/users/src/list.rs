//! All users, or those that are like some words, page by page.

use serde_json::Map;
use toolbay_sdk::notion::{SCHEMA_AGE, names};
use toolbay_sdk::prelude::*;

use crate::user;

/// Most users that Notion answers with at once.
const PAGE: usize = 100;

/// Pages of one call: 2,000 users are looked through before a cursor is given.
const MAX_PAGES: usize = 20;

/// What Notion answers.
#[derive(Deserialize)]
struct Page {
    results: Vec<Value>,
    next_cursor: Option<String>,
}

/// The users of one page, and where the next one starts.
type Found = (Vec<Map<String, Value>>, Option<String>);

/// Up to `limit` users, in Notion's order.
pub(crate) fn everybody(call: &Call, limit: usize, cursor: Option<String>) -> Result<Value, Problem> {
    collect(cursor, limit, |cursor, missing| {
        let page = call.notion().send(request(cursor, missing.min(PAGE)))?.json::<Page>()?;
        Ok((page.results.iter().map(user::compact).collect(), page.next_cursor))
    })
}

/// The users whose name or email contains the words. Whole pages are looked through, so there may be a few more than
/// `limit`; the list of all users is the same for each search, so a recent one will do.
pub(crate) fn like(call: &Call, words: &str, limit: usize, cursor: Option<String>) -> Result<Value, Problem> {
    let folded = names::normal(words).to_lowercase();
    collect(cursor, limit, |cursor, _| {
        let page = call.notion().send(request(cursor, PAGE).max_age(SCHEMA_AGE))?.json::<Page>()?;
        let alike = page.results.iter().filter(|found| user::is_like(found, &folded));
        Ok((alike.map(user::compact).collect(), page.next_cursor))
    })
}

fn request(cursor: Option<&str>, size: usize) -> Request {
    let request = Request::get("/v1/users").query("page_size", size);
    match cursor {
        Some(cursor) => request.query("start_cursor", cursor),
        None => request,
    }
}

fn collect(
    mut cursor: Option<String>,
    limit: usize,
    next: impl Fn(Option<&str>, usize) -> Result<Found, Problem>,
) -> Result<Value, Problem> {
    let limit = limit.max(1);
    let mut users = Vec::new();
    for _ in 0..MAX_PAGES {
        let (found, following) = next(cursor.as_deref(), limit.saturating_sub(users.len()))?;
        users.extend(found);
        cursor = following;
        if cursor.is_none() || users.len() >= limit {
            break;
        }
    }
    Ok(match cursor {
        Some(cursor) => json!({ "users": users, "next_cursor": cursor }),
        None => json!({ "users": users }),
    })
}
