//! What a tool works with: the operations of the API, as the person who agreed, and a client that may hear how far it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::errors::Refusal;
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::json::put;
use crate::model::integration::Integration;

/// One call at work.
pub(in crate::hosted) struct Work {
    pub(in crate::hosted) gate: Arc<Gate>,
    pub(in crate::hosted) integration: Arc<Integration>,
    /// How long each step takes.
    pub(in crate::hosted) step: Duration,
    pub(in crate::hosted) progress: Option<Progress>,
}

/// A client that hears of steps.
pub(in crate::hosted) struct Progress {
    pub(in crate::hosted) events: mpsc::Sender<io::Result<String>>,
    pub(in crate::hosted) token: Value,
}

impl Work {
    /// An operation of the API. `path` may have a query string; a null body is none.
    pub(super) fn ask(&self, method: &str, path: &str, body: Value) -> Result<Value, Refusal> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = if body.is_null() { json!({}) } else { body };
        let incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            authorization: None,
            version: None,
            content_type: None,
            bytes: Vec::new(),
            file: None,
        };
        self.gate.run_for(Arc::clone(&self.integration), &incoming, body)
    }

    /// Ends a step, and tells it. A call whose client has gone stops here.
    pub(super) async fn step(&self, done: usize, total: Option<usize>, words: &str) -> Result<(), Refusal> {
        tokio::time::sleep(self.step).await;
        let Some(Progress { events, token }) = &self.progress else { return Ok(()) };
        let mut params = json!({ "progressToken": token, "progress": done, "message": words });
        if let Some(total) = total {
            put(&mut params, "total", json!(total));
        }
        let message = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params });
        let event = format!("event: message\ndata: {message}\n\n");
        let gone = |_| Refusal::new(499, "client_closed_request", "The client has gone.");
        events.send(Ok(event)).await.map_err(gone)
    }
}
