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
use toolbay_kernel::recovery::{Probe, Recovery};

use crate::request::NotionRequest;
use crate::routes::{self, Seen};
use made::{Made, Window};
use state::State;

/// What can be done about a write that was sent at that time. `said` is what came in the place of an answer.
pub(crate) fn of(request: &NotionRequest, sent_at: OffsetDateTime, said: Option<&Problem>) -> Recovery {
    let seen = request.entry.seen;
    let window = Window::around(sent_at);
    let since = matches!(seen, Seen::AsPage | Seen::AsChildren | Seen::AsComment).then_some(window.from());
    let named = said.and_then(saved_id).and_then(|id| saved(request, seen, window, id));
    let probe = named.or_else(|| probe(request, seen, window, said.is_some()));
    Recovery { probe, since }
}

fn probe(request: &NotionRequest, seen: Seen, window: Window, is_first: bool) -> Option<Box<dyn Probe>> {
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
fn saved(request: &NotionRequest, seen: Seen, window: Window, id: &str) -> Option<Box<dyn Probe>> {
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
fn read(segments: &[String], query: Vec<(String, String)>) -> Option<NotionRequest> {
    routes::read(segments, query).ok()
}
