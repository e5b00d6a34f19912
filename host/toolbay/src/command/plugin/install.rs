//! What an operator does with plugins: install, list, remove, grant.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toolbay_kernel::{CapabilityName, CatalogHandle, PluginName, printable};
use toolbay_sandbox::{PluginFolder, PluginReport, PluginStatus};

use super::super::Output;
use super::build::write_whole;
use crate::configuration::Configuration;
use crate::host::{Purpose, START_TIME, open_folder, open_store, own_compiler};

/// Checks a packed plugin, puts it into the folder, and says what the host will make of it.
pub(super) async fn install(
    file: &Path,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
    let manifest =
        toolbay_sandbox::pack::read_manifest(&bytes).with_context(|| format!("{}", file.display()))?;
    let name = manifest.name;
    std::fs::create_dir_all(&configuration.plugin_dir)
        .with_context(|| format!("{}", configuration.plugin_dir.display()))?;
    write_whole(&path_of(&name, configuration), &bytes)?;
    let folder = folder(configuration).await?;
    // Whoever installs a file wants it looked at, whatever became of it before.
    folder.look_again(&bytes);
    folder.start(START_TIME).await;
    let reports = folder.reports();
    let Some(report) = reports.iter().find(|report| report.name == name.as_str()) else {
        bail!("{name} was put into {} and is not seen there", configuration.plugin_dir.display());
    };
    let shown = shown(report);
    let live = report.status == PluginStatus::Live;
    output.print(&shown, || summary(report));
    Ok(if live { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

pub(super) fn remove(
    name: &PluginName,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let path = path_of(name, configuration);
    std::fs::remove_file(&path).with_context(|| format!("{}", path.display()))?;
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
    let store = open_store(configuration, Purpose::Command).await?;
    for capability in capabilities {
        store.grant(name, *capability).await?;
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
    let store = open_store(configuration, Purpose::Command).await?;
    for capability in capabilities {
        if !store.revoke_grant(name, *capability).await? {
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
    let store = open_store(configuration, Purpose::Command).await?;
    open_folder(configuration, &store, CatalogHandle::new(), own_compiler()?, Purpose::Command)
}

/// Bytes of a reason that are shown.
const LONGEST_REASON: usize = 2_000;

fn path_of(name: &PluginName, configuration: &Configuration) -> std::path::PathBuf {
    configuration.plugin_dir.join(format!("{name}.wasm"))
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
        lines.push(format!("  why:   {}", printable::line(reason, LONGEST_REASON)));
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
