//! The log's hashes: read by the place of their nodes, and put together to edges and proofs.

use std::sync::LazyLock;

use toolbay_kernel::audit::merkle::{self, Edge, Hash, Node};

use super::rows::{hash_of, read, stored};
use crate::cells::Row;
use crate::database::{Database, Transaction};
use crate::error::Fault;
use crate::parameter::Parameter;

/// Rows that one statement inserts.
const CHUNK: usize = 32;

/// Where hashes are read: what is committed, or what a transaction sees.
pub(super) enum Hashes<'a> {
    Of(&'a Database),
    In(&'a mut Transaction),
}

/// One statement for many rows of a table of two numbers and a hash, and one for a single row.
pub(super) struct Inserts {
    many: String,
    one: String,
}

pub(super) static LEAVES: LazyLock<Inserts> =
    LazyLock::new(|| Inserts::of("INSERT INTO audit_leaves (leaf_index, seq, hash) VALUES "));

pub(super) static NODES: LazyLock<Inserts> =
    LazyLock::new(|| Inserts::of("INSERT INTO audit_nodes (level, node_index, hash) VALUES "));

impl Inserts {
    fn of(begin: &str) -> Self {
        let values = |row: usize| format!("(${}, ${}, ${})", row * 3 + 1, row * 3 + 2, row * 3 + 3);
        let many: Vec<String> = (0..CHUNK).map(values).collect();
        Self { many: format!("{begin}{}", many.join(", ")), one: format!("{begin}{}", values(0)) }
    }

    /// Inserts rows, in few statements: a server may be a millisecond away.
    pub(super) async fn run(
        &'static self,
        transaction: &mut Transaction,
        rows: &[(i64, i64, Hash)],
    ) -> Result<(), Fault> {
        let parameters = |(first, second, hash): &(i64, i64, Hash)| -> [Parameter; 3] {
            [(*first).into(), (*second).into(), hash.to_vec().into()]
        };
        let (chunks, rest) = rows.as_chunks::<CHUNK>();
        for chunk in chunks {
            let mut all = chunk.iter().flat_map(parameters);
            let all: [Parameter; CHUNK * 3] =
                std::array::from_fn(|_| all.next().unwrap_or(Parameter::Integer(None)));
            transaction.execute(&self.many, all).await?;
        }
        for row in rest {
            transaction.execute(&self.one, parameters(row)).await?;
        }
        Ok(())
    }
}

impl Hashes<'_> {
    async fn rows<T: Row, const N: usize>(
        &mut self,
        sql: &'static str,
        parameters: [Parameter; N],
    ) -> Result<Vec<T>, Fault> {
        match self {
            Self::Of(database) => database.rows(sql, parameters).await,
            Self::In(transaction) => transaction.rows(sql, parameters).await,
        }
    }

    /// How many leaves there are.
    pub(super) async fn size(&mut self) -> Result<u64, Fault> {
        let rows: Vec<(i64,)> = self
            .rows("SELECT CAST(COALESCE(MAX(leaf_index) + 1, 0) AS BIGINT) FROM audit_leaves", [])
            .await?;
        rows.first().map_or(Ok(0), |(size,)| read(*size))
    }

    /// The right edge of the log when it had this size.
    pub(super) async fn edge(&mut self, size: u64) -> Result<Edge, Fault> {
        let hashes = self.each(&merkle::nodes_of(0, size)).await?;
        Edge::new(size, hashes).ok_or_else(|| Fault::Damaged("the edge of the audit's log".to_owned()))
    }

    /// The hashes of a proof, by the nodes that each is made of.
    pub(super) async fn told(&mut self, proof: &[Vec<Node>]) -> Result<Vec<Hash>, Fault> {
        let mut told = Vec::with_capacity(proof.len());
        for nodes in proof {
            let hashes = self.each(nodes).await?;
            told.push(merkle::fold(&hashes).unwrap_or_else(merkle::empty_root));
        }
        Ok(told)
    }

    async fn each(&mut self, nodes: &[Node]) -> Result<Vec<Hash>, Fault> {
        let mut hashes = Vec::with_capacity(nodes.len());
        for node in nodes {
            hashes.push(self.hash(*node).await?);
        }
        Ok(hashes)
    }

    async fn hash(&mut self, node: Node) -> Result<Hash, Fault> {
        let index = stored(node.index);
        let found: Vec<(Vec<u8>,)> = match node.level {
            0 => self.rows("SELECT hash FROM audit_leaves WHERE leaf_index = $1", [index.into()]).await?,
            level => {
                self.rows(
                    "SELECT hash FROM audit_nodes WHERE level = $1 AND node_index = $2",
                    [i64::from(level).into(), index.into()],
                )
                .await?
            }
        };
        let missing = || {
            Fault::Damaged(format!(
                "hash {} of level {} of the audit's log is missing",
                node.index, node.level
            ))
        };
        hash_of(&found.first().ok_or_else(missing)?.0)
    }
}
