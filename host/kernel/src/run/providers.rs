//! Which plugins a run began with, by the digests of their files.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::lease::Lease;
use crate::id::RunId;
use crate::name::ToolName;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};

/// What runs need of the store to go on with the plugins that they began with.
#[async_trait]
pub trait RunProviders: Send + Sync {
    /// The digests of the plugins that a run's tools came from, by tool.
    async fn providers(&self, run: RunId) -> Result<HashMap<ToolName, String>, StoreError>;

    /// Notes which plugin a tool of a run comes from; what is noted already stays. False when the lease has ended.
    async fn note_provider(&self, lease: Lease, tool: &ToolName, digest: &str) -> Result<bool, StoreError>;

    /// The digests that runs need which haven't ended.
    async fn needed(&self) -> Result<BTreeSet<String>, StoreError>;
}

/// The plugins of one run.
pub struct Providers {
    store: Arc<dyn RunProviders>,
    lease: Lease,
    known: Mutex<HashMap<ToolName, Arc<str>>>,
    /// The tools that this execution has used.
    used: Mutex<BTreeSet<ToolName>>,
}

impl Providers {
    /// Those of a run that goes on.
    pub(crate) async fn resume(store: Arc<dyn RunProviders>, lease: Lease) -> Result<Self, StoreError> {
        let known = store.providers(lease.run).await?;
        let known = known.into_iter().map(|(tool, digest)| (tool, digest.into())).collect();
        Ok(Self { store, lease, known: Mutex::new(known), used: Mutex::default() })
    }

    /// The digest of the plugin that a tool came from when the run used it first.
    pub(crate) fn known(&self, tool: &ToolName) -> Option<Arc<str>> {
        self.known.lock().get(tool).cloned()
    }

    /// Whether this execution uses a tool for the first time.
    pub(crate) fn is_first(&self, tool: &ToolName) -> bool {
        self.used.lock().insert(tool.clone())
    }

    /// Notes which plugin a tool comes from, before that does anything.
    pub(crate) async fn note(&self, tool: &ToolName, digest: &Arc<str>) -> Result<(), Problem> {
        if !self.store.note_provider(self.lease, tool, digest).await? {
            return Err(Problem::new(Code::Cancelled, "the run was lost to another execution"));
        }
        self.known.lock().insert(tool.clone(), Arc::clone(digest));
        Ok(())
    }
}
