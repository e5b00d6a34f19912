//! Pages of related data sources by title: which queries find them, and which of the found is meant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{ARRAY_LIMIT, Error, NotionId, Schema, TEXT_LIMIT, excerpt, flatten, names, rich_text};

/// Pages that have a wanted title.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Titles and ids, by data source.
    found: BTreeMap<String, Vec<(String, NotionId)>>,
}

/// The id of the title property of every data source, which stays when people rename it.
const TITLE_ID: &str = "title";

impl Pages {
    /// Adds those of an answer to a [`TitleQuery`].
    pub fn add(&mut self, data_source_id: &str, answer: &Value) {
        let found = self.found.entry(data_source_id.to_owned()).or_default();
        let rows = answer.get("results").and_then(Value::as_array).into_iter().flatten();
        found.extend(rows.filter_map(titled));
    }

    /// The pages with a title, and those whose titles are only alike.
    #[must_use]
    pub fn titled(&self, data_source_id: &str, title: &str) -> Titled {
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
    /// `InvalidInput` when no page is meant, or more than one.
    pub fn only(&self, title: &str) -> Result<(NotionId, Option<String>), Error> {
        let several = match (self.exact.as_slice(), self.alike.as_slice()) {
            ([only], _) => return Ok((*only, None)),
            ([], [(found, only)]) => {
                let note = format!("Took `{}` for `{}`.", excerpt(found), excerpt(title));
                return Ok((*only, Some(note)));
            }
            ([], []) => {
                return Err(Error::invalid_input(format!(
                    "No related page has the title `{}`.",
                    excerpt(title)
                ))
                .hint("Give its whole title, its id or its link, or create it first."));
            }
            ([], alike) => alike.iter().map(|(_, id)| *id).collect(),
            (exact, _) => exact.to_vec(),
        };
        let listed: Vec<String> = several.iter().take(10).map(NotionId::to_string).collect();
        Err(Error::invalid_input(format!(
            "{} related pages have the title `{}`.",
            several.len(),
            excerpt(title)
        ))
        .hint(format!("Give the id of the one that is meant: {}.", listed.join(", "))))
    }
}

/// The query that finds the pages of some titles in a data source.
#[derive(Clone, Debug)]
pub struct TitleQuery {
    /// Its body, but for a cursor.
    pub body: Value,
    /// The only property that rows have to be answered with; none where that name isn't the title's alone.
    pub only_property: Option<&'static str>,
}

impl TitleQuery {
    /// The queries that together find all these titles in a data source, as `GET /v1/data_sources/{data_source_id}`
    /// answers it. Where another column is called `title`, the title goes by its own name.
    ///
    /// # Errors
    ///
    /// `UnexpectedAnswer` for what is no data source, `LimitExceeded` for a title that no page has room for.
    pub fn all(data_source: &Value, titles: &BTreeSet<String>) -> Result<Vec<Self>, Error> {
        let schema = Schema::of_data_source(data_source)?;
        let title = schema.title().ok_or_else(|| {
            Error::unexpected_answer("Notion answered a data source without a title property.")
        })?;
        let is_unique =
            !schema.properties().iter().any(|other| other.name == TITLE_ID && other.id != title.id);
        let key = if is_unique { TITLE_ID } else { title.name.as_str() };
        let forms: BTreeSet<String> = titles.iter().flat_map(|title| names::forms(title)).collect();
        let query = |titles: Vec<&str>| {
            let conditions: Vec<Value> = titles
                .into_iter()
                .map(|title| json!({ "property": key, "title": { "equals": title } }))
                .collect();
            let body = json!({ "filter": { "or": conditions }, "page_size": 100 });
            Self { body, only_property: is_unique.then_some(TITLE_ID) }
        };
        Ok(in_parts(&forms)?.into_iter().map(query).collect())
    }
}

/// The title and id of a row; a wiki's data source also lists data sources.
fn titled(page: &Value) -> Option<(String, NotionId)> {
    if page.get("object").and_then(Value::as_str) != Some("page") {
        return None;
    }
    Some((flatten::title(page)?, page.get("id")?.as_str()?.parse().ok()?))
}

/// Parts of as many titles as a filter takes, and no more than fit into a request.
fn in_parts(titles: &BTreeSet<String>) -> Result<Vec<Vec<&str>>, Error> {
    // Notion takes 500 KB; escapes may double a text.
    const MAX_BYTES: usize = 200_000;
    let mut parts: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for title in titles {
        rich_text::check_length(title, TEXT_LIMIT)?;
        bytes += title.len();
        match parts.last_mut() {
            Some(part) if part.len() < ARRAY_LIMIT && bytes <= MAX_BYTES => part.push(title),
            _ => {
                parts.push(vec![title]);
                bytes = title.len();
            }
        }
    }
    Ok(parts)
}
