//! What a caller reads who is narrowed: of something outside the words for what isn't there, and nothing else's ids in the
//! words of other refusals.

use serde_json::{Value, json};
use toolbay_kernel::narrowing::Object;
use toolbay_kernel::{Code, Problem};
use uuid::Uuid;

use super::objects::{self, ANY, BLOCK, CLOSED, COMMENT, DATA_SOURCE, DATABASE, PAGE, VIEW};
use crate::problem::not_found_hint;
use crate::request::{NotionRequest, NotionRoute};
use crate::routes::normalise_id;

/// An id that nothing has: Notion's are random, and of version 4 or later.
const NOTHING: &str = "00000000-0000-4000-8000-000000000000";

/// What stands in the place of an id that a refusal names.
const SOME_ID: &str = "(an id)";

/// A request for what isn't there.
pub(super) fn look_for_nothing(object: &Object) -> Option<NotionRequest> {
    objects::looks(&Object::place(object.kind, NOTHING)).into_iter().next()
}

/// The refusal of a request for something outside: that of one for nothing, about this id.
pub(super) fn absent(
    route: Option<NotionRoute>,
    object: &Object,
    said_of_nothing: Option<&Problem>,
) -> Problem {
    let message = said_of_nothing.map_or_else(
        || format!("Notion: Could not find {} with ID: {}.", word(object.kind), object.id),
        |said| said.message.replace(NOTHING, &object.id),
    );
    let mut details = said_of_nothing.and_then(|said| said.details.as_deref().cloned());
    let details =
        details.get_or_insert_with(|| json!({"notion": {"status": 404, "code": "object_not_found"}}));
    replace(details, NOTHING, &object.id);
    // Each answer of Notion has another one, so that one that comes twice would tell what is outside.
    if let Some(request_id) = details.pointer_mut("/notion/request_id") {
        *request_id = json!(Uuid::new_v4().to_string());
    }
    let problem = Problem::new(Code::NotFound, message).details(details.clone());
    match route {
        Some(route) => problem.hint(not_found_hint(route)),
        None => problem,
    }
}

fn word(kind: &str) -> &'static str {
    match kind {
        PAGE => "page",
        DATABASE => "database",
        DATA_SOURCE | CLOSED => "data source",
        VIEW => "view",
        COMMENT => "comment",
        BLOCK | ANY => "block",
        _ => "object",
    }
}

/// A refusal of Notion without ids that the request doesn't have.
pub(super) fn readable(request: &NotionRequest, mut refusal: Problem) -> Problem {
    // A cursor is not the caller's own: what they gave was closed.
    let mut body = request.body.clone().unwrap_or_default();
    if let Value::Object(body) = &mut body {
        body.remove("start_cursor");
    }
    let body = body.to_string();
    let own = |id: &str| {
        let undashed = id.replace('-', "");
        let has = |text: &str| text.contains(id) || text.contains(&undashed);
        request.segments.iter().any(|segment| has(segment))
            || request.query.iter().any(|(name, value)| name != "start_cursor" && has(value))
            || has(&body)
    };
    refusal.message = without_ids(&refusal.message, &own);
    refusal.hint = refusal.hint.map(|hint| without_ids(&hint, &own));
    if let Some(details) = refusal.details.as_deref_mut() {
        clean(details, &own);
    }
    refusal
}

/// Members of a refusal whose ids are those of the connection and the request, not of what they are about.
const OF_THE_REQUEST: [&str; 2] = ["request_id", "integration_id"];

fn clean(value: &mut Value, own: &dyn Fn(&str) -> bool) {
    match value {
        Value::String(text) => *text = without_ids(text, own),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, own)),
        Value::Object(members) => {
            let others = members.iter_mut().filter(|(key, _)| !OF_THE_REQUEST.contains(&key.as_str()));
            others.for_each(|(_, member)| clean(member, own));
        }
        _ => {}
    }
}

fn replace(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) => *text = text.replace(old, new),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, old, new)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, old, new)),
        _ => {}
    }
}

/// The text with another word for each id that isn't the request's own.
fn without_ids(text: &str, own: &dyn Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let id = [36, 32].iter().find_map(|length| {
            let candidate = rest.get(..*length)?;
            Some((candidate, normalise_id(candidate)?))
        });
        match id {
            Some((written, id)) => {
                shown.push_str(if own(&id) { written } else { SOME_ID });
                rest = rest.get(written.len()..).unwrap_or_default();
            }
            None => {
                shown.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::gate::{Method, Request};

    use super::*;
    use crate::request::NAME;
    use crate::routes::resolve;

    const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";
    const OTHER: &str = "01234567-89ab-4def-8123-456789abcdef";

    fn said_of_nothing() -> Problem {
        let details = json!({"notion": {"status": 404, "code": "object_not_found", "request_id": OTHER,
            "additional_data": {"integration_id": OTHER}}});
        Problem::new(
            Code::NotFound,
            format!("Notion: Could not find page with ID: {NOTHING}. Share it with \"X\"."),
        )
        .details(details)
    }

    #[test]
    fn what_is_outside_has_the_words_for_nothing_and_a_request_id_of_its_own() {
        let page = Object::place(PAGE, ID);
        let (one, two) =
            (absent(None, &page, Some(&said_of_nothing())), absent(None, &page, Some(&said_of_nothing())));
        assert_eq!(one.code, Code::NotFound);
        assert_eq!(one.message, format!("Notion: Could not find page with ID: {ID}. Share it with \"X\"."));
        let request_id =
            |problem: &Problem| problem.details.as_ref().unwrap()["notion"]["request_id"].clone();
        assert!(request_id(&one).is_string());
        assert_ne!(request_id(&one), request_id(&two));
        assert_ne!(request_id(&one), json!(OTHER));
        assert_eq!(one.details.unwrap()["notion"]["additional_data"]["integration_id"], OTHER);
        assert!(absent(None, &page, None).message.contains(ID));
    }

    #[test]
    fn there_is_a_request_for_nothing_of_every_kind() {
        for kind in objects::KINDS {
            assert!(look_for_nothing(&Object::place(kind, ID)).is_some(), "{kind}");
        }
    }

    #[test]
    fn a_refusal_names_no_id_but_those_of_its_request() {
        let path = format!("/v1/pages/{ID}");
        let request =
            Request { egress: NAME, method: Method::Get, path, query: Vec::new(), body: None, max_age: None };
        let request = resolve(request).unwrap();
        let refusal =
            Problem::new(Code::InvalidInput, format!("{ID} and {OTHER} and {}", OTHER.replace('-', "")))
                .details(json!({"notion": {"request_id": OTHER, "additional_data": {"x": [OTHER, ID]}}}));
        let readable = readable(&request, refusal);
        assert_eq!(readable.message, format!("{ID} and (an id) and (an id)"));
        let details = readable.details.unwrap();
        assert_eq!(
            details["notion"],
            json!({"request_id": OTHER, "additional_data": {"x": ["(an id)", ID]}})
        );
    }
}
