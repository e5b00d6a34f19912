//! How the outcome of a write is found out after its answer was lost.
//!
//! What there is to be seen differs from request to request, and only the egress knows it: the gate asks for a
//! [`Recovery`], looks where its probe says, and believes what the probe makes of what is seen there.

use time::OffsetDateTime;

use crate::problem::Problem;
use crate::request::{ResolvedRequest, Response};

/// What can be done about a write whose outcome is unknown.
#[derive(Default)]
pub struct Recovery {
    /// Where its outcome can be seen; none where nothing can tell.
    pub probe: Option<Box<dyn Probe>>,
    /// For a probe that looks for something new: since when it takes things for new. What this host made since then, and
    /// doesn't know any more, would be taken for what this write made.
    pub since: Option<OffsetDateTime>,
}

/// What stands among the known ids for all that is below an object, when a write has made things there that its answer
/// didn't name.
#[must_use]
pub fn below(id: &str) -> String {
    format!("below {id}")
}

/// What was made before this process began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    /// The objects that are known to have been made or changed lately.
    pub ids: Vec<String>,
    /// Since when these are known; none when all are.
    pub from: Option<OffsetDateTime>,
    /// When the last call began or ended; none when there was none lately.
    pub until: Option<OffsetDateTime>,
}

/// Finds out whether one write was carried out, by reading.
pub trait Probe: Send + Sync {
    /// What to read first.
    fn look(&self) -> ResolvedRequest;

    /// What an answer shows. `is_another` says of an id that it is known to be that of something else: two writes of the
    /// same words made two things.
    fn judge(&self, seen: &Result<Response, Problem>, is_another: &dyn Fn(&str) -> bool) -> Verdict;
}

/// What a probe makes of what was read.
#[derive(Debug)]
pub enum Verdict {
    /// It was carried out; this stands for the answer that was lost.
    CarriedOut(Response),
    /// It was carried out, and made this: nothing else is taken for the same.
    Made(Response),
    /// It can't be seen. It may not have been carried out, or not yet.
    NotSeen,
    /// Nothing is there that it could have made or changed. Once the outside can't be working on it any more, that says that it
    /// was not carried out.
    Absent,
    /// It may be further on.
    LookOn(ResolvedRequest),
}
