//! What a client says of itself at its own address.

use async_trait::async_trait;
use url::Url;

/// Why a client's document can't be read. The texts reach whoever sent the request and name nothing of this network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The address leads to a place that this host asks nothing of: not `https`, or not a public address.
    #[error("The address of the client's metadata leads nowhere that this host reads.")]
    NotPublic,
    /// Nobody answered, or not in time.
    #[error("The client's metadata did not answer.")]
    Unanswered,
    /// The answer isn't 200 with JSON of a bounded size.
    #[error("The client's metadata is not a JSON document of at most 64 KiB.")]
    NotADocument,
}

/// Reads the metadata documents of clients. Every address comes from a stranger, so the implementation asks only public
/// addresses, follows nothing, and bounds time and size.
#[async_trait]
pub trait ClientDocuments: Send + Sync {
    /// The document's bytes.
    async fn read(&self, address: &Url) -> Result<Vec<u8>, DocumentError>;
}
