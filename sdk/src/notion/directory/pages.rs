//! Pages of related data sources by title.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::notion::{
    ARRAY_LIMIT, NotionId, SCHEMA_AGE, Schema, TEXT_LIMIT, excerpt, flatten, names, rich_text,
};
use crate::{Call, Problem, Request, Response};

/// Pages that have a wanted title.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    /// Titles and ids, by data source.
    found: BTreeMap<String, Vec<(String, NotionId)>>,
}

/// The id of the title property of every data source, which stays when people rename it.
const TITLE_ID: &str = "title";

/// What asks for the pages of some titles: a data source and the body of a query.
struct Query<'a> {
    data_source_id: &'a str,
    body: Value,
    /// Whether `title` names the title alone, so that rows can be asked for nothing else.
    is_title_unique: bool,
}

impl Pages {
    pub(super) fn load(call: &Call, wanted: &BTreeMap<String, BTreeSet<String>>) -> Result<Self, Problem> {
        let mut pages = Self::default();
        if wanted.is_empty() {
            return Ok(pages);
        }
        let queries = queries(call, wanted)?;
        let answers = call.notion().send_all(queries.iter().map(|query| query.request(None)).collect());
        for (query, answer) in queries.iter().zip(answers) {
            pages.read_through(call, query, answer)?;
        }
        Ok(pages)
    }

    /// Takes in a query's first answer and asks for the others.
    fn read_through(
        &mut self,
        call: &Call,
        query: &Query<'_>,
        first: Result<Response, Problem>,
    ) -> Result<(), Problem> {
        // 100 titles that each are there ten times.
        const MOST_REQUESTS: usize = 10;
        let found = self.found.entry(query.data_source_id.to_owned()).or_default();
        let mut answer = first?.body;
        for _ in 1..=MOST_REQUESTS {
            found.extend(
                answer.get("results").and_then(Value::as_array).into_iter().flatten().filter_map(titled),
            );
            let Some(cursor) = answer.get("next_cursor").and_then(Value::as_str) else { return Ok(()) };
            answer = call.notion().send(query.request(Some(cursor)))?.body;
        }
        Err(Problem::limit_exceeded("Too many pages have the titles that are to be related.")
            .hint("Give page ids or links instead of titles."))
    }

    /// The pages with a title, and those whose titles are only alike.
    pub(super) fn titled(&self, data_source_id: &str, title: &str) -> Titled {
        let all = self.found.get(data_source_id).map(Vec::as_slice).unwrap_or_default();
        let mut titled = Titled::default();
        for (found, id) in all {
            // Notion's own comparison is more generous than this one.
            if names::equal(found, title) {
                titled.add(*id);
            } else if names::alike(found, title) {
                titled.add_alike(found, *id);
            }
        }
        titled
    }
}

/// The pages that a title may mean.
#[derive(Clone, Debug, Default)]
pub struct Titled {
    exact: Vec<NotionId>,
    alike: Vec<(String, NotionId)>,
}

impl Titled {
    /// Adds a page that has the very title.
    pub fn add(&mut self, id: NotionId) {
        if !self.exact.contains(&id) {
            self.exact.push(id);
        }
    }

    /// Adds a page whose title differs in case and spacing.
    pub fn add_alike(&mut self, title: &str, id: NotionId) {
        if self.alike.iter().all(|(_, known)| *known != id) {
            self.alike.push((title.to_owned(), id));
        }
    }

    /// All of them.
    pub fn ids(&self) -> impl Iterator<Item = &NotionId> {
        self.exact.iter().chain(self.alike.iter().map(|(_, id)| id))
    }

