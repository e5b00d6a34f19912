//! Writes that say what is to be: the object shows whether it is so.

use serde_json::{Value, json};
use toolbay_kernel::gate::{ResolvedRequest, Response};
use toolbay_kernel::recovery::{Probe, Verdict};
use toolbay_kernel::{Code, Problem};

use super::shown::shows;
use crate::request::NotionRequest;

/// What a body may say that isn't there to be seen afterwards.
const UNSEEN: [&str; 3] = ["template", "erase_content", "allow_async"];

/// What is to be seen when the write was carried out.
pub(super) enum State {
    /// An object with all of this.
    Showing(Value),
    /// An object in the trash.
    Trashed,
    /// No object; this is what deleting it answers. Where it was asked for once, it has to be known that it was there.
    Gone { answer: Value, is_first: bool },
}

impl State {
    /// What a body says, when all of it can be seen afterwards.
    pub(super) fn showing(body: Value) -> Option<Self> {
        let members = body.as_object().filter(|members| !members.is_empty())?;
        let is_seen = !members.keys().any(|name| UNSEEN.contains(&name.as_str()));
        is_seen.then_some(Self::Showing(body))
    }

    /// That what the path names is no longer there.
    pub(super) fn gone(request: &NotionRequest, is_first: bool) -> Option<Self> {
        let id = request.segments.last()?;
        let object = match request.route.template {
            "/v1/comments/{comment_id}" => "comment",
            "/v1/views/{view_id}" => "view",
            "/v1/views/{view_id}/queries/{query_id}" => "view_query",
            _ => return None,
        };
        Some(Self::Gone { answer: json!({"object": object, "id": id, "deleted": true}), is_first })
    }

    pub(super) fn seen_by(self, look: NotionRequest) -> Look {
        Look { state: self, look }
    }
}

/// One read that shows it.
pub(super) struct Look {
    state: State,
    look: NotionRequest,
}

impl Probe for Look {
    fn look(&self) -> ResolvedRequest {
        self.look.clone().resolved()
    }

    fn judge(&self, seen: &Result<Response, Problem>, is_known: &dyn Fn(&str) -> bool) -> Verdict {
        let was_there = |answer: &Value| answer.get("id").and_then(Value::as_str).is_some_and(is_known);
        let is_so = |response: &Response| match &self.state {
            State::Showing(sent) => shows(sent, response.body.value()),
            State::Trashed => response.body.get("in_trash") == Some(&Value::Bool(true)),
            State::Gone { .. } => false,
        };
        match (seen, &self.state) {
            (Ok(response), _) if is_so(response) => Verdict::CarriedOut(response.clone()),
            (Err(problem), State::Gone { answer, is_first })
                if problem.code == Code::NotFound && (!is_first || was_there(answer)) =>
            {
                Verdict::CarriedOut(Response { status: 200, body: answer.clone().into() })
            }
            _ => Verdict::NotSeen,
        }
    }
}
