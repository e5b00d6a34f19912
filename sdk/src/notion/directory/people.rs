//! Asks for the users of a workspace.

use std::collections::BTreeSet;

use serde_json::Value;
use toolbay_sdk_notion::NotionId;
use toolbay_sdk_notion::directory::{People, is_me};

use crate::notion::age::SCHEMA_AGE;
use crate::{Call, Code, Problem, Request};

/// As many users as it takes to know whom all these names and email addresses mean.
pub(super) fn load(call: &Call, wanted: &BTreeSet<String>) -> Result<People, Problem> {
    // 3,000 users; a larger workspace has names more than once anyway.
    const MAX_REQUESTS: usize = 30;
    let mut people = People::default();
    if wanted.iter().any(|wanted| is_me(wanted)) {
        people.set_me(&call.notion().send(Request::get("/v1/users/me").max_age(SCHEMA_AGE))?.body);
    }
    if wanted.iter().all(|wanted| is_me(wanted)) {
        return Ok(people);
    }
    let mut cursor: Option<String> = None;
    for _ in 0..MAX_REQUESTS {
        let mut request = Request::get("/v1/users").query("page_size", 100).max_age(SCHEMA_AGE);
        if let Some(cursor) = &cursor {
            request = request.query("start_cursor", cursor);
        }
        let answer = call.notion().send(request).map_err(explain)?.body;
        people.add(&answer);
        cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        // Addresses are unique, names are not: only those need the whole list.
        if cursor.is_none() || wanted.iter().all(|wanted| people.has_email(wanted)) {
            return Ok(people);
        }
    }
    Err(Problem::limit_exceeded("The workspace has too many users to look for names among them.")
        .hint("Give user ids or email addresses instead of names."))
}

/// All people, by name and by email address.
pub(super) fn everybody(call: &Call) -> Result<Vec<(String, NotionId)>, Problem> {
    // No address is this one, so the list is read to its end.
    Ok(load(call, &BTreeSet::from(["@".to_owned()]))?.into_named().collect())
}

/// An integration needs a capability of its own to list users.
fn explain(mut problem: Problem) -> Problem {
    if problem.code == Code::Forbidden {
        problem.hint =
            Some("This integration may not list users: give user ids instead of names.".to_owned());
    }
    problem
}
