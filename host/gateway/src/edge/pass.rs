//! Whether a request may pass, in the order of what a refusal costs.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode, header};
use tower::{Layer as _, ServiceExt as _};

use super::client::Client;
use super::cors::is_preflight;
use super::place::Place;
use super::refused::refused;
use crate::envelope::Refusal;
use crate::hosts::{self, Named};
use crate::public_origin::PublicOrigin;
use crate::{Gateway, GatewaySettings};

/// A request as the edge sees it.
pub(crate) struct Entry<'a> {
    pub(crate) place: Place,
    /// None for one that came over no connection.
    pub(crate) client: Option<Client>,
    /// The host and origin that it names.
    named: Result<Named<'a>, Refusal>,
    settings: &'a GatewaySettings,
}

impl<'a> Entry<'a> {
    /// The request's.
    pub(crate) fn of(settings: &'a GatewaySettings, request: &Request) -> Self {
        let place = Place::of(request.uri().path());
        // Whatever watches over the host may call it by any name, and learns nothing that matters, or brings a token.
        let named = match place {
            Place::Health | Place::Metrics => {
                Ok(Named { public: &settings.public_url, is_foreign_page: false })
            }
            _ => hosts::named(settings, request.uri(), request.headers()),
        };
        let client = request.extensions().get::<Client>().copied();
        Self { place, client, named, settings }
    }

    /// Whether the client uses an encrypted origin.
    pub(crate) fn is_https(&self) -> bool {
        let public = self.named.as_ref().map_or(&self.settings.public_url, |named| named.public);
        public.scheme() == "https"
    }
}

/// Lets a request pass, or refuses it.
pub(crate) async fn pass(gateway: &Gateway, entry: Entry<'_>, mut request: Request, next: Next) -> Response {
    let Entry { place, client, named, .. } = entry;
    let counted = client.filter(|_| place != Place::Health);
    let brings_secret = match place {
        Place::Tokens => true,
        Place::SigningIn if request.method() == Method::POST => true,
        _ => request.headers().contains_key(header::AUTHORIZATION),
    };
    if let Some(client) = counted
        && let Err(problem) = gateway.edge.rates.client(client, brings_secret)
    {
        return refused(request.uri().path(), problem);
    }
    let Named { public, is_foreign_page } = match named {
        Ok(named) => named,
        Err(refusal) => return refusal.into_response(),
    };
    if !std::ptr::eq(public, &gateway.settings.public_url) {
        request.extensions_mut().insert(PublicOrigin::further(public));
    }
    let response = if is_foreign_page {
        pass_page(gateway, place, request, next).await
    } else {
        next.run(request).await
    };
    let was_wrong = match response.status() {
        StatusCode::UNAUTHORIZED => brings_secret,
        // The refusal of a code or of a secret that isn't a client's header.
        StatusCode::BAD_REQUEST => place == Place::Tokens,
        _ => false,
    };
    if let (true, Some(client)) = (was_wrong, counted) {
        gateway.edge.rates.wrong_token(client);
    }
    response
}

/// Lets the request of a foreign page pass where such pages may send one. A preflight gets no further: it has no token.
async fn pass_page(gateway: &Gateway, place: Place, request: Request, next: Next) -> Response {
    let layer =
        request.headers().get(header::ORIGIN).and_then(|origin| gateway.edge.cors.layer(place, origin));
    let Some(layer) = layer else { return hosts::foreign_page().into_response() };
    if request.method() == Method::OPTIONS && !is_preflight(&request) {
        return next.run(request).await;
    }
    match layer.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
