//! The value that a caller gave for a property, without the forms that may be around it.
//!
//! A value may be bare (`"Done"`), typed (`{"type": "status", "value": "Done"}`) or Notion's own object
//! (`{"status": {"name": "Done"}}`), and each of these, and each object in a list, may have been sent as its JSON text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Kind, Property};
use crate::Error;
use crate::excerpt;
use crate::json_text::{notions_own, unwrapped};
use crate::members::only;
use crate::rich_text;

/// The bare value, with lists and objects that came as text opened where the type of the property leaves one reading.
pub(super) fn bare<'a>(property: &Property, given: &'a Value) -> Result<Cow<'a, Value>, Error> {
    let given =
        unwrapped(given, |inner| is_meant(property, inner, given) || wrapped(property, inner).is_some());
    let inner = match wrapped(property, &given) {
        None => given,
        Some(inner) => {
            check(property, &given)?;
            Cow::Owned(unwrapped(inner, |value| is_meant(property, value, inner)).into_owned())
        }
    };
    Ok(with_elements_opened(property, inner))
}

/// What is under the type's key in Notion's own object, or beside the type in a typed one. `{"select": ..}` for a status
/// means what it says.
fn wrapped<'a>(property: &Property, value: &'a Value) -> Option<&'a Value> {
    let object = value.as_object()?;
    if let (Some(value), Some(Value::String(_)), 2) = (object.get("value"), object.get("type"), object.len())
    {
        return Some(value);
    }
    object.get(own_key(property, object)?)
}

fn own_key<'a>(property: &Property, object: &'a Map<String, Value>) -> Option<&'a str> {
    let named = |key: &str| !matches!(Kind::from_name(key), Kind::Other(_)) && property.kind.is_called(key);
    let mut keys = object.keys().map(String::as_str);
    keys.clone().find(|key| *key == property.kind.name()).or_else(|| keys.find(|key| named(key)))
}

/// The type that an object names must be the property's, and it has no member that isn't read.
fn check(property: &Property, value: &Value) -> Result<(), Error> {
    let Some(object) = value.as_object() else { return Ok(()) };
    if let Some(claimed) = object.get("type").and_then(Value::as_str)
        && !property.kind.is_called(claimed)
    {
        return Err(property.refuse(&format!("is given as `{}`", excerpt(claimed))));
    }
    let Some(key) = own_key(property, object) else { return Ok(()) };
    // A page's answer has the property's id beside the value, and says of relations whether there are more.
    let known = [key, "id", "type", "has_more"];
    only(object, "a property's value", &known).map_err(|error| property.blame(error))
}

/// Whether a list or an object is a value of the property, so that its JSON text means it and not its characters.
fn is_meant(property: &Property, inner: &Value, text: &Value) -> bool {
    let is_option = |text: &str| property.options.iter().any(|option| option == text.trim());
    if text.as_str().is_some_and(is_option) {
        return false;
    }
    match (&property.kind, inner) {
        // A text may look like anything; only Notion's own rich text is no text that somebody writes.
        (Kind::Title | Kind::RichText, Value::Array(elements)) => {
            let is_rich_text = |element| is_element(property, &unwrapped(element, Value::is_object));
            !elements.is_empty() && elements.iter().all(is_rich_text)
        }
        (Kind::MultiSelect | Kind::People | Kind::Relation | Kind::Files, Value::Array(elements)) => {
            let may_be_a_number = property.kind == Kind::MultiSelect;
            elements.iter().all(|element| {
                element.is_string() || element.is_object() || (may_be_a_number && element.is_number())
            })
        }
        (Kind::Date, Value::Object(date)) => date.contains_key("start"),
        (Kind::Other(_), Value::Object(_)) => true,
        (_, Value::Object(_)) => is_element(property, inner),
        _ => false,
    }
}

