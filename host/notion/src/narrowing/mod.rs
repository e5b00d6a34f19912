//! Keeps a principal who is narrowed to parts of a workspace within them.
//!
//! A part is a page, a database, a data source or a block, with everything below it. Where an object is, Notion says in its
//! `parent`; a row is below its data source, which is below its database.
//!
//! What is outside answers as what isn't there. Of what is inside, everything is left out that shows something from
//! outside: mentions, relations, rollups and formulas over rows outside, synced copies, linked databases, parents. An answer
//! is not copied and cleaned but made anew from the members that are known here, so that what Notion adds is left out until
//! somebody has decided about it.

mod absent;
mod admit;
mod cursor;
mod member;
mod objects;
mod query;
mod references;
mod shown;
mod tags;

use secrecy::SecretString;
use toolbay_kernel::gate::{ResolvedRequest, Response};
use toolbay_kernel::narrowing::{Denied, Fact, Narrowing, Object, View};
use toolbay_kernel::{Code, Problem};

use crate::notion::Notion;
use crate::request::NotionRequest;
use crate::routes::{Cache, Reach};

use self::cursor::Seal;

impl Narrowing for Notion {
    fn kinds(&self) -> &'static [&'static str] {
        &objects::KINDS
    }

    fn opened(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
    ) -> Result<ResolvedRequest, Problem> {
        let notion = of(request)?;
        match credential {
            Some(credential) if notion.entry.reach != Reach::Workspace => {
                cursor::opened(notion, &Seal::of(credential)).map(NotionRequest::resolved)
            }
            _ => Ok(request.clone()),
        }
    }

    /// An answer that the gate keeps is as old as it is, and so is the parent in it.
    fn is_told_by_its_answer(&self, request: &ResolvedRequest) -> bool {
        let told = |request: &NotionRequest| {
            !request.writes()
                && request.entry.is_of_one_object()
                && request.entry.cache == Cache::None
                && !objects::named(request).is_empty()
        };
        NotionRequest::of(request).is_some_and(told)
    }

    fn admit(&self, request: &ResolvedRequest, view: &View<'_>) -> Result<(), Denied> {
        admit::admit(of(request).map_err(Denied::Refused)?, view)
    }

    fn more(
        &self,
        request: &ResolvedRequest,
        answers: &[Response],
        view: &View<'_>,
    ) -> Option<ResolvedRequest> {
        let request = NotionRequest::of(request)?;
        shown::more(request, answers, view).map(NotionRequest::resolved)
    }

    fn shown(
        &self,
        request: &ResolvedRequest,
        answers: &[Response],
        view: &View<'_>,
        credential: Option<&SecretString>,
    ) -> Result<Response, Denied> {
        let is_told = self.is_told_by_its_answer(request);
        let request = of(request).map_err(Denied::Refused)?;
        shown::shown(request, answers, view, credential.map(Seal::of), is_told)
    }

    fn refusal(&self, request: &ResolvedRequest, refusal: Problem) -> Problem {
        match NotionRequest::of(request) {
            // Notion names what a change of the text would delete, also what the writer can't see.
            Some(request) if request.writes() && request.route.template == "/v1/pages/{page_id}/markdown" => {
                Problem::new(refusal.code, "Notion refused the change of the page's text.")
                    .hint("read the page again, and change what is seen of it; `allow_deleting_content` deletes what isn't")
            }
            Some(request) => absent::readable(request, refusal),
            None => Problem::new(refusal.code, "the request was refused"),
        }
    }

    fn looks(&self, object: &Object) -> Vec<ResolvedRequest> {
        objects::looks(object).into_iter().map(NotionRequest::resolved).collect()
    }

    fn facts(&self, object: &Object, answer: &Response) -> Vec<(Object, Fact)> {
        objects::facts(object, answer.body.value())
    }

    fn look_for_nothing(&self, object: &Object) -> Option<ResolvedRequest> {
        absent::look_for_nothing(object).map(NotionRequest::resolved)
    }

    fn absent(
        &self,
        request: &ResolvedRequest,
        object: &Object,
        said_of_nothing: Option<&Problem>,
    ) -> Problem {
        let route = NotionRequest::of(request).map(|request| request.route);
        absent::absent(route, object, said_of_nothing)
    }
}

/// The part of a workspace that an id or a link names: a page, a database, a data source or a block.
///
/// # Errors
///
/// `invalid_input` for what names none.
pub fn part(text: &str) -> Result<String, Problem> {
    use toolbay_sdk_notion::Object as Named;

    let found = Named::PageOrDatabase.decide(text).or_else(|_| Named::Anything.decide(text));
    found.map(|id| id.to_string()).map_err(|_| {
        Problem::new(Code::InvalidInput, format!("`{text}` names no page, database, data source or block."))
            .hint("Give its id, or the link that Notion copies.")
    })
}

fn of(request: &ResolvedRequest) -> Result<&NotionRequest, Problem> {
    NotionRequest::of(request).ok_or_else(|| Problem::new(Code::Failed, "the request is not one to Notion"))
}
