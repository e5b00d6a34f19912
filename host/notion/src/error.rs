//! Settings of the way to Notion that can't work.

use crate::pace;

/// Settings that can't work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotionError {
    /// The address could carry a credential in clear text, or isn't an address.
    #[error(
        "NOTION_API_URL must be https://HOST, or http:// on localhost, without user, query or fragment: the connection's \
         token is sent there"
    )]
    Address,
    /// The budget allows nothing.
    #[error("the budget of requests per minute must be at least {}", pace::SMALLEST_BUDGET)]
    Budget,
    /// No certificates, or none that can be used.
    #[error("no encrypted connection to Notion is possible: {0}")]
    Encryption(#[source] rustls::Error),
    /// The HTTP client can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Client(#[source] reqwest::Error),
}
