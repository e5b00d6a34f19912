//! Streams on which a client waits for news: `GET /mcp` of a session, `subscriptions/listen` without one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::credential::Caller;
use super::events::{self, Events, event};
use super::message::Request;
use super::problem::{INVALID_PARAMETERS, Problem};
use super::{era, versions};
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::json::{Peek, put};

/// A stream without news has a comment this often, so that nothing between closes it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a stream ends after its session did.
const LOOK: Duration = Duration::from_millis(50);

/// Opens the stream of a session; a session has one at a time.
pub(super) fn of_session(gate: &Arc<Gate>, asked: &Asked, caller: &Caller) -> Result<Answered, Problem> {
    if asked.header("mcp-protocol-version") == Some(versions::MODERN) {
        return Err(Problem::http(
            405,
            "This revision has no stream of its own; subscriptions/listen is one.",
        ));
    }
    if !asked.accepts("text/event-stream") {
        return Err(Problem::http(406, "Accept must name text/event-stream."));
    }
    let id = era::session(gate, asked, caller)?;
    let mut state = gate.state.lock();
    let session = state.hosted.sessions.of(&id, caller.grant).ok_or_else(era::unknown)?;
    if session.has_stream {
        return Err(Problem::http(409, "The session has a stream already."));
    }
    session.has_stream = true;
    let changes = state.hosted.changes.subscribe();
    drop(state);
    let (sender, answered) = events::answer();
    let held = Held { gate: Arc::clone(gate), session: id };
    tokio::spawn(async move {
        let is_open = || held.gate.state.lock().hosted.sessions.is_open(&held.session);
        let news = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
        tell(&sender, changes, &news, is_open).await;
        drop(held);
    });
    Ok(answered)
}

/// Makes the place of a session's stream free when that ends, however it does.
struct Held {
    gate: Arc<Gate>,
    session: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gate.state.lock().hosted.sessions.free_stream(&self.session);
    }
}

/// Opens the stream of a request; it says first what it will tell.
pub(super) fn of_request(gate: &Gate, request: &Request) -> Result<Answered, Problem> {
    let Some(wanted) = request.params.at("notifications").as_object() else {
        return Err(Problem::new(400, INVALID_PARAMETERS, "notifications must be an object."));
    };
    let is_wanted = wanted.is_true("toolsListChanged");
    let changes = gate.state.lock().hosted.changes.subscribe();
    let (sender, answered) = events::answer();
    let marked = |method: &str, mut params: Value| {
        put(&mut params, "_meta", json!({ "io.modelcontextprotocol/subscriptionId": request.id }));
        json!({ "jsonrpc": "2.0", "method": method, "params": params })
    };
    let told = if is_wanted { json!({ "toolsListChanged": true }) } else { json!({}) };
    let first = marked("notifications/subscriptions/acknowledged", json!({ "notifications": told }));
    let news = marked("notifications/tools/list_changed", json!({}));
    let ended = json!({ "jsonrpc": "2.0", "id": request.id, "result": {
        "resultType": "complete",
        "_meta": { "io.modelcontextprotocol/subscriptionId": request.id },
    } });
    tokio::spawn(async move {
        if sender.send(Ok(event(&first))).await.is_err() {
            return;
        }
        if is_wanted {
            tell(&sender, changes, &news, || true).await;
        }
        // A client that left hears nothing.
        sender.send(Ok(event(&ended))).await.ok();
    });
    Ok(answered)
}

/// Tells each change, until the client is gone, the emulator was reset, or the stream's reason has ended.
async fn tell(sender: &Events, mut changes: watch::Receiver<u64>, news: &Value, is_open: impl Fn() -> bool) {
    let mut quiet = tokio::time::Instant::now() + KEEP_ALIVE;
    loop {
        let text = tokio::select! {
            changed = changes.changed() => match changed {
                Ok(()) => event(news),
                Err(_) => return,
            },
            () = sender.closed() => return,
            () = tokio::time::sleep_until(quiet) => ": still here\n\n".to_owned(),
            () = tokio::time::sleep(LOOK) => {
                if is_open() { continue } else { return }
            }
        };
        quiet = tokio::time::Instant::now() + KEEP_ALIVE;
        if sender.send(Ok(text)).await.is_err() {
            return;
        }
    }
}
