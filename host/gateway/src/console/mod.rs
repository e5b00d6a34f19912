//! The console: one page that says what this host is and calls its tools.
//!
//! The page is static and public. It has no session: the token that a person pastes stays in the page's memory, and the
//! page calls the same REST addresses as everybody else.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, header};

/// What the page may do: run and show what this host serves, and call this host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
                      require-trusted-types-for 'script'";

/// The page and its parts.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(|| page("text/html; charset=utf-8", include_str!("index.html"))))
        .route(
            "/console/console.js",
            get(|| page("text/javascript; charset=utf-8", include_str!("console.js"))),
        )
        .route("/console/form.js", get(|| page("text/javascript; charset=utf-8", include_str!("form.js"))))
        .route("/console/console.css", get(|| page("text/css; charset=utf-8", include_str!("console.css"))))
        .route("/console/icon.svg", get(|| page("image/svg+xml", include_str!("icon.svg"))))
}

async fn page(kind: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // The page belongs to the version that serves it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
