//! Hosts of the web as a call sees them.

use crate::Problem;
use crate::host::Host;
use crate::http::{Request, Response};
use crate::provider::Provider;

/// Hosts of the web; the host adds the operator's secrets and keeps to the limits.
#[derive(Clone, Copy, Debug)]
pub struct Http<'call> {
    host: &'call Provider,
}

impl<'call> Http<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// Sends a request. Redirects are followed by reads, where they lead to what is granted too.
    ///
    /// # Errors
    ///
    /// `forbidden` for what isn't granted; for a write whatever is not an answer of 2xx, with status and text in the details; for a read
    /// what says to ask again later, and an answer that can't be read.
    pub fn send(self, request: Request) -> Result<Response, Problem> {
        self.host.http_send(request)
    }

    /// Sends independent requests side by side, any number of them; answers keep their order.
    #[must_use]
    pub fn send_all(self, requests: Vec<Request>) -> Vec<Result<Response, Problem>> {
        self.host.http_send_all(requests)
    }
}
