//! The files of plugins that unfinished runs need, kept by digest below the data folder.
//!
//! Replacing or removing a plugin doesn't end its jobs: they go on with the file that they began with. This host alone writes
//! these files, and reads only what still has the digest that it is named by. A kept plugin is installed, limited and granted
//! like any other, by its name and as it is granted now; it is published nowhere.
//!
//! One that came with the program has the grants of the bundled plugin of its name, as long as there is one: those that a
//! file of its name would get by being dropped are not for it, nor the other way round.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Mutex;
use toolbay_kernel::components::Components;
use toolbay_kernel::ports::Grants;
use toolbay_kernel::{CapabilityName, Code, Permissions, PluginName, Problem, Provider, Tool, ToolName};

use super::PluginFolder;
use super::bundled::BundledPlugin;
use super::scan;
use crate::blocking::blocking;
use crate::compile::cache::read_trusted;
use crate::inspect;
use crate::limits::MAX_COMPONENT;
use crate::plugin::{Installed, Plugin};
use crate::sandbox::Sandbox;

/// Files that are kept at the same time: what a day of replacing plugins leaves.
const MAX_KEPT: usize = 64;

/// Kept files that are ready to be called. More are installed again when they are needed.
const MAX_READY: usize = 16;

/// How old a file is that may be removed: who keeps one notes first that it is needed.
const GRACE: Duration = Duration::from_secs(600);

/// The endings of kept files: of those that lay in the plugin folder, and of those that came with the program.
const DROPPED: &str = "wasm";
const BUNDLED: &str = "bundled.wasm";

/// The kept files of a host.
pub struct KeptComponents {
    sandbox: Arc<Sandbox>,
    grants: Arc<dyn Grants>,
    files: Files,
    ready: Mutex<HashMap<String, Ready>>,
}

/// A kept plugin that can be called.
#[derive(Clone)]
struct Ready {
    installed: Arc<Installed>,
    is_bundled: bool,
}

/// Where the files are, and where they come from.
#[derive(Clone)]
struct Files {
    kept: PathBuf,
    folder: PathBuf,
    bundled: Arc<[Arc<BundledPlugin>]>,
    grace: Duration,
}

/// A kept file.
struct Kept {
    bytes: Vec<u8>,
    is_bundled: bool,
}

impl KeptComponents {
    /// Those of the host whose plugins are in this folder.
    #[must_use]
    pub fn of(folder: &PluginFolder) -> Self {
        let files = Files {
            kept: folder.sandbox.data_dir().join("components"),
            folder: folder.folder.clone(),
            bundled: folder.bundled.clone().into(),
            grace: GRACE,
        };
        let (sandbox, grants) = (Arc::clone(&folder.sandbox), Arc::clone(&folder.grants));
        Self { sandbox, grants, files, ready: Mutex::default() }
    }

    /// The same with another age at which a file that nothing needs may be removed.
    #[must_use]
    pub fn removing_after(mut self, age: Duration) -> Self {
        self.files.grace = age;
        self
    }

    /// The plugin of a kept file; none when it isn't kept.
    async fn ready(&self, digest: &str) -> Result<Option<Ready>, Problem> {
        let mut known = self.ready.lock().await;
        if let Some(ready) = known.get(digest) {
            return Ok(Some(ready.clone()));
        }
        let (files, wanted) = (self.files.clone(), digest.to_owned());
        let failed = |error| Problem::new(Code::Failed, format!("reading a kept file failed: {error}"));
        let read = blocking(move || files.read(&wanted)).await.map_err(failed)?;
        let Some(Kept { bytes, is_bundled }) = read else { return Ok(None) };
        let installed = self.sandbox.install(bytes).await.map_err(|refusal| {
            Problem::new(
                Code::Failed,
                format!("The plugin that the job began with can't be loaded: {refusal}."),
            )
            .hint("Cancel the job, and start one for the rest.")
        })?;
        if known.len() >= MAX_READY {
            known.clear();
        }
        let ready = Ready { installed, is_bundled };
        known.insert(digest.to_owned(), ready.clone());
        Ok(Some(ready))
    }

    async fn granted(
        &self,
        plugin: &PluginName,
        is_bundled: bool,
    ) -> Result<BTreeSet<CapabilityName>, Problem> {
        let mut granted = self.grants.grants().await?.remove(plugin).unwrap_or_default();
        if is_bundled {
            let file = format!("{plugin}.wasm");
            let bundled = self.files.bundled.iter().find(|bundled| bundled.file == file);
            granted.extend(bundled.into_iter().flat_map(|bundled| bundled.grants.iter().copied()));
        } else {
            granted.extend(self.sandbox.grant_on_drop().iter().copied());
        }
        Ok(granted)
    }
}

