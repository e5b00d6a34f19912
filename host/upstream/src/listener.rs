//! What a server says by itself: that its tools are others now, and how far a call is.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::ClientHandler;
use rmcp::model::{ClientConfig, Implementation, ProgressNotificationParam, ProgressToken, ProtocolVersion};
use rmcp::service::{NotificationContext, RoleClient};
use tokio::sync::Notify;
use toolbay_kernel::ProgressSink;
use toolbay_kernel::printable;

/// Longest message of a progress, in bytes.
const MAX_MESSAGE: usize = 500;

/// Who hears how far calls are, by the token of each.
#[derive(Default)]
pub(crate) struct Sinks(Mutex<HashMap<ProgressToken, Arc<dyn ProgressSink>>>);

/// One call that is heard of, until it is dropped.
pub(crate) struct Heard<'a> {
    sinks: &'a Sinks,
    token: ProgressToken,
}

impl Sinks {
    /// Has a sink hear of a call.
    pub(crate) fn add(&self, token: ProgressToken, sink: Arc<dyn ProgressSink>) -> Heard<'_> {
        self.0.lock().insert(token.clone(), sink);
        Heard { sinks: self, token }
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.sinks.0.lock().remove(&self.token);
    }
}

/// Our side of a conversation: it offers a server nothing, so that it can ask for nothing.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) sinks: Arc<Sinks>,
    /// Told when the list of tools may be another one.
    pub(crate) changed: Arc<Notify>,
}

impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        let mut own = ClientConfig::default();
        own.protocol_version = ProtocolVersion::LATEST_WITH_INITIALIZE;
        own.client_info = Implementation::new("toolbay", env!("CARGO_PKG_VERSION"));
        own
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }

    async fn on_progress(&self, told: ProgressNotificationParam, _context: NotificationContext<RoleClient>) {
        let sink = self.sinks.0.lock().get(&told.progress_token).cloned();
        let Some(sink) = sink else { return };
        let message = told.message.map(|message| printable::line(&message, MAX_MESSAGE));
        sink.progress(whole(told.progress), told.total.map(whole), message.as_deref());
    }
}

/// A count as our clients hear it. What is none counts as nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded before")]
fn whole(count: f64) -> u64 {
    if count.is_finite() { count.clamp(0.0, 1e15) as u64 } else { 0 }
}
