//! What the answer to a write names of what was made or changed.

use serde_json::Value;
use toolbay_kernel::Problem;
use toolbay_kernel::egress::Named;
use toolbay_kernel::gate::Response;

use crate::request::NotionRequest;
use crate::routes::Seen;

/// The id of one object.
pub(crate) fn id(object: &Value) -> Option<&str> {
    object.get("id").and_then(Value::as_str)
}

/// An answer shows one object, or those of a list.
pub(crate) fn of(request: &NotionRequest, response: &Response) -> Named {
    let object = id(response.body.value()).map(str::to_owned);
    let listed = listed(response).filter_map(id).map(str::to_owned);
    Named {
        ids: object.iter().cloned().chain(listed).collect(),
        object,
        unnamed_below: unnamed_below(request, response),
    }
}

/// Notion's own id of a request, which its answers and its refusals name.
pub(crate) fn request_id(answer: Result<&Response, &Problem>) -> Option<String> {
    let told = match answer {
        Ok(response) => response.body.get("request_id"),
        Err(problem) => problem.details.as_ref().and_then(|details| details.pointer("/notion/request_id")),
    };
    told.and_then(Value::as_str).map(str::to_owned)
}

fn listed(response: &Response) -> impl Iterator<Item = &Value> {
    response.body.get("results").and_then(Value::as_array).into_iter().flatten()
}

/// The objects below which a write has made things that its answer doesn't name.
fn unnamed_below(request: &NotionRequest, response: &Response) -> Vec<String> {
    let said = |key: &str| request.body.as_ref().and_then(|body| body.get(key));
    let has = |keys: &[&str]| keys.iter().any(|key| said(key).is_some_and(|given| !given.is_null()));
    match request.entry.seen {
        Seen::AsPage if has(&["children", "markdown", "template"]) => {
            id(response.body.value()).map(str::to_owned).into_iter().collect()
        }
        Seen::AsChildren => {
            let mut children = said("children").and_then(Value::as_array).into_iter().flatten();
            let has_children = |block: &Value| {
                let kind = block.as_object().into_iter().flatten().find_map(|(_, own)| own.get("children"));
                kind.and_then(Value::as_array).is_some_and(|children| !children.is_empty())
            };
            // Of an answer with other blocks too, it isn't clear which of them has children.
            let holds = children.any(has_children);
            listed(response).filter_map(id).filter(|_| holds).map(str::to_owned).collect()
        }
        _ if request.route.template.ends_with("/markdown") => {
            request.segments.get(2).cloned().into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use toolbay_kernel::Code;

    use super::*;

    #[test]
    fn answers_and_refusals_name_the_request() {
        let answer = Response { status: 200, body: json!({"object": "page", "request_id": "r-1"}).into() };
        assert_eq!(request_id(Ok(&answer)).as_deref(), Some("r-1"));
        let refused =
            Problem::new(Code::NotFound, "no page").details(json!({"notion": {"request_id": "r-2"}}));
        assert_eq!(request_id(Err(&refused)).as_deref(), Some("r-2"));
        assert_eq!(request_id(Err(&Problem::new(Code::Failed, "no answer"))), None);
    }
}
