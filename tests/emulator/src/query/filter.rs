//! Filters: a tree of "and" and "or" over conditions. A filter is checked as a whole before any row
//! is looked at, so that a bad one is refused on an empty data source too. What passes the check is prepared once
//! and then asked for each row: a hundred titles looked for among ten thousand rows must not read a title a
//! million times.

use std::cell::OnceCell;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::to_minute;
use crate::errors::{Refusal, invalid};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::{formula, read, rollup, stored};
use crate::query::condition::{self, TextTest};

/// What conditions are judged against.
pub(crate) struct Scope<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) data_source: &'a DataSource,
    pub(crate) now: OffsetDateTime,
    pub(crate) bot: &'a str,
}

/// Refuses a filter that names an unknown property, another type than the property's, or an option
/// that doesn't exist.
pub(crate) fn check(scope: &Scope, filter: &Value) -> Result<(), Refusal> {
    if filter.is_null() {
        return Ok(());
    }
    if filter.has("and") || filter.has("or") {
        // "and" is read before "or", whichever was sent first (recorded).
        for inner in filter.items("and").iter().chain(filter.items("or")) {
            check(scope, inner)?;
        }
        return Ok(());
    }
    if filter.has("timestamp") {
        let timestamp = filter.text("timestamp").unwrap_or_default();
        if !filter.has(timestamp) || !["created_time", "last_edited_time"].contains(&timestamp) {
            return Err(invalid(format!(
                "body failed validation: body.filter.{timestamp} should be defined, instead was `undefined`."
            )));
        }
        return condition::check_date(filter.at(timestamp));
    }
    let name = filter.text("property").unwrap_or_default();
    let property = scope
        .data_source
        .property(name)
        .ok_or_else(|| invalid(format!("Could not find property with name or id: {name}")))?;
    let given = condition_key(filter);
    // Whatever is text can be asked as rich text (recorded).
    let as_text = given == "rich_text" && condition::is_text(&property.kind);
    if given != property.kind && !as_text {
        return Err(invalid(format!(
            "The property type in the database does not match the property type of the filter provided: database \
             property {} does not match filter {given}",
            property.kind
        )));
    }
    match property.kind.as_str() {
        "formula" => check_formula(scope, property, filter.at(&given)),
        "rollup" => check_rollup(property, filter.at(&given)),
        _ => check_operands(property, filter.at(&given)),
    }
}

/// A formula is asked by the type of its result.
fn check_formula(scope: &Scope, property: &Property, condition: &Value) -> Result<(), Refusal> {
    let given = condition_key(condition);
    let wanted = match formula::type_of(scope.data_source, property) {
        Some(formula::Type::Number) => "number",
        Some(formula::Type::Boolean) => "checkbox",
        Some(formula::Type::Date) => "date",
        Some(formula::Type::Text | formula::Type::List) => "string",
        Some(formula::Type::Unknown) | None => return Ok(()),
    };
    if given != wanted {
        return Err(invalid(format!(
            "The formula {} results in a {wanted}, the filter is for a {given}.",
            property.name
        )));
    }
    if given == "date" { condition::check_date(condition.at("date")) } else { Ok(()) }
}

/// A rollup is asked as a number, as a date, or by its items, whichever its function makes of it.
fn check_rollup(property: &Property, condition: &Value) -> Result<(), Refusal> {
    let given = condition_key(condition);
    let result = rollup::result_of(property.config.text("function").unwrap_or_default());
    let fits = match result {
        rollup::Outcome::Number => given == "number",
        rollup::Outcome::Date => given == "date",
        rollup::Outcome::Items => ["any", "every", "none"].contains(&given.as_str()),
        rollup::Outcome::Unsupported => false,
    };
    if !fits {
        return Err(invalid(format!("The rollup {} can't be filtered by {given}.", property.name)));
    }
    let inner = condition.at(&given);
    let inner = if given == "date" { inner } else { inner.at("date") };
    condition::check_date(inner)
}

