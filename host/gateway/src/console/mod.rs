//! The console: one page and its parts, which are in the program.
//!
//! What is served here is the same for everybody and public. The page uses the same REST addresses as every other client, in the
//! name of whoever is signed in, and has no address of its own beside them.

mod files;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, header};
use toolbay_kernel::{Code, Problem};

use self::files::{File, SHELL};
use crate::envelope::Refusal;
use crate::tagged;

/// What the page may do: run and show what this host serves and the pictures of answers, and call this host. No text becomes markup or a
/// script, whoever wrote it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// Where the style of pages without a script is.
pub(crate) const STYLE: &str = "/console/assets/style/base.css";

/// Where this host's picture is.
pub(crate) const ICON: &str = "/console/assets/icon.svg";

/// Where the console begins.
pub(crate) const START: &str = "/console";

/// The page at each of its addresses, and its parts.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(shell))
        .route(START, get(shell))
        .route("/console/", get(shell))
        .route("/console/{*page}", get(shell))
        .route("/console/assets/{*path}", get(asset))
}

/// The page finds by itself what its address says.
async fn shell(headers: HeaderMap) -> Response {
    files::named(SHELL).map_or_else(missing, |file| answer(file, &headers))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    files::named(&path).map_or_else(missing, |file| answer(file, &headers))
}

fn missing() -> Response {
    let problem =
        Problem::new(Code::NotFound, "The console has no such file.").hint("It begins at /console.");
    Refusal::from(problem).into_response()
}

fn answer(file: File, headers: &HeaderMap) -> Response {
    let body = match file.content {
        std::borrow::Cow::Borrowed(content) => Body::from(content),
        std::borrow::Cow::Owned(content) => Body::from(content),
    };
    let mut response = tagged::answer(body, file.tag, headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, file.kind);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}
