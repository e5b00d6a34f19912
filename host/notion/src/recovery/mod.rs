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
use toolbay_kernel::gate::{Method, NotionRequest, ResolvedRequest};
use toolbay_kernel::ports::RouteTable as _;
use toolbay_kernel::recovery::{Probe, Recovery};

use crate::routes::{NotionRoutes, seen_of};
use made::{Made, Window};
use state::State;

/// Where the outcome of a write can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nowhere.
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
    Recovery { repeats, probe: saved(request, seen, said).or_else(|| probe(request, seen, sent_at)) }
}

fn probe(request: &ResolvedRequest, seen: Seen, sent_at: OffsetDateTime) -> Option<Box<dyn Probe>> {
    let body = request.body.clone().unwrap_or(Value::Null);
    let window = Window::around(sent_at);
    let own = |state: State| {
        let look = read(&request.segments, Vec::new())?;
        Some(Box::new(state.seen_by(look)) as Box<dyn Probe>)
    };
    match seen {
        Seen::Nowhere => None,
        Seen::InState => own(State::showing(body)?),
        Seen::InTrash => own(State::Trashed),
        Seen::Gone => own(State::gone(request)?),
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

/// Notion says of some failures what it saved: that can be read.
fn saved(request: &ResolvedRequest, seen: Seen, said: Option<&Problem>) -> Option<Box<dyn Probe>> {
    let id = said?.details.as_ref()?.pointer("/notion/additional_data/committed_resource_id")?.as_str()?;
    let look = match seen {
        // What was made is read below the address where it was made.
        Seen::AsPage | Seen::AsComment => {
            let own = request.segments.iter().cloned().chain([id.to_owned()]).collect::<Vec<_>>();
            read(&own, Vec::new())?
        }
        _ => return None,
    };
    Some(Box::new(State::Is(id.to_owned()).seen_by(look)))
}

/// A request that reads.
fn read(segments: &[String], query: Vec<(String, String)>) -> Option<ResolvedRequest> {
    let path = format!("/{}", segments.join("/"));
    let request = NotionRequest { method: Method::Get, path, query, body: None, max_age: None };
    NotionRoutes.resolve(request).ok()
}
