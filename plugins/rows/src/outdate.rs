//! Invalidation: what is no longer true once operations have run is dropped, and an operation that was planned by it is
//! planned again.

use std::collections::HashMap;

use toolbay_sdk::notion::NotionId;

use crate::batch::Batch;
use crate::changed::Changed;
use crate::claim::{self, Share};
use crate::kind::Kind;
use crate::operation::{Operation, State, Step};
use crate::rows::Match;

impl Batch<'_> {
    /// Forgets what the operations of a round have changed, and has those that were planned by it plan anew.
    pub(crate) fn outdate(&mut self, round: &[usize]) {
        let mut changed = Changed::default();
        let done: Vec<&Operation> = round
            .iter()
            .filter_map(|number| self.operations.get(*number))
            .filter(|operation| operation.is_done())
            .collect();
        let is_wide = done.iter().any(|operation| operation.is_wide);
        done.into_iter().for_each(|operation| note_changes(&mut changed, operation));
        if is_wide {
            self.rows.forget_all();
            self.pages.forget_all();
            self.sources.outdate();
        }
        self.rows.forget(&changed);
        for page in changed.pages(|share| share == Share::Exclusive) {
            if let Ok(page) = page.parse() {
                self.pages.drop_page(&page);
            }
        }
        for page in changed.pages(|share| share == Share::Related) {
            if let Ok(page) = page.parse() {
                self.pages.forget(&page);
            }
        }
        if changed.has_relations() {
            self.pages.forget_lists();
        }
        self.learn_made(round);
        self.hold_rows();
        for operation in &mut self.operations {
            if matches!(operation.state, State::Planned(_)) && (is_wide || is_outdated(operation, &changed)) {
                operation.state = State::Given;
                operation.is_open = true;
            }
        }
    }

    /// An operation that was planned before its row was there holds the row as soon as it is: a later one that finds the row by
    /// another value waits for it.
    fn hold_rows(&mut self) {
        for operation in &mut self.operations {
            let State::Planned(Step::Upsert(step)) = &operation.state else { continue };
            let Ok(Match::One(row)) = self.rows.matching(step.source, &step.key) else { continue };
            let Ok(page) = row.id.parse::<NotionId>() else { continue };
            operation.claim(claim::page(&page), Share::Exclusive);
            operation.is_row_there = true;
        }
    }

    /// Pages that operations made are known now: who holds what they make, holds those.
    fn learn_made(&mut self, round: &[usize]) {
        let id = |number: &usize| -> Option<(String, NotionId)> {
            let id = self.operations.get(*number)?.result()?.get("id")?.as_str()?.parse().ok()?;
            Some((claim::made(*number), id))
        };
        let made: HashMap<String, NotionId> = round.iter().filter_map(id).collect();
        for operation in self.operations.iter_mut().filter(|operation| !operation.is_done()) {
            let held: Vec<(String, Share)> = operation
                .claims
                .iter()
                .filter_map(|(claim, share)| Some((claim::page(made.get(claim)?), *share)))
                .collect();
            held.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
        }
    }
}

/// Notes what an operation has changed.
fn note_changes(changed: &mut Changed, operation: &Operation) {
    let result = operation.result();
    let is_unchanged = |result: &serde_json::Value| {
        result.get("action").is_some_and(|action| action == "unchanged")
            || result.get("unchanged") == Some(&true.into())
    };
    if result.is_some_and(is_unchanged) {
        return;
    }
    let page = result.and_then(|result| result.get("id")?.as_str()).map(str::to_owned);
    for (claim, share) in operation.claims.iter().filter(|(_, share)| operation.changes(*share)) {
        let page = page.clone().or_else(|| claim.strip_prefix("page ").map(str::to_owned));
        changed.add(claim.clone(), *share, page);
    }
    if let (true, Some((table, exact))) = (result.is_some(), &operation.key) {
        changed.written.insert((*table, exact.clone()));
    }
}

/// Whether an operation was planned by something that has been changed.
fn is_outdated(operation: &Operation, changed: &Changed) -> bool {
    operation.claims.iter().any(|(claim, share)| match (operation.kind, share) {
        (Kind::Tool(_), _) => false,
        // What pages are linked to is read when they are; whose rows they are was read before.
        (Kind::Link, Share::Linked) => changed.has_exclusive(claim),
        (_, Share::Exclusive | Share::Seen | Share::Keyed(_)) if claim != claim::EVERYTHING => {
            changed.has(claim, *share)
        }
        _ => false,
    })
}
