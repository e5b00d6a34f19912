//! The way of a request: to OAuth, or to the API.

use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::oauth;
use crate::reply::Reply;

impl Gate {
    /// Answers one request, and counts it.
    pub(crate) async fn answer(&self, incoming: Incoming) -> Reply {
        let mut route = None;
        let reply = if oauth::serves(&incoming.path) {
            oauth::answer(self, &incoming, &mut route).await
        } else {
            self.answer_uncounted(&incoming, &mut route).await
        };
        self.state.lock().requests.count(route.as_deref(), reply.status());
        reply
    }
}
