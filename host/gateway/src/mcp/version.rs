//! The version of the protocol that a request names, and its era.

use http::HeaderMap;
use rmcp::model::ProtocolVersion;

/// The header that names the version of the protocol.
pub(super) const PROTOCOL_VERSION: &str = "mcp-protocol-version";

/// Whether a request is of the era without `initialize`.
pub(super) fn is_modern(version: Option<&ProtocolVersion>) -> bool {
    version.is_some_and(|version| !version.has_initialize())
}

/// Whether a request says that it is of the era without sessions.
pub(super) fn names_modern_version(headers: &HeaderMap) -> bool {
    headers
        .get_all(PROTOCOL_VERSION)
        .iter()
        .filter_map(|named| ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| *known.as_str() == *named))
        .any(|version| is_modern(Some(version)))
}
