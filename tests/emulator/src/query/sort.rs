//! Sorting rows. Without sorts Notion promises no order at all; the emulator answers newest first, so
//! that a caller who relies on the order of insertion finds out here.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use crate::errors::{Refusal, invalid};
use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::{dates, read, stored};
use crate::query::condition;

/// Refuses a sort by a property that doesn't exist.
pub(crate) fn check(data_source: &DataSource, sorts: &[Value]) -> Result<(), Refusal> {
    for name in sorts.iter().filter_map(|sort| sort.text("property")) {
        if data_source.property(name).is_none() {
            return Err(invalid(format!("Could not find sort property with name or id: {name}")));
        }
    }
    Ok(())
}

/// What rows are ordered by. Empty values come last in either direction.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
    Empty,
}

/// Orders rows.
pub(crate) fn order(
    workspace: &Workspace,
    data_source: &DataSource,
    rows: &mut Vec<Arc<Page>>,
    sorts: &[Value],
) {
    rows.sort_by_key(|row| std::cmp::Reverse(row.sequence));
    if sorts.is_empty() {
        return;
    }
    let keys = |row: &Arc<Page>| -> Vec<Key> {
        sorts.iter().map(|sort| key(workspace, data_source, row, sort)).collect()
    };
    let mut keyed: Vec<(Vec<Key>, Arc<Page>)> = rows.drain(..).map(|row| (keys(&row), row)).collect();
    keyed.sort_by(|(left, _), (right, _)| {
        for (sort, (left, right)) in sorts.iter().zip(left.iter().zip(right)) {
            let descending = sort.text("direction") == Some("descending");
            let order = match (left, right) {
                (Key::Empty, Key::Empty) => Ordering::Equal,
                (Key::Empty, _) => Ordering::Greater,
                (_, Key::Empty) => Ordering::Less,
                _ if descending => compare(right, left),
                _ => compare(left, right),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    });
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

fn compare(left: &Key, right: &Key) -> Ordering {
    match (left, right) {
        (Key::Number(left), Key::Number(right)) => left.total_cmp(right),
        (Key::Text(left), Key::Text(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}

fn key(workspace: &Workspace, data_source: &DataSource, page: &Page, sort: &Value) -> Key {
    if let Some(timestamp) = sort.text("timestamp") {
        let moment =
            if timestamp == "created_time" { page.stamps.created_time } else { page.stamps.last_edited_time };
        // Cut to the minute, as it is answered.
        return Key::Number((moment.unix_timestamp() / 60) as f64);
    }
    let Some(property) = sort.text("property").and_then(|name| data_source.property(name)) else {
        return Key::Empty;
    };
    if condition::is_text(&property.kind) {
        let text = stored::text(page, property);
        return if text.is_empty() { Key::Empty } else { Key::Text(text.to_lowercase()) };
    }
    let value = read::content(workspace, data_source, page, property);
    value_key(property, &value)
}

fn value_key(property: &Property, value: &Value) -> Key {
    let text = |text: String| if text.is_empty() { Key::Empty } else { Key::Text(text.to_lowercase()) };
    match property.kind.as_str() {
        "select" | "status" => option_place(property, value.text("id")),
        "multi_select" => option_place(
            property,
            value.as_array().and_then(|items| items.first()).and_then(|item| item.text("id")),
        ),
        "unique_id" => value.at("number").as_f64().map_or(Key::Empty, Key::Number),
        "formula" | "rollup" => match value.at(value.text("type").unwrap_or_default()) {
            Value::Number(number) => number.as_f64().map_or(Key::Empty, Key::Number),
            Value::String(found) => text(found.clone()),
            _ => Key::Empty,
        },
        _ => match value {
            Value::Number(number) => number.as_f64().map_or(Key::Empty, Key::Number),
            Value::Bool(truth) => Key::Number(f64::from(u8::from(*truth))),
            Value::String(found) => dates::parse(found).map_or_else(
                || text(found.clone()),
                |point| Key::Number(point.start().unix_timestamp() as f64),
            ),
            Value::Object(date) => date.text("start").and_then(dates::parse).map_or_else(
                || text(value.text("name").unwrap_or_default().to_owned()),
                |point| Key::Number(point.start().unix_timestamp() as f64),
            ),
            Value::Array(items) => {
                text(items.first().and_then(|item| item.text("name")).unwrap_or_default().to_owned())
            }
            Value::Null => Key::Empty,
        },
    }
}

/// Options sort by their place in the schema, not by their name.
fn option_place(property: &Property, id: Option<&str>) -> Key {
    let place =
        property.config.items("options").iter().position(|option| id.is_some() && option.text("id") == id);
    place.map_or(Key::Empty, |place| Key::Number(place as f64))
}
