//! The public origin that a request came in by.
//!
//! A host may be known under several origins. What tells a client where to go on (an issuer, the address of metadata, a
//! cookie's name) must name the one that the client uses: another one is another host to it.

use http::Extensions;
use url::Url;

use crate::GatewaySettings;

/// One of the further origins. Only requests that came in by one have it among their extensions: most hosts have one origin,
/// and most requests come in by it. [`PublicOrigin::of`] knows both.
#[derive(Debug, Clone)]
pub(crate) struct PublicOrigin(Url);

impl PublicOrigin {
    /// A further origin, for the extensions of a request.
    pub(crate) fn further(origin: &Url) -> Self {
        Self(origin.clone())
    }

    /// The origin that the request with these extensions came in by; the main one for a request by a loopback address.
    pub(crate) fn of<'a>(extensions: &'a Extensions, settings: &'a GatewaySettings) -> &'a Url {
        extensions.get::<Self>().map_or(&settings.public_url, |Self(origin)| origin)
    }
}
