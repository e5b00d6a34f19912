//! What is known of the tools of MCP servers.

use std::collections::BTreeMap;

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
        known.iter().filter(|((of, _), _)| of == server).map(|(_, tool)| tool.clone()).collect()
    }
}

#[async_trait]
impl UpstreamTools for MemoryUpstreamTools {
    async fn known(&self, server: &UpstreamName) -> Result<Vec<KnownTool>, StoreError> {
        Ok(self.of(server))
    }

    async fn saw(&self, server: &UpstreamName, tools: &[UpstreamTool]) -> Result<Vec<KnownTool>, StoreError> {
        {
            let mut known = self.0.lock();
            for (_, tool) in known.iter_mut().filter(|((of, _), _)| of == server) {
                tool.is_there = false;
            }
            for seen in tools {
                let first = KnownTool {
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
        tool: Option<&str>,
        _by: &Actor,
    ) -> Result<Vec<String>, StoreError> {
        let mut known = self.0.lock();
        let meant =
            known.iter_mut().filter(|((of, name), _)| of == server && tool.is_none_or(|tool| tool == name));
        let mut accepted = Vec::new();
        for (_, tool) in meant {
            if let Some(changed) = tool.changed.take() {
                tool.accepted = changed;
                accepted.push(tool.name.clone());
            }
        }
        Ok(accepted)
    }
}
