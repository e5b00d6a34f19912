//! The SDK that this program was built with, where cargo finds it.
//!
//! A plugin names the SDK by its version, as a crate of the registry. Until it is there, the files that are in this program
//! are put beside the host's other data, and cargo is told to take them instead (`[patch.crates-io]`).

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::configuration::Environment;

/// The files, by path below the folder that they are put into.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

/// The version, as `sdk/Cargo.toml` has it.
pub(in crate::command) const VERSION: &str = env!("SDK_VERSION");

/// Puts the files there, those that aren't there or are others, and answers with the crate's folder.
///
/// # Errors
///
/// When there is no folder for data, or it can't be written.
pub(super) fn unpack() -> anyhow::Result<PathBuf> {
    let data = Environment::of_process().default_data_dir().context(
        "there is no folder for the SDK: set HOME or XDG_DATA_HOME, or name a copy of the SDK by --sdk",
    )?;
    unpack_into(&data.join("sdk").join(VERSION))
}

fn unpack_into(folder: &Path) -> anyhow::Result<PathBuf> {
    for (path, text) in FILES {
        let file = folder.join(path);
        // What is there already keeps its time, so that cargo compiles nothing again.
        if std::fs::read_to_string(&file).is_ok_and(|there| there == *text) {
            continue;
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        }
        crate::files::write_whole(&file, text.as_bytes()).with_context(|| format!("{}", file.display()))?;
    }
    let sdk = folder.join("sdk");
    forget_others(&sdk, folder)?;
    Ok(sdk)
}

/// Removes what an earlier program left that this one doesn't have: a module would be there twice.
fn forget_others(below: &Path, folder: &Path) -> anyhow::Result<()> {
    for entry in below.read_dir().with_context(|| format!("{}", below.display()))? {
        let path = entry?.path();
        let is_ours =
            |(name, _): &(&str, &str)| path.strip_prefix(folder).is_ok_and(|own| own == Path::new(name));
        // Another command may be writing a file at this moment.
        let is_being_written = path.extension().is_some_and(|extension| extension == "part");
        if path.is_dir() {
            forget_others(&path, folder)?;
        } else if !is_being_written && !FILES.iter().any(is_ours) {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{}", path.display()));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The settings of cargo for a crate that names the SDK by this version: it is taken from this program, whether the crate's
/// folder says so or not. None for a crate that names it otherwise.
///
/// # Errors
///
/// When the manifest can't be read, or the files can't be put there.
pub(super) fn settings(manifest: &Path) -> anyhow::Result<Option<String>> {
    let text = std::fs::read_to_string(manifest).with_context(|| format!("{}", manifest.display()))?;
    // A manifest that is no TOML is cargo's to refuse, with the place.
    let Ok(crate_of) = text.parse::<toml::Table>() else { return Ok(None) };
    let dependency = crate_of.get("dependencies").and_then(|all| all.get("toolbay-sdk"));
    let version = dependency.and_then(|named| match named {
        toml::Value::Table(table) if table.contains_key("path") || table.contains_key("git") => None,
        toml::Value::Table(table) => table.get("version")?.as_str(),
        other => other.as_str(),
    });
    if !version.is_some_and(is_ours) {
        return Ok(None);
    }
    let sdk = unpack()?;
    // For cargo alone and for editors: git has no place of this machine.
    let configuration = manifest.with_file_name(".cargo").join("config.toml");
    if !configuration.exists() {
        write_configuration(&configuration, &sdk)?;
    }
    let path = toml::Value::String(sdk.display().to_string());
    Ok(Some(format!("patch.crates-io.toolbay-sdk.path={path}")))
}

/// Whether a requirement such as `=0.1.0` or `0.1` is of this version.
pub(super) fn is_ours(requirement: &str) -> bool {
    let wanted = requirement.trim().trim_start_matches(['=', '^', '~']).trim_start();
    VERSION == wanted || VERSION.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

/// Tells cargo, in a crate's own configuration, to take a folder for the SDK.
fn write_configuration(file: &Path, sdk: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::write(file, patch(sdk)).with_context(|| format!("{}", file.display()))
}

/// What cargo's configuration says to take a folder for the crate.
fn patch(sdk: &Path) -> String {
    let path = toml::Value::String(sdk.display().to_string());
    format!("[patch.crates-io]\ntoolbay-sdk = {{ path = {path} }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_a_crate_of_this_version_and_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let sdk = unpack_into(folder.path()).unwrap();
        let manifest: toml::Table = std::fs::read_to_string(sdk.join("Cargo.toml")).unwrap().parse().unwrap();
        assert_eq!(manifest["package"]["version"].as_str(), Some(VERSION));
        for part in ["macros/Cargo.toml", "notion/Cargo.toml", "wit/plugin/0.1.0", "src/lib.rs"] {
            assert!(sdk.join(part).exists(), "{part}");
        }
        let written = |path: &str| std::fs::metadata(sdk.join(path)).unwrap().modified().unwrap();
        let before = written("src/lib.rs");
        std::fs::write(sdk.join("src/call/mod.rs"), "broken").unwrap();
        std::fs::write(sdk.join("src/call.rs"), "of an older one").unwrap();
        unpack_into(folder.path()).unwrap();
        assert!(!sdk.join("src/call.rs").exists());
        assert_eq!(written("src/lib.rs"), before);
        assert_ne!(std::fs::read_to_string(sdk.join("src/call/mod.rs")).unwrap(), "broken");
        assert!(is_ours(VERSION) && is_ours(&format!("={VERSION}")) && is_ours("0"), "{VERSION}");
        assert!(!is_ours("9.9") && !is_ours("*"));
        let patch: toml::Table = patch(Path::new("/a \"b\"")).parse().unwrap();
        assert_eq!(patch["patch"]["crates-io"]["toolbay-sdk"]["path"].as_str(), Some("/a \"b\""));
    }
}
