//! The command line.

mod audit;
mod call;
mod client;
mod config;
mod connection;
mod consent;
mod keys;
mod mcp;
mod output;
mod plugin;
mod serve;
mod session;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use toolbay_kernel::ProfileName;

use crate::configuration::{Configuration, Environment, Layer};
use crate::logging;

pub(crate) use self::output::Output;

/// A host for tools: sandboxed plugins over Notion, for MCP and REST clients.
#[derive(Debug, Parser)]
#[command(
    name = "toolbay",
    version,
    max_term_width = 100,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Arguments {
    #[command(flatten)]
    layer: Layer,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP, REST and the console over HTTP
    Serve,
    /// Serve MCP over standard input and output, as the operator
    Mcp {
        /// Only the tools of this profile, such as core or read
        #[arg(long, value_name = "PROFILE")]
        profile: Option<ProfileName>,
    },
    /// Call a tool, as the operator
    Call(call::Arguments),
    /// Write, build, install and grant plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Create, list and revoke API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Add, list and remove Notion connections
    #[command(subcommand)]
    Connection(connection::Command),
    /// Add, list and remove clients of OAuth, such as an Action of ChatGPT
    #[command(subcommand)]
    Client(client::Command),
    /// List and withdraw what people allowed clients
    #[command(subcommand)]
    Consent(consent::Command),
    /// Sign in to the pages of this host
    #[command(subcommand)]
    Session(session::Command),
    /// Replace the keys that encrypt what is stored
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show what was done, and by whom: calls that could write, grants, tokens, connections, plugins, keys
    Audit(audit::Arguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Compile one plugin in this process, under limits. The host runs it for itself
    #[command(hide = true)]
    CompilePlugin {
        /// The plugin
        #[arg(long)]
        input: PathBuf,
        /// Where the compiled form goes
        #[arg(long)]
        output: PathBuf,
    },
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        // Before anything else is set up: it runs under limits, on input that nobody trusts.
        Command::CompilePlugin { input, output } => {
            return toolbay_sandbox::compile::run_child(&input, &output, &crate::capabilities::registry());
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "toolbay", &mut std::io::stdout());
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    // The protocol's library logs each refusal of a request at `warn`, with words of the caller's choosing.
    let default_log =
        if matches!(arguments.command, Command::Serve) { "info,rmcp=error" } else { "warn,rmcp=error" };
    logging::start(default_log);
    match run_with_host(arguments) {
        Ok(code) => code,
        Err(error) => {
            Output::note(&format!("error: {}", in_words(&error)));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each said once: many errors end with the words of their cause already.
fn in_words(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.trim_end().ends_with(cause.trim_end()) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn run_with_host(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Building plugins needs no configuration, and must not fail for a wrong one.
    let command = match arguments.command {
        Command::Plugin(command) => match command.run_alone(&Output::new(arguments.json))? {
            plugin::Ran::Done => return Ok(ExitCode::SUCCESS),
            plugin::Ran::NeedsHost(command) => Command::Plugin(command),
        },
        other => other,
    };
    let configuration = Configuration::resolve(arguments.layer, &Environment::of_process())?;
    let output = Output::new(arguments.json);
    // One provider of cryptography for every TLS connection of the process; a second call finds it set.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve::run(&configuration).await,
            Command::Mcp { profile } => mcp::run(&configuration, profile.as_ref()).await,
            Command::Call(arguments) => call::run(arguments, &configuration, &output).await,
            Command::Plugin(command) => command.run(&configuration, &output).await,
            Command::Token(command) => command.run(&configuration, &output).await,
            Command::Connection(command) => command.run(&configuration, &output).await,
            Command::Client(command) => command.run(&configuration, &output).await,
            Command::Consent(command) => command.run(&configuration, &output).await,
            Command::Session(command) => command.run(&configuration, &output).await,
            Command::Keys(command) => command.run(&configuration, &output).await,
            Command::Audit(arguments) => audit::run(arguments, &configuration, &output).await,
            Command::Config(command) => command.run(&configuration, &output),
            Command::Completions { .. } | Command::CompilePlugin { .. } => Ok(ExitCode::SUCCESS),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_each_cause_once() {
        let cause = || std::io::Error::other("the disk is full");
        let told = anyhow::Error::from(crate::configuration::FileError::Read {
            path: "a.toml".into(),
            source: cause(),
        });
        assert_eq!(in_words(&told), "a.toml: the disk is full");
        let untold = anyhow::Error::from(cause()).context("a.toml can't be read");
        assert_eq!(in_words(&untold), "a.toml can't be read: the disk is full");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
