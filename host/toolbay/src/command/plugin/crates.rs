//! The crates of plugins, as cargo builds them: those of one workspace in one call, side by side.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

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
    profile: &str,
    toolchain: &Toolchain,
) -> anyhow::Result<HashMap<Manifest, PathBuf>> {
    let mut built = HashMap::new();
    for (workspace, names) in by_workspace(crates)? {
        built.extend(compile_in(&workspace, &names, profile, toolchain)?);
    }
    match crates.iter().find(|wanted| !built.contains_key(wanted)) {
        None => Ok(built),
        Some(Manifest(path)) => anyhow::bail!(
            "{}: cargo built no Wasm module: the crate needs [lib] crate-type = [\"cdylib\", \"rlib\"]",
            path.display()
        ),
    }
}

/// The crates' names by their workspaces.
fn by_workspace(crates: &[Manifest]) -> anyhow::Result<Vec<(Workspace, Vec<String>)>> {
    let mut found: Vec<(Workspace, Vec<String>)> = Vec::new();
    for Manifest(path) in crates {
        let named = |workspace: &Workspace| {
            let package = workspace.packages.iter().find(|package| package.manifest_path == *path)?;
            Some(package.name.clone())
        };
        let known = found.iter_mut().find_map(|(workspace, names)| Some((named(workspace)?, names)));
        if let Some((name, names)) = known {
            names.push(name);
            continue;
        }
        let workspace = Workspace::of(path)?;
        let name = named(&workspace).with_context(|| format!("{}: not a package", path.display()))?;
        found.push((workspace, vec![name]));
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

fn compile_in(
    workspace: &Workspace,
    names: &[String],
    profile: &str,
    toolchain: &Toolchain,
) -> anyhow::Result<BTreeMap<Manifest, PathBuf>> {
    let mut command = toolchain.build_command();
    command
        .args(["--lib", "--profile", profile, "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(workspace.workspace_root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(workspace.target_directory.join(toolchain.folder()));
    for name in names {
        command.args(["--package", name]);
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
