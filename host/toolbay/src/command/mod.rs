//! The command line.

mod audit;
mod backup;
mod call;
mod client;
mod config;
mod connection;
mod consent;
mod doctor;
mod emulator;
mod job;
mod keys;
mod mcp;
mod named;
mod output;
mod plugin;
mod progress;
mod reach;
mod restore;
mod said;
mod serve;
mod session;
mod status;
mod store;
mod token;
mod tools;
mod upstream;
mod upstream_file;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, Parser, Subcommand};

use toolbay_kernel::ProfileName;
use tracing::level_filters::LevelFilter;

use crate::configuration::{Configuration, Environment, Layer, bundled_count};
use crate::logging::{self, Levels};

pub(crate) use self::output::Output;

/// What every command takes and none of their helps repeats.
const CONFIGURATION: &str = "\
Configuration, for every command:
      --config <FILE>         [default: ./toolbay.toml, when there is one]
      --data-dir <FOLDER>     SQLite file, keys, compiled plugins [default: the platform's data folder]
      --plugin-dir <FOLDER>   watched for dropped plugins [default: plugins in the data folder]
      --listen <ADDRESS>      [default: 127.0.0.1:8700]
      --public-url <URL>      origin that clients see [default: http:// and the address]
      --notion-api-url <URL>  [default: https://api.notion.com]
Each has a variable, such as TOOLBAY_DATA_DIR; secrets have only that: NOTION_TOKEN, ACTION_API_TOKEN.

Example:
  NOTION_TOKEN=ntn_... toolbay serve";

/// A host for tools: sandboxed plugins over Notion, for MCP and REST clients.
#[derive(Debug, Parser)]
#[command(
    name = "toolbay",
    version,
    long_version = long_version(),
    max_term_width = 100,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = CONFIGURATION
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
    #[command(after_help = "Example:\n  NOTION_TOKEN=ntn_... toolbay serve --listen 127.0.0.1:8700")]
    Serve,
    /// Serve MCP over standard input and output, as the operator
    #[command(after_help = "Example:\n  toolbay mcp --profile core")]
    Mcp {
        /// Only the tools of this profile, such as core or read
        #[arg(long, value_name = "PROFILE")]
        profile: Option<ProfileName>,
    },
    /// Call a tool, as the operator
    Call(call::Arguments),
    /// List the tools, and which of them a token may use
    Tools(tools::Arguments),
    /// List, show and cancel what runs in the background
    #[command(visible_alias = "jobs")]
    Job {
        #[command(subcommand)]
        command: Option<job::Command>,
    },
    /// Say what this installation is, and whether a host serves it
    #[command(after_help = "Example:\n  toolbay status --json")]
    Status,
    /// Say what keeps a host from serving well, and what mends it
    Doctor(doctor::Arguments),
    /// Copy the database into a file, beside a host that serves
    Backup(backup::Arguments),
    /// Put a copy that `backup` made in the place of the database, after checking it
    Restore(restore::Arguments),
    /// Copy the database into another one
    #[command(subcommand)]
    Store(store::Command),
    /// Write, build, install and grant plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Serve a Notion on this machine, to try plugins and clients against
    Emulator(emulator::Arguments),
    /// Create, list and revoke API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Add, list and remove Notion connections
    #[command(subcommand)]
    Connection(connection::Command),
    /// List, add and remove MCP servers behind this host, and accept what they say of their tools
    #[command(subcommand)]
    Upstream(upstream::Command),
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
    /// List, prove and verify what was done, and by whom: calls that could write, grants, tokens, plugins, keys
    Audit(audit::Arguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  toolbay completions bash > ~/.local/share/bash-completion/completions/toolbay"
    )]
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
    /// Become the program of an MCP server, tied to the host. The host runs it for itself
    #[command(hide = true)]
    RunUpstream {
        /// The program and its arguments
        #[arg(last = true, required = true, num_args = 1..)]
        program: Vec<OsString>,
    },
}

/// The version, and what else is in this program.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let (version, sdk) = (env!("CARGO_PKG_VERSION"), plugin::SDK_VERSION);
        format!("{version}\nbundled plugins: {}\nSDK: {sdk}", bundled_count())
    });
    &TEXT
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
        Command::RunUpstream { program } => {
            if let Some((program, arguments)) = program.split_first() {
                let error = toolbay_upstream::run_child(program, arguments);
                Output::note(&format!("error: {}: {error}", program.display()));
            }
            return ExitCode::FAILURE;
        }
        Command::Completions { shell } => {
            let mut completions = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "toolbay", &mut completions);
            output::say(&String::from_utf8_lossy(&completions));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
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
    let (listen, is_json) = (arguments.layer.listen, arguments.json);
    // Building plugins needs no configuration, and must not fail for a wrong one.
    let command = match arguments.command {
        Command::Plugin(command) => match command.run_alone(&Output::new(is_json))? {
            plugin::Ran::Done(code) => return Ok(code),
            plugin::Ran::NeedsHost(command) => Command::Plugin(command),
        },
        // Whoever verifies what they were given has no host.
        Command::Audit(arguments) => match arguments.run_alone(&Output::new(is_json))? {
            audit::Ran::Done(code) => return Ok(code),
            audit::Ran::NeedsHost(arguments) => Command::Audit(arguments),
        },
        Command::Emulator(arguments) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(emulator::run(arguments, listen))?;
            return Ok(ExitCode::SUCCESS);
        }
        other => other,
    };
    let configuration = Configuration::resolve(arguments.layer, &Environment::of_process())?;
    let output = Output::new(is_json);
    let _flush = match command {
        Command::Serve => logging::start(&configuration.log, LevelFilter::INFO),
        // What the file says is for hosts: a command's log stands between its lines.
        _ if configuration.log_is_of_file => logging::start(&Levels::default(), LevelFilter::WARN),
        _ => logging::start(&configuration.log, LevelFilter::WARN),
    };
    // One provider of cryptography for every TLS connection of the process; a second call finds it set.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve::run(&configuration).await,
            Command::Mcp { profile } => mcp::run(&configuration, profile.as_ref()).await,
            Command::Call(arguments) => call::run(arguments, &configuration, &output).await,
            Command::Tools(arguments) => tools::run(arguments, &configuration, &output).await,
            Command::Job { command } => {
                command.unwrap_or(job::Command::List).run(&configuration, &output).await
            }
            Command::Status => status::run(&configuration, &output).await,
            Command::Doctor(arguments) => doctor::run(arguments, &configuration, &output).await,
            Command::Backup(arguments) => backup::run(arguments, &configuration, &output).await,
            Command::Restore(arguments) => restore::run(arguments, &configuration, &output).await,
            Command::Store(command) => command.run(&configuration, &output).await,
            Command::Plugin(command) => command.run(&configuration, &output).await,
            Command::Token(command) => command.run(&configuration, &output).await,
            Command::Connection(command) => command.run(&configuration, &output).await,
            Command::Upstream(command) => command.run(&configuration, &output).await,
            Command::Client(command) => command.run(&configuration, &output).await,
            Command::Consent(command) => command.run(&configuration, &output).await,
            Command::Session(command) => command.run(&configuration, &output).await,
            Command::Keys(command) => command.run(&configuration, &output).await,
            Command::Audit(arguments) => audit::run(arguments, &configuration, &output).await,
            Command::Config(command) => command.run(&configuration, &output).await,
            Command::Completions { .. }
            | Command::CompilePlugin { .. }
            | Command::RunUpstream { .. }
            | Command::Emulator(_) => Ok(ExitCode::SUCCESS),
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

    /// Every command that does something, with its path.
    fn leaves(command: &clap::Command, path: &str, into: &mut Vec<(String, clap::Command)>) {
        let path = format!("{path} {}", command.get_name());
        if command.get_subcommands().next().is_none() {
            into.push((path, command.clone()));
            return;
        }
        command.get_subcommands().for_each(|inner| leaves(inner, &path, into));
    }

    #[test]
    fn every_command_has_a_short_help_with_an_example_that_is_right() {
        let mut all = Vec::new();
        let mut command = Arguments::command();
        command.build();
        for inner in
            command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        {
            leaves(inner, "", &mut all);
        }
        let is_help = |path: &String| path.split(' ').any(|part| part == "help");
        all.retain(|(path, _)| !is_help(path));
        assert!(all.len() > 30, "{}", all.len());
        for (path, mut command) in all {
            let help = command.render_help().to_string();
            assert!(help.lines().count() <= 45 && !help.contains("--data-dir"), "{path}:\n{help}");
            let example =
                help.split("Example:\n").nth(1).unwrap_or_else(|| panic!("{path} has no example")).trim();
            let words = words(example.split(['<', '>']).next().unwrap());
            let words: Vec<&str> =
                words.iter().map(String::as_str).skip_while(|word| *word != "toolbay").collect();
            assert!(words.join(" ").starts_with(&format!("toolbay{path}")), "{path}: {example}");
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{path}: {example}: {error}"));
        }
    }

    /// As a shell would split it, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        for character in line.chars() {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (None, '"' | '\'') => quote = Some(character),
                (None, ' ') => words.push(std::mem::take(&mut word)),
                _ => word.push(character),
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }
}
