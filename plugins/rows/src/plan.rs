//! From drafts to steps: everything that can be wrong is found here, before anything is written.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Map;
use toolbay_sdk::notion::properties::added_options;
use toolbay_sdk::notion::{Directory, Lookup, NewOptions, NotionId, References};
use toolbay_sdk::prelude::*;

use crate::arguments::{Named, Unique, excerpt};
use crate::batch::Batch;
use crate::draft::{Asked, Draft};
use crate::key::Key;
use crate::link::Relation;
use crate::names::{Known, Promise, Recorder};
use crate::operation::{Share, State, Step, page_claim};
use crate::rows::{Match, Question};
use crate::upsert::Checked;
use crate::{link, upsert};

/// A draft that fits its schema.
enum Settled {
    Upsert(upsert::Checked),
    /// The property is absent where a reference stands in it.
    Link {
        property: Option<Relation>,
        targets: Vec<NotionId>,
        titles: Vec<(String, Key)>,
    },
}

/// A draft, what it comes to, and the operations that must be done first.
type Plan = (Draft, Settled, Vec<usize>);

impl Batch<'_> {
    /// Plans operations together. Each is afterwards planned, done with a problem, or given still because it waits.
    pub(crate) fn plan(&mut self, numbers: &[usize]) {
        let drafts = self.drafts(numbers);
        self.promise(&drafts);
        let mut references = References::new();
        let mut settled = Vec::new();
        for draft in drafts {
            match self.checked(&draft, &mut references) {
                Ok((made, has_names)) => settled.push((draft, made, has_names)),
                Err(problem) => self.finish(draft.number, Err(problem)),
            }
        }
        if settled.is_empty() {
            return;
        }
        let directory = Directory::load(self.call, &references);
        let mut plans = Vec::new();
        for (draft, made, has_names) in settled {
            let plan = match (&directory, has_names) {
                (_, false) => Ok((made, Vec::new())),
                (Ok(directory), true) => self.resolved(&draft, directory),
                (Err(problem), true) => Err(problem.clone()),
            };
            match plan {
                Ok((made, waits)) => plans.push((draft, made, waits)),
                Err(problem) => self.finish(draft.number, Err(problem)),
            }
        }
        self.look_up(&plans);
        for plan in plans {
            let number = plan.0.number;
            if let Err(problem) = self.conclude(plan) {
                self.finish(number, Err(problem));
            }
        }
    }

    /// Checks a draft against its schema; a refusal is checked against a fresh one. The names in it are noted.
    fn checked(&mut self, draft: &Draft, references: &mut References) -> Result<(Settled, bool), Problem> {
        let recorder = Recorder::new(references);
        let mut made = self.settled(draft, &recorder);
        if made.is_err() && self.sources.refresh(self.call, draft.source).unwrap_or(false) {
            made = self.settled(draft, &recorder);
        }
        // An option that was added meanwhile, or by a row before, is the one that is meant, not a second one like it.
        let has_new = |made: &Settled| match (made, self.sources.get(draft.source)) {
            (Settled::Upsert(Checked { properties, .. }), Ok(source)) => {
                !added_options(&source.schema, properties).is_empty()
            }
            _ => false,
        };
        if made.as_ref().is_ok_and(has_new) {
            if self.sources.refresh(self.call, draft.source).unwrap_or(false) {
                made = self.settled(draft, &recorder);
            }
            if let Ok(Settled::Upsert(Checked { properties, .. })) = &made {
                self.sources.adopt(draft.source, properties);
            }
        }
        Ok((made?, recorder.has_names.get()))
    }

    /// Puts what was looked up into its places.
    fn resolved(&self, draft: &Draft, directory: &Directory) -> Result<(Settled, Vec<usize>), Problem> {
        let known = Known {
            directory,
            promised: &self.promised,
            operations: &self.operations,
            number: draft.number,
            waits: RefCell::default(),
        };
        let made = self.settled(draft, &known)?;
        Ok((made, known.waits.into_inner()))
    }

    fn settled(&self, draft: &Draft, lookup: &dyn Lookup) -> Result<Settled, Problem> {
        let schema = &self.sources.get(draft.source)?.schema;
        match &draft.asked {
            Asked::Upsert { arguments, unique, .. } => {
                upsert::check(schema, arguments, unique.as_deref(), lookup).map(Settled::Upsert)
            }
            Asked::Link { arguments, from, to } => {
                let property = match &arguments.relation_property {
                    Some(name) => Some(Relation::find(schema, name)?),
                    None => None,
                };
                let targets = match (&property, to) {
                    (Some(relation), Some(to)) => link::targets(schema.find(&relation.name)?, to, lookup)?,
                    _ => Vec::new(),
                };
                let title =
                    schema.title().ok_or_else(|| Problem::upstream_failed("The database has no title."))?;
                let mut titles = Vec::new();
                for named in from.iter().flatten() {
                    if let Named::Title(text) = named {
                        let unique =
                            Unique { property: title.name.clone(), value: Value::from(text.as_str()) };
                        titles.push((text.clone(), Key::new(schema, &[unique], NewOptions::Refuse)?));
                    }
                }
                Ok(Settled::Link { property, targets, titles })
            }
        }
    }

    /// Asks for all rows that the plans name, together.
    fn look_up(&mut self, plans: &[Plan]) {
        let mut questions = Vec::new();
        for (draft, made, waits) in plans {
            if !draft.is_whole || !waits.is_empty() {
                continue;
            }
            match made {
                Settled::Upsert(Checked { key: Some(key), properties, .. }) if !key.is_new => {
                    let names = properties.keys().chain(key.parts.iter().map(|part| &part.property));
                    let read_only = self.given_names(draft);
                    questions.push(Question {
                        source: draft.source,
                        key: key.clone(),
                        wanted: self.ids_of(draft.source, names.chain(&read_only)),
                    });
                }
                Settled::Upsert(_) => {}
                Settled::Link { property, titles, .. } => {
                    for (_, key) in titles {
                        let relation = property.iter().map(|relation| &relation.name);
                        let names = key.parts.iter().map(|part| &part.property).chain(relation);
                        questions.push(Question {
                            source: draft.source,
                            key: key.clone(),
                            wanted: self.ids_of(draft.source, names),
                        });
                    }
                }
            }
        }
        self.rows.look_up(self.call, &self.sources, questions);
    }

    /// The names of the properties that an upsert gives values for, read-only ones too.
    fn given_names(&self, draft: &Draft) -> Vec<String> {
        let (Asked::Upsert { arguments, .. }, Ok(source)) = (&draft.asked, self.sources.get(draft.source))
        else {
            return Vec::new();
        };
        let found = arguments.properties.keys().filter_map(|name| source.schema.find(name).ok());
        found.map(|property| property.name.clone()).collect()
    }

    fn ids_of<'a>(&self, source: usize, names: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
        let Ok(source) = self.sources.get(source) else { return BTreeSet::new() };
        let properties = source.schema.properties();
        names
            .filter_map(|name| properties.iter().find(|property| property.name == *name))
            .map(|property| property.id.clone())
            .collect()
    }

    fn conclude(&mut self, (draft, made, waits): Plan) -> Result<(), Problem> {
        let Draft { number, source, asked, is_whole } = draft;
        let mut claims = Vec::new();
        if let Settled::Upsert(Checked { key: Some(key), .. }) = &made {
            claims.push((format!("row {source} {} {}", key.columns().join("\u{1f}"), key.exact), Share::Own));
        }
        if !is_whole || !waits.is_empty() {
            // Its row may be known only once others have written, which a problem is to be found before.
            if let Settled::Upsert(Checked { unwritable, .. }) = &made
                && let Some((_, problem)) = unwritable.first()
            {
                return Err(problem.clone());
            }
            self.postpone(number, claims, waits);
            return Ok(());
        }
        let step = match (made, asked) {
            (
                Settled::Upsert(Checked { key: Some(key), properties, unwritable }),
                Asked::Upsert { content, arguments, .. },
            ) => {
                let given = arguments.properties;
                let step = upsert::Step { source, key, properties, given, unwritable, content };
                let schema = &self.sources.get(source)?.schema;
                match self.rows.matching(source, &step.key)? {
                    Match::One(row) => {
                        step.fitted(schema, Some(row))?;
                        claims.push((format!("page {}", row.id), Share::Own));
                    }
                    Match::None => {
                        step.fitted(schema, None)?;
                        step.check_creatable()?;
                    }
                    Match::Several(problem) => return Err(problem),
                }
                claims.extend(self.related(source, &step.properties));
                Step::Upsert(step)
            }
            (
                Settled::Link { property: Some(relation), targets, titles },
                Asked::Link { arguments, from: Some(from), .. },
            ) => {
                let mut pages = Vec::new();
                let mut waits = Vec::new();
                for named in from {
                    let page = match named {
                        Named::Id(id) => Some(id),
                        Named::Title(title) => self.titled(number, source, &title, &titles, &mut waits)?,
                    };
                    pages.extend(page);
                }
                if !waits.is_empty() {
                    self.postpone(number, claims, waits);
                    return Ok(());
                }
                pages.sort_unstable();
                pages.dedup();
                claims.extend(pages.iter().map(|page| (page_claim(page), Share::Linked)));
                if link::is_two_way(&self.sources.get(source)?.schema, &relation.name) {
                    claims.extend(targets.iter().map(|page| (page_claim(page), Share::Related)));
                }
                let Relation { name: property, note } = relation;
                Step::Link(link::Step { source, property, pages, targets, remove: arguments.remove, note })
            }
            _ => return Err(Problem::failed("An operation was planned as another one.")),
        };
        if let Some(operation) = self.operation(number) {
            claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
            operation.state = State::Planned(step);
        }
        Ok(())
    }

    /// The claims on the pages whose own relations change with these values.
    fn related(&self, source: usize, properties: &Map<String, Value>) -> Vec<(String, Share)> {
        let Ok(source) = self.sources.get(source) else { return Vec::new() };
        let two_way = properties.iter().filter(|(name, _)| link::is_two_way(&source.schema, name));
        let pages = two_way.filter_map(|(_, value)| value.get("relation")?.as_array()).flatten();
        pages
            .filter_map(|page| page.get("id")?.as_str())
            .map(|id| (format!("page {id}"), Share::Related))
            .collect()
    }

    /// The row with a title; none where an earlier operation is still to make it.
    fn titled(
        &mut self,
        number: usize,
        source: usize,
        title: &str,
        titles: &[(String, Key)],
        waits: &mut Vec<usize>,
    ) -> Result<Option<NotionId>, Problem> {
        let key = titles.iter().find(|(text, _)| text == title).map(|(_, key)| key);
        let key = key.ok_or_else(|| Problem::failed("A title was not checked."))?;
        match self.rows.matching(source, key)? {
            Match::One(row) => {
                let id: NotionId = row.id.parse()?;
                self.pages.note_if_new(id, source, &row.properties);
                Ok(Some(id))
            }
            Match::Several(problem) => Err(problem),
            Match::None => {
                let data_source = &self.sources.get(source)?.id;
                match self.promised.find(&self.operations, number, data_source, title) {
                    Some(Promise::Kept(id)) => Ok(Some(id)),
                    Some(Promise::Open(first)) => {
                        waits.push(first);
                        Ok(None)
                    }
                    None => Err(Problem::not_found(format!("No row has the title `{}`.", excerpt(title)))
                        .hint("Give its whole title, its id or its link; or create it with `upsert` first.")),
                }
            }
        }
    }

    fn postpone(&mut self, number: usize, claims: Vec<(String, Share)>, waits: Vec<usize>) {
        if let Some(operation) = self.operation(number) {
            claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
            for wait in waits {
                if !operation.waits.contains(&wait) {
                    operation.waits.push(wait);
                }
            }
        }
    }
}
