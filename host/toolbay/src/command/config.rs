//! `toolbay config`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Output;
use crate::check::{self, Finding};
use crate::configuration::Configuration;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the configuration as a start would, and print what is in effect, secrets aside
    #[command(after_help = "Example:\n  toolbay config check --config /etc/toolbay.toml")]
    Check,
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check => {
                let findings = check::check(configuration).await.findings;
                let mut shown = configuration.redacted();
                if let Some(members) = shown.as_object_mut().filter(|_| output.is_json()) {
                    members.insert("findings".to_owned(), findings.iter().map(shown_finding).collect());
                }
                output.print(&shown, || format!("{shown:#}"));
                for finding in &findings {
                    Output::note(&format!("{}: {}", level(finding), finding.what));
                }
                Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    }
}

fn shown_finding(finding: &Finding) -> Value {
    json!({"level": level(finding), "about": finding.about, "what": finding.what})
}

/// Whether a start refuses it, or goes on and warns.
fn level(finding: &Finding) -> &'static str {
    if finding.is_refused { "error" } else { "warning" }
}
