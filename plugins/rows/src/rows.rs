//! Rows by their keys: many looked up in few queries, and what later operations may know of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::changed::Changed;
use crate::claim::Share;
use crate::key::{Key, RowValues};
use crate::sources::Sources;

/// Keys in one compound filter, and rows in one answer: Notion's limits on arrays and pages.
const AT_ONCE: usize = 100;

/// Bytes of filters in one query. Notion takes 500 KB, and keys may be long.
const FILTER_BYTES: usize = 300_000;

/// Queries on their way at the same time: their answers are in memory together.
const SIDE_BY_SIDE: usize = 4;

/// How many further pages of an answer are read before the keys are asked for one by one, and before one key is given up:
/// so many rows that Notion takes for equal are no names.
const MAX_PAGES: usize = 5;

/// Enough to tell one row from several, and to name those.
const ENOUGH: usize = 10;

/// Properties that are named in a query at most; for more, all of them come.
const MAX_NAMED: usize = 50;

/// A row of which the id is known, and those of its properties that were asked for.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) url: Option<String>,
    pub(crate) properties: Map<String, Value>,
}

/// What is known of a key.
#[derive(Debug, Default)]
struct Found {
    /// The rows that have it.
    rows: Vec<Row>,
    /// There are more of them than were read.
    has_more: bool,
    /// A row that may or may not have been created.
    is_uncertain: bool,
    /// A row whose values differ from it in case only.
    alike: Option<String>,
    /// What it was asked by.
    reads: Vec<String>,
    /// The ids of the properties that an operation has wanted of its row.
    wanted: BTreeSet<String>,
    /// Notion was asked, or has answered a write, and nothing has changed it since.
    is_known: bool,
    /// Rows that were changed and may have it. Notion's queries come some time after its writes, so one that isn't found is
    /// read by its id.
    suspects: Vec<String>,
}

impl Found {
    fn forget(&mut self) {
        let suspects = self.rows.drain(..).map(|row| row.id);
        self.suspects.extend(suspects);
        self.has_more = false;
        self.alike = None;
        self.is_known = false;
    }

    /// Whether all properties that are wanted of its row are known.
    fn has_all(&self) -> bool {
        let [row] = self.rows.as_slice() else { return true };
        let ids: HashSet<&str> =
            row.properties.values().filter_map(|value| value.get("id")?.as_str()).collect();
        self.wanted.iter().all(|wanted| ids.contains(wanted.as_str()))
    }
}

/// Which rows have a key.
#[derive(Debug)]
pub(crate) enum Match<'a> {
    None,
    One(&'a Row),
    Several(Problem),
}

/// A key to look up in a data source, and the ids of the properties that are wanted of its row.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) source: usize,
    pub(crate) key: Key,
    pub(crate) wanted: BTreeSet<String>,
    /// What the answer is of.
    pub(crate) reads: Vec<String>,
}

impl Question {
    fn table(&self) -> Table {
        (self.source, self.key.columns())
    }
}

/// Keys are compared within one data source and the same properties.
type Table = (usize, Vec<String>);

#[derive(Debug, Default)]
pub(crate) struct Rows {
    found: HashMap<Table, HashMap<String, Found>>,
    failed: HashMap<Table, HashMap<String, Problem>>,
}

/// One query: the keys that it asks for.
struct Query {
    table: Table,
    keys: Vec<Key>,
    filter_properties: Vec<String>,
}

impl Rows {
    /// Asks for the rows of all keys that were not asked for before, as few queries as possible.
    pub(crate) fn look_up(&mut self, call: &Call, sources: &Sources, questions: Vec<Question>) {
        let (asked, queries) = self.queries(questions);
        let mut queries = queries.into_iter().peekable();
        while queries.peek().is_some() {
            let batch: Vec<Query> = queries.by_ref().take(SIDE_BY_SIDE).collect();
            let requests = batch.iter().map(|query| query.request(sources, None));
            let requests: Result<Vec<Request>, Problem> = requests.collect();
            let answers = match requests {
                Ok(requests) => call.notion().send_all(requests),
                Err(problem) => batch.iter().map(|_| Err(problem.clone())).collect(),
            };
            for (query, answer) in batch.into_iter().zip(answers) {
                if let Err(problem) = self.take(call, sources, &query, answer) {
                    let failed = self.failed.entry(query.table.clone()).or_default();
                    failed.extend(query.keys.iter().map(|key| (key.exact.clone(), problem.clone())));
                }
            }
        }
        self.read_suspects(call, sources, &asked);
    }

