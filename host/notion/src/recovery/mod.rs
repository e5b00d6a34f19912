//! What can be found out about a write whose outcome is unknown: for each kind of route, where its outcome can be seen.
//!
//! A look is believed only when it is sure. State that was set is there or it isn't; what was made has to be new, of the
//! same words, the only one, and nothing that another write is known to have made. Everything else stays unknown.

mod made;
mod shown;
mod state;

use serde_json::Value;
use time::OffsetDateTime;
use toolbay_kernel::Problem;
use toolbay_kernel::gate::{Method, NotionRequest, NotionResponse, ResolvedRequest};
use toolbay_kernel::ports::RouteTable as _;
use toolbay_kernel::recovery::{Probe, Recovery};

use crate::routes::{NotionRoutes, seen_of};
use made::{Made, Window};
use state::State;

/// Where the outcome of a write can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Nowhere,
    /// What was sent is to be: the object shows it.
    InState,
    /// The object is in the trash.
    InTrash,
    /// The object is no longer there.
    Gone,
    /// The page shows its new parent.
    InParent,
    /// The file says that it is uploaded.
    Uploaded,
    /// A page is a row of its data source, or a child of its page.
    AsPage,
    /// Blocks are among the children of their parent.
    AsChildren,
    /// A comment is among those of its page or block.
    AsComment,
}

/// What can be done about a write that was sent at that time. `said` is what came in the place of an answer.
pub(crate) fn of(request: &ResolvedRequest, sent_at: OffsetDateTime, said: Option<&Problem>) -> Recovery {
    let seen = seen_of(&request.route);
    let body = request.body.as_ref();
    // A template is applied once more.
    let adds = body.is_some_and(|body| body.get("template").is_some());
    let repeats = match seen {
        Seen::InState | Seen::InTrash | Seen::Gone | Seen::InParent => !adds,
        Seen::Nowhere | Seen::Uploaded | Seen::AsPage | Seen::AsChildren | Seen::AsComment => false,
    };
    let window = Window::around(sent_at);
    let since = matches!(seen, Seen::AsPage | Seen::AsChildren | Seen::AsComment).then_some(window.from());
    let named = said.and_then(saved_id).and_then(|id| saved(request, seen, window, id));
    let probe = named.or_else(|| probe(request, seen, window, said.is_some()));
    Recovery { repeats, probe, since }
}

/// The objects below which a write has made things that its answer doesn't name.
pub(crate) fn unnamed(request: &ResolvedRequest, response: &NotionResponse) -> Vec<String> {
    let said = |key: &str| request.body.as_ref().and_then(|body| body.get(key));
    let has = |keys: &[&str]| keys.iter().any(|key| said(key).is_some_and(|given| !given.is_null()));
    match seen_of(&request.route) {
        Seen::AsPage if has(&["children", "markdown", "template"]) => {
            response.id().map(str::to_owned).into_iter().collect()
        }
        Seen::AsChildren => {
            let mut children = said("children").and_then(Value::as_array).into_iter().flatten();
            let made = response.body.get("results").and_then(Value::as_array).into_iter().flatten();
            let has_children = |block: &Value| {
                let kind = block.as_object().into_iter().flatten().find_map(|(_, own)| own.get("children"));
                kind.and_then(Value::as_array).is_some_and(|children| !children.is_empty())
            };
            let ids = made.filter_map(|block| block.get("id")?.as_str());
            // Of an answer with other blocks too, it isn't clear which of them has children.
            let holds = children.any(has_children);
            ids.filter(|_| holds).map(str::to_owned).collect()
        }
        _ if request.route.template.ends_with("/markdown") => {
            request.segments.get(2).cloned().into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn probe(request: &ResolvedRequest, seen: Seen, window: Window, is_first: bool) -> Option<Box<dyn Probe>> {
    let body = request.body.clone().unwrap_or(Value::Null);
    let own = |state: State| {
        let look = read(&request.segments, Vec::new())?;
        Some(Box::new(state.seen_by(look)) as Box<dyn Probe>)
    };
    match seen {
        Seen::Nowhere => None,
        Seen::InState => own(State::showing(body)?),
        Seen::InTrash => own(State::Trashed),
        // What is asked for the first time may never have been there; what was asked for before was.
        Seen::Gone => own(State::gone(request, is_first)?),
        Seen::InParent => {
            let above = request.segments.get(..request.segments.len().checked_sub(1)?)?;
            let state = State::showing(body)?;
            Some(Box::new(state.seen_by(read(above, Vec::new())?)))
        }
        Seen::Uploaded => {
            let above = request.segments.get(..request.segments.len().checked_sub(1)?)?;
            let state = State::Showing(serde_json::json!({"status": "uploaded"}));
            Some(Box::new(state.seen_by(read(above, Vec::new())?)))
        }
        Seen::AsPage => Some(Box::new(Made::page(&body, window)?)),
        Seen::AsChildren => Some(Box::new(Made::children(request, &body, window)?)),
        Seen::AsComment => Some(Box::new(Made::comment(&body, window)?)),
    }
}

/// What Notion says that it saved, of some failures.
fn saved_id(said: &Problem) -> Option<&str> {
    said.details.as_ref()?.pointer("/notion/additional_data/committed_resource_id")?.as_str()
}

/// Something new that was saved can be read below the address where it was made. It is believed when it is what was sent.
fn saved(request: &ResolvedRequest, seen: Seen, window: Window, id: &str) -> Option<Box<dyn Probe>> {
    let body = request.body.as_ref()?;
    let made = match seen {
        Seen::AsPage => Made::page(body, window)?,
        Seen::AsComment => Made::comment(body, window)?,
        _ => return None,
    };
    let own = request.segments.iter().cloned().chain([id.to_owned()]).collect::<Vec<_>>();
    Some(Box::new(made.read_at(read(&own, Vec::new())?)))
}

/// A request that reads.
fn read(segments: &[String], query: Vec<(String, String)>) -> Option<ResolvedRequest> {
    let path = format!("/{}", segments.join("/"));
    let request = NotionRequest { method: Method::Get, path, query, body: None, max_age: None };
    NotionRoutes.resolve(request).ok()
}
