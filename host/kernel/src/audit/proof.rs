//! What can be handed to somebody who doesn't trust the host: receipts, and proofs that a log went on.
//!
//! Each is one JSON document with everything that is needed but the log's public key, which has to come from elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::leaf::{LeafError, LeafEvent};
use super::merkle::{self, Hash};
use super::note::VerifierKey;

/// An event, and the proof that it is in the log of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    format: ReceiptFormat,
    /// The checkpoint, as it was signed.
    pub checkpoint: String,
    /// The leaf's place in the log.
    pub index: u64,
    /// The event as leaf data, as [`LeafEvent::data`] writes it; absent when its content was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// The leaf's hash, where the leaf itself is absent: then the receipt proves that there was such an event, and not what.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_base64")]
    pub leaf_hash: Option<Hash>,
    /// The inclusion proof, from the leaf's sibling to the root's child.
    #[serde(with = "base64_list")]
    pub proof: Vec<Hash>,
}

/// The proof that the log of one checkpoint goes on from that of an older one: nothing was changed, removed or put between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    format: ConsistencyFormat,
    /// The older checkpoint, as it was signed.
    pub old: String,
    /// The newer one.
    pub new: String,
    /// The consistency proof of RFC 9162.
    #[serde(with = "base64_list")]
    pub proof: Vec<Hash>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ReceiptFormat {
    #[serde(rename = "toolbay-audit-receipt/1")]
    V1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ConsistencyFormat {
    #[serde(rename = "toolbay-audit-consistency/1")]
    V1,
}

/// What a proof has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proved {
    /// The log has this leaf.
    Included(Inclusion),
    /// The log of `new` goes on from that of `old`.
    Consistent { old: Checkpoint, new: Checkpoint },
}

/// A leaf that a log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    pub index: u64,
    /// The event; none when its content was removed.
    pub event: Option<LeafEvent>,
    pub checkpoint: Checkpoint,
}

/// Why a document proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Leaf(#[from] LeafError),
    #[error("the receipt has neither a leaf nor its hash, or both")]
    NoLeaf,
    #[error("the event isn't the one that the log has at place {index}")]
    NotIncluded { index: u64 },
    #[error("the log of {new} leaves doesn't go on from the one of {old}")]
    NotConsistent { old: u64, new: u64 },
}

impl Receipt {
    /// A receipt of an event whose content is there, or of a leaf by its hash.
    #[must_use]
    pub fn new(checkpoint: String, index: u64, leaf: Result<&LeafEvent, Hash>, proof: Vec<Hash>) -> Self {
        let (leaf, leaf_hash) = match leaf {
            Ok(event) => (Some(event.data()), None),
            Err(hash) => (None, Some(hash)),
        };
        Self { format: ReceiptFormat::V1, checkpoint, index, leaf, leaf_hash, proof }
    }

    /// Checks that the log of this key has the event.
    ///
    /// # Errors
    ///
    /// When the receipt doesn't prove it.
    pub fn verify(&self, key: &VerifierKey) -> Result<Inclusion, ProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let event = self.leaf.as_deref().map(LeafEvent::of_data).transpose()?;
        let hash = match (&event, self.leaf_hash) {
            (Some(event), None) => event.hash(),
            (None, Some(hash)) => hash,
            _ => return Err(ProofError::NoLeaf),
        };
        let index = self.index;
        if !merkle::is_included(&hash, index, checkpoint.size, &checkpoint.root, &self.proof) {
            return Err(ProofError::NotIncluded { index });
        }
        Ok(Inclusion { index, event, checkpoint })
    }
}

impl ConsistencyProof {
    /// A proof between two signed checkpoints.
    #[must_use]
    pub fn new(old: String, new: String, proof: Vec<Hash>) -> Self {
        Self { format: ConsistencyFormat::V1, old, new, proof }
    }

    /// Checks that the newer log goes on from the older one; answers both checkpoints.
    ///
    /// # Errors
    ///
    /// When it doesn't prove that.
    pub fn verify(&self, key: &VerifierKey) -> Result<(Checkpoint, Checkpoint), ProofError> {
        let (old, new) = (Checkpoint::open(&self.old, key)?, Checkpoint::open(&self.new, key)?);
        if !merkle::is_consistent((old.size, &old.root), (new.size, &new.root), &self.proof) {
            return Err(ProofError::NotConsistent { old: old.size, new: new.size });
        }
        Ok((old, new))
    }
}

