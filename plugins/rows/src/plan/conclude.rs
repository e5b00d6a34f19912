//! The end of planning: an operation gets its step, or waits for another turn.

use toolbay_sdk::notion::{NotionId, Titled};
use toolbay_sdk::prelude::*;

use super::holds::is_title;
use super::settled::{Plan, Settled};
use crate::arguments::{Mode, Named, excerpt};
use crate::batch::Batch;
use crate::claim::{self, Share};
use crate::draft::{Asked, Draft};
use crate::key::Key;
use crate::link::{self, Relation};
use crate::operation::{State, Step};
use crate::rows::Match;
use crate::upsert::{self, Checked};

impl Batch<'_> {
    pub(super) fn conclude(&mut self, plan: Plan) -> Result<(), Problem> {
        let Plan { draft, made, after, looks, named, notes, .. } = plan;
        let Draft { number, source, asked, is_whole } = draft;
        let mut claims: Vec<(String, Share)> =
            named.iter().map(|page| (claim::named(page), Share::Seen)).collect();
        if !is_whole || !after.is_empty() {
            let knows_pages = match &made {
                Settled::Upsert(Checked { key, properties, unwritable }) => {
                    // Its row may be known only once others have written, which a problem is to be found before.
                    if self.mode == Mode::StopOnError
                        && let Some((_, problem)) = unwritable.first()
                    {
                        return Err(problem.clone());
                    }
                    if looks
                        && let Some(key) = key
                        && let Match::Several(problem) = self.rows.matching(source, key)?
                    {
                        return Err(problem);
                    }
                    claims.extend(self.related(source, properties));
                    looks && key.is_some()
                }
                Settled::Link { .. } => self.hold_from(number, &asked),
            };
            self.postpone(number, claims, after, knows_pages);
            return Ok(());
        }
        let step = match (made, asked) {
            (
                Settled::Upsert(Checked { key: Some(key), properties, unwritable }),
                Asked::Upsert { content, arguments, .. },
            ) => {
                let given = arguments.properties;
                let step = upsert::Step { source, key, properties, given, unwritable, content, notes };
                let schema = &self.sources.get(source)?.schema;
                let is_written;
                match self.rows.matching(source, &step.key)? {
                    Match::One(row) => {
                        is_written = !step.fitted(schema, Some(row))?.properties.is_empty();
                        if let Ok(page) = row.id.parse()
                            && step.properties.keys().any(|name| {
                                self.sources.get(source).is_ok_and(|source| is_title(source, name))
                                    && step.key.parts.iter().all(|part| part.property != *name)
                            })
                        {
                            claims.push((claim::named(&page), Share::Changed));
                        }
                    }
                    Match::None => {
                        step.fitted(schema, None)?;
                        step.check_creatable()?;
                        is_written = true;
                    }
                    Match::Several(problem) => return Err(problem),
                }
                if is_written {
                    self.sources.decide(self.call, source)?;
                }
                claims.extend(self.related(source, &step.properties));
                Step::Upsert(step)
            }
            (
                Settled::Link { property: Some(relation), targets, titles },
                Asked::Link { arguments, from: Some(from), .. },
            ) => {
                self.sources.decide(self.call, source)?;
                let mut pages = Vec::new();
                for page in from {
                    pages.push(match page {
                        Named::Id(id) => id,
                        Named::Title(title) => {
                            let id = self.titled(number, source, &title, &titles)?;
                            claims.push((claim::named(&id), Share::Seen));
                            id
                        }
                    });
                }
                pages.sort_unstable();
                pages.dedup();
                claims.extend(pages.iter().map(|page| (claim::page(page), Share::Linked)));
                if link::is_two_way(&self.sources.get(source)?.schema, &relation.name) {
                    claims.extend(targets.iter().map(|page| (claim::page(page), Share::Related)));
                }
                let Relation { name: property, note } = relation;
                let notes = note.into_iter().chain(notes).collect();
                Step::Link(link::Step { source, property, pages, targets, remove: arguments.remove, notes })
            }
            _ => return Err(Problem::failed("An operation was planned as another one.")),
        };
        if let Some(operation) = self.operation(number) {
            claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
            operation.is_open = false;
            operation.state = State::Planned(step);
        }
        Ok(())
    }

    /// The row with a title.
    pub(super) fn titled(
        &mut self,
        number: usize,
        source: usize,
        title: &str,
        titles: &[(String, Key)],
    ) -> Result<NotionId, Problem> {
        let key = titles.iter().find(|(text, _)| text == title).map(|(_, key)| key);
        let key = key.ok_or_else(|| Problem::failed("A title was not checked."))?;
        match self.rows.matching(source, key)? {
            Match::One(row) => {
                let id: NotionId = row.id.parse()?;
                self.pages.note_if_new(id, source, &row.properties);
                Ok(id)
            }
            Match::Several(problem) => Err(problem),
            Match::None => {
                let data_source = &self.sources.get(source)?.id;
                let mut titled = Titled::default();
                self.promised.add_kept(&mut titled, &self.operations, number, data_source, title);
                match titled.only(title) {
                    Ok((id, None)) => Ok(id),
                    _ => Err(Problem::not_found(format!("No row has the title `{}`.", excerpt(title)))
                        .hint("Give its whole title, its id or its link; or create it with `upsert` first.")),
                }
            }
        }
    }

    pub(super) fn postpone(
        &mut self,
        number: usize,
        claims: Vec<(String, Share)>,
        after: Vec<usize>,
        knows_pages: bool,
    ) {
        if let Some(operation) = self.operation(number) {
            claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
            operation.is_open = !knows_pages;
            operation.after = after;
        }
    }
}