    /// Reads rows that were changed and not found, by their ids.
    fn read_suspects(&mut self, call: &Call, sources: &Sources, asked: &[Question]) {
        let mut missing: Vec<(&Question, String)> = Vec::new();
        for question in asked {
            let found = self.found_of(&question.table(), &question.key);
            let mut suspects = std::mem::take(&mut found.suspects);
            suspects.sort_unstable();
            suspects.dedup();
            suspects.retain(|suspect| found.rows.iter().all(|row| row.id != *suspect));
            missing.extend(suspects.into_iter().map(|suspect| (question, suspect)));
        }
        for batch in missing.chunks(AT_ONCE) {
            let request = |(_, id): &(&Question, String)| Request::get(["v1", "pages", id.as_str()]);
            let answers = call.notion().send_all(batch.iter().map(request).collect());
            for ((question, _), answer) in batch.iter().zip(answers) {
                // What can't be read is not there.
                let Ok(mut page) = answer.map(|answer| answer.body) else { continue };
                let is_here = sources.get(question.source).is_ok_and(|source| {
                    page.pointer("/parent/data_source_id").and_then(Value::as_str) == Some(&source.id)
                });
                let is_gone = ["in_trash", "is_archived"]
                    .iter()
                    .any(|name| page.get(*name).and_then(Value::as_bool) == Some(true));
                let is_it = RowValues::of(&page, &question.key.columns())
                    .is_some_and(|values| question.key.is(&values));
                if let (true, Some(row)) = (is_here && !is_gone && is_it, row(&mut page)) {
                    self.found_of(&question.table(), &question.key).rows.push(row);
                }
            }
        }
    }

    /// Forgets what operations have changed: the rows of a key that may be others now, and the relations of pages that the
    /// other side was changed of.
    pub(crate) fn forget(&mut self, changed: &Changed) {
        let gone: HashSet<&str> = changed.pages(|share| share == Share::Exclusive).collect();
        let related: HashSet<&str> =
            changed.pages(|share| matches!(share, Share::Linked | Share::Related)).collect();
        for (table, keys) in &mut self.found {
            let hash = crate::key::hash(table);
            for (exact, found) in keys {
                for row in &mut found.rows {
                    if related.contains(row.id.as_str()) {
                        row.properties.retain(|_, value| value.get("relation").is_none());
                    }
                }
                if changed.written.contains(&(hash, exact.clone())) {
                    continue;
                }
                let share = Share::Keyed(hash);
                let mut is_changed = found.rows.iter().any(|row| gone.contains(row.id.as_str()));
                for claim in &found.reads {
                    for page in changed.by(claim, share) {
                        is_changed = true;
                        found.suspects.extend(page.map(str::to_owned));
                    }
                }
                if is_changed {
                    found.forget();
                }
            }
        }
    }

    /// Forgets all rows.
    pub(crate) fn forget_all(&mut self) {
        self.found.values_mut().flat_map(HashMap::values_mut).for_each(Found::forget);
        self.failed.clear();
    }

    /// Forgets all that was looked for by a schema that was another one.
    pub(crate) fn forget_source(&mut self, source: usize) {
        self.failed.retain(|table, _| table.0 != source);
        let tables = self.found.iter_mut().filter(|(table, _)| table.0 == source);
        tables.flat_map(|(_, keys)| keys.values_mut()).for_each(Found::forget);
    }

