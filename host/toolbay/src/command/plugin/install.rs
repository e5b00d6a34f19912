//! What an operator does with plugins: install, list, remove, grant.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{Administration, CapabilityName, CatalogHandle, PluginName, printable};
use toolbay_sandbox::PluginStatus;

use super::super::said::said;
use super::super::{Output, named};
use crate::announcement::shown;
use crate::capabilities;
use crate::check;
use crate::configuration::Configuration;
use crate::files;
use crate::host::{Plugins, Purpose, START_TIME, open_administration, open_folder, open_store, own_compiler};
use crate::places;
use crate::plugin_files::{self, Installation, MAX_FILE, file_of};
use crate::published::Published;

/// Checks a packed plugin, puts it into the folder, and says what the host will make of it.
pub(super) async fn install(
    file: &Path,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let bytes = files::read(file, MAX_FILE).with_context(|| format!("{}", file.display()))?;
    let manifest = toolbay_sandbox::pack::read_manifest(&bytes, &capabilities::registry())
        .with_context(|| format!("{}", file.display()))?;
    let store = open_store(configuration, Purpose::Command).await?;
    let administration = Administration::new(Arc::clone(&store) as _);
    let plugins = Plugins::of(configuration);
    let catalogs = CatalogHandle::new();
    let folder = open_folder(configuration, plugins, &store, &catalogs, own_compiler()?, Purpose::Command)?;
    let place = (folder.as_ref(), configuration.plugin_dir.as_path());
    let by = Actor::operator();
    let installed = plugin_files::install(place, &administration, &manifest.name, bytes, &by);
    let report = match installed.await.map_err(said)? {
        Installation::Refused(tried) => {
            let tried = shown(&tried);
            output.print(&tried, || format!("{}\nnothing was installed", summary(&tried)));
            return Ok(ExitCode::FAILURE);
        }
        Installation::Done(report) => report,
    };
    let is_taken = report.status != PluginStatus::Refused;
    let report = shown(&report);
    output.print(&report, || summary(&report));
    for place in places::asked(&manifest.capabilities) {
        Output::note(&format!("it asks to {} ({place})", toolbay_http::in_words(&place)));
    }
    Ok(if is_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) async fn list(configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
    let published = Published::of(configuration, START_TIME).await?;
    let rows = &published.plugins;
    let none = format!("no plugins in {}", configuration.plugin_dir.display());
    output.table(rows, &["name", "version", "from", "status", "tools", "granted", "missing"], &none);
    if !output.is_json() {
        for row in
            rows.iter().filter(|row| text(row, "status") != "live" || !list_of(row, "missing").is_empty())
        {
            output.print(&Value::Null, || format!("\n{}", summary(row)));
        }
    }
    if let Some(source) = published.source() {
        Output::note(&source);
    }
    if published.pending > 0 {
        Output::note(&format!(
            "{} files are still being looked at; list them again in a minute",
            published.pending
        ));
    }
    if let Some(what) = &published.left_out {
        Output::note(what);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn remove(
    name: &PluginName,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let administration = open_administration(configuration).await?;
    let bundled = configuration.bundled.iter().any(|plugin| plugin.file == file_of(name));
    let by = Actor::operator();
    let removed = plugin_files::remove(&configuration.plugin_dir, bundled, &administration, name, &by);
    removed.await.map_err(said)?;
    output.print(&json!({"removed": name}), || match bundled {
        true => format!("removed the file of {name}; the bundled plugin takes its place again"),
        false => format!("removed {name}; a host that runs drops it within seconds"),
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn grant(
    name: &PluginName,
    capabilities: &[CapabilityName],
    is_unchecked: bool,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    if !is_unchecked {
        let known = check::plugin_names(configuration);
        let listed = "toolbay plugin list";
        named::expect(name.as_str(), known.iter().map(String::as_str), "plugin", listed).map_err(
            |error| anyhow::anyhow!("{error} (--unchecked grants a plugin that is still to come)"),
        )?;
    }
    if capabilities.contains(&toolbay_http::CAPABILITY) {
        bail!("{}", places::how_to_grant(name, &asked_of_http(name, configuration)));
    }
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

/// The places that a plugin's file asks for; none where there is no file, or it asks for none.
fn asked_of_http(name: &PluginName, configuration: &Configuration) -> Vec<String> {
    let read = files::read(&path_of(name, configuration), MAX_FILE).ok();
    let manifest =
        read.and_then(|bytes| toolbay_sandbox::pack::read_manifest(&bytes, &capabilities::registry()).ok());
    manifest.map(|manifest| places::asked(&manifest.capabilities)).unwrap_or_default()
}

/// Bytes of a reason that are shown.
const MAX_REASON: usize = 2_000;

fn path_of(name: &PluginName, configuration: &Configuration) -> std::path::PathBuf {
    configuration.plugin_dir.join(file_of(name))
}

fn summary(row: &Value) -> String {
    let name = printable::name(text(row, "name"));
    let mut lines = vec![format!("{name}: {}", text(row, "status"))];
    if let Some(reason) = row.get("reason").and_then(Value::as_str) {
        lines.push(format!("  why:   {}", printable::line(reason, MAX_REASON)));
    }
    if let Some(fix) = row.get("fix").and_then(Value::as_str) {
        lines.push(format!("  fix:   {}", printable::name(fix)));
    }
    let missing = list_of(row, "missing");
    if !missing.is_empty() {
        lines.push(format!("  asks for {}, which is not granted", missing.join(", ")));
        lines.push(format!("  grant: toolbay plugin grant {name} {}", missing.join(" ")));
    }
    lines.join("\n")
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn list_of<'a>(row: &'a Value, member: &str) -> Vec<&'a str> {
    row.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn joined(capabilities: &[CapabilityName]) -> String {
    capabilities.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
