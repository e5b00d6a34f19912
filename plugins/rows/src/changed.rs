//! What operations of a batch have changed, for what was looked up before.

use std::collections::{HashMap, HashSet};

use crate::claim::Share;

/// What operations have changed.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// The claims, how they were held, and the page that the operation was about.
    claims: HashMap<String, Vec<(Share, Option<String>)>>,
    /// Keys that were written are known from Notion's answer.
    pub(crate) written: HashSet<(u64, String)>,
}

impl Changed {
    /// The pages of those who changed a claim, unless they share it with who reads it so.
    pub(crate) fn by(&self, claim: &str, share: Share) -> impl Iterator<Item = Option<&str>> {
        let changes = self.claims.get(claim).into_iter().flatten();
        let others = changes.filter(move |(other, _)| !matches!(share, Share::Keyed(_)) || *other != share);
        others.map(|(_, page)| page.as_deref())
    }

    pub(crate) fn has(&self, claim: &str, share: Share) -> bool {
        self.by(claim, share).next().is_some()
    }

    /// Notes a claim that was changed, by who held it so, on which page.
    pub(crate) fn add(&mut self, claim: String, share: Share, page: Option<String>) {
        self.claims.entry(claim).or_default().push((share, page));
    }

    /// Whether pages were changed that others relate to.
    pub(crate) fn has_relations(&self) -> bool {
        self.claims.keys().any(|claim| claim.starts_with("relation "))
    }

    /// Whether somebody held a claim exclusively.
    pub(crate) fn has_exclusive(&self, claim: &str) -> bool {
        self.claims
            .get(claim)
            .is_some_and(|changes| changes.iter().any(|(share, _)| *share == Share::Exclusive))
    }

    /// The pages that were changed in any of these ways.
    pub(crate) fn pages(&self, is_meant: fn(Share) -> bool) -> impl Iterator<Item = &str> {
        let held =
            self.claims.iter().filter_map(|(claim, shares)| Some((claim.strip_prefix("page ")?, shares)));
        held.filter(move |(_, shares)| shares.iter().any(|(share, _)| is_meant(*share))).map(|(page, _)| page)
    }
}
