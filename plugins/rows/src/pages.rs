//! Pages given by id: which data source each is a row of, and what its relations hold now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Map;
use toolbay_sdk::notion::query::{PAGE_SIZE, Query};
use toolbay_sdk::notion::{NotionId, Property};
use toolbay_sdk::prelude::*;

use crate::link;
use crate::rows::next;
use crate::sources::Sources;

/// Notion shows this many pages of a relation in a page's answer; the others come as property items.
const SHOWN: usize = 25;

/// Requests on their way at the same time: their answers are in memory together.
const SIDE_BY_SIDE: usize = 25;

/// How much of a relation is read: 1,000 pages.
const MAX_ITEM_PAGES: usize = 10;

/// A sweep reads 100 rows a request, a page costs one: a data source is swept for at most this part of the pages.
const SWEEP_PART: usize = 10;

/// The pages of a relation.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) ids: Vec<NotionId>,
    pub(crate) is_whole: bool,
}

#[derive(Debug)]
struct Page {
    source: usize,
    lists: HashMap<String, List>,
}

/// What is known of pages.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    known: HashMap<NotionId, Page>,
    refused: HashMap<NotionId, Problem>,
}

/// A relation of a page that is to be read.
pub(crate) type Wanted = (NotionId, usize, String);

impl Pages {
    /// The data source of a page.
    pub(crate) fn source(&self, page: &NotionId) -> Result<usize, Problem> {
        match (self.known.get(page), self.refused.get(page)) {
            (Some(page), _) => Ok(page.source),
            (None, Some(problem)) => Err(problem.clone()),
            (None, None) => Err(Problem::failed("A page was not read.")),
        }
    }

    /// What a relation of a page holds.
    pub(crate) fn list(&self, page: &NotionId, property: &str) -> Result<&List, Problem> {
        match self.known.get(page).and_then(|known| known.lists.get(property)) {
            Some(list) => Ok(list),
            None => Err(self.refused.get(page).cloned().unwrap_or_else(|| {
                Problem::upstream_failed(format!("Notion answered a page without its relation `{property}`."))
            })),
        }
    }

    /// Remembers what was written.
    pub(crate) fn set(&mut self, page: &NotionId, property: &str, ids: Vec<NotionId>) {
        if let Some(known) = self.known.get_mut(page) {
            known.lists.insert(property.to_owned(), List { ids, is_whole: true });
        }
    }

