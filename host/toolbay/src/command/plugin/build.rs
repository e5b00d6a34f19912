//! Building plugins: cargo makes the core module, packing makes the one file that is dropped.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::super::Output;
use super::toolchain::{self, Toolchain};
use crate::files;

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
    let mut built = Vec::new();
    for folder in &arguments.folders {
        built.push(build(folder, arguments, &toolchain)?);
    }
    output.table(&built, &["name", "version", "bytes", "file"], "nothing to build");
    Ok(())
}

/// Builds one plugin and packs it.
fn build(folder: &Path, arguments: &Arguments, toolchain: &Toolchain) -> anyhow::Result<Value> {
    let manifest_path = folder.join("plugin.toml");
    let manifest = std::fs::read_to_string(&manifest_path)
        .with_context(|| format!("{}: a plugin's folder has a plugin.toml", manifest_path.display()))?;
    // A manifest that is wrong is said before a minute of compiling, not after.
    let parsed = toolbay_sandbox::Manifest::parse(&manifest)
        .with_context(|| format!("{}", manifest_path.display()))?;

    let core = compile(folder, &arguments.profile, toolchain)?;
    let packing = ProgressBar::new_spinner().with_message(format!("packing {}", parsed.name));
    packing.enable_steady_tick(Duration::from_millis(100));
    let packed = toolbay_sandbox::pack::pack(&std::fs::read(&core)?, &manifest)
        .with_context(|| format!("{}: can't be packed", core.display()))?;
    packing.finish_and_clear();

    let target_folder = arguments.output.clone().unwrap_or_else(|| folder.to_owned());
    std::fs::create_dir_all(&target_folder).with_context(|| format!("{}", target_folder.display()))?;
    let file = target_folder.join(format!("{}.wasm", parsed.name));
    files::write_whole(&file, &packed).with_context(|| format!("{}", file.display()))?;
    Ok(json!({
        "name": parsed.name,
        "version": parsed.version.to_string(),
        "bytes": packed.len(),
        "file": file,
    }))
}

/// Compiles the crate and gives the path of its core module, as cargo reports it.
fn compile(folder: &Path, profile: &str, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let target_dir = target_folder(folder)?.join(toolchain.folder());
    let mut command = toolchain.build_command();
    command
        .args(["--lib", "--profile", profile, "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target_dir);
    let messages = toolchain::output_of(&mut command)?;
    let own_manifest = std::fs::canonicalize(folder.join("Cargo.toml"))?;
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| {
            message.get("reason").is_some_and(|reason| reason == "compiler-artifact")
                && message.get("manifest_path").and_then(Value::as_str).map(Path::new)
                    == Some(own_manifest.as_path())
        })
        .filter_map(|message| {
            let files = message.get("filenames")?.as_array()?;
            files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
        })
        .next_back()
        .context("cargo built no Wasm module: the crate needs [lib] crate-type = [\"cdylib\", \"rlib\"]")
}

/// The crate's or workspace's target folder.
fn target_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(folder.join("Cargo.toml"));
    let metadata: Value = serde_json::from_slice(&toolchain::output_of(&mut command)?)?;
    metadata
        .get("target_directory")
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}

/// Runs a plugin's own tests.
pub(super) fn test(folder: &Path) -> anyhow::Result<()> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
        .args(["test", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .status()
        .context("cargo can't be started; is Rust installed?")?;
    if !status.success() {
        bail!("the plugin's tests failed");
    }
    Ok(())
}
