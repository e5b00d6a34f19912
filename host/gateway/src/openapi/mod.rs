//! OpenAPI 3.1, derived from the catalog alone.
//!
//! Two documents: a small one within the limits of GPT Actions, and one of everything. Both are public, as clients fetch
//! them before they have a token; they name tools and schemas, and nothing that the tools can reach.

mod host;
mod operation;
mod shared;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use toolbay_kernel::{Catalog, Tool};

use self::operation::{Detail, operation};
use crate::GatewaySettings;
use crate::publication::Shared;

/// Operations of the small document when the operator names none.
const DEFAULT_OPERATIONS: usize = 12;

/// Most operations that Actions take in one document.
const MOST_OPERATIONS: usize = 30;

/// A document as it is sent.
#[derive(Clone)]
pub(crate) struct Document {
    body: Bytes,
    etag: HeaderValue,
}

/// The document for Actions: few operations, short descriptions.
pub(crate) fn small(catalog: &Catalog, settings: &GatewaySettings) -> Document {
    let mut paths = Map::new();
    for tool in chosen(catalog, settings) {
        add(&mut paths, operation(tool, Detail::Short));
    }
    document(paths, settings)
}

/// The document of everything that the host answers.
pub(crate) fn full(catalog: &Catalog, settings: &GatewaySettings) -> Document {
    let mut paths = Map::new();
    for own in host::operations() {
        add(&mut paths, own);
    }
    for tool in catalog.tools() {
        add(&mut paths, operation(tool, Detail::Whole));
    }
    document(paths, settings)
}

/// `GET /openapi.json`
pub(crate) async fn serve_small(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    serve(shared.small_document(), request.headers())
}

/// `GET /openapi/full.json`
pub(crate) async fn serve_full(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    serve(shared.full_document(), request.headers())
}

fn chosen<'a>(catalog: &'a Catalog, settings: &'a GatewaySettings) -> Vec<&'a Arc<Tool>> {
    if settings.openapi_operations.is_empty() {
        return catalog.tools().take(DEFAULT_OPERATIONS).collect();
    }
    let named = settings.openapi_operations.iter().filter_map(|name| {
        let tool = catalog.get(name.as_str());
        if tool.is_none() {
            tracing::debug!(%name, "openapi.chosen_tool_is_missing");
        }
        tool
    });
    named.take(MOST_OPERATIONS).collect()
}

/// One operation and where it is.
struct Placed {
    path: String,
    method: &'static str,
    operation: Value,
}

fn add(paths: &mut Map<String, Value>, placed: Placed) {
    let path = paths.entry(placed.path).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(methods) = path {
        methods.entry(placed.method).or_insert(placed.operation);
    }
}

fn document(paths: Map<String, Value>, settings: &GatewaySettings) -> Document {
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Toolbay",
            "version": settings.version,
            "description": "Every answer is an envelope of ok, result, error and meta: either result or error is null.",
        },
        "servers": [{"url": settings.origin()}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": shared::components(),
    });
    let body = Bytes::from(document.to_string());
    let digest = Sha256::digest(&body);
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::try_from(format!("\"{short}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    Document { body, etag }
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