    /// Forgets whose row a page is, and all that it holds.
    pub(crate) fn drop_page(&mut self, page: &NotionId) {
        self.known.remove(page);
        self.refused.remove(page);
    }

    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
        self.refused.clear();
    }

    /// Forgets what all relations hold.
    pub(crate) fn forget_lists(&mut self) {
        self.known.values_mut().for_each(|known| known.lists.clear());
    }

    /// Forgets what the relations of a page hold.
    pub(crate) fn forget(&mut self, page: &NotionId) {
        if let Some(known) = self.known.get_mut(page) {
            known.lists.clear();
        }
    }

    /// The same for a page of which nothing is known: what is known may be newer.
    pub(crate) fn note_if_new(&mut self, page: NotionId, source: usize, properties: &Map<String, Value>) {
        if !self.known.contains_key(&page) {
            self.note(page, source, properties);
        }
    }

    /// Remembers the relations among the properties of a row, and whose row it is.
    pub(crate) fn note(&mut self, page: NotionId, source: usize, properties: &Map<String, Value>) {
        let known = self.known.entry(page).or_insert_with(|| Page { source, lists: HashMap::new() });
        for (name, property) in properties {
            let Some(related) = property.get("relation").and_then(Value::as_array) else { continue };
            let ids: Vec<NotionId> =
                related.iter().filter_map(|page| page.get("id")?.as_str()?.parse().ok()).collect();
            let has_more = property.get("has_more").and_then(Value::as_bool).unwrap_or(false);
            let is_whole = !has_more && ids.len() < SHOWN;
            known.lists.insert(name.clone(), List { ids, is_whole });
        }
    }

    /// Learns whose rows pages are. The first is read, then its data source is swept for the others, and what is left
    /// is read one by one. `relations` are the relations that will be wanted, as callers write them.
    pub(crate) fn locate(
        &mut self,
        call: &Call,
        sources: &mut Sources,
        pages: &BTreeSet<NotionId>,
        relations: &BTreeSet<String>,
    ) {
        let is_unread =
            |own: &Self, page: &NotionId| !own.known.contains_key(page) && !own.refused.contains_key(page);
        let mut left: Vec<NotionId> = pages.iter().filter(|page| is_unread(self, page)).copied().collect();
        let mut budget = left.len() / SWEEP_PART;
        let mut swept = BTreeSet::new();
        while let Some((first, others)) = left.split_first() {
            let answer = call.notion().send(Request::get(["v1", "pages", first.to_string().as_str()]));
            self.take(call, sources, *first, answer);
            let mut others = others.to_vec();
            if let (Ok(source), true) = (self.source(first), budget > 0)
                && swept.insert(source)
            {
                let properties = relations_of(sources, source, relations);
                budget -= self.sweep(call, sources, source, &others, &properties, budget);
                others.retain(|page| is_unread(self, page));
            }
            if budget == 0 {
                self.read(call, sources, &others, &[]);
                others.clear();
            }
            left = others;
        }
    }

    /// Reads relations that are not known yet, as Notion shows them.
    pub(crate) fn read_lists(&mut self, call: &Call, sources: &mut Sources, wanted: &[Wanted]) {
        let mut groups: BTreeMap<usize, (Vec<NotionId>, BTreeSet<String>)> = BTreeMap::new();
        for (page, source, property) in wanted {
            let is_known = self.known.get(page).is_some_and(|known| known.lists.contains_key(property));
            if !is_known && !self.refused.contains_key(page) {
                let (pages, properties) = groups.entry(*source).or_default();
                pages.push(*page);
                properties.insert(property.clone());
            }
        }
        for (source, (mut pages, properties)) in groups {
            pages.sort_unstable();
            pages.dedup();
            let properties = relations_of(sources, source, &properties);
            let budget = pages.len() / SWEEP_PART;
            self.sweep(call, sources, source, &pages, &properties, budget);
            pages.retain(|page| {
                let lists = self.known.get(page).map(|known| &known.lists);
                lists
                    .is_none_or(|lists| !properties.iter().all(|property| lists.contains_key(&property.name)))
            });
            self.read(call, sources, &pages, &properties);
        }
    }

    /// Reads all of relations of which only a part is known.
    pub(crate) fn complete(&mut self, call: &Call, sources: &Sources, wanted: &[Wanted]) {
        for batch in wanted.chunks(SIDE_BY_SIDE) {
            let requests: Vec<Result<Request, Problem>> =
                batch.iter().map(|wanted| request_of_items(sources, wanted, None)).collect();
            let sendable = requests.iter().filter_map(|request| request.as_ref().ok()).cloned().collect();
            let mut answers = call.notion().send_all(sendable).into_iter();
            for (wanted, request) in batch.iter().zip(requests) {
                let answer = request.and_then(|_| {
                    answers
                        .next()
                        .unwrap_or_else(|| Err(Problem::failed("The host did not answer each request.")))
                });
                match answer.and_then(|answer| all_items(call, sources, wanted, answer.body)) {
                    Ok(ids) => self.set(&wanted.0, &wanted.2, ids),
                    Err(problem) => {
                        self.forget(&wanted.0);
                        self.refused.insert(wanted.0, problem);
                    }
                }
            }
        }
    }

    /// Reads a data source page by page until all `pages` are found, at most `budget` requests; answers how many it took.
    fn sweep(
        &mut self,
        call: &Call,
        sources: &Sources,
        source: usize,
        pages: &[NotionId],
        properties: &[Property],
        budget: usize,
    ) -> usize {
        let Ok(data_source) = sources.get(source) else { return 0 };
        let columns = properties.iter().map(|property| property.id.clone()).collect();
        let query = Query::of(&data_source.id).column_ids(columns);
        let mut missing: BTreeSet<NotionId> = pages.iter().copied().collect();
        let mut cursor: Option<String> = None;
        for used in 0..budget {
            if missing.is_empty() {
                return used;
            }
            // A sweep only saves requests: whatever it does not find is read by itself.
            let Ok(page) = query.page(call, cursor.as_deref(), PAGE_SIZE) else { return used + 1 };
            for row in &page.rows {
                let id = row.get("id").and_then(Value::as_str).and_then(|id| id.parse::<NotionId>().ok());
                if let (Some(id), Some(properties)) = (id, row.get("properties").and_then(Value::as_object))
                    && missing.remove(&id)
                {
                    self.note(id, source, properties);
                }
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return used + 1;
            }
        }
        budget
    }

    fn read(&mut self, call: &Call, sources: &mut Sources, pages: &[NotionId], properties: &[Property]) {
        for batch in pages.chunks(SIDE_BY_SIDE) {
            let request = |page: &NotionId| {
                narrowed(Request::get(["v1", "pages", page.to_string().as_str()]), properties)
            };
            let answers = call.notion().send_all(batch.iter().map(request).collect());
            for (page, answer) in batch.iter().zip(answers) {
                self.take(call, sources, *page, answer);
            }
        }
    }

    /// Takes in a page that was read by itself.
    fn take(
        &mut self,
        call: &Call,
        sources: &mut Sources,
        page: NotionId,
        answer: Result<Response, Problem>,
    ) {
        let source = answer.and_then(|answer| {
            let page = answer.body;
            if page.get("in_trash").and_then(Value::as_bool) == Some(true) {
                return Err(Problem::invalid_input("The page is in the trash.")
                    .hint("Take it out with the tool `trash` and `restore: true`."));
            }
            let parent = page.pointer("/parent/data_source_id").and_then(Value::as_str);
            let parent = parent.ok_or_else(|| {
                Problem::invalid_input("The page is no row of a database, so it has no relations.")
                    .hint("Only rows of databases have relation properties.")
            })?;
            Ok((sources.find(call, parent)?, page))
        });
        match source {
            Ok((source, object)) => {
                let none = Map::new();
                let properties = object.get("properties").and_then(Value::as_object).unwrap_or(&none);
                self.note(page, source, properties);
            }
            Err(mut problem) => {
                problem.message = format!("{page}: {}", problem.message);
                self.refused.insert(page, problem);
            }
        }
    }
}