    /// The row of a key, among those that were asked for or written.
    pub(crate) fn matching(&self, source: usize, key: &Key) -> Result<Match<'_>, Problem> {
        let table = (source, key.columns());
        if let Some(problem) = self.failed.get(&table).and_then(|failed| failed.get(&key.exact)) {
            return Err(problem.clone());
        }
        let Some(found) = self.found.get(&table).and_then(|rows| rows.get(&key.exact)) else {
            return Ok(Match::None);
        };
        Ok(match found.rows.as_slice() {
            _ if found.is_uncertain => return Err(uncertain(key)),
            [] => Match::None,
            [only] => Match::One(only),
            several => Match::Several(ambiguous(key, several, found.has_more)),
        })
    }

    /// The rows of a key, as many as were read.
    pub(crate) fn ids(&self, source: usize, key: &Key) -> Vec<String> {
        let found = self.found.get(&(source, key.columns())).and_then(|rows| rows.get(&key.exact));
        found.into_iter().flat_map(|found| &found.rows).map(|row| row.id.clone()).collect()
    }

    /// A row whose values differ from a key in case only: Notion takes it for the same, a key doesn't.
    pub(crate) fn alike(&self, source: usize, key: &Key) -> Option<&str> {
        self.found.get(&(source, key.columns()))?.get(&key.exact)?.alike.as_deref()
    }

    /// Remembers a row that was created or changed, for the operations after it.
    pub(crate) fn written(&mut self, source: usize, key: &Key, page: &mut Value) {
        if let Some(row) = row(page) {
            let rows = &mut self.found_of(&(source, key.columns()), key).rows;
            match rows.iter_mut().find(|known| known.id == row.id) {
                Some(known) => *known = row,
                None => rows.push(row),
            }
            self.found_of(&(source, key.columns()), key).is_known = true;
        }
    }

    /// Remembers that nobody knows whether a row of this key was created.
    pub(crate) fn doubt(&mut self, source: usize, key: &Key) {
        self.found_of(&(source, key.columns()), key).is_uncertain = true;
    }

    /// The questions that are to be asked, and the queries that do.
    fn queries(&mut self, questions: Vec<Question>) -> (Vec<Question>, Vec<Query>) {
        // What is answered replaces what is known, so a key is asked for with all that was ever wanted of it.
        let mut asked: Vec<Question> = Vec::new();
        let mut seen: HashSet<(Table, String)> = HashSet::new();
        for question in questions {
            let table = question.table();
            let found = self.found_of(&table, &question.key);
            found.reads.clone_from(&question.reads);
            found.wanted.extend(question.wanted.iter().cloned());
            if seen.insert((table, question.key.exact.clone())) {
                asked.push(question);
            }
        }
        let mut tables: BTreeMap<Table, (Vec<Key>, BTreeSet<String>)> = BTreeMap::new();
        asked.retain(|question| {
            let table = question.table();
            let found = self.found_of(&table, &question.key);
            if found.is_known && found.has_all() {
                return false;
            }
            found.forget();
            found.is_known = true;
            let (keys, wanted) = tables.entry(table).or_default();
            wanted.extend(found.wanted.iter().cloned());
            keys.push(question.key.clone());
            true
        });
        let mut queries = Vec::new();
        for (table, (keys, wanted)) in tables {
            let wanted: Vec<String> = wanted.into_iter().collect();
            let named = if wanted.len() > MAX_NAMED { Vec::new() } else { wanted };
            for keys in chunks(keys) {
                queries.push(Query { table: table.clone(), keys, filter_properties: named.clone() });
            }
        }
        (asked, queries)
    }

    /// Reads the answer to a query, and what it takes besides to know the rows of each of its keys.
    fn take(
        &mut self,
        call: &Call,
        sources: &Sources,
        query: &Query,
        answer: Result<Response, Problem>,
    ) -> Result<(), Problem> {
        let mut answer = answer?.body;
        for _ in 0..MAX_PAGES {
            self.place(query, &mut answer)?;
            let Some(cursor) = next(&answer) else { return Ok(()) };
            if let [only] = query.keys.as_slice()
                && let found = self.found_of(&query.table, only)
                && found.rows.len() > 1
            {
                found.has_more = true;
                return Ok(());
            }
            answer = call.notion().send(query.request(sources, Some(cursor))?)?.body;
        }
        self.place(query, &mut answer)?;
        match (next(&answer), query.keys.as_slice()) {
            (None, _) => Ok(()),
            (Some(_), [only]) => Err(too_many(only)),
            (Some(_), several) => {
                several.iter().try_for_each(|key| self.take_alone(call, sources, query, key))
            }
        }
    }

    /// Asks for one key of a query whose answer had no end.
    fn take_alone(
        &mut self,
        call: &Call,
        sources: &Sources,
        query: &Query,
        key: &Key,
    ) -> Result<(), Problem> {
        if self.found_of(&query.table, key).rows.len() > 1 {
            return Ok(());
        }
        let alone = Query {
            table: query.table.clone(),
            keys: vec![key.clone()],
            filter_properties: query.filter_properties.clone(),
        };
        let answer = call.notion().send(alone.request(sources, None)?);
        self.take(call, sources, &alone, answer)
    }

    /// Puts the rows of an answer to the keys that they have.
    fn place(&mut self, query: &Query, answer: &mut Value) -> Result<(), Problem> {
        let Some(Value::Array(results)) = answer.get_mut("results").map(Value::take) else {
            return Err(Problem::upstream_failed("Notion answered a query without results."));
        };
        for mut page in results {
            // A wiki's data source also lists data sources.
            if page.get("object").and_then(Value::as_str) != Some("page") {
                continue;
            }
            let Some(values) = RowValues::of(&page, &query.table.1) else { continue };
            let Some(row) = row(&mut page) else { continue };
            match query.keys.iter().find(|key| key.is(&values)) {
                Some(key) => {
                    let rows = &mut self.found_of(&query.table, key).rows;
                    if rows.iter().all(|known| known.id != row.id) {
                        rows.push(row);
                    }
                }
                None => {
                    for key in query.keys.iter().filter(|key| key.is_alike(&values)) {
                        self.found_of(&query.table, key).alike = Some(row.id.clone());
                    }
                }
            }
        }
        Ok(())
    }

    fn found_of(&mut self, table: &Table, key: &Key) -> &mut Found {
        self.found.entry(table.clone()).or_default().entry(key.exact.clone()).or_default()
    }
}

