//! Names, resolved to public addresses alone.
//!
//! The connection goes to an address that came through here, so a name that answers differently the second time (DNS
//! rebinding) changes nothing.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::public::is_public;

/// Resolves by the system, and keeps what is public.
#[derive(Debug)]
pub(crate) struct PublicNames;

/// Every address of the name belongs to this machine or a private network.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(crate) struct NotPublic;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
