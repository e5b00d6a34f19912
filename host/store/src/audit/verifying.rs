//! Going over the whole log: each event against its leaf, the leaves against the nodes and the signed roots.
//!
//! It reads pages, so memory stays flat; and changes nothing, so a log that was tampered with isn't signed by being looked at.

use std::collections::BTreeMap;

use toolbay_kernel::audit::merkle::{Edge, Hash, Node};
use toolbay_kernel::audit::{Act, AuditChange, Checkpoint, VerifierKey};
use toolbay_kernel::ports::StoreError;

use super::finding::Finding;
use super::own_checkpoint;
use super::rows::{LoggedEvent, PAGE, hash_of, read, stored};
use super::signing::StoredCheckpoint;
use crate::clock;
use crate::error::Fault;
use crate::store::Store;

/// Places around one that are looked at for what an event was exchanged with.
const NEIGHBOURS: u64 = 500;

/// How much older than an event before it an event may say that it is, in milliseconds, without being told.
const LATE_MS: i64 = 3_600_000;

/// What a verification has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The log's name and public key.
    pub key: VerifierKey,
    /// Leaves that were verified, from the first on.
    pub leaves: u64,
    /// The root of these.
    pub root: Hash,
    /// Events among them whose content was removed; their leaves are as they were.
    pub without_content: u64,
    /// Events that say they are more than an hour older than one that had its leaf before, and the number of the first. The log doesn't
    /// know which clock was wrong.
    pub late: (u64, Option<i64>),
    /// Checkpoints that were verified.
    pub checkpoints: u64,
    /// The size of the newest of these.
    pub signed: u64,
    /// Events that have no leaf yet.
    pub without_leaf: u64,
    /// What is wrong; then nothing behind it was verified.
    pub finding: Option<Finding>,
}

/// A pass over the log.
struct Pass<'a> {
    store: &'a Store,
    key: VerifierKey,
    kept: Option<&'a Checkpoint>,
    /// Content of events before this time may be gone, in milliseconds.
    removed_before: i64,
    edge: Edge,
    next: Option<StoredCheckpoint>,
    /// The newest time of an event so far, and the time of the last one.
    newest_ms: i64,
    last_ms: i64,
    told: Verification,
}

impl Store {
    /// Verifies the whole log with everything that the database has of it; and, where a checkpoint was kept elsewhere, that the log
    /// goes on from it. `progress` is told how many leaves are done.
    ///
    /// # Errors
    ///
    /// When the store fails, or the log's key can't be decrypted. What is wrong with the log is no error.
    pub async fn verify_audit(
        &self,
        kept: Option<&Checkpoint>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Verification, StoreError> {
        let key = self.log_key().await?.verifier();
        let own = self.own_checkpoint(&key)?;
        let told = Verification {
            key: key.clone(),
            leaves: 0,
            root: Edge::default().root(),
            without_content: 0,
            late: (0, None),
            checkpoints: 0,
            signed: 0,
            without_leaf: self.database.events_without_leaf().await?,
            finding: None,
        };
        let mut pass = Pass {
            store: self,
            key,
            kept: kept.or(own.as_ref()),
            removed_before: self.content_removed_before().await?,
            edge: Edge::default(),
            next: self.database.checkpoint_after(0).await?,
            newest_ms: i64::MIN,
            last_ms: i64::MIN,
            told,
        };
        let foreign: Option<(i64,)> =
            self.database.row("SELECT seq FROM audit_events WHERE seq < 1 ORDER BY seq LIMIT 1", []).await?;
        let finding = match foreign {
            Some((event,)) => Some(Finding::Foreign { event }),
            None => pass.run(progress).await?,
        };
        Ok(Verification { leaves: pass.edge.size(), root: pass.edge.root(), finding, ..pass.told })
    }

    /// The newest checkpoint that this host knows of, which nobody with the database alone can take back.
    fn own_checkpoint(&self, key: &VerifierKey) -> Result<Option<Checkpoint>, Fault> {
        let unreadable =
            |why: String| Fault::Damaged(format!("the audit's own checkpoint in the data folder: {why}"));
        let note =
            own_checkpoint::read(&self.process.data_dir).map_err(|error| unreadable(error.to_string()))?;
        note.map(|note| Checkpoint::open(&note, key))
            .transpose()
            .map_err(|error| unreadable(error.to_string()))
    }

    /// The newest time before which the host has removed content, as the audit's own events say.
    async fn content_removed_before(&self) -> Result<i64, Fault> {
        let said: Vec<(String,)> = self
            .database
            .rows(
                "SELECT details FROM audit_events WHERE kind = 'audit' \
                 AND EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = audit_events.seq)",
                [],
            )
            .await?;
        let before = said.iter().filter_map(|(details,)| {
            let written = format!("{{\"kind\":\"audit\",\"details\":{details}}}");
            match serde_json::from_str(&written) {
                Ok(Act::Audit { change: AuditChange::ContentRemoved { before } }) => {
                    Some(clock::to_milliseconds(before))
                }
                _ => None,
            }
        });
        Ok(before.max().unwrap_or(i64::MIN))
    }
}

impl Pass<'_> {
    async fn run(&mut self, progress: &(dyn Fn(u64) + Sync)) -> Result<Option<Finding>, Fault> {
        loop {
            let page = self.store.database.leaves_from(self.edge.size(), PAGE).await?;
            if page.is_empty() {
                return self.end().await;
            }
            let mut nodes = BTreeMap::new();
            for logged in &page {
                if let Some(finding) = self.leaf(logged, &mut nodes).await? {
                    return Ok(Some(finding));
                }
                if let Some(finding) = self.signed_here().await? {
                    return Ok(Some(finding));
                }
            }
            if let Some(finding) = self.stored_nodes(&nodes).await? {
                return Ok(Some(finding));
            }
            progress(self.edge.size());
        }
    }

