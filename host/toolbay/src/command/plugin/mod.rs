//! `toolbay plugin`: from an empty folder to a granted tool.

mod build;
mod crates;
mod dev;
mod install;
mod new;
mod sdk;
mod toolchain;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use toolbay_kernel::{CapabilityName, PluginName};

pub(in crate::command) use self::sdk::VERSION as SDK_VERSION;
use super::Output;
use crate::capabilities;
use crate::configuration::Configuration;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a crate that builds, passes its own test and answers
    #[command(after_help = "Example:\n  toolbay plugin new my-notes")]
    New(new::Arguments),
    /// Build plugins and pack each into one file
    #[command(after_help = "Example:\n  toolbay plugin build my-notes")]
    Build(build::Arguments),
    /// Build, install and call a plugin at each change, by a host and a Notion of its own
    Dev(dev::Arguments),
    /// Run a plugin's own tests, natively
    #[command(after_help = "Example:\n  toolbay plugin test my-notes")]
    Test {
        /// The plugin's folder
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Put a packed plugin into the plugin folder, as dropping it there would
    #[command(after_help = "Example:\n  toolbay plugin install my-notes/my-notes.wasm")]
    Install {
        /// The packed plugin
        file: PathBuf,
    },
    /// List the plugins, bundled or in the folder: what is live, what is refused and why, what is granted
    #[command(after_help = "Example:\n  toolbay plugin list --json")]
    List,
    /// Remove a plugin's file from the plugin folder
    #[command(after_help = "Example:\n  toolbay plugin remove my-notes")]
    Remove {
        /// Its name
        name: PluginName,
    },
    /// Grant capabilities to a plugin
    #[command(after_help = "Example:\n  toolbay plugin grant my-notes notion.read notion.write")]
    Grant {
        /// Its name
        name: PluginName,
        /// Such as notion.write
        #[arg(required = true, value_parser = capabilities::parse)]
        capabilities: Vec<CapabilityName>,
        /// Also where no plugin of this name is there yet
        #[arg(long)]
        unchecked: bool,
    },
    /// Take capabilities back
    #[command(after_help = "Example:\n  toolbay plugin revoke my-notes notion.write")]
    Revoke {
        /// Its name
        name: PluginName,
        /// Such as notion.write
        #[arg(required = true, value_parser = capabilities::parse)]
        capabilities: Vec<CapabilityName>,
    },
}

/// What became of a command that may need no host.
pub(super) enum Ran {
    Done(ExitCode),
    NeedsHost(Command),
}

impl Command {
    /// Runs what needs neither configuration nor store: an author's commands.
    pub(super) fn run_alone(self, output: &Output) -> anyhow::Result<Ran> {
        match self {
            Self::New(arguments) => new::run(&arguments, output)?,
            Self::Build(arguments) => build::run(&arguments, output)?,
            Self::Test { folder } => build::test(&folder)?,
            Self::Dev(arguments) => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
                let code = runtime.block_on(dev::run(arguments, output));
                // A build that was interrupted ends by itself.
                runtime.shutdown_background();
                return Ok(Ran::Done(code?));
            }
            other => return Ok(Ran::NeedsHost(other)),
        }
        Ok(Ran::Done(ExitCode::SUCCESS))
    }

    /// Runs what an operator does.
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        match self {
            Self::Install { file } => install::install(&file, configuration, output).await,
            Self::List => install::list(configuration, output).await,
            Self::Remove { name } => install::remove(&name, configuration, output).await,
            Self::Grant { name, capabilities, unchecked } => {
                install::grant(&name, &capabilities, unchecked, configuration, output).await
            }
            Self::Revoke { name, capabilities } => {
                install::revoke(&name, &capabilities, configuration, output).await
            }
            Self::New(_) | Self::Build(_) | Self::Dev(_) | Self::Test { .. } => Ok(ExitCode::SUCCESS),
        }
    }
}
