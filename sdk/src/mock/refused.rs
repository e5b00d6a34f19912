//! What the host says when Notion refuses.

use serde_json::json;

use crate::{Code, Problem};

/// The problem that a tool gets where Notion refuses its request: [`MockHost::on`](super::MockHost::on) takes it for an
/// answer.
///
/// ```
/// use toolbay_sdk::mock::{MockHost, refused};
///
/// let host = MockHost::new().on("GET /v1/pages/{page_id}", refused(404, "Could not find page."));
/// ```
///
/// # Panics
///
/// Where Notion refuses nothing with that status: it is 400, 401, 403, 404 or 409.
#[must_use]
#[expect(clippy::panic, reason = "a test that scripts its host wrongly must fail, and say why")]
pub fn refused(status: u16, message: &str) -> Problem {
    let (code, notion) = match status {
        400 => (Code::InvalidInput, "validation_error"),
        401 => (Code::Forbidden, "unauthorized"),
        403 => (Code::Forbidden, "restricted_resource"),
        404 => (Code::NotFound, "object_not_found"),
        409 => (Code::Conflict, "conflict_error"),
        _ => panic!("{status} is no refusal: Notion refuses with 400, 401, 403, 404 and 409"),
    };
    Problem::new(code, format!("Notion: {message}"))
        .details(json!({ "notion": { "status": status, "code": notion } }))
}
