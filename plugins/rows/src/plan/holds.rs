//! What planned operations look at and change, and which earlier ones they have to wait for.

use serde_json::Map;
use toolbay_sdk::notion::properties::Kind as PropertyKind;
use toolbay_sdk::notion::{DataSource, rich_text};
use toolbay_sdk::prelude::*;

use super::settled::{Plan, Settled};
use crate::arguments::Named;
use crate::batch::Batch;
use crate::claim::{self, Column, Share};
use crate::draft::{Asked, Draft};
use crate::operation::Operation;
use crate::order::Held;
use crate::upsert::Checked;
use crate::{footprint, link, reference};

impl Batch<'_> {
    /// Notes what an operation looks at and changes, as far as that can be told without a look.
    pub(super) fn hold(&mut self, plan: &Plan) {
        let Plan { draft, made, titles, .. } = plan;
        if self.operations.len() < 2 {
            return;
        }
        let Ok(source) = self.sources.get(draft.source) else { return };
        let mut claims = Vec::new();
        let mut promised = None;
        let mut own_key = None;
        match made {
            Settled::Upsert(Checked { key, properties, .. }) => {
                if let Some(key) = key {
                    let table = key.table(draft.source);
                    own_key = Some((table, key.exact.clone()));
                    claims.push((format!("row {table} {}", key.exact), Share::Exclusive));
                    let reads = key.reads(source).into_iter();
                    claims.extend(reads.map(|claim| {
                        let share =
                            if claim::is_made_by_key(&claim) { Share::Keyed(table) } else { Share::Seen };
                        (claim, share)
                    }));
                    let title = key.parts.iter().find(|part| is_title(source, &part.property));
                    if let Some(title) = title {
                        claims.push((Column::Known(claim::TITLE).value(&title.text), Share::Changed));
                        promised = Some(title.text.clone());
                    }
                }
                let is_key =
                    |name: &str| key.iter().flat_map(|key| &key.parts).any(|part| part.property == name);
                for (name, value) in properties.iter().filter(|(name, _)| !is_key(name)) {
                    let property = source.schema.properties().iter().find(|known| known.name == *name);
                    let Some(property) = property else { continue };
                    claims.extend(footprint::written(&source.id, property, Some(value)));
                    if property.kind == PropertyKind::Title {
                        let text = value.get("title").map(rich_text::plain_text);
                        promised = promised.or(text.filter(|text| !text.is_empty()));
                    }
                }
                if !draft.is_whole {
                    claims.extend(self.open_values(draft, source));
                }
                claims.extend(footprint::relation_reads(&source.schema, properties.keys()));
            }
            Settled::Link { property, titles, .. } => {
                for (_, key) in titles {
                    claims.extend(key.reads(source).into_iter().map(|claim| (claim, Share::Seen)));
                }
                let name = property.iter().map(|relation| &relation.name);
                claims.extend(footprint::relation_reads(&source.schema, name));
            }
        }
        for (source, title) in titles {
            claims.extend(footprint::title_reads(source, title));
        }
        let source = source.id.clone();
        if let Some(title) = promised {
            self.promised.add(&source, &title, draft.number);
        }
        if let Some(operation) = self.operation(draft.number) {
            operation.key = own_key.or(operation.key.take());
            claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
        }
    }

    /// The claims on columns whose values are still to come.
    pub(super) fn open_values(&self, draft: &Draft, source: &DataSource) -> Vec<(String, Share)> {
        let arguments = self.operations.get(draft.number).map(|operation| &operation.arguments);
        let given = arguments.and_then(|arguments| arguments.get("properties")?.as_object());
        let open = given.into_iter().flatten().filter(|(_, value)| reference::is_in(value));
        let columns = open.filter_map(|(name, _)| source.schema.find(name).ok());
        columns.flat_map(|property| footprint::written(&source.id, property, None)).collect()
    }

    /// The operations before this one that are still to change a claim that it looks at.
    pub(super) fn before(&self, held: &Held, number: usize, claims: &[(String, Share)]) -> Vec<usize> {
        let mut found = Vec::new();
        for (claim, own) in claims {
            for (earlier, share) in
                held.get(claim).into_iter().flatten().filter(|(earlier, _)| *earlier < number)
            {
                let is_open = self.operations.get(*earlier).is_some_and(|operation| {
                    !operation.is_done() && operation.changes(*share) && !share.is_shared_with(*own)
                });
                if is_open && !found.contains(earlier) {
                    found.push(*earlier);
                }
            }
        }
        found
    }

    /// Holds the pages that a link goes from, as far as they are known; answers whether all are.
    pub(super) fn hold_from(&mut self, number: usize, asked: &Asked) -> bool {
        let given =
            self.operations.get(number).and_then(|operation| operation.arguments.get("from")).cloned();
        let given = match given {
            Some(Value::Array(several)) => several,
            single => single.into_iter().collect(),
        };
        let open: Vec<Option<usize>> =
            given.iter().filter(|page| reference::is_in(page)).map(reference::to_id).collect();
        let makes = |earlier: usize| self.operations.get(earlier).is_some_and(Operation::makes_page);
        let mut knows_all = open.iter().all(|earlier| earlier.is_some_and(makes));
        let mut claims: Vec<String> = open.into_iter().flatten().map(claim::made).collect();
        if let Asked::Link { from, .. } = asked {
            for page in from.iter().flatten() {
                match page {
                    Named::Id(id) => claims.push(claim::page(id)),
                    Named::Title(_) => knows_all = false,
                }
            }
        }
        if let Some(operation) = self.operation(number) {
            claims.into_iter().for_each(|claim| operation.claim(claim, Share::Linked));
        }
        knows_all
    }

    /// The claims on the pages whose own relations change with these values.
    pub(super) fn related(&self, source: usize, properties: &Map<String, Value>) -> Vec<(String, Share)> {
        let Ok(source) = self.sources.get(source) else { return Vec::new() };
        let two_way = properties.iter().filter(|(name, _)| link::is_two_way(&source.schema, name));
        let pages = two_way.filter_map(|(_, value)| value.get("relation")?.as_array()).flatten();
        pages
            .filter_map(|page| page.get("id")?.as_str())
            .map(|id| (format!("page {id}"), Share::Related))
            .collect()
    }
}

/// Whether a column is the title.
pub(super) fn is_title(source: &DataSource, name: &str) -> bool {
    source.schema.title().is_some_and(|title| title.name == name)
}