impl Query {
    fn request(&self, sources: &Sources, cursor: Option<String>) -> Result<Request, Problem> {
        let mut filters: Vec<Value> = self.keys.iter().flat_map(Key::filters).collect();
        let filter = match (filters.pop(), filters.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                filters.extend(last);
                json!({ "or": filters })
            }
        };
        let mut body = json!({ "filter": filter, "page_size": AT_ONCE });
        if let (Some(cursor), Some(body)) = (cursor, body.as_object_mut()) {
            body.insert("start_cursor".to_owned(), Value::String(cursor));
        }
        let source = sources.get(self.table.0)?;
        let mut request = Request::post(["v1", "data_sources", source.id.as_str(), "query"], body);
        for id in &self.filter_properties {
            request = request.query("filter_properties", id);
        }
        Ok(request)
    }
}

/// Cuts keys into what one query takes.
fn chunks(keys: Vec<Key>) -> Vec<Vec<Key>> {
    let mut chunks: Vec<Vec<Key>> = Vec::new();
    let (mut bytes, mut filters) = (0, 0);
    for key in keys {
        let own = key.filters().len();
        // A text of Latin letters is as long in JSON; others are at most this much longer than what is compared.
        let own_bytes = own * (key.exact.len() + 100 * key.parts.len());
        match chunks.last_mut() {
            Some(chunk) if filters + own <= AT_ONCE && bytes + own_bytes <= FILTER_BYTES => {
                (bytes, filters) = (bytes + own_bytes, filters + own);
                chunk.push(key);
            }
            _ => {
                (bytes, filters) = (own_bytes, own);
                chunks.push(vec![key]);
            }
        }
    }
    chunks
}

/// Where an answer goes on; none at its end.
pub(crate) fn next(answer: &Value) -> Option<String> {
    let has_more = answer.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    answer.get("next_cursor").and_then(Value::as_str).filter(|_| has_more).map(str::to_owned)
}

fn row(page: &mut Value) -> Option<Row> {
    let id = page.get("id").and_then(Value::as_str)?.to_owned();
    let url = page.get("url").and_then(Value::as_str).map(str::to_owned);
    let properties = match page.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    Some(Row { id, url, properties })
}

fn ambiguous(key: &Key, rows: &[Row], has_more: bool) -> Problem {
    let ids: Vec<&str> = rows.iter().take(ENOUGH).map(|row| row.id.as_str()).collect();
    let count = if has_more || rows.len() > ids.len() {
        format!("more than {}", ids.len())
    } else {
        ids.len().to_string()
    };
    Problem::conflict(format!("The value of {} is not unique: {count} rows have it.", key.named()))
        .hint(format!(
            "None of them was changed. Choose another unique property, or change one of these pages by its id: {}.",
            ids.join(", ")
        ))
        .details(json!({ "ids": ids }))
}

fn too_many(key: &Key) -> Problem {
    Problem::conflict(format!("Notion takes too many rows for equal to this {}.", key.named()))
        .hint("Name the row by another unique property, or by several.")
}

fn uncertain(key: &Key) -> Problem {
    Problem::outcome_unknown(format!(
        "Whether an earlier operation created the row of this {} is not known.",
        key.named()
    ))
    .hint("Look whether the row is there before you send this again.")
}
