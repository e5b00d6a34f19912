//! What an operator does with plugins: install, list, remove, grant.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toolbay_kernel::administration::InstalledPlugin;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{CapabilityName, CatalogHandle, PluginName, printable};
use toolbay_sandbox::{PluginFolder, PluginReport, PluginStatus};

use super::super::Output;
use crate::capabilities;
use crate::configuration::Configuration;
use crate::files;
use crate::host::{Purpose, START_TIME, open_administration, open_folder, open_store, own_compiler};

/// Bytes of the largest file that is read: more than a plugin may have, so that it is told as such.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Checks a packed plugin, puts it into the folder, and says what the host will make of it. One that can't run is not put
/// there: it would take the place of one that does.
pub(super) async fn install(
    file: &Path,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let bytes = files::read(file, MAX_FILE).with_context(|| format!("{}", file.display()))?;
    let manifest = toolbay_sandbox::pack::read_manifest(&bytes, &capabilities::registry())
        .with_context(|| format!("{}", file.display()))?;
    let name = manifest.name;
    let alone = tempfile::tempdir().context("a temporary folder can't be made")?;
    let tried = report_of(&name, alone.path(), &bytes, configuration).await?;
    if tried.status != PluginStatus::Live {
        output.print(&shown(&tried), || format!("{}\nnothing was installed", summary(&tried)));
        return Ok(ExitCode::FAILURE);
    }
    let plugin_dir = &configuration.plugin_dir;
    std::fs::create_dir_all(plugin_dir).with_context(|| format!("{}", plugin_dir.display()))?;
    let report = report_of(&name, plugin_dir, &bytes, configuration).await?;
    let live = report.status == PluginStatus::Live;
    if let (true, Some(version), Some(digest)) = (live, &report.version, &report.digest) {
        let plugin = InstalledPlugin { version: version.to_string(), digest: digest.clone() };
        let administration = open_administration(configuration).await?;
        administration.record_install(&name, plugin, &Actor::operator()).await?;
    }
    output.print(&shown(&report), || summary(&report));
    Ok(if live { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Puts a plugin into a folder, and asks what becomes of this very file there.
async fn report_of(
    name: &PluginName,
    plugin_dir: &Path,
    bytes: &[u8],
    configuration: &Configuration,
) -> anyhow::Result<PluginReport> {
    let path = plugin_dir.join(file_of(name));
    files::write_whole(&path, bytes).with_context(|| format!("{}", path.display()))?;
    let folder = folder_at(plugin_dir.to_owned(), configuration).await?;
    // Whoever installs a file wants it looked at, whatever became of it before.
    folder.look_again(bytes);
    folder.start(START_TIME).await;
    let report = folder.reports().into_iter().find(|report| report.file == file_of(name));
    report.with_context(|| format!("{} was written and is not seen there", path.display()))
}

pub(super) async fn list(configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
    let folder = folder(configuration).await?;
    folder.start(START_TIME).await;
    let reports = folder.reports();
    let rows: Vec<Value> = reports.iter().map(shown).collect();
    let none = format!("no plugins in {}", configuration.plugin_dir.display());
    output.table(&rows, &["name", "version", "status", "tools", "granted", "missing"], &none);
    if !output.is_json() {
        for report in
            reports.iter().filter(|report| report.status != PluginStatus::Live || !report.missing.is_empty())
        {
            output.print(&Value::Null, || format!("\n{}", summary(report)));
        }
    }
    let pending = folder.pending().await;
    if pending > 0 {
        Output::note(&format!("{pending} files are still being looked at; list them again in a minute"));
    }
    if let Some(what) = folder.left_out() {
        Output::note(&what);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn remove(
    name: &PluginName,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let path = path_of(name, configuration);
    let administration = open_administration(configuration).await?;
    std::fs::remove_file(&path).with_context(|| format!("{}", path.display()))?;
    administration.record_removal(name, &Actor::operator()).await?;
    output.print(&json!({"removed": name}), || {
        format!("removed {name}; a host that runs drops it within seconds")
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn grant(
    name: &PluginName,
    capabilities: &[CapabilityName],
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let administration = open_administration(configuration).await?;
    for capability in capabilities {
        administration.grant(name, *capability, &Actor::operator()).await?;
    }
    output.print(&json!({"plugin": name, "granted": capabilities}), || {
        format!("{name} may now use {}", joined(capabilities))
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn revoke(
    name: &PluginName,
    capabilities: &[CapabilityName],
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let administration = open_administration(configuration).await?;
    for capability in capabilities {
        if !administration.revoke_grant(name, *capability, &Actor::operator()).await? {
            bail!(
                "{name} has no grant of {capability} that this command made; see [grants] and grant_on_drop"
            );
        }
    }
    output.print(&json!({"plugin": name, "revoked": capabilities}), || {
        format!("{name} may no longer use {}", joined(capabilities))
    });
    Ok(ExitCode::SUCCESS)
}

/// The folder as a host sees it.
async fn folder(configuration: &Configuration) -> anyhow::Result<Arc<PluginFolder>> {
    folder_at(configuration.plugin_dir.clone(), configuration).await
}

async fn folder_at(plugin_dir: PathBuf, configuration: &Configuration) -> anyhow::Result<Arc<PluginFolder>> {
    let store = open_store(configuration, Purpose::Command).await?;
    open_folder(configuration, plugin_dir, &store, &CatalogHandle::new(), own_compiler()?, Purpose::Command)
}

/// Bytes of a reason that are shown.
const MAX_REASON: usize = 2_000;

fn path_of(name: &PluginName, configuration: &Configuration) -> std::path::PathBuf {
    configuration.plugin_dir.join(file_of(name))
}

fn file_of(name: &PluginName) -> String {
    format!("{name}.wasm")
}

fn shown(report: &PluginReport) -> Value {
    json!({
        "name": report.name,
        "version": report.version,
        "status": report.status.as_str(),
        "file": report.file,
        "digest": report.digest,
        "tools": report.tools,
        "asked": report.asked,
        "granted": report.granted,
        "missing": report.missing,
        "reason": report.reason,
        "fix": report.fix,
    })
}

fn summary(report: &PluginReport) -> String {
    let name = printable::name(&report.name);
    let mut lines = vec![format!("{name}: {}", report.status.as_str())];
    if let Some(reason) = &report.reason {
        lines.push(format!("  why:   {}", printable::line(reason, MAX_REASON)));
    }
    if let Some(fix) = &report.fix {
        lines.push(format!("  fix:   {}", printable::name(fix)));
    }
    if !report.missing.is_empty() {
        let missing: Vec<CapabilityName> = report.missing.iter().copied().collect();
        lines.push(format!("  asks for {}, which is not granted", joined(&missing)));
        let words: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        lines.push(format!("  grant: toolbay plugin grant {name} {}", words.join(" ")));
    }
    lines.join("\n")
}

fn joined(capabilities: &[CapabilityName]) -> String {
    capabilities.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
