//! From what all sources offer to one catalog.

use std::collections::HashMap;

use super::published::Catalog;
use super::source::{Held, Offered, PublishedTools, Standing};
use crate::tool::ToolDefinition;

/// What one source offers.
#[derive(Default)]
pub(super) struct Offer {
    pub(super) offered: Vec<Offered>,
    /// What is published of each provider at this moment.
    pub(super) live: Vec<PublishedTools>,
}

impl Offer {
    /// Another offer in the place of this one. A provider that goes on under its name goes on with what is live of it.
    pub(super) fn renew(&mut self, offered: Vec<Offered>) {
        let before = std::mem::take(self);
        let names = before.offered.iter().map(|offered| offered.provider.name());
        let mut live: HashMap<&str, PublishedTools> =
            names.zip(before.live).filter(|(_, live)| !live.is_empty()).collect();
        self.live =
            offered.iter().map(|offered| live.remove(offered.provider.name()).unwrap_or_default()).collect();
        self.offered = offered;
    }

    /// Another offer in the place of this one, as if nothing of this one had been published.
    pub(super) fn begin(&mut self, offered: Vec<Offered>) {
        self.live = vec![PublishedTools::default(); offered.len()];
        self.offered = offered;
    }
}

/// Merges what the sources offer, in their order. Answers the catalog, and how each provider of each source stands in it.
pub(super) fn merge(offers: &[Offer]) -> (Catalog, Vec<Vec<Standing>>) {
    let standings = offers.iter().map(|offer| choose_providers(&offer.offered)).collect();
    let mut merging = Merging { offers, standings, catalog: Catalog::default() };
    merging.add(|tool, live, _| has_whole(live, tool));
    merging.add(|tool, live, _| live.contains_key(&tool.name));
    merging.add(|tool, _, held| held.is_some_and(|held| has_whole(&held.tools, tool)));
    merging.add(|tool, _, held| held.is_some_and(|held| held.tools.contains_key(&tool.name)));
    merging.add(|_, _, _| true);
    (merging.catalog, merging.standings)
}

/// Whether a tool is among those that are or were published, under the same routes.
fn has_whole(published: &PublishedTools, tool: &ToolDefinition) -> bool {
    published.get(&tool.name).is_some_and(|routes| tool.routes.iter().all(|route| routes.contains(route)))
}

/// Settles which of several providers of one name is meant. Names of providers are a source's own business: two sources
/// may have one of the same name.
fn choose_providers(offer: &[Offered]) -> Vec<Standing> {
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut standings = vec![Standing::default(); offer.len()];
    let holds_name = |offered: &Offered| {
        offered.held.as_ref().is_some_and(|held| held.provider == offered.provider.name())
    };
    for is_first_round in [true, false] {
        for ((index, offered), standing) in offer.iter().enumerate().zip(&mut standings) {
            if holds_name(offered) == is_first_round {
                let first = *names.entry(offered.provider.name()).or_insert(index);
                standing.namesake = (first != index).then_some(first);
            }
        }
    }
    standings
}

struct Merging<'a> {
    offers: &'a [Offer],
    standings: Vec<Vec<Standing>>,
    catalog: Catalog,
}

impl Merging<'_> {
    /// Adds the tools that are chosen and haven't been added yet. What the last round refuses is refused.
    fn add(&mut self, is_chosen: impl Fn(&ToolDefinition, &PublishedTools, Option<&Held>) -> bool) {
        for (offer, standings) in self.offers.iter().zip(&mut self.standings) {
            let offered = offer.offered.iter().zip(&offer.live).zip(standings);
            for ((offered, live), standing) in offered.filter(|(_, standing)| standing.namesake.is_none()) {
                standing.refused.clear();
                for tool in offered.tools.iter() {
                    let definition = tool.definition();
                    if standing.published.contains_key(&definition.name)
                        || !is_chosen(definition, live, offered.held.as_ref())
                    {
                        continue;
                    }
                    match self.catalog.add(&offered.provider, tool) {
                        Ok(()) => {
                            standing.published.insert(definition.name.clone(), definition.routes.clone());
                        }
                        Err(refusal) => standing.refused.push(refusal),
                    }
                }
            }
        }
    }
}