fn check_operands(property: &Property, condition: &Value) -> Result<(), Refusal> {
    match property.kind.as_str() {
        "date" | "created_time" | "last_edited_time" => condition::check_date(condition),
        "select" | "status" | "multi_select" => {
            for operand in condition.as_object().into_iter().flat_map(|map| map.values()) {
                let names: Vec<&str> = match operand {
                    Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                    other => other.as_str().into_iter().collect(),
                };
                for name in names {
                    let options = property.config.items("options");
                    if !options.iter().any(|option| option.text("name") == Some(name)) {
                        let available: Vec<String> = options
                            .iter()
                            .filter_map(|option| option.text("name"))
                            .map(|name| format!("\"{name}\""))
                            .collect();
                        return Err(invalid(format!(
                            "{} option \"{name}\" not found for property \"{}\". Available options: {}.",
                            property.kind,
                            property.name,
                            available.join(", ")
                        )));
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn condition_key(filter: &Value) -> String {
    filter
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
        .find(|key| !["property", "type", "timestamp"].contains(&key.as_str()))
        .cloned()
        .unwrap_or_default()
}

/// A filter, ready to be asked for many rows.
pub(crate) struct Prepared<'a> {
    scope: &'a Scope<'a>,
    /// The properties that conditions are about, each once.
    properties: Vec<&'a Property>,
    root: Node<'a>,
}

enum Node<'a> {
    Everything,
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Moment { of_creation: bool, condition: &'a Value },
    Text { slot: usize, test: TextTest },
    Value { slot: usize, condition: &'a Value },
}

/// What a row holds in one property, read at most once.
#[derive(Default)]
struct Slot {
    value: OnceCell<Value>,
    text: OnceCell<String>,
}

impl<'a> Prepared<'a> {
    /// Prepares a filter that was checked.
    pub(crate) fn new(scope: &'a Scope<'a>, filter: &'a Value) -> Prepared<'a> {
        let mut properties = Vec::new();
        let root = prepare(scope, filter, &mut properties);
        Prepared { scope, properties, root }
    }

    /// Whether a row passes.
    pub(crate) fn passes(&self, page: &Page) -> bool {
        let slots: Vec<Slot> = self.properties.iter().map(|_| Slot::default()).collect();
        self.asks(&self.root, page, &slots)
    }

    fn asks(&self, node: &Node, page: &Page, slots: &[Slot]) -> bool {
        match node {
            Node::Everything => true,
            Node::All(nodes) => nodes.iter().all(|node| self.asks(node, page, slots)),
            Node::Any(nodes) => nodes.is_empty() || nodes.iter().any(|node| self.asks(node, page, slots)),
            Node::Moment { of_creation, condition } => {
                let stamps = &page.stamps;
                let moment = if *of_creation { stamps.created_time } else { stamps.last_edited_time };
                condition::holds(self.scope, "date", &json!(to_minute(moment)), condition)
            }
            Node::Text { slot, test } => {
                let Some((property, slot)) = self.properties.get(*slot).zip(slots.get(*slot)) else {
                    return true;
                };
                test.holds(slot.text.get_or_init(|| stored::text(page, property).to_lowercase()))
            }
            Node::Value { slot, condition } => {
                let Some((property, slot)) = self.properties.get(*slot).zip(slots.get(*slot)) else {
                    return true;
                };
                let Scope { workspace, data_source, .. } = self.scope;
                let value = slot.value.get_or_init(|| read::content(workspace, data_source, page, property));
                match property.kind.as_str() {
                    "rollup" => rollup_passes(self.scope, page, property, value, condition),
                    "formula" => formula_passes(self.scope, value, condition),
                    kind => condition::holds(self.scope, kind, value, condition),
                }
            }
        }
    }
}

fn prepare<'a>(scope: &'a Scope, filter: &'a Value, properties: &mut Vec<&'a Property>) -> Node<'a> {
    if filter.has("and") || filter.has("or") {
        let mut all: Vec<Node> =
            filter.items("and").iter().map(|inner| prepare(scope, inner, properties)).collect();
        if filter.has("or") {
            all.push(Node::Any(
                filter.items("or").iter().map(|inner| prepare(scope, inner, properties)).collect(),
            ));
        }
        return Node::All(all);
    }
    if let Some(timestamp) = filter.text("timestamp") {
        return Node::Moment { of_creation: timestamp == "created_time", condition: filter.at(timestamp) };
    }
    let Some(property) = filter.text("property").and_then(|name| scope.data_source.property(name)) else {
        return Node::Everything;
    };
    let slot = properties.iter().position(|known| known.id == property.id).unwrap_or_else(|| {
        properties.push(property);
        properties.len() - 1
    });
    let condition = filter.at(&condition_key(filter));
    if condition::is_text(&property.kind) {
        return Node::Text { slot, test: TextTest::of(condition) };
    }
    Node::Value { slot, condition }
}

fn formula_passes(scope: &Scope, value: &Value, condition: &Value) -> bool {
    let key = condition_key(condition);
    let (kind, member) = match key.as_str() {
        "checkbox" => ("checkbox", "boolean"),
        "number" => ("number", "number"),
        "date" => ("date", "date"),
        _ => ("rich_text", "string"),
    };
    condition::holds(scope, kind, value.at(member), condition.at(&key))
}

fn rollup_passes(scope: &Scope, page: &Page, property: &Property, value: &Value, condition: &Value) -> bool {
    let key = condition_key(condition);
    let inner = condition.at(&key);
    if key == "number" || key == "date" {
        return condition::holds(scope, &key, value.at(&key), inner);
    }
    let items = rollup::inputs(scope.workspace, scope.data_source, page, property);
    let inner_key = condition_key(inner);
    let mut judged = items.iter().map(|item| {
        let mut item = item.clone();
        // A title is text to a rollup's filter.
        if item.text("type") == Some("title") {
            let title = item.at("title").clone();
            put(&mut item, "rich_text", title);
        }
        condition::holds(scope, &inner_key, item.at(&inner_key), inner.at(&inner_key))
    });
    match key.as_str() {
        "any" => judged.any(|holds| holds),
        // Of nothing, not every one (recorded).
        "every" => !items.is_empty() && judged.all(|holds| holds),
        _ => !judged.any(|holds| holds),
    }
}