/// The relations of a data source that callers name; other names are left to be refused where they are used.
fn relations_of(sources: &Sources, source: usize, names: &BTreeSet<String>) -> Vec<Property> {
    let Ok(source) = sources.get(source) else { return Vec::new() };
    let mut found: Vec<Property> = Vec::new();
    for name in names {
        if let Ok(property) = link::relation(&source.schema, name)
            && found.iter().all(|known| known.name != property.name)
        {
            found.push(property.clone());
        }
    }
    found
}

/// Asks for these properties alone; for all where none is named.
fn narrowed(mut request: Request, properties: &[Property]) -> Request {
    for property in properties {
        request = request.query("filter_properties", &property.id);
    }
    request
}

fn request_of_items(sources: &Sources, wanted: &Wanted, cursor: Option<&str>) -> Result<Request, Problem> {
    let (page, source, property) = wanted;
    let property = link::relation(&sources.get(*source)?.schema, property)?;
    // Ids of properties come as they stand in a path: escaped already.
    let path = Path::parse(&format!("/v1/pages/{page}/properties/{}", property.id))?;
    let request = Request::get(path).query("page_size", 100);
    Ok(match cursor {
        Some(cursor) => request.query("start_cursor", cursor),
        None => request,
    })
}

fn all_items(
    call: &Call,
    sources: &Sources,
    wanted: &Wanted,
    mut answer: Value,
) -> Result<Vec<NotionId>, Problem> {
    let mut ids = Vec::new();
    for _ in 0..MAX_ITEM_PAGES {
        let items = answer.get("results").and_then(Value::as_array).into_iter().flatten();
        ids.extend(items.filter_map(|item| item.pointer("/relation/id")?.as_str()?.parse::<NotionId>().ok()));
        let Some(cursor) = next(&answer) else { return Ok(ids) };
        answer = call.notion().send(request_of_items(sources, wanted, Some(&cursor))?)?.body;
    }
    Err(Problem::limit_exceeded(format!("`{}` of {} has more than 1,000 pages.", wanted.2, wanted.0))
        .hint("Link from the other side of the relation, or in Notion itself."))
}
