//! The edge: what a request passes before anything is done for it, and what every answer has.
//!
//! All of it is one piece of middleware, [`trace::observe`](crate::trace::observe): each further one would cost every call,
//! and most of what is here looks at one header and lets the request go on. What it keeps between requests is [`Edge`].

mod buckets;
pub(crate) mod client;
mod cors;
mod headers;
mod pass;
mod place;
mod rate;
mod rates;
mod refused;
mod seldom;

use url::Url;

use self::cors::Cors;
use self::rates::Rates;
use self::seldom::Seldom;
use crate::metrics::Requests;

pub use self::client::{Loopback, Network, NoNetwork, TrustedProxies};
pub(crate) use self::headers::finish;
pub(crate) use self::pass::{Entry, pass};
pub(crate) use self::place::Place;
pub use self::rate::{NoRate, Rate};
pub use self::rates::RateSettings;
pub(crate) use self::refused::refused;

/// What the operator sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EdgeSettings {
    /// Origins whose pages may use the host.
    pub cors_origins: Vec<Url>,
    /// How many requests are taken.
    pub rates: RateSettings,
}

/// What the edge keeps between requests.
pub struct Edge {
    pub(crate) cors: Cors,
    pub(crate) rates: Rates,
    /// The log's lines about requests without a valid token.
    pub(crate) unauthenticated: Seldom,
    /// What was answered, as it is counted.
    pub(crate) requests: Requests,
}

impl Edge {
    /// An edge that has seen nothing yet.
    #[must_use]
    pub fn new(settings: &EdgeSettings) -> Self {
        Self {
            cors: Cors::new(&settings.cors_origins),
            rates: Rates::new(&settings.rates),
            unauthenticated: Seldom::default(),
            requests: Requests::default(),
        }
    }
}
