//! The two markdowns by their numbers.

use crate::json::Peek;

/// Which of the two a request speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Version {
    /// `v1`.
    #[default]
    Enhanced,
    /// `v2`.
    Flavored,
}

/// The values of `markdown_version`.
pub(crate) const VERSIONS: &[&str] = &["v1", "v2"];

impl Version {
    /// The version that a body or a query string names; the first one where it names none.
    pub(crate) fn of<Named: Peek>(request: &Named) -> Version {
        if request.text("markdown_version") == Some("v2") { Version::Flavored } else { Version::Enhanced }
    }
}
