//! `toolbay config`.

use std::process::ExitCode;

use clap::Subcommand;

use super::Output;
use crate::configuration::Configuration;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the configuration and print what is in effect, secrets aside
    Check,
}

impl Command {
    pub(super) fn run(self, configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check => {
                let shown = configuration.redacted();
                output.print(&shown, || format!("{shown:#}"));
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