    /// The page that is meant: the one that has the title, else the only one whose title is alike, which is said.
    ///
    /// # Errors
    ///
    /// `invalid_input` when no page is meant, or more than one.
    pub fn only(&self, title: &str) -> Result<(NotionId, Option<String>), Problem> {
        let several = match (self.exact.as_slice(), self.alike.as_slice()) {
            ([only], _) => return Ok((*only, None)),
            ([], [(found, only)]) => {
                let note = format!("Took `{}` for `{}`.", excerpt(found), excerpt(title));
                return Ok((*only, Some(note)));
            }
            ([], []) => {
                return Err(Problem::invalid_input(format!(
                    "No related page has the title `{}`.",
                    excerpt(title)
                ))
                .hint("Give its whole title, its id or its link, or create it first."));
            }
            ([], alike) => alike.iter().map(|(_, id)| *id).collect(),
            (exact, _) => exact.to_vec(),
        };
        let listed: Vec<String> = several.iter().take(10).map(NotionId::to_string).collect();
        Err(Problem::invalid_input(format!(
            "{} related pages have the title `{}`.",
            several.len(),
            excerpt(title)
        ))
        .hint(format!("Give the id of the one that is meant: {}.", listed.join(", "))))
    }
}

impl Query<'_> {
    fn request(&self, cursor: Option<&str>) -> Request {
        let mut body = self.body.clone();
        if let (Some(cursor), Some(body)) = (cursor, body.as_object_mut()) {
            body.insert("start_cursor".to_owned(), cursor.into());
        }
        let request = Request::post(["v1", "data_sources", self.data_source_id, "query"], body);
        if self.is_title_unique { request.query("filter_properties", TITLE_ID) } else { request }
    }
}

/// The title and id of a row; a wiki's data source also lists data sources.
fn titled(page: &Value) -> Option<(String, NotionId)> {
    if page.get("object").and_then(Value::as_str) != Some("page") {
        return None;
    }
    Some((flatten::title(page)?, page.get("id")?.as_str()?.parse().ok()?))
}

/// The queries that answer for all titles. Where another column is called `title`, the title goes by its own name.
fn queries<'a>(
    call: &Call,
    wanted: &'a BTreeMap<String, BTreeSet<String>>,
) -> Result<Vec<Query<'a>>, Problem> {
    let requests =
        wanted.keys().map(|id| Request::get(["v1", "data_sources", id.as_str()]).max_age(SCHEMA_AGE));
    let schemas = call.notion().send_all(requests.collect());
    let mut queries = Vec::new();
    for ((data_source_id, titles), schema) in wanted.iter().zip(schemas) {
        let schema = Schema::of_data_source(&schema.map_err(not_shared)?.body)?;
        let title = schema.title().ok_or_else(|| {
            Problem::upstream_failed("Notion answered a data source without a title property.")
        })?;
        let is_title_unique =
            !schema.properties().iter().any(|other| other.name == TITLE_ID && other.id != title.id);
        let key = if is_title_unique { TITLE_ID } else { title.name.as_str() };
        let forms: BTreeSet<String> = titles.iter().flat_map(|title| names::forms(title)).collect();
        for titles in in_parts(&forms)? {
            let conditions: Vec<Value> = titles
                .into_iter()
                .map(|title| json!({ "property": key, "title": { "equals": title } }))
                .collect();
            let body = json!({ "filter": { "or": conditions }, "page_size": 100 });
            queries.push(Query { data_source_id, body, is_title_unique });
        }
    }
    Ok(queries)
}

/// Parts of as many titles as a filter takes, and no more than fit into a request.
fn in_parts(titles: &BTreeSet<String>) -> Result<Vec<Vec<&str>>, Problem> {
    // Notion takes 500 KB; escapes may double a text.
    const MOST_BYTES: usize = 200_000;
    let mut parts: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for title in titles {
        rich_text::check_length(title, TEXT_LIMIT)?;
        bytes += title.len();
        match parts.last_mut() {
            Some(part) if part.len() < ARRAY_LIMIT && bytes <= MOST_BYTES => part.push(title),
            _ => {
                parts.push(vec![title]);
                bytes = title.len();
            }
        }
    }
    Ok(parts)
}

fn not_shared(mut problem: Problem) -> Problem {
    if problem.code == crate::Code::NotFound {
        problem.hint = Some(
            "The related database is not shared with this integration: share it, or give page ids."
                .to_owned(),
        );
    }
    problem
}