impl Proved {
    /// Reads a receipt or a proof of consistency, and checks it.
    ///
    /// # Errors
    ///
    /// The first: it is neither. The second: it proves nothing.
    pub fn of(document: &str, key: &VerifierKey) -> Result<Result<Self, ProofError>, serde_json::Error> {
        match serde_json::from_str::<Receipt>(document) {
            Ok(receipt) => Ok(receipt.verify(key).map(Self::Included)),
            Err(_) if document.contains("toolbay-audit-consistency") => {
                let proof: ConsistencyProof = serde_json::from_str(document)?;
                Ok(proof.verify(key).map(|(old, new)| Self::Consistent { old, new }))
            }
            Err(error) => Err(error),
        }
    }
}

fn hash_of<E: serde::de::Error>(text: &str) -> Result<Hash, E> {
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| E::custom("a hash is 32 bytes in base64"))
}

/// Hashes in base64.
mod base64_list {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{Hash, hash_of, written};

    pub(super) fn serialize<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(written))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
        let told = Vec::<String>::deserialize(deserializer)?;
        told.iter().map(|text| hash_of(text)).collect()
    }
}

/// A hash in base64, or null.
mod optional_base64 {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{Hash, hash_of, written};

    pub(super) fn serialize<S: Serializer>(hash: &Option<Hash>, serializer: S) -> Result<S::Ok, S::Error> {
        hash.as_ref().map(written).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
        let told = Option::<String>::deserialize(deserializer)?;
        told.map(|text| hash_of(&text)).transpose()
    }
}

fn written(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

#[cfg(test)]
mod tests {
    use super::super::merkle::{Edge, fold, inclusion};
    use super::super::note::LogKey;
    use super::*;

    fn event(seq: i64) -> LeafEvent {
        LeafEvent {
            call: None,
            connection: None,
            details: "{}".to_owned(),
            kind: "token".to_owned(),
            principal: "p".to_owned(),
            principal_name: "Ada".to_owned(),
            seq,
            subject: None,
            surface: "mcp".to_owned(),
            time_ms: seq,
        }
    }

    fn receipt(key: &LogKey) -> Receipt {
        let hashes: Vec<Hash> = (0..5).map(|seq| event(seq).hash()).collect();
        let mut edge = Edge::default();
        let mut nodes = std::collections::HashMap::new();
        for hash in &hashes {
            let leaf = merkle::Node { level: 0, index: edge.size() };
            nodes.insert(leaf, *hash);
            nodes.extend(edge.append(*hash));
        }
        let told =
            |path: Vec<merkle::Node>| fold(&path.iter().map(|node| nodes[node]).collect::<Vec<_>>()).unwrap();
        let proof = inclusion(3, 5).unwrap().into_iter().map(told).collect();
        let checkpoint = Checkpoint { origin: "toolbay/test".to_owned(), size: 5, root: edge.root() };
        Receipt::new(checkpoint.signed(key), 3, Ok(&event(3)), proof)
    }

    #[test]
    fn a_receipt_is_verified_from_its_text_alone() {
        let key = LogKey::new("toolbay/test", &[7; 32]).unwrap();
        let receipt = receipt(&key);
        let text = serde_json::to_string(&receipt).unwrap();
        let Ok(Ok(Proved::Included(included))) = Proved::of(&text, &key.verifier()) else { panic!("{text}") };
        assert_eq!((included.index, included.event, included.checkpoint.size), (3, Some(event(3)), 5));

        let without = Receipt { leaf: None, leaf_hash: Some(event(3).hash()), ..receipt.clone() };
        let told = serde_json::to_string(&without).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&told).unwrap(), without);
        assert_eq!(without.verify(&key.verifier()).unwrap().event, None);

        for (bad, why) in [
            (Receipt { index: 2, ..receipt.clone() }, "place 2"),
            (Receipt { leaf: Some(event(2).data()), ..receipt.clone() }, "place 3"),
            (Receipt { proof: Vec::new(), ..receipt.clone() }, "place 3"),
            (Receipt { leaf: None, ..receipt.clone() }, "neither"),
            (Receipt { leaf_hash: Some([0; 32]), ..receipt.clone() }, "both"),
            (
                Receipt { checkpoint: receipt.checkpoint.replace("\n5\n", "\n6\n"), ..receipt.clone() },
                "signature",
            ),
        ] {
            let error = bad.verify(&key.verifier()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(Proved::of("{}", &key.verifier()).is_err());
        assert!(Proved::of(&text.replace("receipt/1", "receipt/2"), &key.verifier()).is_err());
    }
}
