//! What of an answer may be seen.
//!
//! Each kind of object is made anew from the members that are named here. An object that isn't inside is left out of its
//! list; one that was asked for isn't there.

mod block;
mod collection;
mod lens;
mod page;
mod rich_text;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use toolbay_kernel::gate::Response;
use toolbay_kernel::narrowing::{Denied, NOT_NARROWED, View};
use toolbay_kernel::{Code, Problem};

use self::lens::Lens;
use super::cursor::Seal;
use super::member::text;
use super::objects;
use crate::request::NotionRequest;
use crate::routes::{Reach, normalise_id};

/// Things on one page of a list when nothing is asked.
const PAGE_SIZE: u64 = 100;

/// The next request, where a list out of everything has shown too little yet.
pub(super) fn more(request: &NotionRequest, answers: &[Response], view: &View<'_>) -> Option<NotionRequest> {
    if request.entry.reach != Reach::Everything {
        return None;
    }
    let cursor = answers.last()?.body.get("next_cursor")?.as_str()?.to_owned();
    let wanted = request.body.as_ref().and_then(|body| body.get("page_size")?.as_u64()).unwrap_or(PAGE_SIZE);
    let lens = Lens { request, view, seal: None };
    let shown = answers.iter().flat_map(|answer| lens.items(answer.body.value(), None)).count();
    if u64::try_from(shown).unwrap_or(u64::MAX) >= wanted {
        return None;
    }
    let mut next = request.clone();
    match next.body.get_or_insert_with(|| json!({})) {
        Value::Object(body) => drop(body.insert("start_cursor".to_owned(), json!(cursor))),
        _ => return None,
    }
    Some(next)
}

/// What of the answers may be seen. `is_told` says that nobody has decided yet about the object that was asked for.
pub(super) fn shown(
    request: &NotionRequest,
    answers: &[Response],
    view: &View<'_>,
    seal: Option<Seal>,
    is_told: bool,
) -> Result<Response, Denied> {
    let Some((last, earlier)) = answers.split_last() else { return Err(unclear(request)) };
    if request.entry.reach == Reach::Workspace {
        return Ok(last.clone());
    }
    let lens = Lens { request, view, seal };
    let value = last.body.value();
    let named = objects::named(request);
    let shown = match text(value, "object") {
        Some("list") if text(value, "type") == Some("property_item") => lens.property_list(value),
        Some("list") => {
            let earlier = earlier.iter().flat_map(|answer| lens.items(answer.body.value(), None));
            let mut results: Vec<Value> = earlier.collect();
            results.extend(lens.items(value, named.first()));
            Some(lens.list(value, results))
        }
        None if value.get("templates").is_some() => Some(lens.templates(value)),
        _ => {
            let own = text(value, "id").and_then(normalise_id);
            let is_decided = !is_told && named.iter().any(|named| Some(&named.id) == own.as_ref());
            if !is_decided && !lens.is_inside(value, None) {
                return Err(match named.into_iter().next() {
                    Some(object) => Denied::Absent(object),
                    None => unclear(request),
                });
            }
            lens.object(value)
        }
    };
    let shown = shown.ok_or_else(|| unclear(request))?;
    Ok(Response { status: last.status, body: shown.into() })
}

fn unclear(request: &NotionRequest) -> Denied {
    let message = format!("this answer to {} is {NOT_NARROWED}", request.route);
    Denied::Refused(Problem::new(Code::Forbidden, message))
}