    /// A leaf, with its event.
    async fn leaf(
        &mut self,
        logged: &LoggedEvent,
        nodes: &mut BTreeMap<Node, Hash>,
    ) -> Result<Option<Finding>, Fault> {
        let LoggedEvent { index, seq: event, hash, .. } = *logged;
        if index != self.edge.size() {
            return Ok(Some(Finding::LeafMissing { index: self.edge.size() }));
        }
        let Some(row) = &logged.event else { return Ok(Some(Finding::Removed { event, index })) };
        if row.is_without_content() {
            if row.time_ms >= self.removed_before {
                return Ok(Some(Finding::ContentTaken { event, index }));
            }
            self.told.without_content += 1;
        } else if row.hash() != hash {
            return self.what_changed(logged).await.map(Some);
        }
        if row.time_ms.saturating_add(LATE_MS) < self.newest_ms {
            self.told.late.0 += 1;
            self.told.late.1.get_or_insert(event);
        }
        self.newest_ms = self.newest_ms.max(row.time_ms);
        self.last_ms = row.time_ms;
        nodes.extend(self.edge.append(hash));
        Ok(None)
    }

    /// The most that can be said of an event that isn't what its leaf has. The leaf is a hash, so what it was isn't known.
    async fn what_changed(&self, logged: &LoggedEvent) -> Result<Finding, Fault> {
        let LoggedEvent { index, seq: event, .. } = *logged;
        let Some(row) = &logged.event else { return Ok(Finding::Removed { event, index }) };
        let elsewhere: Option<(i64,)> = self
            .store
            .database
            .row("SELECT leaf_index FROM audit_leaves WHERE hash = $1 LIMIT 1", [row.hash().to_vec().into()])
            .await?;
        if elsewhere.is_some() {
            return Ok(Finding::Reordered { event, index });
        }
        let from = index.saturating_sub(NEIGHBOURS);
        let around = self.store.database.leaves_from(from, PAGE).await?;
        let is_another = |other: &LoggedEvent| {
            let mut renumbered = row.clone();
            renumbered.seq = other.seq;
            renumbered.hash() == other.hash
        };
        if around.iter().any(is_another) {
            return Ok(Finding::Reordered { event, index });
        }
        if row.time_ms < self.last_ms {
            return Ok(Finding::BackDated { event, index });
        }
        Ok(Finding::Changed { event, index })
    }

    /// The checkpoints of the size that the pass has come to.
    async fn signed_here(&mut self) -> Result<Option<Finding>, Fault> {
        let (size, root) = (self.edge.size(), self.edge.root());
        if let Some(kept) = self.kept
            && kept.size == size
            && kept.root != root
        {
            return Ok(Some(Finding::OtherLog { size }));
        }
        let Some(next) = self.next.take_if(|next| next.size == stored(size)) else { return Ok(None) };
        match Checkpoint::open(&next.note, &self.key) {
            Err(error) => return Ok(Some(Finding::Unsigned { size, why: error.to_string() })),
            Ok(signed) if signed.size != size || signed.root != root => {
                return Ok(Some(Finding::Rewritten { after: self.told.signed, size }));
            }
            Ok(_) => {}
        }
        self.told.checkpoints += 1;
        self.told.signed = size;
        self.next = self.store.database.checkpoint_after(size).await?;
        Ok(None)
    }

    /// The nodes that a page has made complete, as they are stored.
    async fn stored_nodes(&self, nodes: &BTreeMap<Node, Hash>) -> Result<Option<Finding>, Fault> {
        let mut levels: BTreeMap<u32, Vec<(u64, Hash)>> = BTreeMap::new();
        for (node, hash) in nodes {
            levels.entry(node.level).or_default().push((node.index, *hash));
        }
        for (level, expected) in levels {
            let (Some((first, _)), Some((last, _))) = (expected.first(), expected.last()) else { continue };
            let rows: Vec<(i64, Vec<u8>)> = self
                .store
                .database
                .rows(
                    "SELECT node_index, hash FROM audit_nodes WHERE level = $1 AND node_index >= $2 AND node_index <= $3",
                    [i64::from(level).into(), stored(*first).into(), stored(*last).into()],
                )
                .await?;
            let mut found = BTreeMap::new();
            for (index, hash) in rows {
                found.insert(read(index)?, hash_of(&hash).ok());
            }
            for (index, hash) in expected {
                if found.get(&index) != Some(&Some(hash)) {
                    return Ok(Some(Finding::Node { level, index }));
                }
            }
        }
        Ok(None)
    }

    /// No leaf is left: none may be signed either.
    async fn end(&self) -> Result<Option<Finding>, Fault> {
        let leaves = self.edge.size();
        let signed = match &self.next {
            Some(next) => Some(read(next.size)?),
            None => None,
        };
        let size = signed.max(self.kept.map(|kept| kept.size));
        Ok(size.filter(|size| *size > leaves).map(|size| Finding::Truncated { leaves, size }))
    }
}
