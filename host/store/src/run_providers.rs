//! Which plugins runs began with.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Lease, RunProviders};
use toolbay_kernel::{RunId, ToolName};

use crate::error::Fault;
use crate::journal::is_ours;
use crate::store::Store;

#[async_trait]
impl RunProviders for Store {
    async fn providers(&self, run: RunId) -> Result<HashMap<ToolName, String>, StoreError> {
        let rows: Vec<(String, String)> = self
            .database
            .rows("SELECT tool, digest FROM run_providers WHERE run_id = $1", [run.to_string().into()])
            .await?;
        let read = |(tool, digest): (String, String)| {
            Ok((tool.parse().map_err(|_| Fault::Damaged(format!("tool of run {run}")))?, digest))
        };
        Ok(rows.into_iter().map(read).collect::<Result<_, Fault>>()?)
    }

    async fn note_provider(&self, lease: Lease, tool: &ToolName, digest: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, lease).await? {
            return Ok(false);
        }
        transaction
            .execute(
                "INSERT INTO run_providers (run_id, tool, digest) VALUES ($1, $2, $3) \
                 ON CONFLICT (run_id, tool) DO NOTHING",
                [lease.run.to_string().into(), tool.to_string().into(), digest.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn needed(&self) -> Result<BTreeSet<String>, StoreError> {
        let rows: Vec<(String,)> = self
            .database
            .rows(
                "SELECT DISTINCT run_providers.digest FROM run_providers JOIN runs ON runs.id = run_providers.run_id \
                 WHERE runs.ended_at IS NULL",
                [],
            )
            .await?;
        Ok(rows.into_iter().map(|(digest,)| digest).collect())
    }
}
