//! What an operator does with plugins: install, list, remove, grant.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toolbay_kernel::administration::InstalledPlugin;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{CapabilityName, CatalogHandle, PluginName, printable};
use toolbay_sandbox::{BundledPlugin, PluginFolder, PluginReport, PluginStatus};

use super::super::{Output, named};
use super::places;
use crate::announcement::shown;
use crate::capabilities;
use crate::check;
use crate::configuration::Configuration;
use crate::files;
use crate::host::{Plugins, Purpose, START_TIME, open_administration, open_folder, open_store, own_compiler};
use crate::published::Published;

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
    let tried = report_of(&name, (alone.path(), &[]), &bytes, configuration).await?;
    if tried.status == PluginStatus::Refused {
        let tried = shown(&tried);
        output.print(&tried, || format!("{}\nnothing was installed", summary(&tried)));
        return Ok(ExitCode::FAILURE);
    }
    let plugin_dir = &configuration.plugin_dir;
    std::fs::create_dir_all(plugin_dir).with_context(|| format!("{}", plugin_dir.display()))?;
    let report = report_of(&name, (plugin_dir, &configuration.bundled), &bytes, configuration).await?;
    let is_taken = report.status != PluginStatus::Refused;
    if let (true, Some(version), Some(digest)) = (is_taken, &report.version, &report.digest) {
        let plugin = InstalledPlugin { version: version.to_string(), digest: digest.clone() };
        let administration = open_administration(configuration).await?;
        administration.record_install(&name, plugin, &Actor::operator()).await?;
    }
    let report = shown(&report);
    output.print(&report, || summary(&report));
    for place in places::asked(&manifest.capabilities) {
        Output::note(&format!("it asks to {} ({place})", toolbay_http::in_words(&place)));
    }
    Ok(if is_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Puts a plugin into a folder, beside which these are bundled, and asks what becomes of this very file there.
async fn report_of(
    name: &PluginName,
    (plugin_dir, bundled): (&Path, &[BundledPlugin]),
    bytes: &[u8],
    configuration: &Configuration,
) -> anyhow::Result<PluginReport> {
    let path = plugin_dir.join(file_of(name));
    files::write_whole(&path, bytes).with_context(|| format!("{}", path.display()))?;
    let folder = folder_at(plugin_dir, bundled, configuration).await?;
    // Whoever installs a file wants it looked at, whatever became of it before.
    folder.look_again(bytes);
    folder.start(START_TIME).await;
    let report = folder.reports().into_iter().find(|report| report.file == file_of(name));
    report.with_context(|| format!("{} was written and is not seen there", path.display()))
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
    let path = path_of(name, configuration);
    let administration = open_administration(configuration).await?;
    let bundled = configuration.bundled.iter().any(|plugin| plugin.file == file_of(name));
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && bundled => bail!(
            "{name} is bundled with this program and has no file; `bundled = [...]` in toolbay.toml names those that are \
             served"
        ),
        removed => removed.with_context(|| format!("{}", path.display()))?,
    }
    administration.record_removal(name, &Actor::operator()).await?;
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

async fn folder_at(
    plugin_dir: &Path,
    bundled: &[BundledPlugin],
    configuration: &Configuration,
) -> anyhow::Result<Arc<PluginFolder>> {
    let store = open_store(configuration, Purpose::Command).await?;
    let plugins =
        Plugins { folder: plugin_dir.to_owned(), bundled: bundled.to_vec(), ..Plugins::of(configuration) };
    open_folder(configuration, plugins, &store, &CatalogHandle::new(), own_compiler()?, Purpose::Command)
}

/// Bytes of a reason that are shown.
const MAX_REASON: usize = 2_000;

fn path_of(name: &PluginName, configuration: &Configuration) -> std::path::PathBuf {
    configuration.plugin_dir.join(file_of(name))
}

fn file_of(name: &PluginName) -> String {
    format!("{name}.wasm")
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
