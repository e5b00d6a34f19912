//! What the answers to one request are seen through.

use serde_json::{Map, Value, json};
use toolbay_kernel::narrowing::{Above, Fact, Object, View};

use crate::narrowing::cursor::Seal;
use crate::narrowing::member::{copied, text};
use crate::narrowing::objects::{self, ANY, BLOCK, DATABASE, PAGE, closed};
use crate::narrowing::query::source_of_page;
use crate::narrowing::{references, tags};
use crate::request::NotionRequest;
use crate::routes::normalise_id;

/// What the answers to one request are seen through.
pub(super) struct Lens<'a> {
    pub(super) request: &'a NotionRequest,
    pub(super) view: &'a View<'a>,
    pub(super) seal: Option<Seal>,
}

impl Lens<'_> {
    /// Whether an object of an answer is inside, by what it says itself. One that doesn't say where it is, in a list of
    /// what is below `above`, is there.
    pub(super) fn is_inside(&self, object: &Value, above: Option<&Object>) -> bool {
        // These have no place; what they show is decided about one by one.
        if matches!(text(object, "object"), Some("property_item" | "async_task" | "view_query")) {
            return true;
        }
        let mut told = objects::told(object);
        let Some((place, _)) = told.first().cloned() else { return false };
        if object.get("parent").is_none() {
            let above = above.cloned().map(Above::Object);
            told = above
                .map(|above| (place.clone(), Fact { above, needs: Vec::new(), detail: Value::Null }))
                .into_iter()
                .collect();
        }
        for (about, fact) in told {
            self.view.tell(about, fact);
        }
        self.view.holds(&place)
    }

    /// The items of a list that may be seen.
    pub(super) fn items(&self, list: &Value, above: Option<&Object>) -> Vec<Value> {
        let results = list.get("results").and_then(Value::as_array);
        let inside = results.into_iter().flatten().filter(|item| self.is_inside(item, above));
        inside.filter_map(|item| self.object(item)).collect()
    }

    pub(super) fn list(&self, list: &Value, results: Vec<Value>) -> Value {
        let mut shown = copied(list, &["object", "has_more", "type", "request_id", "request_status"]);
        shown.insert("results".to_owned(), results.into());
        shown.insert("next_cursor".to_owned(), self.cursor(list));
        if let Some(kind) = text(list, "type") {
            shown.insert(kind.to_owned(), json!({}));
        }
        shown.into()
    }

    /// A cursor as the caller gets it.
    pub(super) fn cursor(&self, list: &Value) -> Value {
        let closed = text(list, "next_cursor").and_then(|cursor| self.seal.as_ref()?.closed(cursor));
        closed.map_or(Value::Null, Value::String)
    }

    /// The templates of a data source, which are rows of it.
    pub(super) fn templates(&self, list: &Value) -> Value {
        let mut shown = copied(list, &["templates", "has_more"]);
        shown.insert("next_cursor".to_owned(), self.cursor(list));
        shown.into()
    }

    /// An object of which it is decided that it may be seen; none when it is of a kind that nobody has decided about.
    pub(super) fn object(&self, object: &Value) -> Option<Value> {
        match text(object, "object")? {
            "page" => Some(self.page(object)),
            "block" => Some(self.block(object)),
            "database" => Some(self.database(object)),
            "data_source" => Some(self.data_source(object)),
            "view" => Some(self.view_of(object)),
            "comment" => Some(self.comment(object)),
            "view_query" => Some(self.view_query(object)),
            "page_markdown" => Some(self.markdown(object)),
            "property_item" => self.property_item(object),
            "async_task" => Some(self.task(object)),
            _ => None,
        }
    }

    pub(super) fn comment(&self, comment: &Value) -> Value {
        const MEMBERS: [&str; 10] = [
            "object",
            "id",
            "discussion_id",
            "created_time",
            "last_edited_time",
            "created_by",
            "display_name",
            "attachments",
            "resolved",
            "request_id",
        ];
        let mut shown = copied(comment, &MEMBERS);
        self.put_parent(&mut shown, comment);
        self.put_rich_text(&mut shown, comment, "rich_text");
        shown.into()
    }

    pub(super) fn markdown(&self, page: &Value) -> Value {
        let mut shown = copied(page, &["object", "id", "truncated", "markdown_version", "request_id"]);
        // Some may be blocks of what a copy shows.
        if let Some(Value::Array(ids)) = page.get("unknown_block_ids") {
            let is_seen = |id: &&Value| {
                let id = id.as_str().and_then(normalise_id);
                id.is_some_and(|id| self.view.holds(&Object::place(BLOCK, id)))
            };
            shown.insert("unknown_block_ids".to_owned(), ids.iter().filter(is_seen).cloned().collect());
        }
        let markdown = text(page, "markdown").unwrap_or_default();
        let seen = |id: &str| self.view.holds(&Object::place(ANY, id));
        shown.insert("markdown".to_owned(), tags::without(markdown, &seen).into());
        shown.into()
    }

    /// A task has the object that was made as its result.
    pub(super) fn task(&self, task: &Value) -> Value {
        const MEMBERS: [&str; 7] =
            ["object", "id", "status", "created_time", "poll_after_seconds", "operation", "request_id"];
        let mut shown = copied(task, &MEMBERS);
        if let Some(result) = task.get("result").filter(|result| result.is_object()) {
            // Nobody knows where a page is of which there is only the content.
            let is_page = text(result, "object") == Some("page_markdown");
            let id = text(result, "id").and_then(normalise_id).unwrap_or_default();
            let is_inside = if is_page {
                self.view.holds(&Object::place(PAGE, id))
            } else {
                self.is_inside(result, None)
            };
            let result = if is_inside { self.object(result) } else { None };
            shown.insert("result".to_owned(), result.unwrap_or(Value::Null));
        }
        if let Some(error) = task.get("error").filter(|error| error.is_object()) {
            shown.insert("error".to_owned(), copied(error, &["object", "status", "code"]).into());
        }
        shown.into()
    }

    /// Where an object is, as far as that is inside; else it is at the top, for whoever asks.
    pub(super) fn parent(&self, parent: &Value) -> Value {
        let top = || json!({"type": "workspace", "workspace": true});
        let Above::Object(above) = objects::above(Some(parent)) else { return top() };
        if !self.view.has_place(&above) {
            return top();
        }
        let kind = text(parent, "type").unwrap_or_default();
        let mut shown = copied(parent, &["type", kind]);
        let database = text(parent, "database_id").and_then(normalise_id);
        if let Some(id) = database.filter(|id| self.view.has_place(&Object::place(DATABASE, id.clone()))) {
            shown.insert("database_id".to_owned(), id.into());
        }
        shown.into()
    }

    pub(super) fn put_parent(&self, shown: &mut Map<String, Value>, object: &Value) {
        if let Some(parent) = object.get("parent") {
            shown.insert("parent".to_owned(), self.parent(parent));
        }
    }

    pub(super) fn put_rich_text(&self, shown: &mut Map<String, Value>, object: &Value, key: &str) {
        if let Some(runs) = object.get(key) {
            shown.insert(key.to_owned(), self.rich_text(runs));
        }
    }

    /// A member that may name objects; none when one of them isn't inside.
    pub(super) fn tree(&self, member: Value) -> Option<Value> {
        let named = references::of(&member);
        let outside = named.iter().filter(|object| !self.view.holds(object)).count();
        (outside == 0).then_some(member)
    }

    /// Whether what is computed for rows of this data source shows nothing from outside.
    pub(super) fn is_closed(&self, source: Option<&str>) -> bool {
        source.is_some_and(|source| self.view.holds(&closed(source)))
    }

    /// The data source of the page that the path names.
    pub(super) fn source_of_path(&self) -> Option<Object> {
        let page = objects::named(self.request).into_iter().find(|object| object.kind == PAGE)?;
        source_of_page(&page.id, self.view)
    }
}