/// Whether an object is one of those that a list of the property holds.
fn is_element(property: &Property, element: &Value) -> bool {
    let keys: &[&str] = match property.kind {
        Kind::Title | Kind::RichText => return rich_text::is_element(&notions_own(element)),
        Kind::Select | Kind::Status | Kind::MultiSelect => &["name", "id"],
        Kind::People => &["id", "name", "email"],
        Kind::Relation => &["id", "url", "title"],
        Kind::Files => &["url", "external", "file", "file_upload"],
        _ => return false,
    };
    element.as_object().is_some_and(|object| keys.iter().any(|key| object.contains_key(*key)))
}

/// Objects in a list that came as text, and the parts of Notion's own objects that did.
fn with_elements_opened<'a>(property: &Property, value: Cow<'a, Value>) -> Cow<'a, Value> {
    let open = |element: &Value| -> Value {
        let element = unwrapped(element, |inner| is_element(property, inner));
        if element.is_object() { notions_own(&element).into_owned() } else { element.into_owned() }
    };
    match value.as_ref() {
        Value::Array(elements) => Cow::Owned(elements.iter().map(open).collect()),
        Value::Object(_) => Cow::Owned(notions_own(&value).into_owned()),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{IdsOnly, NewOptions, Schema, normalise_value};
    use super::*;

    const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

    fn schema() -> Schema {
        let options = json!({ "options": [
            { "id": "a", "name": "red", "color": "red" }, { "id": "b", "name": "blue", "color": "blue" },
            { "id": "c", "name": "Smith, John" }, { "id": "d", "name": "[\"odd\"]" },
        ] });
        Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Notes": { "id": "n", "type": "rich_text", "rich_text": {} },
            "Stage": { "id": "s", "type": "select", "select": options },
            "Tags": { "id": "t", "type": "multi_select", "multi_select": options },
            "Due": { "id": "d", "type": "date", "date": {} },
            "Owner": { "id": "p", "type": "people", "people": {} },
            "Project": { "id": "r", "type": "relation", "relation": {} },
            "Files": { "id": "f", "type": "files", "files": {} },
            "Points": { "id": "x", "type": "number", "number": {} },
        } }))
        .expect("a schema")
    }

    fn written(name: &str, given: &Value) -> Result<Value, Error> {
        normalise_value(schema().find(name).expect(name), given, &IdsOnly, NewOptions::Add)
    }

    /// The value itself, and each object and list in it turned into text, once and twice.
    fn as_text(value: &Value) -> Vec<Value> {
        let once = json!(value.to_string());
        let mut forms = vec![json!(once.to_string()), once];
        match value {
            Value::Array(elements) => {
                for (place, element) in elements.iter().enumerate().filter(|(_, element)| element.is_object())
                {
                    forms.extend(as_text(element).into_iter().map(|text| {
                        let mut elements = elements.clone();
                        elements[place] = text;
                        Value::Array(elements)
                    }));
                }
            }
            Value::Object(members) => {
                for (name, member) in
                    members.iter().filter(|(_, member)| member.is_object() || member.is_array())
                {
                    forms.extend(as_text(member).into_iter().map(|text| {
                        let mut members = members.clone();
                        members.insert(name.clone(), text);
                        Value::Object(members)
                    }));
                }
            }
            _ => {}
        }
        forms
    }

    #[test]
    fn lists_and_objects_sent_as_text_are_what_they_say_at_every_depth() {
        let text = json!([{ "text": { "content": "Plan" }, "annotations": { "bold": true } }]);
        for (name, given) in [
            ("Name", json!({ "title": text })),
            ("Name", text.clone()),
            ("Notes", json!({ "type": "rich_text", "rich_text": text })),
            ("Stage", json!({ "select": { "name": "red" } })),
            ("Tags", json!(["red", "blue"])),
            ("Tags", json!([{ "name": "red" }, "blue"])),
            ("Tags", json!({ "multi_select": [{ "name": "red" }] })),
            ("Due", json!({ "start": "2026-01-10", "end": "2026-01-12" })),
            ("Due", json!({ "date": { "start": "2026-01-10" } })),
            ("Owner", json!([{ "id": ID }])),
            ("Project", json!([ID])),
            ("Project", json!({ "relation": [{ "id": ID }] })),
            ("Files", json!([{ "name": "a", "external": { "url": "https://example.com/a" } }])),
        ] {
            let wanted = written(name, &given).expect("a value");
            for form in as_text(&given) {
                assert_eq!(
                    written(name, &form).unwrap_or_else(|error| panic!("{form}: {error}")),
                    wanted,
                    "{form}"
                );
            }
        }
    }

    #[test]
    fn a_text_that_somebody_may_have_written_stays_text() {
        for text in ["[1]", "{\"a\": 1}", "[\"a\"]", "{}", "\"quoted\"", "[x](y", "[]"] {
            let value = written("Name", &json!(text)).expect("a title");
            assert_eq!(value.pointer("/title/0/text/content"), Some(&json!(text)));
        }
        assert_eq!(
            written("Tags", &json!("[\"odd\"]")).expect("an option"),
            json!({ "multi_select": [{ "name": "[\"odd\"]" }] })
        );
    }

    #[test]
    fn only_one_bare_text_is_split_at_commas() {
        let names = |given: Value| written("Tags", &given).map(|value| value["multi_select"].clone());
        assert_eq!(names(json!("red, green")).expect("two"), json!([{ "name": "red" }, { "name": "green" }]));
        assert_eq!(
            names(json!(["Smith, John"])).expect("one that is there"),
            json!([{ "name": "Smith, John" }])
        );
        for given in [
            json!(["Doe, Jane"]),
            json!([{ "name": "Doe, Jane" }]),
            json!({ "multi_select": [{ "name": "Doe, Jane" }] }),
        ] {
            let error = names(given).expect_err("a comma");
            assert!(error.hint.is_some_and(|hint| hint.contains("element")), "{}", error.message);
        }
    }

    #[test]
    fn a_member_that_nobody_reads_is_refused_wherever_it_stands() {
        let text = json!([{ "text": { "content": "Plan", "link": { "url": "https://example.com" } }, "annotations": { "bold": true } }]);
        for (name, given) in [
            ("Name", json!({ "title": text })),
            ("Stage", json!({ "select": { "name": "red" } })),
            ("Tags", json!([{ "name": "red", "color": "red" }])),
            ("Due", json!({ "date": { "start": "2026-01-10" } })),
            ("Owner", json!([{ "id": ID }])),
            ("Project", json!([{ "id": ID }])),
            ("Files", json!([{ "name": "a", "external": { "url": "https://example.com/a" } }])),
            ("Points", json!({ "type": "number", "number": 3 })),
        ] {
            assert!(written(name, &given).is_ok(), "{given}");
            for place in objects(&given) {
                let mut given = given.clone();
                given.pointer_mut(&place).expect("the place")["zzqx"] = json!(1);
                assert!(
                    written(name, &given).expect_err(&given.to_string()).message.contains("zzqx"),
                    "{given}"
                );
            }
        }
        let recoloured =
            written("Tags", &json!([{ "name": "red", "color": "blue" }])).expect_err("another color");
        assert!(recoloured.message.contains("color"));
    }

    fn objects(value: &Value) -> Vec<String> {
        let inner = |place: String, value: &Value| {
            objects(value).into_iter().map(move |inner| format!("/{place}{inner}")).collect::<Vec<_>>()
        };
        match value {
            Value::Object(members) => std::iter::once(String::new())
                .chain(members.iter().flat_map(|(name, member)| inner(name.clone(), member)))
                .collect(),
            Value::Array(elements) => elements
                .iter()
                .enumerate()
                .flat_map(|(place, element)| inner(place.to_string(), element))
                .collect(),
            _ => Vec::new(),
        }
    }
}