#[async_trait]
impl Components for KeptComponents {
    async fn keep(&self, digest: &str) -> Result<(), Problem> {
        let (files, digest) = (self.files.clone(), digest.to_owned());
        match blocking(move || files.keep(&digest)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Problem::new(Code::Failed, format!("the file can't be kept: {error}"))),
            Err(error) => Err(Problem::new(Code::Failed, format!("keeping the file failed: {error}"))),
        }
    }

    async fn tool(&self, digest: &str, name: &ToolName) -> Result<Option<Arc<Tool>>, Problem> {
        let Some(Ready { installed, is_bundled }) = self.ready(digest).await? else { return Ok(None) };
        let Some(tool) = installed.tools().iter().find(|tool| tool.definition().name == *name) else {
            return Ok(None);
        };
        let manifest = installed.manifest();
        let permissions = Permissions {
            provider: manifest.name.to_string(),
            asked: manifest.capabilities.clone(),
            granted: self.granted(&manifest.name, is_bundled).await?,
        };
        let provider: Arc<dyn Provider> =
            Arc::new(Plugin::new(Arc::clone(&installed), Arc::new(permissions)));
        Ok(Some(Arc::new(Tool::prepared(&provider, tool))))
    }

    async fn sweep(&self, needed: BTreeSet<String>) {
        self.ready.lock().await.retain(|digest, _| needed.contains(digest));
        let files = self.files.clone();
        match blocking(move || files.sweep(&needed)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(files)) => {
                tracing::info!(files, "components.swept: kept plugins that no job needs are gone");
            }
            Ok(Err(error)) => tracing::warn!(%error, "components.not_swept"),
            Err(error) => tracing::warn!(%error, "components.not_swept"),
        }
    }
}

impl Files {
    fn path(&self, digest: &str, ending: &str) -> PathBuf {
        self.kept.join(format!("{digest}.{ending}"))
    }

    /// Keeps the installed file of this digest. Blocks.
    fn keep(&self, digest: &str) -> io::Result<()> {
        for ending in [DROPPED, BUNDLED] {
            let path = self.path(digest, ending);
            if path.is_file() {
                // Needed again: it counts as kept now.
                return File::options().append(true).open(&path)?.set_modified(SystemTime::now());
            }
        }
        let (bytes, ending) = self
            .installed(digest)
            .ok_or_else(|| io::Error::other("it isn't in the plugin folder any more"))?;
        match DirBuilder::new().mode(0o700).create(&self.kept) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if fs::read_dir(&self.kept)?.count() >= MAX_KEPT {
            return Err(io::Error::other(format!("{MAX_KEPT} files are kept already")));
        }
        let path = self.path(digest, ending);
        // Of two processes that keep the same file, each writes the same bytes under a name of its own.
        let unfinished = self.kept.join(format!(".{digest}.{}", std::process::id()));
        let written = write(&unfinished, &bytes).and_then(|()| fs::rename(&unfinished, &path));
        if written.is_err() {
            let _gone = fs::remove_file(&unfinished);
        }
        written?;
        File::open(&self.kept)?.sync_all()
    }

    /// The bytes of this digest that the host serves, and the ending under which they are kept. What lies in the folder is the
    /// operator's, also when the program has the same bytes.
    fn installed(&self, digest: &str) -> Option<(Vec<u8>, &'static str)> {
        let found = scan::scan(&self.folder, &[]).map(|listing| listing.found).unwrap_or_default();
        let dropped = found.into_iter().find_map(|found| {
            let bytes = found.content.ok()?.read().ok()?;
            (inspect::digest(&bytes) == digest).then_some((bytes, DROPPED))
        });
        dropped.or_else(|| {
            let plugin = self.bundled.iter().find(|plugin| inspect::digest(&plugin.component) == digest)?;
            Some((plugin.component.to_vec(), BUNDLED))
        })
    }

    /// A kept file that is as it was kept. Blocks.
    fn read(&self, digest: &str) -> Option<Kept> {
        [(DROPPED, false), (BUNDLED, true)].into_iter().find_map(|(ending, is_bundled)| {
            let bytes = read_trusted(&self.path(digest, ending), MAX_COMPONENT as u64)?;
            (inspect::digest(&bytes) == digest).then_some(Kept { bytes, is_bundled })
        })
    }

    /// Removes what isn't needed; answers how many files. Blocks.
    fn sweep(&self, needed: &BTreeSet<String>) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.kept) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let digest = name.to_str().and_then(|name| name.split('.').next()).unwrap_or_default();
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if !needed.contains(digest) && age >= self.grace {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Writes a file that only this user can read and write.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
