//! People, pages and rows that drafts name: looked up together, then put into the drafts.

use std::cell::RefCell;
use std::collections::BTreeSet;

use toolbay_sdk::notion::{Directory, NotionId, References};
use toolbay_sdk::prelude::*;

use super::settled::{Plan, Settled};
use crate::batch::Batch;
use crate::claim::{self, Share};
use crate::draft::{Asked, Draft};
use crate::footprint;
use crate::key::Key;
use crate::names::Known;
use crate::order::Held;
use crate::rows::{Match, Question};
use crate::upsert::Checked;

impl Batch<'_> {
    /// Looks for people and pages by their names, and puts them in their places.
    pub(super) fn with_names(&mut self, mut plans: Vec<Plan>, mut references: References) -> Vec<Plan> {
        let held = self.held();
        let mut open: Vec<Vec<(String, String)>> = Vec::new();
        for plan in &mut plans {
            let mut own = Vec::new();
            for (source, title) in &plan.titles {
                let reads = footprint::title_reads(source, title);
                let before = self.before(&held, plan.draft.number, &reads);
                if before.is_empty() {
                    references.add_page(source, title);
                } else {
                    own.push((source.clone(), title.clone()));
                    plan.after.extend(before);
                }
            }
            open.push(own);
        }
        let directory = Directory::load(self.call, &references);
        let mut named = Vec::new();
        for (mut plan, open) in plans.into_iter().zip(open) {
            if plan.titles.is_empty() && !plan.has_people {
                named.push(plan);
                continue;
            }
            let made = match &directory {
                Ok(directory) => self.resolved(&mut plan, &open, &held, directory),
                Err(problem) => Err(problem.clone()),
            };
            match made {
                Ok((made, pages, notes)) => {
                    (plan.made, plan.named, plan.notes) = (made, pages, notes);
                    named.push(plan);
                }
                Err(problem) => self.finish(plan.draft.number, Err(problem)),
            }
        }
        named
    }

    /// Puts what was looked up into its places.
    pub(super) fn resolved(
        &self,
        plan: &mut Plan,
        open: &[(String, String)],
        held: &Held,
        directory: &Directory,
    ) -> Result<(Settled, Vec<NotionId>, Vec<String>), Problem> {
        let known = Known {
            directory,
            clock: &self.clock,
            promised: &self.promised,
            operations: &self.operations,
            number: plan.draft.number,
            open,
            named: RefCell::default(),
            notes: RefCell::default(),
            unclear: RefCell::default(),
        };
        let made = self.settled(&plan.draft, &known);
        let unclear: Vec<(String, Share)> =
            known.unclear.take().iter().map(|page| (claim::named(page), Share::Seen)).collect();
        let before = self.before(held, plan.draft.number, &unclear);
        if made.is_err() && !before.is_empty() {
            plan.after.extend(before);
            return Ok((std::mem::replace(&mut plan.made, Settled::nothing()), Vec::new(), Vec::new()));
        }
        let made = made?;
        known.notes.borrow_mut().extend(self.clock.told());
        Ok((made, known.named.into_inner(), known.notes.into_inner()))
    }

    /// Asks for all rows that the plans name, together, but for those that an earlier operation is still to change.
    pub(super) fn look_up(&mut self, plans: &mut [Plan]) {
        let held = self.held();
        let mut questions = Vec::new();
        for plan in plans.iter_mut() {
            let draft = &plan.draft;
            let Ok(source) = self.sources.get(draft.source) else { continue };
            let given = self.given_names(draft);
            let (keys, names): (Vec<&Key>, Vec<&String>) = match &plan.made {
                Settled::Upsert(Checked { key: Some(key), properties, .. }) => {
                    let names = properties.keys().chain(key.parts.iter().map(|part| &part.property));
                    (vec![key], names.chain(&given).collect())
                }
                Settled::Upsert(_) => continue,
                Settled::Link { property, titles, .. } => {
                    let keys: Vec<&Key> = titles.iter().map(|(_, key)| key).collect();
                    let names = keys.iter().flat_map(|key| key.parts.iter().map(|part| &part.property));
                    let names = names.chain(property.iter().map(|relation| &relation.name)).collect();
                    (keys, names)
                }
            };
            let is_upsert = matches!(plan.made, Settled::Upsert(_));
            let reads = |key: &Key| -> Vec<(String, Share)> {
                let keyed = Share::Keyed(key.table(draft.source));
                let share = |claim: &str| {
                    if is_upsert && claim::is_made_by_key(claim) { keyed } else { Share::Seen }
                };
                let held = key.reads(source).into_iter().map(|claim| {
                    let share = share(&claim);
                    (claim, share)
                });
                held.collect()
            };
            let before: Vec<usize> =
                keys.iter().flat_map(|key| self.before(&held, draft.number, &reads(key))).collect();
            if !before.is_empty() {
                plan.after.extend(before);
                continue;
            }
            plan.looks = true;
            let wanted = self.ids_of(draft.source, names.into_iter());
            for key in keys.into_iter().filter(|key| !key.is_new) {
                questions.push(Question {
                    source: draft.source,
                    key: key.clone(),
                    wanted: wanted.clone(),
                    reads: key.reads(source),
                });
            }
        }
        self.rows.look_up(self.call, &self.sources, questions);
        for plan in plans.iter_mut().filter(|plan| plan.looks) {
            let keys: Vec<&Key> = match &plan.made {
                Settled::Upsert(Checked { key, .. }) => key.iter().collect(),
                Settled::Link { titles, .. } => titles.iter().map(|(_, key)| key).collect(),
            };
            let several = keys.into_iter().map(|key| self.rows.ids(plan.draft.source, key));
            let several: Vec<String> = several.filter(|ids| ids.len() > 1).flatten().collect();
            // One of them may be alone when the others have gone.
            let pages = several.iter().map(|id| (format!("page {id}"), Share::Exclusive)).collect::<Vec<_>>();
            let before = self.before(&held, plan.draft.number, &pages);
            if !before.is_empty() {
                plan.after.extend(before);
                plan.looks = false;
                continue;
            }
            let Settled::Upsert(Checked { key: Some(key), .. }) = &plan.made else { continue };
            let page: Option<NotionId> = match self.rows.matching(plan.draft.source, key) {
                Ok(Match::One(row)) => row.id.parse().ok(),
                _ => None,
            };
            let Some(operation) = self.operations.get_mut(plan.draft.number) else { continue };
            operation.is_row_there = page.is_some();
            if let Some(page) = page {
                operation.claim(claim::page(&page), Share::Exclusive);
            }
        }
    }

    /// The names of the properties that an upsert gives values for, read-only ones too.
    pub(super) fn given_names(&self, draft: &Draft) -> Vec<String> {
        let (Asked::Upsert { arguments, .. }, Ok(source)) = (&draft.asked, self.sources.get(draft.source))
        else {
            return Vec::new();
        };
        let found = arguments.properties.keys().filter_map(|name| source.schema.find(name).ok());
        found.map(|property| property.name.clone()).collect()
    }

    pub(super) fn ids_of<'a>(
        &self,
        source: usize,
        names: impl Iterator<Item = &'a String>,
    ) -> BTreeSet<String> {
        let Ok(source) = self.sources.get(source) else { return BTreeSet::new() };
        let properties = source.schema.properties();
        names
            .filter_map(|name| properties.iter().find(|property| property.name == *name))
            .map(|property| property.id.clone())
            .collect()
    }
}
