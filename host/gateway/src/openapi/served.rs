//! The documents, as they are sent.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use toolbay_kernel::{Code, Problem};

use super::Document;
use crate::GatewaySettings;
use crate::envelope::Refusal;
use crate::publication::Shared;
use crate::tagged;

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
    let mut response = tagged::answer(document.body, document.etag, headers);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
