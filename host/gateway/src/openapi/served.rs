//! The documents, as they are sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use toolbay_kernel::{Code, Problem};

use super::Document;
use crate::GatewaySettings;
use crate::envelope::Refusal;
use crate::publication::Shared;

/// `GET /openapi.json`
pub(crate) async fn small(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    serve(shared.small_document(), request.headers())
}

/// `GET /openapi/{document}`: `full.json`, or a profile's.
pub(crate) async fn named(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let document = name.strip_suffix(".json").and_then(|name| match name {
        "full" => Some(shared.full_document()),
        profile => shared.profile_document(profile),
    });
    match document {
        Some(document) => serve(document, request.headers()),
        None => Refusal::from(unknown_document(&shared.gateway.settings)).into_response(),
    }
}

fn unknown_document(settings: &GatewaySettings) -> Problem {
    let names: Vec<String> = settings.profiles.iter().map(|(name, _)| format!("{name}.json")).collect();
    Problem::new(Code::NotFound, "there is no such OpenAPI document")
        .hint(format!("there are /openapi.json and, below /openapi/, {}", names.join(", ")))
}

fn serve(document: Document, headers: &HeaderMap) -> Response {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| names(value, &document.etag));
    let mut response = Response::new(if known { Body::empty() } else { Body::from(document.body) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ETAG, document.etag);
    // A catalog changes at any time, so a copy is good only after it was asked about.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Whether a value of `If-None-Match` names this tag, weakly or not.
fn names(value: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(value), Ok(etag)) = (value.to_str(), etag.to_str()) else { return false };
    value.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
