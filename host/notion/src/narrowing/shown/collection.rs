//! Databases, data sources and views.

use serde_json::{Map, Value, json};
use toolbay_kernel::narrowing::Object;

use super::lens::Lens;
use crate::narrowing::member::{copied, text};
use crate::narrowing::objects::{DATA_SOURCE, DATABASE};
use crate::routes::normalise_id;

/// Members of a database or data source that show nothing of others.
const MEMBERS: [&str; 16] = [
    "object",
    "id",
    "created_time",
    "last_edited_time",
    "created_by",
    "last_edited_by",
    "cover",
    "icon",
    "is_inline",
    "is_locked",
    "in_trash",
    "is_archived",
    "archived",
    "url",
    "public_url",
    "request_id",
];

/// Types of columns whose settings show nothing of others.
const OWN: [&str; 22] = [
    "title",
    "rich_text",
    "number",
    "select",
    "multi_select",
    "status",
    "date",
    "people",
    "files",
    "checkbox",
    "url",
    "email",
    "phone_number",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "unique_id",
    "verification",
    "button",
    "place",
    "location",
];

impl Lens<'_> {
    pub(super) fn database(&self, database: &Value) -> Value {
        let mut shown = copied(database, &MEMBERS);
        self.put_parent(&mut shown, database);
        self.put_rich_text(&mut shown, database, "title");
        self.put_rich_text(&mut shown, database, "description");
        if let Some(Value::Array(sources)) = database.get("data_sources") {
            let is_inside = |source: &&Value| {
                let id = text(source, "id").and_then(normalise_id);
                id.is_some_and(|id| self.view.holds(&Object::place(DATA_SOURCE, id)))
            };
            let inside = sources.iter().filter(is_inside);
            let inside = inside.map(|source| Value::Object(copied(source, &["id", "name"])));
            shown.insert("data_sources".to_owned(), inside.collect());
        }
        shown.into()
    }

    pub(super) fn data_source(&self, source: &Value) -> Value {
        let mut shown = copied(source, &MEMBERS);
        self.put_parent(&mut shown, source);
        // Its address is that of its database.
        let database =
            text(source.get("parent").unwrap_or(&Value::Null), "database_id").and_then(normalise_id);
        if !database.is_some_and(|id| self.view.has_place(&Object::place(DATABASE, id))) {
            shown.insert("url".to_owned(), Value::Null);
            shown.insert("public_url".to_owned(), Value::Null);
        }
        if let Some(parent) = source.get("database_parent") {
            shown.insert("database_parent".to_owned(), self.parent(parent));
        }
        self.put_rich_text(&mut shown, source, "title");
        self.put_rich_text(&mut shown, source, "description");
        if let Some(Value::Object(properties)) = source.get("properties") {
            let id = text(source, "id");
            let columns =
                properties.iter().map(|(name, column)| (name.clone(), self.column(column, properties, id)));
            shown.insert("properties".to_owned(), Value::Object(columns.collect()));
        }
        shown.into()
    }

    /// A column, without what it says of columns outside.
    fn column(&self, column: &Value, columns: &Map<String, Value>, source: Option<&str>) -> Value {
        let mut shown = copied(column, &["id", "name", "description", "type"]);
        let Some(kind) = text(column, "type") else { return shown.into() };
        let settings = column.get(kind).unwrap_or(&Value::Null);
        let settings = match kind {
            "relation" => self.relation(settings),
            "rollup" => {
                let over = text(settings, "relation_property_id");
                let over = columns.values().find(|column| over.is_some() && text(column, "id") == over);
                let is_seen =
                    over.and_then(|over| over.get("relation")).is_some_and(|over| self.leads_inside(over));
                if is_seen { settings.clone() } else { copied(settings, &["function"]).into() }
            }
            "formula" if self.is_closed(source) => settings.clone(),
            own if OWN.contains(&own) => settings.clone(),
            _ => json!({}),
        };
        shown.insert(kind.to_owned(), settings);
        shown.into()
    }

    fn leads_inside(&self, relation: &Value) -> bool {
        let target = text(relation, "data_source_id").and_then(normalise_id);
        target.is_some_and(|id| self.view.holds(&Object::place(DATA_SOURCE, id)))
    }

    fn relation(&self, relation: &Value) -> Value {
        if !self.leads_inside(relation) {
            return json!({});
        }
        let mut shown = copied(relation, &["data_source_id", "type", "single_property", "dual_property"]);
        let database = text(relation, "database_id").and_then(normalise_id);
        if let Some(id) = database.filter(|id| self.view.holds(&Object::place(DATABASE, id.clone()))) {
            shown.insert("database_id".to_owned(), id.into());
        }
        shown.into()
    }

    pub(super) fn view_of(&self, view: &Value) -> Value {
        let mut shown = copied(view, &MEMBERS);
        shown.extend(copied(view, &["name", "type"]));
        self.put_parent(&mut shown, view);
        // What orders and filters it, and other views in it, may name what is outside.
        for key in
            ["data_source_id", "dashboard_view_id", "filter", "sorts", "quick_filters", "configuration"]
        {
            let Some(member) = view.get(key) else { continue };
            let member =
                self.tree(json!({ key: member })).and_then(|mut tree| tree.get_mut(key).map(Value::take));
            shown.insert(key.to_owned(), member.unwrap_or(Value::Null));
        }
        shown.into()
    }

    /// The rows that a view shows, all of which are in its data source.
    pub(super) fn view_query(&self, query: &Value) -> Value {
        const MEMBERS: [&str; 9] = [
            "object",
            "id",
            "view_id",
            "expires_at",
            "total_count",
            "has_more",
            "request_status",
            "deleted",
            "request_id",
        ];
        let mut shown = copied(query, &MEMBERS);
        if query.get("results").is_some() {
            let view = crate::narrowing::objects::named(self.request).into_iter().next();
            shown.insert("results".to_owned(), self.items(query, view.as_ref()).into());
            shown.insert("next_cursor".to_owned(), self.cursor(query));
        }
        shown.into()
    }
}
