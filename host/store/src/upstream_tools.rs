//! What is known of the tools of MCP servers behind the host.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;
use toolbay_kernel::audit::{Act, Actor, Event, UpstreamChange};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::upstream::{
    KnownTool, MAX_KNOWN_BYTES, MAX_KNOWN_TOOLS, UpstreamName, UpstreamTool, UpstreamTools, digest_of,
};

use crate::database::Transaction;
use crate::error::Fault;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredTool {
    name: String,
    definition: String,
    changed: Option<String>,
    is_there: i64,
    place: i64,
}

#[async_trait]
impl UpstreamTools for Store {
    async fn known(&self, server: &UpstreamName) -> Result<Vec<KnownTool>, StoreError> {
        let stored: Vec<StoredTool> = self.database.rows(SELECT, [server.as_str().into()]).await?;
        Ok(stored.into_iter().map(StoredTool::read).collect::<Result<_, Fault>>()?)
    }

    async fn version(&self, server: &UpstreamName) -> Result<i64, StoreError> {
        let version: Option<(i64,)> = self
            .database
            .row(
                "SELECT CAST(COALESCE(SUM(generation), 0) AS BIGINT) FROM upstream_tools WHERE server = $1",
                [server.as_str().into()],
            )
            .await?;
        Ok(version.map_or(0, |(version,)| version))
    }

    async fn saw(&self, server: &UpstreamName, tools: &[UpstreamTool]) -> Result<Vec<KnownTool>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let known = transaction.saw(server, tools).await?;
        transaction.commit().await?;
        Ok(known)
    }

    async fn accept(
        &self,
        server: &UpstreamName,
        shown: &[UpstreamTool],
        by: &Actor,
    ) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let known = transaction.known(server).await?;
        let mut accepted = Vec::new();
        for tool in known.values().filter(|tool| tool.is_there) {
            let is_shown = |shown: &&UpstreamTool| {
                shown.name == tool.name && Some(&shown.definition) == tool.changed.as_ref()
            };
            if let Some(shown) = shown.iter().find(is_shown) {
                let now = KnownTool { accepted: shown.definition.clone(), changed: None, ..tool.clone() };
                transaction.keep(server, &now).await?;
                accepted.push(now);
            }
        }
        if !accepted.is_empty() {
            let (tools, digest) = summed(&accepted);
            transaction.note(server, by, UpstreamChange::Accepted { tools, digest }).await?;
        }
        transaction.commit().await?;
        Ok(accepted.into_iter().map(|tool| tool.name).collect())
    }

    async fn forget(&self, server: &UpstreamName) -> Result<(), StoreError> {
        let forgetting = "DELETE FROM upstream_tools WHERE server = $1";
        self.database.execute(forgetting, [server.as_str().into()]).await?;
        Ok(())
    }
}

const SELECT: &str =
    "SELECT name, definition, changed, is_there, place FROM upstream_tools WHERE server = $1 ORDER BY place";

impl Transaction {
    /// What is known, by name. Nobody else changes it before the transaction ends.
    async fn known(&mut self, server: &UpstreamName) -> Result<BTreeMap<String, KnownTool>, Fault> {
        self.lock(&format!("upstream_tools/{server}")).await?;
        let stored: Vec<StoredTool> = self.rows(SELECT, [server.as_str().into()]).await?;
        let known = stored.into_iter().map(StoredTool::read);
        known.map(|tool| tool.map(|tool| (tool.name.clone(), tool))).collect()
    }

    async fn saw(&mut self, server: &UpstreamName, tools: &[UpstreamTool]) -> Result<Vec<KnownTool>, Fault> {
        let mut known = self.known(server).await?;
        let mut next = known.values().map(|tool| tool.order + 1).max().unwrap_or(0);
        let bytes_of = |definition: &Value| definition.to_string().len();
        let mut bytes: usize = known.values().map(|tool| bytes_of(&tool.accepted)).sum();
        let (mut now, mut new, mut left_out) = (Vec::new(), Vec::new(), 0_usize);
        for seen in tools {
            let before = known.remove(&seen.name);
            let tool = match &before {
                // A server that always has other names fills no database.
                None if usize::try_from(next).unwrap_or(usize::MAX) >= MAX_KNOWN_TOOLS
                    || bytes + bytes_of(&seen.definition) > MAX_KNOWN_BYTES =>
                {
                    left_out += 1;
                    continue;
                }
                None => {
                    next += 1;
                    bytes += bytes_of(&seen.definition);
                    KnownTool {
                        name: seen.name.clone(),
                        accepted: seen.definition.clone(),
                        changed: None,
                        is_there: true,
                        order: next - 1,
                    }
                }
                Some(before) => KnownTool {
                    changed: (before.accepted != seen.definition).then(|| seen.definition.clone()),
                    is_there: true,
                    ..before.clone()
                },
            };
            if before.as_ref() != Some(&tool) {
                self.keep(server, &tool).await?;
            }
            if before.is_none() {
                new.push(tool.clone());
            }
            now.push(tool);
        }
        if left_out > 0 {
            tracing::warn!(upstream = %server, left_out, "upstream.too_many_tools: no more are remembered, so that none is published");
        }
        // What is accepted stays so: a tool that goes and comes back as another one hasn't been seen for the first time. What it was
        // otherwise is compared again then.
        for gone in known.into_values() {
            let is_noted = !gone.is_there && gone.changed.is_none();
            let tool = KnownTool { is_there: false, changed: None, ..gone };
            if !is_noted {
                self.keep(server, &tool).await?;
            }
            now.push(tool);
        }
        if !new.is_empty() {
            let (tools, digest) = summed(&new);
            self.note(server, &Actor::host(), UpstreamChange::Seen { tools, digest }).await?;
        }
        now.sort_by_key(|tool| tool.order);
        Ok(now)
    }

    async fn keep(&mut self, server: &UpstreamName, tool: &KnownTool) -> Result<(), Fault> {
        let name = Value::from(tool.name.as_str()).to_string();
        self.execute(
            "INSERT INTO upstream_tools (server, name, definition, changed, is_there, place, generation) \
             VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (server, name) DO UPDATE SET definition = excluded.definition, \
             changed = excluded.changed, is_there = excluded.is_there, generation = upstream_tools.generation + 1",
            [
                server.as_str().into(),
                name.into(),
                tool.accepted.to_string().into(),
                tool.changed.as_ref().map(Value::to_string).into(),
                i64::from(tool.is_there).into(),
                tool.order.into(),
            ],
        )
        .await?;
        Ok(())
    }

    async fn note(&mut self, server: &UpstreamName, by: &Actor, change: UpstreamChange) -> Result<(), Fault> {
        self.append(&Event::of_host(by, Act::Upstream { upstream: server.clone(), change })).await
    }
}

fn summed(tools: &[KnownTool]) -> (u64, String) {
    let digest = digest_of(tools.iter().map(|tool| (tool.name.as_str(), &tool.accepted)));
    (u64::try_from(tools.len()).unwrap_or(u64::MAX), digest)
}

impl StoredTool {
    fn read(self) -> Result<KnownTool, Fault> {
        let damaged = |_| Fault::Damaged(format!("the tool {} of an MCP server", self.name));
        Ok(KnownTool {
            name: serde_json::from_str(&self.name).map_err(damaged)?,
            accepted: serde_json::from_str(&self.definition).map_err(damaged)?,
            changed: self.changed.as_deref().map(serde_json::from_str).transpose().map_err(damaged)?,
            is_there: self.is_there != 0,
            order: self.place,
        })
    }
}
