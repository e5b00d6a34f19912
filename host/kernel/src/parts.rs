//! The parts of a workspace that a principal may be narrowed to.
//!
//! A part is named by the id of an object, in the spelling of its egress, and is that object with everything below it. The
//! kernel compares ids and knows nothing of what they name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What of a workspace somebody may read and change: an object is inside when each of the sets has it, or something above
/// it. No set at all is everything, an empty set is nothing.
///
/// Several sets are what is left after narrowing twice: what is below a page of the one and below a page of the other is
/// known only by looking, since one of the two pages may be below the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parts(BTreeSet<BTreeSet<String>>);

impl Parts {
    /// All of every workspace.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// These objects with everything below them; of none of them, nothing.
    #[must_use]
    pub fn below(ids: impl IntoIterator<Item = String>) -> Self {
        Self(BTreeSet::from([ids.into_iter().collect()]))
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The ids as they are listed: the word `all`, or the one set that a token is made with.
    #[must_use]
    pub fn listed(&self) -> Value {
        if self.is_everything() { "all".into() } else { self.sets().flatten().map(String::as_str).collect() }
    }

    /// The sets, each of which must have an object that is inside.
    pub fn sets(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn below(ids: &[&str]) -> Parts {
        Parts::below(ids.iter().map(|id| (*id).to_owned()))
    }

    #[test]
    fn narrowing_twice_keeps_both_sets() {
        let (one, other) = (below(&["a", "b"]), below(&["c"]));
        let both = one.and(&other);
        assert_eq!(both.sets().count(), 2);
        assert_eq!(both, other.and(&one));
        assert_eq!(both.and(&one), both);
        assert_eq!(Parts::everything().and(&one), one);
        assert_eq!(one.and(&Parts::everything()), one);
    }

    #[test]
    fn nothing_is_not_everything() {
        assert!(Parts::everything().is_everything());
        assert!(!below(&[]).is_everything());
    }

    #[test]
    fn parts_read_as_they_are_written() {
        assert_eq!(serde_json::to_value(Parts::everything()).unwrap(), json!([]));
        let parts = below(&["b", "a"]);
        assert_eq!(serde_json::to_value(&parts).unwrap(), json!([["a", "b"]]));
        assert_eq!(serde_json::from_value::<Parts>(json!([["a", "b"]])).unwrap(), parts);
    }
}
