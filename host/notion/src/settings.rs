//! What the operator may set about the way to Notion.

use std::num::NonZeroUsize;

use url::Url;

/// What the operator may set.
#[derive(Debug, Clone)]
pub struct NotionSettings {
    /// Where Notion is: `https`, or `http` on this machine, as for the emulator. Default `https://api.notion.com`.
    pub api_url: Url,
    /// Requests that Notion allows one connection in 60 seconds: 600 on the plans Business and Enterprise, 180 on all
    /// others, which is the default. At least 2. Hosts that share a store share this number; others on the same
    /// connection must be given their part of it.
    pub requests_per_minute: u32,
    /// Requests of one connection at the same time; default 10. Notion names no limit; more than a few on one page make
    /// it answer 409.
    pub requests_in_flight: NonZeroUsize,
}

impl NotionSettings {
    /// The defaults, at this address.
    #[must_use]
    pub fn at(api_url: Url) -> Self {
        const IN_FLIGHT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);
        Self { api_url, requests_per_minute: 180, requests_in_flight: IN_FLIGHT }
    }
}
