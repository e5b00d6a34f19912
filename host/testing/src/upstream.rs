//! What is known of the tools of MCP servers.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use async_trait::async_trait;
use parking_lot::Mutex;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::upstream::{KnownTool, UpstreamName, UpstreamTool, UpstreamTools};

/// What is known of tools, in memory.
#[derive(Default)]
pub struct MemoryUpstreamTools(Mutex<BTreeMap<(UpstreamName, String), KnownTool>>);

impl MemoryUpstreamTools {
    fn of(&self, server: &UpstreamName) -> Vec<KnownTool> {
        let known = self.0.lock();
        let mut of: Vec<KnownTool> =
            known.iter().filter(|((of, _), _)| of == server).map(|(_, tool)| tool.clone()).collect();
        of.sort_by_key(|tool| tool.order);
        of
    }
}

#[async_trait]
impl UpstreamTools for MemoryUpstreamTools {
    async fn known(&self, server: &UpstreamName) -> Result<Vec<KnownTool>, StoreError> {
        Ok(self.of(server))
    }

    async fn version(&self, server: &UpstreamName) -> Result<i64, StoreError> {
        let known = self.of(server);
        let mut hasher = DefaultHasher::new();
        format!("{known:?}").hash(&mut hasher);
        Ok(hasher.finish().cast_signed())
    }

    async fn saw(&self, server: &UpstreamName, tools: &[UpstreamTool]) -> Result<Vec<KnownTool>, StoreError> {
        {
            let mut known = self.0.lock();
            for (_, tool) in known.iter_mut().filter(|((of, _), _)| of == server) {
                tool.is_there = false;
                tool.changed = None;
            }
            for seen in tools {
                let order = i64::try_from(known.len()).unwrap_or(i64::MAX);
                let first = KnownTool {
                    order,
                    name: seen.name.clone(),
                    accepted: seen.definition.clone(),
                    changed: None,
                    is_there: true,
                };
                let tool = known.entry((server.clone(), seen.name.clone())).or_insert(first);
                tool.is_there = true;
                tool.changed = (tool.accepted != seen.definition).then(|| seen.definition.clone());
            }
        }
        Ok(self.of(server))
    }

    async fn accept(
        &self,
        server: &UpstreamName,
        shown: &[UpstreamTool],
        _by: &Actor,
    ) -> Result<Vec<String>, StoreError> {
        let mut known = self.0.lock();
        let mut accepted = Vec::new();
        for shown in shown {
            if let Some(tool) = known.get_mut(&(server.clone(), shown.name.clone()))
                && tool.is_there
                && tool.changed.as_ref() == Some(&shown.definition)
            {
                tool.accepted = shown.definition.clone();
                tool.changed = None;
                accepted.push(tool.name.clone());
            }
        }
        Ok(accepted)
    }

    async fn forget(&self, server: &UpstreamName) -> Result<(), StoreError> {
        self.0.lock().retain(|(of, _), _| of != server);
        Ok(())
    }
}
