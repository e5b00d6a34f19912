//! Values after the type of their property changed: what has a text that the new type can read is kept, the rest is
//! emptied. Notion converts somewhat more; a careful client expects no more than this.

use serde_json::{Value, json};

use crate::json::Peek;
use crate::model::collection::Property;
use crate::properties::{dates, options};
use crate::rich_text;

/// Whether two types have the same kind of options, so that a change between them keeps those.
pub(crate) fn shares_options(from: &str, to: &str) -> bool {
    let chooses = |kind: &str| ["select", "multi_select"].contains(&kind);
    chooses(from) && chooses(to)
}

/// A stored value for a property that was of another type.
pub(crate) fn value(from: &Property, to: &Property, stored: &Value) -> Option<Value> {
    match (from.kind.as_str(), to.kind.as_str()) {
        ("select", "multi_select") => return Some(json!([stored])),
        ("multi_select", "select") => return stored.as_array()?.first().cloned(),
        _ => {}
    }
    let text = text_of(from, stored).filter(|text| !text.is_empty())?;
    match to.kind.as_str() {
        "rich_text" => Some(rich_text::of(&text)),
        "url" => Some(json!(text)),
        "email" | "phone_number" => (text.chars().count() <= 200).then(|| json!(text)),
        "number" => {
            text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number))
        }
        "date" => dates::parse(&text)
            .map(|start| json!({"start": dates::write(start), "end": null, "time_zone": null})),
        "select" => option(to, &text).map(Value::from),
        "multi_select" => {
            let ids: Vec<String> = text.split(',').filter_map(|name| option(to, name.trim())).collect();
            (!ids.is_empty()).then(|| json!(ids))
        }
        _ => None,
    }
}

fn option(property: &Property, name: &str) -> Option<String> {
    options::find(property, &json!({"name": name}))?.text("id").map(str::to_owned)
}

fn text_of(property: &Property, stored: &Value) -> Option<String> {
    let name = |id: &Value| {
        let option = options::value_of(property, id.as_str().unwrap_or_default());
        option.text("name").map(str::to_owned)
    };
    match property.kind.as_str() {
        "rich_text" => Some(rich_text::plain(stored)),
        "url" | "email" | "phone_number" => stored.as_str().map(str::to_owned),
        "number" => Some(stored.to_string()),
        "date" => stored.text("start").map(str::to_owned),
        "select" => name(stored),
        "multi_select" => {
            Some(stored.as_array()?.iter().filter_map(name).collect::<Vec<String>>().join(", "))
        }
        _ => None,
    }
}
