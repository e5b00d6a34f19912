//! Asks for the pages of related data sources by their titles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use toolbay_sdk_notion::directory::{Pages, TitleQuery};

use crate::notion::age::SCHEMA_AGE;
use crate::{Call, Code, Problem, Request, Response};

/// The pages that have these titles, which are by data source.
pub(super) fn load(call: &Call, wanted: &BTreeMap<String, BTreeSet<String>>) -> Result<Pages, Problem> {
    let mut pages = Pages::default();
    if wanted.is_empty() {
        return Ok(pages);
    }
    let queries = queries(call, wanted)?;
    let asked = queries.iter().map(|(data_source_id, query)| request(data_source_id, query, None));
    let answers = call.notion().send_all(asked.collect());
    for ((data_source_id, query), answer) in queries.iter().zip(answers) {
        read_through(call, &mut pages, data_source_id, query, answer)?;
    }
    Ok(pages)
}

/// The queries for all titles, each with its data source.
fn queries<'a>(
    call: &Call,
    wanted: &'a BTreeMap<String, BTreeSet<String>>,
) -> Result<Vec<(&'a str, TitleQuery)>, Problem> {
    let requests =
        wanted.keys().map(|id| Request::get(["v1", "data_sources", id.as_str()]).max_age(SCHEMA_AGE));
    let data_sources = call.notion().send_all(requests.collect());
    let mut queries = Vec::new();
    for ((id, titles), data_source) in wanted.iter().zip(data_sources) {
        let data_source = data_source.map_err(not_shared)?.body;
        queries.extend(TitleQuery::all(&data_source, titles)?.into_iter().map(|query| (id.as_str(), query)));
    }
    Ok(queries)
}

/// Takes in a query's first answer and asks for the others.
fn read_through(
    call: &Call,
    pages: &mut Pages,
    data_source_id: &str,
    query: &TitleQuery,
    first: Result<Response, Problem>,
) -> Result<(), Problem> {
    // 100 titles that each are there ten times.
    const MAX_REQUESTS: usize = 10;
    let mut answer = first?.body;
    for _ in 1..=MAX_REQUESTS {
        pages.add(data_source_id, &answer);
        let Some(cursor) = answer.get("next_cursor").and_then(Value::as_str) else { return Ok(()) };
        answer = call.notion().send(request(data_source_id, query, Some(cursor)))?.body;
    }
    Err(Problem::limit_exceeded("Too many pages have the titles that are to be related.")
        .hint("Give page ids or links instead of titles."))
}

fn request(data_source_id: &str, query: &TitleQuery, cursor: Option<&str>) -> Request {
    let mut body = query.body.clone();
    if let (Some(cursor), Some(body)) = (cursor, body.as_object_mut()) {
        body.insert("start_cursor".to_owned(), cursor.into());
    }
    let request = Request::post(["v1", "data_sources", data_source_id, "query"], body);
    match query.only_property {
        Some(property) => request.query("filter_properties", property),
        None => request,
    }
}

fn not_shared(mut problem: Problem) -> Problem {
    if problem.code == Code::NotFound {
        problem.hint = Some(
            "The related database is not shared with this integration: share it, or give page ids."
                .to_owned(),
        );
    }
    problem
}
