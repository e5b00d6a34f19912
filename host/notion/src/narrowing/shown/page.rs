//! Pages and the values of their properties.

use serde_json::{Map, Value, json};
use toolbay_kernel::narrowing::{Above, Object};

use super::lens::Lens;
use crate::narrowing::member::{copied, text};
use crate::narrowing::objects::{self, DATA_SOURCE, PAGE};
use crate::routes::normalise_id;

/// Members of a page beside its parent and its properties.
const MEMBERS: [&str; 15] = [
    "object",
    "id",
    "created_time",
    "last_edited_time",
    "created_by",
    "last_edited_by",
    "cover",
    "icon",
    "in_trash",
    "is_archived",
    "archived",
    "is_locked",
    "url",
    "public_url",
    "request_id",
];

/// Types of values that show nothing but themselves.
const OWN: [&str; 20] = [
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

/// Runs of a text that Notion shows with its page; a longer one is cut.
const INLINE_RUNS: usize = 25;

/// What may be seen of what is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Computed {
    Nothing,
    /// All but texts, which could be those of something outside that a text mentions.
    NoTexts,
    All,
}

impl Lens<'_> {
    pub(super) fn page(&self, page: &Value) -> Value {
        let mut shown = copied(page, &MEMBERS);
        self.put_parent(&mut shown, page);
        if let Some(Value::Object(properties)) = page.get("properties") {
            let computed = self.computed_of(page, properties);
            let properties =
                properties.iter().map(|(name, value)| (name.clone(), self.value(value, computed)));
            shown.insert("properties".to_owned(), Value::Object(properties.collect()));
        }
        shown.into()
    }

    /// What of a row's formulas and rollups may be seen.
    fn computed_of(&self, page: &Value, properties: &Map<String, Value>) -> Computed {
        let is_computed = |value: &Value| matches!(text(value, "type"), Some("formula" | "rollup"));
        if !properties.values().any(is_computed) {
            return Computed::Nothing;
        }
        match objects::above(page.get("parent")) {
            Above::Object(source) if source.kind == DATA_SOURCE => {
                if !self.is_closed(Some(&source.id)) {
                    return Computed::Nothing;
                }
                let Some(fact) = self.view.fact(&source) else { return Computed::Nothing };
                let columns = fact.detail.as_object().into_iter().flatten();
                let is_alone = |(_, column): (&String, &Value)| {
                    let is_plain =
                        |name: &str| properties.get(name).is_some_and(|value| self.is_plain(value));
                    column.get("relation").is_none() && text(column, "text").is_none_or(is_plain)
                };
                if columns.into_iter().all(is_alone) { Computed::All } else { Computed::NoTexts }
            }
            _ => Computed::Nothing,
        }
    }

    /// Whether a text is there as a whole, and shows nothing from outside.
    fn is_plain(&self, value: &Value) -> bool {
        let runs = text(value, "type").and_then(|kind| value.get(kind)).and_then(Value::as_array);
        runs.is_some_and(|runs| runs.len() < INLINE_RUNS && runs.iter().all(|run| self.is_seen(run)))
    }

    /// A property's value.
    fn value(&self, value: &Value, computed: Computed) -> Value {
        let Some(kind) = text(value, "type") else { return json!({}) };
        let mut shown = copied(value, &["object", "id", "type"]);
        let content = value.get(kind).unwrap_or(&Value::Null);
        let seen = match kind {
            "title" | "rich_text" => self.rich_text(content),
            "relation" => {
                let (related, is_whole) = self.related(content);
                // Of how many are outside nothing is said.
                if let Some(has_more) = value.get("has_more").and_then(Value::as_bool) {
                    shown.insert("has_more".to_owned(), json!(is_whole && has_more));
                }
                related
            }
            "formula" => formula(content, computed),
            "rollup" => self.rollup(content, computed),
            own if OWN.contains(&own) => content.clone(),
            _ => Value::Null,
        };
        shown.insert(kind.to_owned(), seen);
        shown.into()
    }

    /// The related pages that are inside, and whether these are all.
    fn related(&self, relation: &Value) -> (Value, bool) {
        let is_inside = |related: &Value| {
            let id = text(related, "id").and_then(normalise_id);
            id.is_some_and(|id| self.view.holds(&Object::place(PAGE, id)))
        };
        match relation {
            Value::Array(all) => {
                // Each is asked about, so that all that is missing is noted at once.
                let seen: Vec<Value> = all.iter().filter(|related| is_inside(related)).cloned().collect();
                let is_whole = seen.len() == all.len() && !all.is_empty();
                (seen.into(), is_whole)
            }
            Value::Object(_) if is_inside(relation) => (relation.clone(), true),
            _ => (Value::Null, false),
        }
    }

    fn rollup(&self, rollup: &Value, computed: Computed) -> Value {
        if computed == Computed::Nothing {
            return hidden(rollup);
        }
        let mut shown = copied(rollup, &["type", "function"]);
        match text(rollup, "type") {
            Some("array") => {
                let items = rollup.get("array").and_then(Value::as_array);
                let items = items.into_iter().flatten().map(|item| self.value(item, Computed::NoTexts));
                shown.insert("array".to_owned(), items.collect());
            }
            Some(kind @ ("number" | "date" | "incomplete" | "unsupported")) => {
                shown.insert(kind.to_owned(), rollup.get(kind).cloned().unwrap_or(Value::Null));
            }
            _ => return hidden(rollup),
        }
        shown.into()
    }

    /// One value, or one item of a long one, from a property's own endpoint.
    pub(super) fn property_item(&self, item: &Value) -> Option<Value> {
        let kind = text(item, "type")?;
        let is_outside = kind == "relation"
            && item
                .get("relation")
                .is_some_and(|related| related.is_object() && self.related(related).0.is_null());
        if is_outside {
            return None;
        }
        let mut shown = self.value(item, self.computed_of_path());
        if let (Some(shown), Some(id)) = (shown.as_object_mut(), item.get("request_id")) {
            shown.insert("request_id".to_owned(), id.clone());
        }
        Some(shown)
    }

    /// The list of a long value, with what is said of all of it beside.
    pub(super) fn property_list(&self, list: &Value) -> Option<Value> {
        let of_all = list.get("property_item")?;
        let kind = text(of_all, "type")?;
        let computed = self.computed_of_path();
        let is_hidden = kind == "rollup" && computed == Computed::Nothing;
        let results = list.get("results").and_then(Value::as_array);
        let seen = results.into_iter().flatten().filter(|_| !is_hidden);
        let seen: Vec<Value> = seen.filter_map(|item| self.property_item(item)).collect();
        let mut about = copied(of_all, &["id", "type"]);
        about.insert("next_url".to_owned(), Value::Null);
        let whole = match kind {
            "rollup" => self.rollup(of_all.get("rollup")?, computed),
            _ => json!({}),
        };
        about.insert(kind.to_owned(), whole);
        let mut shown = copied(list, &["object", "type", "request_id", "has_more"]);
        let next = if is_hidden { Value::Null } else { self.cursor(list) };
        if is_hidden {
            shown.insert("has_more".to_owned(), json!(false));
        }
        shown.insert("results".to_owned(), seen.into());
        shown.insert("next_cursor".to_owned(), next);
        shown.insert("property_item".to_owned(), about.into());
        Some(shown.into())
    }

    fn computed_of_path(&self) -> Computed {
        match self.source_of_path() {
            Some(source) if self.is_closed(Some(&source.id)) => Computed::NoTexts,
            _ => Computed::Nothing,
        }
    }
}

fn formula(formula: &Value, computed: Computed) -> Value {
    let kind = text(formula, "type").unwrap_or_default();
    let is_seen = match kind {
        "number" | "boolean" | "date" => computed != Computed::Nothing,
        "string" => computed == Computed::All,
        _ => false,
    };
    if is_seen { copied(formula, &["type", kind]).into() } else { hidden(formula) }
}

/// What stands where something is computed that may not be seen: Notion says the same of what its API can't show.
fn hidden(computed: &Value) -> Value {
    let mut hidden = copied(computed, &["function"]);
    hidden.insert("type".to_owned(), json!("unsupported"));
    hidden.insert("unsupported".to_owned(), json!({}));
    hidden.into()
}
