//! Building plugins: cargo makes the core module, packing makes the one file that is dropped.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use toolbay_kernel::{CapabilityName, PluginName};

use super::super::Output;
use super::crates::{self, Profile};
use super::sdk;
use super::toolchain::Toolchain;
use crate::{capabilities, files};

#[derive(Debug, Args)]
pub(in crate::command) struct Arguments {
    /// The plugins' folders
    #[arg(default_value = ".")]
    folders: Vec<PathBuf>,
    /// Cargo profile
    #[arg(long, default_value = "release")]
    profile: String,
    /// Where the packed plugins go [default: the plugin's own folder]
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<()> {
    let toolchain = Toolchain::find()?;
    // A manifest that is wrong is said before a minute of compiling, not after.
    let plugins =
        arguments.folders.iter().map(|folder| Plugin::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let crates: Vec<crates::Manifest> = plugins.iter().map(|plugin| plugin.of_crate.clone()).collect();
    let modules = crates::compile(&crates, &Profile::named(&arguments.profile), &toolchain)?;
    let mut built = Vec::new();
    for plugin in plugins {
        let module = modules.get(&plugin.of_crate).context("a plugin was not compiled")?;
        let folder = arguments.output.as_deref().unwrap_or(&plugin.folder);
        built.push(plugin.pack(module, folder)?);
    }
    output.table(&built, &["name", "version", "bytes", "file"], "nothing to build");
    Ok(())
}

/// A plugin to build.
pub(super) struct Plugin {
    folder: PathBuf,
    of_crate: crates::Manifest,
    text: String,
    manifest: toolbay_sandbox::Manifest,
}

impl Plugin {
    /// Reads what a folder has.
    ///
    /// # Errors
    ///
    /// When it has no manifest, or one that is wrong.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("plugin.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: a plugin's folder has a plugin.toml", path.display()))?;
        let manifest = toolbay_sandbox::Manifest::parse(&text, &capabilities::registry())
            .with_context(|| format!("{}", path.display()))?;
        Ok(Self { folder: folder.to_owned(), of_crate: crates::Manifest::of(folder)?, text, manifest })
    }

    pub(super) fn name(&self) -> &PluginName {
        &self.manifest.name
    }

    /// Whether it asks to call other tools.
    pub(super) fn calls_tools(&self) -> bool {
        self.manifest.capabilities.names().contains(&CapabilityName::TOOLS_CALL)
    }

    /// The places that it asks for over HTTP.
    pub(super) fn places(&self) -> Vec<String> {
        crate::places::asked(&self.manifest.capabilities)
    }

    /// Compiles and packs it into a folder; answers with the file.
    pub(super) fn build(&self, profile: &Profile, folder: &Path) -> anyhow::Result<PathBuf> {
        let of_crate = std::slice::from_ref(&self.of_crate);
        let modules = crates::compile(of_crate, profile, &Toolchain::find()?)?;
        let module = modules.get(&self.of_crate).context("the plugin was not compiled")?;
        self.pack(module, folder)?;
        Ok(folder.join(format!("{}.wasm", self.manifest.name)))
    }

    /// Makes the one file that is dropped.
    fn pack(&self, module: &Path, folder: &Path) -> anyhow::Result<Value> {
        let Self { manifest, text, .. } = self;
        let packing = ProgressBar::new_spinner().with_message(format!("packing {}", manifest.name));
        packing.enable_steady_tick(Duration::from_millis(100));
        let packed = toolbay_sandbox::pack::pack(&std::fs::read(module)?, text, &capabilities::registry())
            .with_context(|| format!("{}: can't be packed", module.display()))?;
        packing.finish_and_clear();

        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        let file = folder.join(format!("{}.wasm", manifest.name));
        files::write_whole(&file, &packed).with_context(|| format!("{}", file.display()))?;
        Ok(json!({
            "name": manifest.name,
            "version": manifest.version.to_string(),
            "bytes": packed.len(),
            "file": file,
        }))
    }
}

/// Runs a plugin's own tests.
pub(super) fn test(folder: &Path) -> anyhow::Result<()> {
    let manifest = folder.join("Cargo.toml");
    let sdk = sdk::settings(&manifest)?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
        .args(["test", "--manifest-path"])
        .arg(manifest)
        .args(sdk.iter().flat_map(|setting| ["--config", setting.as_str()]))
        // Tests against the emulator start it from here.
        .env("TOOLBAY", std::env::current_exe().context("this program can't be found")?)
        .status()
        .context("cargo can't be started; is Rust installed?")?;
    if !status.success() {
        bail!("the plugin's tests failed");
    }
    Ok(())
}
