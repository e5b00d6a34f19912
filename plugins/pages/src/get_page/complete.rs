//! The rest of long values. Notion answers a page with 25 elements of each, and computes rollups over as many; the others
//! are read one property at a time, and so is what it did not compute.

use toolbay_sdk::notion::properties::Kind;
use toolbay_sdk::notion::properties::known::{is_cut, is_not_computed};
use toolbay_sdk::prelude::*;

/// Most elements of one value that are read, 100 with each request.
const MAX_ELEMENTS: usize = 1_000;

/// Most requests for all values of one page, so that no page can use up a call's effects.
const MAX_REQUESTS: usize = 40;

/// A value that Notion may have cut.
struct Long {
    name: String,
    id: String,
    kind: String,
    elements: Vec<Value>,
    cursor: Option<String>,
    is_complete: bool,
    /// The same answer without elements came again.
    is_stuck: bool,
    /// True for what comes to one value, such as a sum.
    is_single: bool,
    /// That value, once it was read.
    computed: Option<Value>,
}

/// What becomes of formulas and rollups.
#[derive(Clone, Copy)]
pub(crate) enum Computed {
    /// They stay as the page has them.
    Leave,
    /// Those that Notion did not compute are read, and rollups too where a relation of the page is long.
    Read { has_long_relation: bool },
}

/// The names of values that are not as the page has them, although their own endpoint was asked.
#[derive(Default)]
pub(crate) struct Unknown {
    /// Longer than this reads.
    pub(crate) cut: Vec<String>,
    /// Not computed, or over a part of a relation.
    pub(crate) not_computed: Vec<String>,
}

/// True when a relation of the page is longer than Notion shows: then it computed rollups over a part.
pub(crate) fn has_long_relation(page: &Value) -> bool {
    let mut properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.any(|(_, property)| {
        property.get("type").and_then(Value::as_str) == Some("relation") && is_cut(property)
    })
}

/// Reads the values that Notion may have cut or not computed, and puts them into the page. Answers with the names of those
/// that are still not whole.
pub(crate) fn complete(
    call: &Call,
    page_id: &str,
    page: &mut Value,
    computed: Computed,
) -> Result<Unknown, Problem> {
    let mut long = cut_values(page, computed);
    let mut requests_left = MAX_REQUESTS;
    loop {
        let mut open: Vec<&mut Long> = long
            .iter_mut()
            .filter(|value| !value.is_complete && !value.is_stuck && value.elements.len() < MAX_ELEMENTS)
            .collect();
        open.truncate(requests_left);
        if open.is_empty() {
            break;
        }
        requests_left -= open.len();
        let requests = open.iter().map(|value| value.request(page_id)).collect();
        for (value, answer) in open.iter_mut().zip(call.notion().send_all(requests)) {
            value.take(&answer?.body);
        }
    }
    let mut unknown = Unknown::default();
    for value in long {
        if !value.is_complete {
            let names = if value.is_single { &mut unknown.not_computed } else { &mut unknown.cut };
            names.push(value.name.clone());
        }
        value.put(page);
    }
    let properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, _) in properties.filter(|(_, property)| is_not_computed(property)) {
        if !unknown.not_computed.contains(name) {
            unknown.not_computed.push(name.clone());
        }
    }
    Ok(unknown)
}

fn cut_values(page: &Value, computed: Computed) -> Vec<Long> {
    let properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .filter_map(|(name, property)| {
            let kind = property.get("type").and_then(Value::as_str)?;
            let rollup = property.pointer("/rollup/type").and_then(Value::as_str);
            let is_list = match Kind::from_name(kind) {
                Kind::Title | Kind::RichText | Kind::People | Kind::Relation => is_cut(property),
                Kind::Rollup => rollup == Some("array") && is_cut(property),
                _ => false,
            };
            let is_single = match computed {
                Computed::Leave => false,
                Computed::Read { has_long_relation } => {
                    let is_partial = has_long_relation && matches!(rollup, Some("number" | "date"));
                    !is_list && (is_partial || is_not_computed(property))
                }
            };
            (is_list || is_single).then(|| Long {
                name: name.clone(),
                id: property.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
                kind: kind.to_owned(),
                elements: Vec::new(),
                cursor: None,
                is_complete: false,
                is_stuck: false,
                is_single,
                computed: None,
            })
        })
        .collect()
}

impl Long {
    fn request(&self, page_id: &str) -> Request {
        // Notion gives ids of properties as they stand in a path, already escaped.
        let id = match toolbay_sdk::Path::parse(&format!("/{}", self.id)) {
            Ok(path) => path.segments().concat(),
            Err(_) => self.id.clone(),
        };
        let request =
            Request::get(["v1", "pages", page_id, "properties", id.as_str()]).query("page_size", 100);
        match &self.cursor {
            Some(cursor) => request.query("start_cursor", cursor),
            None => request,
        }
    }

    fn take(&mut self, answer: &Value) {
        if self.is_single {
            let list = format!("/property_item/{}", self.kind);
            self.computed = answer.pointer(&list).or_else(|| answer.get(&self.kind)).cloned();
            let before = self.cursor.take();
            self.cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            self.is_complete = self.cursor.is_none();
            self.is_stuck = !self.is_complete && self.cursor == before;
            return;
        }
        let items = answer.get("results").and_then(Value::as_array).into_iter().flatten();
        let (before, asked) = (self.elements.len(), self.cursor.take());
        if self.kind == "rollup" {
            self.elements.extend(items.cloned());
        } else {
            self.elements.extend(items.filter_map(|item| item.get(&self.kind)).cloned());
        }
        self.cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        self.is_complete = self.cursor.is_none();
        // An answer without elements that leads nowhere else would be asked for again for ever: the value stays cut.
        self.is_stuck = !self.is_complete && self.elements.len() == before && self.cursor == asked;
    }

    fn put(self, page: &mut Value) {
        let Some(property) = page.get_mut("properties").and_then(|properties| properties.get_mut(&self.name))
        else {
            return;
        };
        if self.is_single {
            if let (Some(computed), Some(value)) = (self.computed, property.get_mut(&self.kind)) {
                *value = computed;
            }
            return;
        }
        if let Some(has_more) = property.get_mut("has_more") {
            *has_more = Value::Bool(!self.is_complete);
        }
        let value = match self.kind.as_str() {
            "rollup" => property.get_mut("rollup").and_then(|rollup| rollup.get_mut("array")),
            kind => property.get_mut(kind),
        };
        if let Some(value) = value.filter(|_| !self.elements.is_empty()) {
            *value = Value::Array(self.elements);
        }
    }
}
