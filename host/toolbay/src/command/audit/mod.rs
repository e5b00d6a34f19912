//! `toolbay audit`: what was done, and by whom; and the proof that it is all there.

mod export;
mod item;
mod list;
mod moment;
mod offline;
mod prove;
mod public;
mod show;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::item::Item;
pub(super) use self::moment::at;
use super::Output;
use crate::configuration::Configuration;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  toolbay audit --subject trash --limit 100"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    list: list::Arguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, newest first; what `toolbay audit` alone does
    #[command(after_help = "Example:\n  toolbay audit list --subject trash --limit 100")]
    List(list::Arguments),
    /// Show all of an event, or of the events of a call
    #[command(after_help = "Example:\n  toolbay audit show 17")]
    Show {
        /// The event's number, or the id of a call
        #[arg(value_name = "NUMBER|CALL")]
        item: Item,
    },
    /// Print all events as JSON lines, in the order of the log, and a checkpoint last
    #[command(after_help = "Example:\n  toolbay audit export > audit.jsonl")]
    Export(export::Arguments),
    /// Write what proves that an event is in the log, or that the log goes on from an older checkpoint
    #[command(after_help = "Example:\n  toolbay audit prove 17 --into receipts")]
    Prove(prove::Arguments),
    /// Verify the whole log; or, with nothing but the log's key, a file that was taken from it
    #[command(after_help = "Example:\n  toolbay audit verify receipt-17.json --key toolbay-audit.key")]
    Verify(verify::Arguments),
    /// Print the log's public key, with which others verify what was taken from it
    #[command(after_help = "Example:\n  toolbay audit key > toolbay-audit.key")]
    Key,
    /// Sign the log as it is now, and print the checkpoint; kept elsewhere, it shows later what was changed
    #[command(after_help = "Example:\n  toolbay audit checkpoint > checkpoint-2026-11-29")]
    Checkpoint,
}

/// What became of a command that may need no host.
pub(super) enum Ran {
    Done(ExitCode),
    NeedsHost(Arguments),
}

impl Arguments {
    /// Runs what needs neither configuration nor store: verifying a file.
    pub(super) fn run_alone(self, output: &Output) -> anyhow::Result<Ran> {
        match &self.command {
            Some(Command::Verify(arguments)) => match arguments.of_file()? {
                Some((file, key)) => Ok(Ran::Done(offline::run(file, &key, output)?)),
                None => Ok(Ran::NeedsHost(self)),
            },
            _ => Ok(Ran::NeedsHost(self)),
        }
    }
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match arguments.command {
        None => list::run(arguments.list, configuration, output).await,
        Some(Command::List(list)) => list::run(list, configuration, output).await,
        Some(Command::Show { item }) => show::run(item, configuration, output).await,
        Some(Command::Export(arguments)) => export::run(arguments, configuration).await,
        Some(Command::Prove(arguments)) => prove::run(arguments, configuration, output).await,
        Some(Command::Verify(arguments)) => verify::run(arguments, configuration, output).await,
        Some(Command::Key) => public::key(configuration, output).await,
        Some(Command::Checkpoint) => public::checkpoint(configuration, output).await,
    }
}
