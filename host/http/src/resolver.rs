//! Names, resolved to the addresses that may be asked.
//!
//! The connection goes to an address that came through here, so a name that answers differently the second time (DNS
//! rebinding) changes nothing.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::public::is_public;
use crate::reach::Reach;

/// Addresses of one name that are tried at most.
const MAX_ADDRESSES: usize = 16;

/// How names become addresses. Cheap to clone.
#[derive(Clone)]
pub struct Names(Arc<LookUp>);

type LookUp = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

impl Names {
    /// As the system knows them.
    #[must_use]
    pub fn system() -> Self {
        Self::of(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }

    /// As a function says, for tests: what it says is held against the same rules.
    #[must_use]
    pub fn of(
        look_up: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(look_up))
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Names")
    }
}

/// Resolves names, and keeps what is within reach.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub(crate) names: Names,
    pub(crate) reach: Reach,
}

/// Every address of the name belongs to this machine or a private network.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(crate) struct NotPublic;

/// Whether a request failed because its name leads to no public address.
pub(crate) fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.names.0)(name.as_str().to_owned());
        let leads_anywhere = self.reach.leads_anywhere();
        Box::pin(async move {
            let within: Vec<SocketAddr> = found
                .await?
                .into_iter()
                .filter(|address| leads_anywhere || is_public(*address))
                .take(MAX_ADDRESSES)
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if within.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(within.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn of_a_name_that_changes_its_answer_only_public_addresses_are_connected_to() {
        let is_second = AtomicBool::new(false);
        let names = Names::of(move |_| {
            let found = match is_second.swap(true, Ordering::Relaxed) {
                false => vec!["127.0.0.1", "1.1.1.1", "::1", "2606:4700::1111", "10.0.0.1"],
                true => vec!["127.0.0.1"],
            };
            Box::pin(async move { Ok(found.into_iter().map(|address| address.parse().unwrap()).collect()) })
        });
        let resolver = Resolver { names, reach: Reach::PublicByEither };
        let resolve = || resolver.resolve("rebound.example".parse().unwrap());
        let first: Vec<String> = resolve().await.unwrap().map(|address| address.ip().to_string()).collect();
        assert_eq!(first, ["1.1.1.1", "2606:4700::1111"]);
        assert!(resolve().await.err().unwrap().is::<NotPublic>());
    }
}
