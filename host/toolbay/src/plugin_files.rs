//! Plugins put into the folder and taken out of it, by a command or by REST.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use toolbay_kernel::administration::InstalledPlugin;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{Administration, Code, PluginName, Problem};
use toolbay_sandbox::{Manifest, PluginFolder, PluginReport, PluginStatus};

use crate::capabilities;
use crate::files;

/// Bytes of the largest file that is read: more than a plugin may have, so that it is told as such.
pub(crate) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// How long the folder is waited for.
const TIME: Duration = Duration::from_secs(300);

/// What became of a component that was to be installed.
pub(crate) enum Installation {
    /// It can't run here. Nothing was changed.
    Refused(PluginReport),
    /// It is in the folder; the report says what became of it there.
    Done(PluginReport),
}

/// The file of a plugin.
pub(crate) fn file_of(name: &PluginName) -> String {
    format!("{name}.wasm")
}

/// What a component says of itself.
///
/// # Errors
///
/// `invalid_input` for what is no packed plugin.
pub(crate) fn manifest_of(component: &[u8]) -> Result<Manifest, Problem> {
    toolbay_sandbox::pack::read_manifest(component, &capabilities::registry()).map_err(|error| {
        Problem::new(Code::InvalidInput, format!("It is no packed plugin: {error}"))
            .hint("Build and pack it: toolbay plugin build FOLDER.")
    })
}

/// Puts a component into the folder, unless it can't run: it would take the place of one that does.
///
/// # Errors
///
/// When the folder can't be written, or the store fails.
pub(crate) async fn install(
    (folder, plugin_dir): (&PluginFolder, &Path),
    administration: &Administration,
    name: &PluginName,
    component: Vec<u8>,
    by: &Actor,
) -> Result<Installation, Problem> {
    let file = file_of(name);
    let tried = folder.try_out(&file, component.clone()).await;
    if tried.status == PluginStatus::Refused {
        return Ok(Installation::Refused(tried));
    }
    let path = plugin_dir.join(&file);
    let (to, written) = (plugin_dir.to_owned(), path.clone());
    let writing = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(to)?;
        files::write_whole(&written, &component)
    });
    let wrote = writing.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    wrote.map_err(|error| not_written(&path, &error))?;
    let unseen = || {
        Problem::new(Code::Failed, format!("{} was written and is not seen there yet.", path.display()))
            .hint("List the plugins in a minute.")
    };
    tokio::time::timeout(TIME, folder.refresh()).await.map_err(|_| unseen())?;
    let report =
        folder.reports().into_iter().find(|report| report.file == file && report.digest == tried.digest);
    let report = report.ok_or_else(unseen)?;
    if let (true, Some(version), Some(digest)) =
        (report.status != PluginStatus::Refused, &report.version, &report.digest)
    {
        let plugin = InstalledPlugin { version: version.to_string(), digest: digest.clone() };
        administration.record_install(name, plugin, by).await?;
    }
    Ok(Installation::Done(report))
}

/// Takes a plugin's file out of the folder. One of a plugin that is bundled makes way for that.
///
/// # Errors
///
/// `not_found` where there is no file, `conflict` where the plugin is bundled and has none, and when the folder can't be written or the
/// store fails.
pub(crate) async fn remove(
    plugin_dir: &Path,
    is_bundled: bool,
    administration: &Administration,
    name: &PluginName,
    by: &Actor,
) -> Result<(), Problem> {
    let path = plugin_dir.join(file_of(name));
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && is_bundled => {
            return Err(Problem::new(
                Code::Conflict,
                format!("{name} is bundled with this program and has no file"),
            )
            .hint("`bundled = [...]` in toolbay.toml names those that are served"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Problem::new(Code::NotFound, format!("there is no {}", path.display()))
                .hint("list the plugins: toolbay plugin list, or GET /v1/administration/plugins"));
        }
        Err(error) => return Err(not_written(&path, &error)),
    }
    Ok(administration.record_removal(name, by).await?)
}

fn not_written(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Code::Failed, format!("{}: {error}", path.display()))
        .hint("make the plugin folder writable for the user that runs the host")
}
