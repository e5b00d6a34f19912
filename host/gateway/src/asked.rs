//! A request for the host itself, as its handlers get it, and how they read its body.

use std::sync::Arc;

use axum::extract::Request;
use secrecy::SecretString;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{Principal, Surface};

use crate::Gateway;
use crate::envelope::Refusal;
use crate::rest::{body, key, query};

/// Characters of a body's error that are told: it names the member, and may repeat what was sent.
const MAX_SAID: usize = 300;

/// Who asks, by which way in, and for what.
pub(crate) struct Asked<'a> {
    pub(crate) gateway: &'a Arc<Gateway>,
    pub(crate) principal: &'a Arc<Principal>,
    pub(crate) surface: Surface,
    /// The parameters of the path, decoded, in their order.
    pub(crate) parameters: Vec<String>,
}

impl Asked<'_> {
    /// Who does what is asked for, as events name them.
    pub(crate) fn by(&self) -> Actor {
        Actor::new(self.principal, self.surface)
    }

    /// A parameter of the path; empty where it has none.
    pub(crate) fn parameter(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }
}

/// As [`takes_nothing_else`], of a request that nothing more is read of.
pub(crate) fn nothing_else(request: Request) -> Result<(), Refusal> {
    takes_nothing_else(&request)
}

/// Refuses what an address takes no part of: arguments in the query or in a body, and a key.
pub(crate) fn takes_nothing_else(request: &Request) -> Result<(), Refusal> {
    no_key(request)?;
    query::refuse(request.uri())?;
    body::refuse(request.headers())
}

/// Reads a body. A member that isn't known is refused: what is ignored is misunderstood.
pub(crate) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    no_key(&request)?;
    query::refuse(request.uri())?;
    let body = body::read(request).await?;
    // By itself a list is read as the members in their order.
    if !body.is_object() {
        return Err(Refusal::invalid("The body is an object."));
    }
    serde_json::from_value(body).map_err(|error| {
        let what: String = error.to_string().chars().take(MAX_SAID).collect();
        Refusal::invalid(format!("The body is not what this address takes: {what}."))
            .hint("GET /openapi/full.json describes it.")
    })
}

/// Refuses an idempotency key: no answer here is recorded.
pub(crate) fn no_key(request: &Request) -> Result<(), Refusal> {
    if !request.headers().contains_key(key::IDEMPOTENCY_KEY) {
        return Ok(());
    }
    Err(Refusal::invalid("This address takes no `Idempotency-Key`; nothing was done.")
        .hint("Leave the header out, and look at what is there before you repeat a request."))
}

/// A secret in a body.
pub(crate) struct GivenSecret(pub(crate) SecretString);

impl<'de> Deserialize<'de> for GivenSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is no text is told without what it is.
        let text = String::deserialize(deserializer).map_err(|_| D::Error::custom("a secret is a text"))?;
        Ok(Self(text.into()))
    }
}

/// A moment as answers tell it.
pub(crate) fn moment(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
