//! What sends requests: no proxy of the environment, no redirect, no second try.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect, retry};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::reach::{Reach, SetUpError};
use crate::resolver::{Names, Resolver};

/// Time for a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Connections to one place that are kept for the next request.
const KEPT: usize = 16;

/// A client for many requests to few places. It bounds no answer: whoever asks does.
///
/// # Errors
///
/// When TLS can't be set up.
pub fn client(reach: Reach) -> Result<Client, SetUpError> {
    client_by(reach, Names::system())
}

/// The same with other names.
pub(crate) fn client_by(reach: Reach, names: Names) -> Result<Client, SetUpError> {
    Ok(builder(reach, names)?
        .connect_timeout(CONNECT_TIME)
        .pool_max_idle_per_host(KEPT)
        .tcp_nodelay(true)
        .build()?)
}

/// A client that asks these places, as far as names lead there.
pub(crate) fn builder(reach: Reach, names: Names) -> Result<ClientBuilder, SetUpError> {
    // Given by hand: a provider that is installed for the whole process is not a library's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .user_agent(concat!("toolbay/", env!("CARGO_PKG_VERSION")));
    let builder = builder.dns_resolver(Arc::new(Resolver { names, reach }));
    Ok(if reach == Reach::Public { builder.https_only(true) } else { builder })
}
