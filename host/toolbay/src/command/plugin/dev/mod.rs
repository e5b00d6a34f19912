//! `toolbay plugin dev`: from a save to the answer, by a host and a Notion of this process's own.

mod arguments;
mod sources;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use toolbay_kernel::PluginName;

use self::sources::Sources;
use self::world::World;
use super::super::{Output, call};
use super::build::Plugin;
use super::crates::Profile;
use crate::logging::{self, Levels};

/// What is logged: what the plugin says, and what becomes of it.
const LEVELS: &str = "warn,plugins=debug";

#[derive(Debug, Args)]
#[command(
    after_help = "Values of --args that are names of the emulator's ids, such as tasks_database, stand for them.\n\n\
                  Example:\n  toolbay plugin dev my-notes --args '{\"name\": \"Ada\"}'"
)]
pub(in crate::command) struct Arguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The tool that is called after each change [default: the first that the plugin publishes]
    #[arg(long, value_name = "TOOL")]
    call: Option<String>,
    /// Its arguments as a JSON object
    #[arg(long, default_value = "{}", value_name = "JSON")]
    args: String,
    /// Build, call once, and end
    #[arg(long)]
    once: bool,
}

/// Builds, installs and calls the plugin, and does so again whenever one of its files has changed, until it is interrupted.
pub(super) async fn run(arguments: Arguments, output: &Output) -> anyhow::Result<ExitCode> {
    let _flush = logging::start(
        &LEVELS.parse::<Levels>().unwrap_or_default(),
        tracing::level_filters::LevelFilter::WARN,
    );
    let given = arguments::read(&arguments.args)?;
    // Before anything takes time: a folder without a plugin is told at once.
    let plugin = Plugin::read(&arguments.folder)?;
    let world = World::start(plugin.name(), plugin.calls_tools(), plugin.places()).await?;
    Output::note(&format!("{} (token {})", world.url(), world.token()));
    let given = arguments::with_ids(given, &world.ids());
    let mut stopped = Stopped::new()?;
    let mut code;
    loop {
        let seen = Sources::of(&arguments.folder);
        let turned = tokio::select! {
            turned = turn(&arguments, plugin.name(), &world, &given, output) => turned,
            () = stopped.wait() => return Ok(ExitCode::SUCCESS),
        };
        code = turned.unwrap_or_else(|error| {
            Output::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        });
        if arguments.once {
            break;
        }
        Output::note("waiting for a change");
        tokio::select! {
            () = seen.changed() => {}
            () = stopped.wait() => break,
        }
    }
    world.stop().await;
    Ok(code)
}

/// One turn: build, install, call.
async fn turn(
    arguments: &Arguments,
    name: &PluginName,
    world: &World,
    given: &serde_json::Value,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let (folder, target) = (arguments.folder.clone(), world.plugins().to_owned());
    let name = name.clone();
    let building = move || {
        let plugin = Plugin::read(&folder)?;
        if *plugin.name() != name {
            bail!("the plugin's name was {name} and is {}: start again", plugin.name());
        }
        plugin.build(&Profile::quick(), &target)
    };
    let built = tokio::task::spawn_blocking(building).await??;
    let built_ms = begun.elapsed().as_millis();
    let tools = world.install(&built).await?;
    let tool = match &arguments.call {
        Some(tool) => tool.clone(),
        None => tools.into_iter().next().context("the plugin defines no tool")?,
    };
    let code = call::call(&world.host().gateway.dispatcher, tool, given.clone(), output).await;
    Output::note(&format!("built after {built_ms} ms, answered after {} ms", begun.elapsed().as_millis()));
    Ok(code)
}

/// What ends the command: what is temporary goes with it.
struct Stopped([Signal; 3]);

impl Stopped {
    fn new() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn wait(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
