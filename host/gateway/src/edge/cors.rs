//! Pages of other origins that may use this host.
//!
//! A browser lets a page read another origin's answer only where that origin says so. The operator lists the pages' origins;
//! to all others a foreign `Origin` is refused, as ever. What they may use is what a token opens, which a page has to have
//! and to send by itself: the browser adds nothing, because requests with credentials of its own are never allowed, and the
//! console, its pages and whatever reads a cookie are left out.
//!
//! Metadata answers pages of every origin: it is the same for everybody, and a client in a browser reads it before anybody
//! could have listed it. Registering and tokens don't. A page that may not call `/mcp` has no use for a token, and on a host
//! that listens on somebody's own machine every page that the person opens could register clients there.

use std::time::Duration;

use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};
use url::Url;

use super::place::Place;

/// The headers of answers that a page may read.
const EXPOSED: [HeaderName; 6] = [
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("mcp-session-id"),
    HeaderName::from_static("x-request-id"),
    header::RETRY_AFTER,
    header::LOCATION,
    HeaderName::from_static("preference-applied"),
];

/// How long a browser needn't ask again. The common ones ask after two hours at the latest.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3_600);

/// The origins that the operator lists, and what is said to browsers.
pub(crate) struct Cors {
    origins: Vec<String>,
    listed: CorsLayer,
    everybody: CorsLayer,
}

impl Cors {
    /// Pages of these origins may use the host.
    pub(crate) fn new(origins: &[Url]) -> Self {
        let origins: Vec<String> = origins.iter().map(|url| url.origin().ascii_serialization()).collect();
        let values = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let listed = layer().allow_origin(AllowOrigin::list(values));
        Self { listed, everybody: layer().allow_origin(Any), origins }
    }

    /// What is said to a page of this foreign origin about this place; nothing where it may not use it.
    pub(crate) fn layer(&self, place: Place, origin: &HeaderValue) -> Option<&CorsLayer> {
        match place {
            Place::Metadata => Some(&self.everybody),
            Place::Mcp | Place::Rest | Place::Chat | Place::Documents | Place::Tokens => {
                let is_listed = self.origins.iter().any(|listed| origin == listed.as_str());
                is_listed.then_some(&self.listed)
            }
            Place::Health | Place::Metrics | Place::SigningIn | Place::Page => None,
        }
    }
}

/// Whether a browser asks what a page may ask.
pub(crate) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        // MCP names headers after parameters of tools, so there is no list.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(PREFLIGHT_AGE)
}
