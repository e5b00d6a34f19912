//! Who has which name, kept over restarts.
//!
//! A name (a plugin's, a tool's, a route) belongs to the file that was live with it first, until that file goes or no
//! longer provides it: the catalog's rule, which needs a record to hold over a restart. Neither a file's time nor its name
//! decides: both are chosen by whoever drops it. The record is a file in the data folder, which only the host writes;
//! without one, or when it can't be read, files come in the order of their names.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toolbay_kernel::catalog::PublishedTools;
use toolbay_kernel::{PluginName, catalog};

use crate::inspect;

/// Largest record that is read: a thousand plugins with all their tools.
const MAX: u64 = 32 * 1024 * 1024;

/// What one file was published with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    pub(super) file: String,
    pub(super) plugin: PluginName,
    pub(super) tools: PublishedTools,
}

impl From<&Held> for catalog::Held {
    fn from(held: &Held) -> Self {
        Self { provider: held.plugin.to_string(), tools: held.tools.clone() }
    }
}

/// The record of one plugin folder: who was live, who came first before who came later.
#[derive(Clone)]
pub(super) struct Names {
    path: PathBuf,
    held: Vec<Held>,
}

impl Names {
    /// The record of the plugin folder `folder`, in the data folder.
    pub(super) fn load(data_dir: &Path, folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let digest = inspect::digest(folder.as_os_str().as_encoded_bytes());
        let short: String = digest.chars().take(12).collect();
        let path = data_dir.join(format!("plugin-names-{short}.json"));
        let held = read(&path).unwrap_or_else(|error| {
            tracing::warn!(path = %path.display(), %error, "plugin_folder.names_not_read: files come by their names");
            Vec::new()
        });
        Self { path, held }
    }

    pub(super) fn held(&self) -> &[Held] {
        &self.held
    }

    /// The files that were live.
    pub(super) fn files(&self) -> Vec<String> {
        self.held.iter().map(|held| held.file.clone()).collect()
    }

    /// Takes what is live now, first come first; behind it stay those that aren't at the moment, as long as their files
    /// are there. Answers whether that is another record than before.
    pub(super) fn renew(&mut self, live: Vec<Held>, present: &BTreeSet<String>) -> bool {
        let is_live: BTreeSet<&str> = live.iter().map(|held| held.file.as_str()).collect();
        let others: Vec<Held> = self
            .held
            .iter()
            .filter(|held| present.contains(&held.file) && !is_live.contains(held.file.as_str()))
            .cloned()
            .collect();
        let renewed: Vec<Held> = live.into_iter().chain(others).collect();
        let is_other = self.held != renewed;
        self.held = renewed;
        is_other
    }

    /// Writes the record, whole or not at all.
    pub(super) fn save(&self) {
        if let Err(error) = self.write() {
            tracing::error!(path = %self.path.display(), %error, "plugin_folder.names_not_kept");
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        // Made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&self.held)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn read(path: &Path) -> std::io::Result<Vec<Held>> {
    use std::io::Read as _;

    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(file: &str) -> Held {
        Held { file: file.to_owned(), plugin: "p".parse().unwrap(), tools: PublishedTools::new() }
    }

    #[test]
    fn who_is_live_comes_before_who_only_was_and_who_has_gone_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let mut names = Names::load(data.path(), data.path());
        let present = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect();
        assert!(names.renew(vec![held("a"), held("b"), held("c")], &present(&["a", "b", "c"])));
        assert!(names.renew(vec![held("b"), held("d")], &present(&["a", "b", "d"])));
        assert_eq!(names.files(), ["b", "d", "a"]);
        assert!(!names.renew(vec![held("b"), held("d")], &present(&["a", "b", "d"])));
        names.save();
        assert_eq!(Names::load(data.path(), data.path()).files(), ["b", "d", "a"]);
        std::fs::write(&names.path, "{").unwrap();
        assert!(Names::load(data.path(), data.path()).files().is_empty());
    }
}
