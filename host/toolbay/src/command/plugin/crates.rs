//! The crates of plugins, as cargo builds them: those of one workspace in one call, side by side.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::sdk;
use super::toolchain::{self, Toolchain};

/// A crate, by its `Cargo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Manifest(PathBuf);

impl Manifest {
    /// That of a folder.
    ///
    /// # Errors
    ///
    /// When the folder has none.
    pub(super) fn of(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("Cargo.toml");
        let path = std::fs::canonicalize(&path).with_context(|| format!("{}", path.display()))?;
        Ok(Self(path))
    }
}

/// How cargo compiles.
pub(super) struct Profile {
    name: String,
    /// Settings that are added to what the crate says.
    settings: &'static [&'static str],
}

impl Profile {
    /// One of the crate's own.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), settings: &[] }
    }

    /// For whoever waits: what changes is compiled as it is, what it depends on once and small, and nothing is kept for a
    /// debugger, which there is none for.
    pub(super) fn quick() -> Self {
        Self {
            name: "dev".to_owned(),
            settings: &[
                "profile.dev.debug=false",
                "profile.dev.strip=\"debuginfo\"",
                "profile.dev.opt-level=0",
                "profile.dev.package.\"*\".opt-level=\"s\"",
            ],
        }
    }
}

/// What `cargo metadata` says of a workspace.
#[derive(Deserialize)]
struct Workspace {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// Compiles crates, and gives the path of each one's core module as cargo reports it.
///
/// # Errors
///
/// When cargo fails, or builds no Wasm module of one of them.
pub(super) fn compile(
    crates: &[Manifest],
    profile: &Profile,
    toolchain: &Toolchain,
) -> anyhow::Result<HashMap<Manifest, PathBuf>> {
    let mut built = HashMap::new();
    for together in by_workspace(crates)? {
        built.extend(compile_together(&together, profile, toolchain)?);
    }
    match crates.iter().find(|wanted| !built.contains_key(wanted)) {
        None => Ok(built),
        Some(Manifest(path)) => anyhow::bail!(
            "{}: cargo built no Wasm module: the crate needs [lib] crate-type = [\"cdylib\", \"rlib\"]",
            path.display()
        ),
    }
}

/// What is built with one call of cargo.
struct Together {
    workspace: Workspace,
    packages: Vec<String>,
    /// Where the SDK is, for those that name it by its version.
    sdk: Option<String>,
}

/// The crates by their workspaces.
fn by_workspace(crates: &[Manifest]) -> anyhow::Result<Vec<Together>> {
    let mut found: Vec<Together> = Vec::new();
    for Manifest(path) in crates {
        let named = |workspace: &Workspace| {
            let package = workspace.packages.iter().find(|package| package.manifest_path == *path)?;
            Some(package.name.clone())
        };
        let sdk = sdk::settings(path)?;
        let known = found.iter_mut().find_map(|known| Some((named(&known.workspace)?, known)));
        if let Some((name, known)) = known {
            known.packages.push(name);
            known.sdk = known.sdk.take().or(sdk);
            continue;
        }
        let workspace = Workspace::of(path)?;
        let name = named(&workspace).with_context(|| format!("{}: not a package", path.display()))?;
        found.push(Together { workspace, packages: vec![name], sdk });
    }
    Ok(found)
}

impl Workspace {
    fn of(manifest: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
        serde_json::from_slice(&toolchain::output_of(&mut command)?)
            .context("cargo metadata can't be read; is cargo as old as the plugin's edition?")
    }
}

fn compile_together(
    together: &Together,
    profile: &Profile,
    toolchain: &Toolchain,
) -> anyhow::Result<BTreeMap<Manifest, PathBuf>> {
    let Together { workspace, packages, sdk } = together;
    let mut command = toolchain.build_command();
    command
        .args(["--lib", "--profile", &profile.name, "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(workspace.workspace_root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(workspace.target_directory.join(toolchain.folder()));
    for package in packages {
        command.args(["--package", package]);
    }
    for setting in profile.settings.iter().copied().chain(sdk.as_deref()) {
        command.args(["--config", setting]);
    }
    let messages = toolchain::output_of(&mut command)?;
    let messages = messages.split(|byte| *byte == b'\n');
    Ok(messages.filter_map(|line| module(&serde_json::from_slice(line).ok()?)).collect())
}

/// The module that one of cargo's messages tells of, and its crate.
fn module(message: &Value) -> Option<(Manifest, PathBuf)> {
    if message.get("reason")? != "compiler-artifact" {
        return None;
    }
    let files = message.get("filenames")?.as_array()?;
    let module = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm"))?;
    Some((Manifest(message.get("manifest_path")?.as_str()?.into()), module.into()))
}
