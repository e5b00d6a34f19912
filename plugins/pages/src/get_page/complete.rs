//! Notion shows 25 elements of long values in a page; the others are read one property at a time.

use toolbay_sdk::notion::properties::Kind;
use toolbay_sdk::prelude::*;

/// How many elements of a value Notion shows in a page.
const SHOWN: usize = 25;

/// Most elements of one value that are read, 100 with each request.
const MOST_ELEMENTS: usize = 1_000;

/// Most requests for all values of one page, so that no page can use up a call's effects.
const MOST_REQUESTS: usize = 40;

/// A value that Notion may have cut.
struct Long {
    name: String,
    id: String,
    kind: String,
    elements: Vec<Value>,
    cursor: Option<String>,
    is_complete: bool,
}

/// Reads the values that Notion may have cut, and puts them into the page. Answers with the names of those that are longer
/// than this reads.
pub(crate) fn complete(call: &Call, page_id: &str, page: &mut Value) -> Result<Vec<String>, Problem> {
    let mut long = cut_values(page);
    let mut requests_left = MOST_REQUESTS;
    loop {
        let mut open: Vec<&mut Long> = long
            .iter_mut()
            .filter(|value| !value.is_complete && value.elements.len() < MOST_ELEMENTS)
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
    let unread = long.iter().filter(|value| !value.is_complete).map(|value| value.name.clone()).collect();
    for value in long {
        value.put(page);
    }
    Ok(unread)
}

fn cut_values(page: &Value) -> Vec<Long> {
    let properties = page.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .filter_map(|(name, property)| {
            let kind = property.get("type").and_then(Value::as_str)?;
            let value = property.get(kind)?;
            let elements = match Kind::from_name(kind) {
                Kind::Title | Kind::RichText | Kind::People | Kind::Relation => value.as_array()?,
                Kind::Rollup => value.get("array")?.as_array()?,
                _ => return None,
            };
            let has_more = property.get("has_more").and_then(Value::as_bool) == Some(true);
            (has_more || elements.len() >= SHOWN).then(|| Long {
                name: name.clone(),
                id: property.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
                kind: kind.to_owned(),
                elements: Vec::new(),
                cursor: None,
                is_complete: false,
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
        let items = answer.get("results").and_then(Value::as_array).into_iter().flatten();
        let before = self.elements.len();
        if self.kind == "rollup" {
            self.elements.extend(items.cloned());
        } else {
            self.elements.extend(items.filter_map(|item| item.get(&self.kind)).cloned());
        }
        self.cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        // An answer without elements would be asked for again for ever.
        self.is_complete = self.cursor.is_none() || self.elements.len() == before;
    }

    fn put(self, page: &mut Value) {
        let Some(property) = page.get_mut("properties").and_then(|properties| properties.get_mut(&self.name))
        else {
            return;
        };
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
