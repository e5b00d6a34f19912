//! Titles beside an answer that says the ids anyhow: as many as a few requests tell.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use toolbay_sdk_notion::flatten;

use super::{LEAST_TIME_MS, Titles};
use crate::{Call, Request, Response};

/// Requests for all of them.
const MAX_REQUESTS: usize = 6;

/// Up to so many pages of one relation are asked for by their ids.
const FEW: usize = 3;

/// Longest title, in characters.
const MAX_TITLE: usize = 100;

/// Pages that one relation names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Related {
    /// What they are rows of, where the schema is known: a page doesn't say it of its relations.
    pub data_source_id: Option<String>,
    /// Their ids, as Notion writes them.
    pub ids: BTreeSet<String>,
}

impl Related {
    /// The pages that each relation of a page names.
    #[must_use]
    pub fn of_page(page: &Value) -> Vec<Self> {
        let properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
        let relations = properties.filter_map(|(_, property)| property.get("relation")?.as_array());
        let ids = |relation: &Vec<Value>| {
            let ids = relation.iter().filter_map(|page| page.get("id")?.as_str()).map(str::to_owned);
            Self { data_source_id: None, ids: ids.collect() }
        };
        relations.map(ids).collect()
    }
}

/// What answers a request, and of whom.
enum Asked<'a> {
    Page(&'a Related, &'a str),
    Rows(&'a Related),
}

/// Asks for titles in at most two rounds of a few requests, side by side. Of up to three pages of a relation each is asked for; of more, the
/// hundred rows that were changed last, which most are among. What isn't told stays without a title, and is no error.
#[must_use]
pub fn titles_beside(call: &Call, related: &[Related]) -> Titles {
    let mut titles = Titles::default();
    let mut first = Vec::new();
    for relation in related {
        match &relation.data_source_id {
            Some(_) if relation.ids.len() > FEW => first.push(Asked::Rows(relation)),
            _ => {
                // Of many the first says what they are rows of.
                let count = if relation.ids.len() > FEW { 1 } else { FEW };
                first.extend(relation.ids.iter().take(count).map(|id| Asked::Page(relation, id)));
            }
        }
    }
    let mut left = MAX_REQUESTS;
    let told = ask(call, first, &mut left, &mut titles);
    // A page says what it is a row of, and so do the others of its relation.
    let known: Vec<Related> = told
        .into_iter()
        .filter(|related| related.ids.iter().any(|id| !titles.by_id.contains_key(id)))
        .collect();
    ask(call, known.iter().map(Asked::Rows).collect(), &mut left, &mut titles);
    let all: BTreeSet<&String> = related.iter().flat_map(|relation| &relation.ids).collect();
    titles.missing = all.into_iter().filter(|id| !titles.by_id.contains_key(*id)).count();
    titles
}

/// Sends what the bound allows; answers with relations of which it is known now what their pages are rows of.
fn ask(call: &Call, mut asked: Vec<Asked<'_>>, left: &mut usize, titles: &mut Titles) -> Vec<Related> {
    asked.truncate(*left);
    if asked.is_empty() || call.remaining_ms() < LEAST_TIME_MS {
        return Vec::new();
    }
    *left -= asked.len();
    let mut known: Vec<Related> = Vec::new();
    let answers = call.notion().send_all(asked.iter().map(Asked::request).collect());
    for (asked, answer) in asked.iter().zip(answers) {
        let Ok(Response { body, .. }) = answer else { continue };
        match asked {
            Asked::Page(relation, id) => {
                put(titles, id, &body);
                let parent = body.pointer("/parent/data_source_id").and_then(Value::as_str);
                let now = Related { data_source_id: parent.map(str::to_owned), ids: relation.ids.clone() };
                if parent.is_some() && !known.contains(&now) {
                    known.push(now);
                }
            }
            Asked::Rows(relation) => {
                for row in body.get("results").and_then(Value::as_array).into_iter().flatten() {
                    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
                    if relation.ids.contains(id) {
                        put(titles, id, row);
                    }
                }
            }
        }
    }
    known
}

impl Asked<'_> {
    fn request(&self) -> Request {
        let request = match self {
            Self::Page(_, id) => Request::get(["v1", "pages", id]),
            Self::Rows(relation) => {
                let data_source_id = relation.data_source_id.as_deref().unwrap_or_default();
                let last = json!([{ "timestamp": "last_edited_time", "direction": "descending" }]);
                let body = json!({ "page_size": 100, "result_type": "page", "sorts": last });
                Request::post(["v1", "data_sources", data_source_id, "query"], body)
            }
        };
        request.query("filter_properties", "title")
    }
}

fn put(titles: &mut Titles, id: &str, page: &Value) {
    let title: String = flatten::title(page).unwrap_or_default().chars().take(MAX_TITLE).collect();
    titles.by_id.insert(id.to_owned(), title);
}
