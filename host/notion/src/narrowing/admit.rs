//! Whether a request may be sent.

use serde_json::Value;
use toolbay_kernel::gate::Method;
use toolbay_kernel::narrowing::{Denied, NOT_NARROWED, Object, View};
use toolbay_kernel::{Code, Problem};

use super::objects::{self, BLOCK, DATA_SOURCE, DATABASE};
use super::{query, references, tags};
use crate::request::NotionRequest;
use crate::routes::{Reach, normalise_id};

/// Everything that a request names is inside, and it does nothing to what is outside.
pub(super) fn admit(request: &NotionRequest, view: &View<'_>) -> Result<(), Denied> {
    match request.entry.reach {
        Reach::Workspace => return Ok(()),
        Reach::Undecided => return refused(&request.route.to_string()),
        Reach::Everything | Reach::Objects => {}
    }
    let (named, beside) = (objects::named(request), in_query(request));
    has_a_place(request, &beside)?;
    let written = request.body.as_ref().map(references::of).unwrap_or_default();
    let all: Vec<&Object> = named.iter().chain(&beside).chain(&written).collect();
    // Each is looked at, so that all that is missing is noted at once.
    let outside: Vec<&Object> = all.into_iter().filter(|object| !view.holds(object)).collect();
    if let Some(object) = outside.first() {
        return absent(object);
    }
    let body = request.body.as_ref().unwrap_or(&Value::Null);
    only_whole_texts(request, body)?;
    match (request.route.method, request.route.template, named.first()) {
        (Method::Post, "/v1/data_sources/{data_source_id}/query", Some(source)) => {
            query::check(body, source, view)
        }
        (Method::Post | Method::Patch, "/v1/views" | "/v1/views/{view_id}", _) => {
            match query::source_of_view(request, view) {
                Some(source) => query::check(body, &source, view),
                None => Ok(()),
            }
        }
        (Method::Patch, "/v1/pages/{page_id}", Some(page)) => query::check_values(request, page, view),
        (Method::Post, "/v1/data_sources" | "/v1/databases", _) => query::computes_nothing(body),
        (Method::Patch, "/v1/data_sources/{data_source_id}", Some(source)) => {
            query::check_schema(request, source, view)
        }
        _ => Ok(()),
    }
}

/// A change of a text is judged by what it writes. What is made of fragments, or of words of the text that is there, which may
/// be hidden from the writer, can't be judged so: a tag that moves a page may come of pieces that name nothing.
fn only_whole_texts(request: &NotionRequest, body: &Value) -> Result<(), Denied> {
    if request.writes() && body.to_string().contains(tags::HIDDEN) {
        return refused("writing `(no access)`, which stands for what this token can't see,");
    }
    if request.route.template != "/v1/pages/{page_id}/markdown" || request.route.method != Method::Patch {
        return Ok(());
    }
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let command = body.get(kind).unwrap_or(&Value::Null);
    let is_whole = match kind {
        "replace_content" => true,
        "insert_content" => ["after", "content_range"].iter().all(|key| command.get(key).is_none()),
        _ => false,
    };
    if is_whole { Ok(()) } else { refused("changing a page's text by words that are in it") }
}

/// The objects that a query names.
fn in_query(request: &NotionRequest) -> Vec<Object> {
    let of_pair = |(name, value): &(String, String)| {
        let kind = match name.as_str() {
            "block_id" => BLOCK,
            "database_id" => DATABASE,
            "data_source_id" => DATA_SOURCE,
            _ => return None,
        };
        // What is no id names nothing that is there.
        Some(Object::place(kind, normalise_id(value).unwrap_or_else(|| value.clone())))
    };
    request.query.iter().filter_map(of_pair).collect()
}

/// A list says of what it is one, and what is made or moved says where to: without a place it would be at the top of the
/// workspace, or in all of it.
fn has_a_place(request: &NotionRequest, in_query: &[Object]) -> Result<(), Denied> {
    let body = request.body.as_ref();
    let member = |key: &str| body.and_then(|body| body.get(key));
    let names = |place: Option<&Value>| place.is_some_and(|place| !references::of(place).is_empty());
    match (request.route.method, request.route.template) {
        (Method::Get, "/v1/comments" | "/v1/views") if in_query.is_empty() => {
            refused("a list that isn't that of an object")
        }
        // Nothing says where a discussion is.
        (Method::Post, "/v1/comments") if member("discussion_id").is_some() => {
            refused("answering in a discussion by its id")
        }
        (Method::Post, "/v1/views") if !body.is_some_and(|body| names(Some(body))) => {
            refused("a view without a data source")
        }
        (Method::Post, "/v1/pages" | "/v1/databases" | "/v1/data_sources" | "/v1/comments")
        | (Method::Post, "/v1/pages/{page_id}/move" | "/v1/blocks/meeting_notes")
            if !names(member("parent")) =>
        {
            refused("a place at the top of the workspace")
        }
        (Method::Patch, _) if member("parent").is_some() && !names(member("parent")) => {
            refused("a place at the top of the workspace")
        }
        _ => Ok(()),
    }
}

pub(super) fn absent(object: &Object) -> Result<(), Denied> {
    Err(Denied::Absent(object.clone()))
}

pub(super) fn refused(what: &str) -> Result<(), Denied> {
    Err(Denied::Refused(Problem::new(Code::Forbidden, format!("{what} is {NOT_NARROWED}"))))
}
