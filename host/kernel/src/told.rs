//! The log's line about a call.

use std::sync::Arc;
use std::time::Instant;

use crate::id::CallId;
use crate::principal::Principal;
use crate::printable;
use crate::problem::{Code, Problem};
use crate::surface::Surface;

/// Bytes of a name that are told: a tool's own fits, and what a caller invents isn't worth more.
const MAX_NAME: usize = 80;

/// A call that will be told when it has ended. One that is dropped before, since its caller has gone, is told as such.
pub(crate) struct Told {
    call: CallId,
    tool: String,
    principal: Arc<Principal>,
    surface: Surface,
    begun: Instant,
    is_told: bool,
}

impl Told {
    /// None when nobody listens.
    pub(crate) fn begin(
        call: CallId,
        tool: &str,
        principal: &Arc<Principal>,
        surface: Surface,
        begun: Instant,
    ) -> Option<Self> {
        // What a caller invents may be long.
        let tool = || printable::line(tool, MAX_NAME);
        let principal = Arc::clone(principal);
        tracing::enabled!(tracing::Level::INFO).then(|| Self {
            call,
            tool: tool(),
            principal,
            surface,
            begun,
            is_told: false,
        })
    }

    pub(crate) fn end<T>(mut self, result: &Result<T, Problem>) {
        self.tell(result.as_ref().map_or_else(|problem| problem.code.as_str(), |_| "ok"));
    }

    fn tell(&mut self, outcome: &'static str) {
        self.is_told = true;
        let duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let principal = printable::line(&self.principal.name, MAX_NAME);
        let (tool, surface, call) = (&self.tool, self.surface.as_str(), self.call);
        tracing::info!(tool, principal, surface, outcome, duration_ms, %call, "call.ended");
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(Code::Cancelled.as_str());
        }
    }
}
