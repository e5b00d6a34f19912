//! From drafts to steps: everything that can be wrong is found here, before anything is written.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Map;
use toolbay_sdk::Code;
use toolbay_sdk::notion::properties::{Kind as PropertyKind, added_options};
use toolbay_sdk::notion::{
    DataSource, Directory, Lookup, NewOptions, NotionId, References, Titled, rich_text,
};
use toolbay_sdk::prelude::*;

use crate::arguments::{Mode, Named, Unique, excerpt};
use crate::batch::Batch;
use crate::claim::{self, Column, Share};
use crate::draft::{Asked, Draft};
use crate::key::Key;
use crate::link::Relation;
use crate::names::{Known, Recorder};
use crate::operation::{Operation, State, Step};
use crate::order::Held;
use crate::rows::{Match, Question};
use crate::upsert::Checked;
use crate::{footprint, link, reference, upsert};

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

impl Settled {
    /// In the place of what is still to be found out.
    fn nothing() -> Self {
        Self::Upsert(Checked { key: None, properties: Map::new(), unwritable: Vec::new() })
    }
}

/// A draft, what it comes to, and what it needs for that.
struct Plan {
    draft: Draft,
    made: Settled,
    /// Titles that it names, with their data sources.
    titles: Vec<(String, String)>,
    has_people: bool,
    /// Earlier operations that may change the rows that it looks for, or the pages that it names.
    after: Vec<usize>,
    /// Whether the rows that it looks for are looked for now.
    looks: bool,
    named: Vec<NotionId>,
    /// What was taken for something else.
    notes: Vec<String>,
}

impl Batch<'_> {
    /// Plans operations together. Each is afterwards planned, done with a problem, or given still because it waits.
    ///
    /// Nothing is looked up that an earlier operation is still to change: who needs it is planned after that one.
    pub(crate) fn plan(&mut self, numbers: &[usize]) {
        let mut again = numbers.to_vec();
        // A schema that has turned out to be old is read again once.
        while !again.is_empty() {
            again = self.plan_once(&again);
        }
    }

    /// Answers the operations whose schema has turned out to be old.
    fn plan_once(&mut self, numbers: &[usize]) -> Vec<usize> {
        let drafts = self.drafts(numbers);
        let mut references = References::new();
        let mut plans = Vec::new();
        for draft in drafts {
            match self.checked(&draft, &mut references) {
                Ok((made, titles, has_people)) => plans.push(Plan {
                    draft,
                    made,
                    titles,
                    has_people,
                    after: Vec::new(),
                    looks: false,
                    named: Vec::new(),
                    notes: Vec::new(),
                }),
                Err(problem) => self.finish(draft.number, Err(problem)),
            }
        }
        if plans.is_empty() {
            return Vec::new();
        }
        for plan in &plans {
            self.hold(plan);
        }
        self.look_up(&mut plans);
        let plans = self.with_names(plans, references);
        let mut outdated = Vec::new();
        for plan in plans {
            let (number, source) = (plan.draft.number, plan.draft.source);
            if let Err(problem) = self.conclude(plan) {
                if self.is_outdated(number, source, &problem) {
                    outdated.push(number);
                } else {
                    self.finish(number, Err(problem));
                }
            }
        }
        outdated
    }

    /// Whether Notion refused something because the schema has changed since it was read: then it has been read again, and
    /// the operation is planned a second time.
    pub(crate) fn is_outdated(&mut self, number: usize, source: usize, problem: &Problem) -> bool {
        let status = problem.details.as_ref().and_then(|details| details.pointer("/notion/status"));
        let may_be = match status {
            Some(status) => *status == 400,
            // What was answered lacks what the schema has.
            None => problem.code == Code::UpstreamFailed,
        };
        if !may_be {
            return false;
        }
        if self.sources.refresh(self.call, source).unwrap_or(false) {
            self.rows.forget_source(source);
            self.pages.forget_lists();
            self.changed_schemas.insert(source);
        }
        let has_changed = self.changed_schemas.contains(&source);
        match self.operation(number).filter(|operation| has_changed && !operation.is_second_plan) {
            Some(operation) => {
                operation.is_second_plan = true;
                operation.state = State::Given;
                operation.is_open = true;
                true
            }
            None => false,
        }
    }

    /// Checks a draft against its schema; a refusal is checked against a fresh one. The names in it are noted.
    #[expect(clippy::type_complexity, reason = "what was made, and the names in it")]
    fn checked(
        &mut self,
        draft: &Draft,
        references: &mut References,
    ) -> Result<(Settled, Vec<(String, String)>, bool), Problem> {
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
        let has_people = recorder.has_people();
        Ok((made?, recorder.into_titles(), has_people))
    }

    /// Notes what an operation looks at and changes, as far as that can be told without a look.
    fn hold(&mut self, plan: &Plan) {
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
                    claims.push((format!("row {table} {}", key.exact), Share::Own));
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
    fn open_values(&self, draft: &Draft, source: &DataSource) -> Vec<(String, Share)> {
        let arguments = self.operations.get(draft.number).map(|operation| &operation.arguments);
        let given = arguments.and_then(|arguments| arguments.get("properties")?.as_object());
        let open = given.into_iter().flatten().filter(|(_, value)| reference::is_in(value));
        let columns = open.filter_map(|(name, _)| source.schema.find(name).ok());
        columns.flat_map(|property| footprint::written(&source.id, property, None)).collect()
    }

    /// The operations before this one that are still to change a claim that it looks at.
    fn before(&self, held: &Held, number: usize, claims: &[(String, Share)]) -> Vec<usize> {
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

    /// Looks for people and pages by their names, and puts them in their places.
    fn with_names(&mut self, mut plans: Vec<Plan>, mut references: References) -> Vec<Plan> {
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
    fn resolved(
        &self,
        plan: &mut Plan,
        open: &[(String, String)],
        held: &Held,
        directory: &Directory,
    ) -> Result<(Settled, Vec<NotionId>, Vec<String>), Problem> {
        let known = Known {
            directory,
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
        Ok((made, known.named.into_inner(), known.notes.into_inner()))
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

    /// Asks for all rows that the plans name, together, but for those that an earlier operation is still to change.
    fn look_up(&mut self, plans: &mut [Plan]) {
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
            let pages = several.iter().map(|id| (format!("page {id}"), Share::Own)).collect::<Vec<_>>();
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
                operation.claim(claim::page(&page), Share::Own);
            }
        }
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

    fn conclude(&mut self, plan: Plan) -> Result<(), Problem> {
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

    /// Holds the pages that a link goes from, as far as they are known; answers whether all are.
    fn hold_from(&mut self, number: usize, asked: &Asked) -> bool {
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
    fn related(&self, source: usize, properties: &Map<String, Value>) -> Vec<(String, Share)> {
        let Ok(source) = self.sources.get(source) else { return Vec::new() };
        let two_way = properties.iter().filter(|(name, _)| link::is_two_way(&source.schema, name));
        let pages = two_way.filter_map(|(_, value)| value.get("relation")?.as_array()).flatten();
        pages
            .filter_map(|page| page.get("id")?.as_str())
            .map(|id| (format!("page {id}"), Share::Related))
            .collect()
    }

    /// The row with a title.
    fn titled(
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

    fn postpone(
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

fn is_title(source: &DataSource, name: &str) -> bool {
    source.schema.title().is_some_and(|title| title.name == name)
}
