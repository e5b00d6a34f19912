//! `toolbay session`: the operator's way to the pages of this host.

use std::process::ExitCode;

use clap::Subcommand;
use secrecy::ExposeSecret as _;
use serde_json::json;
use toolbay_kernel::identity::Identity;

use super::Output;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_identity, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a link that signs you in as the operator, once, within ten minutes
    #[command(after_help = "Example:\n  toolbay session link")]
    Link,
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let store = open_store(configuration, Purpose::Command).await?;
        let identity = open_identity(configuration, &store)?;
        match self {
            Self::Link => {
                let link = link(configuration, &identity).await?;
                output.print(&json!({"link": link}), || link.clone());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// An address that signs the operator in once.
pub(super) async fn link(configuration: &Configuration, identity: &dyn Identity) -> anyhow::Result<String> {
    let link = identity.link().await?;
    let origin = configuration.public_url.as_str().trim_end_matches('/');
    Ok(format!("{origin}/sign-in?link={}", link.expose_secret()))
}
