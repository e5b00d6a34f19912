//! `toolbay audit verify`: whether the log is what it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::audit::{Checkpoint, VerifierKey};
use toolbay_store::{Finding, Verification};

use crate::command::Output;
use crate::command::progress::Line;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A receipt, a proof of consistency, a checkpoint or an export: verified without the host; without a file, the log in
    /// the database is
    #[arg(requires = "key")]
    file: Option<PathBuf>,
    /// The log's public key, as `toolbay audit key` printed it, or a file with it
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Also verify that the log in the database goes on from this checkpoint, which was kept elsewhere
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "file")]
    against: Option<PathBuf>,
}

impl Arguments {
    /// The file and the key, where a file is to be verified.
    pub(super) fn of_file(&self) -> anyhow::Result<Option<(&Path, VerifierKey)>> {
        let Some(file) = &self.file else { return Ok(None) };
        let Some(key) = &self.key else { bail!("a file is verified with the log's public key: --key") };
        Ok(Some((file, key_of(key)?)))
    }
}

/// The key, or what a file of that name has.
fn key_of(given: &str) -> anyhow::Result<VerifierKey> {
    let hint = "a log's public key looks like toolbay/audit/0123456789abcdef+01234567+Ae…; toolbay audit key prints it";
    match given.parse::<VerifierKey>() {
        Ok(key) => Ok(key),
        Err(error) => match fs::read_to_string(given) {
            Ok(text) => {
                text.parse::<VerifierKey>().with_context(|| format!("{given} has no key in it; {hint}"))
            }
            Err(_) => {
                Err(error).with_context(|| format!("`{given}` is neither a key nor a file with one; {hint}"))
            }
        },
    }
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let store = open_store(configuration, Purpose::Command).await?;
    let own = store.audit_key().await?;
    let kept = match &arguments.against {
        None => None,
        Some(path) => {
            let note =
                fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
            // Whoever rewrites a log may give it another key too: the key that was kept counts.
            let opened = Checkpoint::open(&note, given.as_ref().unwrap_or(&own));
            Some(opened.with_context(|| {
                format!(
                    "{} isn't a checkpoint of this log; if it was one, the log was replaced",
                    path.display()
                )
            })?)
        }
    };
    let line = Line::new("verifying", "events");
    let mut told = store.verify_audit(kept.as_ref(), &|done| line.at(done, None)).await?;
    line.end();
    if given.is_some_and(|given| given != own) {
        told.finding = Some(Finding::OtherKey { key: own.to_string() });
    }
    output.print(&shown(&told), || in_words(&told, kept.as_ref()));
    Ok(if told.finding.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn shown(told: &Verification) -> Value {
    let (late, first_late) = told.late;
    json!({
        "verified": told.finding.is_none(),
        "finding": told.finding,
        "why": told.finding.as_ref().map(ToString::to_string),
        "log": told.key.name(),
        "events": told.leaves,
        "root": STANDARD.encode(told.root),
        "checkpoints": told.checkpoints,
        "signed": told.signed,
        "content_removed": told.without_content,
        "without_leaf": told.without_leaf,
        "late": late,
        "first_late": first_late,
    })
}

fn in_words(told: &Verification, kept: Option<&Checkpoint>) -> String {
    let mut lines = Vec::new();
    match &told.finding {
        Some(finding) => {
            lines.push(finding.to_string());
            if finding.is_of_an_event() && told.leaves > 0 {
                lines.push(format!("What was verified before it: {}.", events(told.leaves)));
            }
        }
        None => {
            let each = "each as it was when it got its leaf, and in its order";
            lines.push(format!(
                "{} verified: {each}; {} checkpoints.",
                events(told.leaves),
                told.checkpoints
            ));
            if let Some(kept) = kept {
                lines.push(format!(
                    "The log goes on from the checkpoint of {} leaves that was kept.",
                    kept.size
                ));
            }
        }
    }
    if told.without_content > 0 {
        let gone = "content removed by the host; their leaves are as they were";
        lines.push(format!("{}: {gone}.", events(told.without_content)));
    }
    if let (late, Some(first)) = told.late {
        let say = "say that they are more than an hour older than one before them, the first of them";
        lines.push(format!(
            "{} {say} event {first}: a clock was wrong, or they were put in later.",
            events(late)
        ));
    }
    if told.without_leaf > 0 {
        let soon = "too new to have a leaf; the host that serves gives it within seconds";
        lines.push(format!("{}: {soon}.", events(told.without_leaf)));
    }
    if told.finding.is_none() && told.leaves > told.signed {
        lines.push(format!("The last {} are in no stored checkpoint yet.", told.leaves - told.signed));
    }
    lines.join("\n")
}

fn events(number: u64) -> String {
    if number == 1 { "1 event".to_owned() } else { format!("{number} events") }
}
