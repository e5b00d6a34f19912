//! Which places are asked.

use url::{Host, Url};

use crate::public::is_public;

/// Which places are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses by `https`.
    Public,
    /// Public addresses, also by `http`: where an operator wrote that for the very host.
    PublicByEither,
    /// This machine as well, also by `http`: for tests, whose documents are served beside them. No setting chooses this.
    ThisMachine,
    /// Every place, also by `http`: where an operator wrote the address and said so.
    Everywhere,
}

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    #[error("TLS can't be set up: {0}")]
    Encryption(#[from] rustls::Error),
    #[error("the HTTP client can't be set up: {0}")]
    Client(#[from] reqwest::Error),
}

impl Reach {
    /// Whether an address may be asked, as far as it says so itself. What a name leads to, the resolver decides.
    #[must_use]
    pub fn takes(self, address: &Url) -> bool {
        let is_literal_public = match address.host() {
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            Some(Host::Domain(name)) => name != "localhost",
            None => false,
        };
        let is_this_machine = match address.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let is_web = matches!(address.scheme(), "http" | "https");
        let is_public = address.scheme() == "https" && is_literal_public;
        match self {
            Self::Public => is_public,
            Self::PublicByEither => is_web && is_literal_public,
            Self::ThisMachine => is_public || is_this_machine,
            Self::Everywhere => is_web && address.has_host(),
        }
    }

    /// Whether a name may lead to private addresses.
    pub(crate) fn leads_anywhere(self) -> bool {
        match self {
            Self::Public | Self::PublicByEither => false,
            Self::ThisMachine | Self::Everywhere => true,
        }
    }
}
