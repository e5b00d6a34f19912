//! What an egress knows of keeping somebody within parts of its outside.

use secrecy::SecretString;

use super::object::{Fact, Object};
use super::view::View;
use crate::problem::Problem;
use crate::request::{ResolvedRequest, Response};

/// Why a request isn't sent, or its answer not shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Denied {
    /// It names this object, which is outside: the caller reads what the outside says of one that isn't there.
    Absent(Object),
    /// It can't be decided about, or does what nobody may do who is narrowed.
    Refused(Problem),
}

/// How an egress keeps a principal within parts of a workspace.
///
/// `admit`, `more` and `shown` are asked again, from the start, whenever the view has learnt something: they have no
/// effects, and what they answer counts only when nothing was missing.
pub trait Narrowing: Send + Sync {
    /// The kinds of all objects that there are to it.
    fn kinds(&self) -> &'static [&'static str];

    /// The request with what only such a principal sends put back into the outside's own form: cursors.
    ///
    /// # Errors
    ///
    /// When it can't be put back.
    fn opened(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
    ) -> Result<ResolvedRequest, Problem>;

    /// Whether the request reads one object whose answer says where it is, so that it may be asked first and decided
    /// about afterwards.
    fn is_told_by_its_answer(&self, request: &ResolvedRequest) -> bool;

    /// Whether a request may be sent: everything that it names is inside, and it does nothing to what is outside.
    ///
    /// # Errors
    ///
    /// Why it may not.
    fn admit(&self, request: &ResolvedRequest, view: &View<'_>) -> Result<(), Denied>;

    /// The next request, where too little of the answers so far may be seen.
    fn more(
        &self,
        request: &ResolvedRequest,
        answers: &[Response],
        view: &View<'_>,
    ) -> Option<ResolvedRequest>;

    /// What of the answers may be seen, as one answer.
    ///
    /// # Errors
    ///
    /// When it is that of an object outside, or it can't be told what of it may be seen.
    fn shown(
        &self,
        request: &ResolvedRequest,
        answers: &[Response],
        view: &View<'_>,
        credential: Option<&SecretString>,
    ) -> Result<Response, Denied>;

    /// A refusal of the outside as such a principal may read it.
    fn refusal(&self, request: &ResolvedRequest, refusal: Problem) -> Problem;

    /// The requests that read an object, of which the first counts that is answered; none for what can't be read.
    fn looks(&self, object: &Object) -> Vec<ResolvedRequest>;

    /// What an answer to such a request says, of the object and of what else it tells.
    fn facts(&self, object: &Object, answer: &Response) -> Vec<(Object, Fact)>;

    /// A request that reads an object of this kind which isn't there, for the words in which the outside says so.
    fn look_for_nothing(&self, object: &Object) -> Option<ResolvedRequest>;

    /// What the caller reads of an object outside: the words of the refusal of a request for something that isn't there.
    fn absent(
        &self,
        request: &ResolvedRequest,
        object: &Object,
        said_of_nothing: Option<&Problem>,
    ) -> Problem;
}
