//! MCP servers written into the configuration file and taken out of it, by a command or by REST.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Code, Problem};
use toolbay_upstream::UpstreamSettings;
use url::Url;

use crate::configuration::{
    Configuration, DEFAULT_FILE, NewUpstream, Place, TableError, UpstreamLayer, upstream_table,
};
use crate::files;

/// Largest file that is changed, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The file that was read, or the one that would be, and what a start makes of its tables.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamEntries {
    path: PathBuf,
    data_dir: PathBuf,
    public_url: Url,
}

impl UpstreamEntries {
    /// Those of a configuration.
    pub(crate) fn of(configuration: &Configuration) -> Self {
        let path = configuration.file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        Self {
            // Where this process began, whatever becomes of its folder.
            path: std::path::absolute(&path).unwrap_or(path),
            data_dir: configuration.data_dir.clone(),
            public_url: configuration.public_url.clone(),
        }
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a server can be added, and what a start would make of it.
    ///
    /// # Errors
    ///
    /// `conflict` for a name that is there, `invalid_input` for what can't work, and when the file can't be read.
    pub(crate) fn settings(
        &self,
        name: &UpstreamName,
        new: &NewUpstream,
    ) -> Result<UpstreamSettings, Problem> {
        if let Place::StreamableHttp(url) | Place::Sse(url) = &new.place
            && (!url.username().is_empty() || url.password().is_some())
        {
            return Err(Problem::new(
                Code::InvalidInput,
                "an address with a name or password in it isn't written into a file",
            )
            .hint("give --header Authorization=env:VARIABLE, or over REST a token"));
        }
        self.changed(|text| upstream_table::with(text, name, new))?;
        let invalid = |error: String| Problem::new(Code::InvalidInput, error);
        let layer: UpstreamLayer =
            toml::from_str(&new.table().to_string()).map_err(|error| invalid(error.message().to_owned()))?;
        layer.resolve(name, &self.data_dir, &self.public_url).map_err(|error| invalid(error.to_string()))
    }

    /// Writes a server's table; answers what undoes it.
    ///
    /// # Errors
    ///
    /// As [`UpstreamEntries::settings`], and when the file can't be written.
    pub(crate) fn add(&self, name: &UpstreamName, new: &NewUpstream) -> Result<Former, Problem> {
        self.change(|text| upstream_table::with(text, name, new))
    }

    /// Takes a server's table away; answers what undoes it.
    ///
    /// # Errors
    ///
    /// `not_found` where it isn't there, and when the file can't be written.
    pub(crate) fn remove(&self, name: &UpstreamName) -> Result<Former, Problem> {
        self.change(|text| upstream_table::without(text, name))
    }

    /// Writes what the file was before a change that turned out not to be one.
    pub(crate) fn restore(&self, former: &Former) {
        if let Err(error) = files::write_over(&self.path, former.0.as_bytes()) {
            tracing::error!(file = %self.path.display(), %error, "configuration.not_restored");
        }
    }

    fn change(&self, change: impl Fn(&str) -> Result<String, TableError>) -> Result<Former, Problem> {
        let (before, after) = self.changed(change)?;
        files::write_over(&self.path, after.as_bytes()).map_err(|error| self.failed(&error.to_string()))?;
        Ok(Former(before))
    }

    fn changed(
        &self,
        change: impl Fn(&str) -> Result<String, TableError>,
    ) -> Result<(String, String), Problem> {
        let text = match files::read_text(&self.path, MAX_FILE) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| self.failed(&error.to_string()))?,
        };
        let changed = change(&text).map_err(|error| {
            let code = match error {
                TableError::There(_) => Code::Conflict,
                TableError::NotThere(_) => Code::NotFound,
                TableError::Parse(_) | TableError::NoTable => Code::Failed,
            };
            Problem::new(code, format!("{}: {error}", self.path.display()))
        })?;
        Ok((text, changed))
    }

    fn failed(&self, why: &str) -> Problem {
        Problem::new(Code::Failed, format!("{}: {why}", self.path.display())).hint(
            "the user that runs the host must be able to write this file; --config and TOOLBAY_CONFIG name another one",
        )
    }
}

/// The text of a file before a change.
pub(crate) struct Former(String);
