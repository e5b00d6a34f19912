//! Values that a caller sends back as a tool answered them: those that a page has already, and those that no row can be
//! given.

use serde_json::{Map, Value, json};

use super::plain::{is_empty, plain};
use super::{Date, Kind, Property, Schema, known};
use crate::Error;
use crate::{NotionId, excerpt, json_text, table};

/// What of the values that a caller gives is left to write, and what is to be said of the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// The values, under the names that the caller gave.
    pub values: Map<String, Value>,
    /// A sentence for each that was left out, or is written otherwise, without being what the page has.
    pub notes: Vec<String>,
}

/// The values that a caller gives without those that the page shows already, as any answer says them.
///
/// So read-only values pass where they are as they are; of those that differ nothing is decided here. Of a value that an
/// answer showed only a part of, the part is never taken for the whole: the whole stays, with a note.
///
/// # Errors
///
/// `InvalidInput` for the beginning of a list that ends where answers cut it: it may be meant or not.
pub fn without_unchanged(schema: &Schema, given: &Map<String, Value>, page: &Value) -> Result<Left, Error> {
    let mut left = Left::default();
    let mut incomparable = Vec::new();
    for (name, value) in given {
        let property = schema.find(name).ok();
        let current = property.and_then(|property| page.get("properties")?.get(&property.name));
        match (property, current) {
            (Some(property), Some(current)) => match compared(property, value, current)? {
                Compared::Unchanged => {}
                Compared::Part => left.notes.push(format!(
                    "`{}` was given as the part of it that answers show; the whole stays.",
                    excerpt(&property.name)
                )),
                Compared::Differs if is_incomparable(property, current, page, schema) => {
                    incomparable.push(format!("`{}`", excerpt(&property.name)));
                }
                Compared::Differs => left.keep(name, property, value),
            },
            (Some(property), None) => left.keep(name, property, value),
            (None, _) => {
                left.values.insert(name.clone(), value.clone());
            }
        }
    }
    left.notes.extend(left_out(&incomparable));
    Ok(left)
}

/// True for what every write of the page changes, so that an answer from before it says something else; and for what Notion
/// did not compute here, or only over the part of a relation that it shows: answers that read all of it
/// say something else.
fn is_incomparable(property: &Property, current: &Value, page: &Value, schema: &Schema) -> bool {
    if matches!(property.kind, Kind::LastEditedTime | Kind::LastEditedBy) {
        return true;
    }
    if !matches!(property.kind, Kind::Formula | Kind::Rollup) {
        return false;
    }
    let relation = schema.relation_of(property).map(|relation| relation.name.as_str());
    let is_shown = |name: &str| page.get("properties").is_some_and(|all| all.get(name).is_some());
    known::is_not_computed(current)
        || known::is_cut(current)
        || known::is_partial(&property.name, page, schema)
        || (property.kind == Kind::Rollup && !relation.is_some_and(is_shown))
}

/// The values that a new row can have: those that Notion sets itself, as a row was answered with them, are left out with a
/// note.
#[must_use]
pub fn for_new_row(schema: &Schema, given: &Map<String, Value>) -> Left {
    let mut left = Left::default();
    let mut read_only = Vec::new();
    for (name, value) in given {
        match schema.find(name) {
            Ok(property) if property.kind.read_only_reason().is_some() => {
                read_only.push(format!("`{}`", excerpt(&property.name)));
            }
            Ok(property) => left.keep(name, property, value),
            Err(_) => {
                left.values.insert(name.clone(), value.clone());
            }
        }
    }
    left.notes.extend(left_out(&read_only));
    left
}

/// That values were left out, where there are any.
fn left_out(names: &[String]) -> Option<String> {
    let is = if names.len() == 1 { "it" } else { "them" };
    (!names.is_empty()).then(|| format!("Left out, because Notion sets {is} itself: {}.", names.join(", ")))
}

impl Left {
    /// Keeps a value, without what of it Notion says itself.
    fn keep(&mut self, name: &str, property: &Property, value: &Value) {
        match without_verifier(property, value) {
            None => {
                self.values.insert(name.to_owned(), value.clone());
            }
            Some(rest) => {
                self.values.extend(rest.map(|rest| (name.to_owned(), rest)));
                self.notes.push(format!(
                    "Who verified `{}`, and whether that has expired, is Notion's to say; it was left out.",
                    excerpt(&property.name)
                ));
            }
        }
    }
}

/// A verification without what only Notion says of it; none where it has nothing of that, and nothing where all is so.
fn without_verifier(property: &Property, value: &Value) -> Option<Option<Value>> {
    if property.kind.name() != "verification" {
        return None;
    }
    let mut value = json_text::unwrapped(value, Value::is_object).into_owned();
    let outer = value.as_object_mut()?;
    let key = ["verification", "value"].into_iter().find(|key| outer.contains_key(*key));
    let inner = match key {
        Some(key) => outer.get_mut(key)?.as_object_mut()?,
        None => outer,
    };
    if inner.get("state").is_some_and(|state| state == "expired") {
        return Some(None);
    }
    let verifier = inner.shift_remove("verified_by").unwrap_or_default();
    (!verifier.is_null()).then_some(Some(value))
}

/// How a value that a caller gives is to what the page shows.
enum Compared {
    Unchanged,
    /// It is what answers show of a longer one.
    Part,
    Differs,
}

fn compared(property: &Property, value: &Value, current: &Value) -> Result<Compared, Error> {
    let is_shown = match &property.kind {
        kind if kind.read_only_reason().is_some() => shows(value, current),
        Kind::Other(_) => shows(value, current),
        _ if value.is_null() => false,
        // What Notion showed a part of can't be compared by what it is to be.
        Kind::Files => shows(value, current),
        _ if known::is_cut(current) => shows(value, current),
        _ => plain(current).as_ref() == Some(value),
    };
    let is_read_only = property.kind.read_only_reason().is_some();
    Ok(match (is_shown, plain(current)) {
        (true, _) if known::is_cut(current) && !is_read_only => Compared::Part,
        (true, _) => Compared::Unchanged,
        (false, Some(Value::String(whole))) if is_cut_text(value, &whole) => Compared::Part,
        (false, Some(Value::Array(whole))) if is_cut_list(value, &whole) => {
            return Err(property
                .refuse("is given as the beginning of what the row has, and ends where answers cut it")
                .hint(format!(
                    "Leave it out where it shall stay as it is. Where the others shall go, give Notion's own object: {{\"{}\": [..]}}.",
                    property.kind
                )));
        }
        (false, _) => Compared::Differs,
    })
}

/// True for the beginning of a longer text as answers say it: as long as they cut, and three dots behind it.
fn is_cut_text(given: &Value, whole: &str) -> bool {
    let Some(kept) = given.as_str().and_then(|text| text.strip_suffix("...")) else { return false };
    whole.len() > kept.len() && whole.starts_with(kept) && table::CELL_LENGTHS.contains(&kept.chars().count())
}

/// Sizes of a list at which it may be one that a table has cut. Tables cut shorter when they are very long; then a list of
/// a few elements is far more often one that somebody has shortened.
const LIST_LENGTHS: [usize; 2] = [2_000, 500];

/// True for the first elements of a longer list, as many as tables have room for.
fn is_cut_list(given: &Value, whole: &[Value]) -> bool {
    let Some(given) = given.as_array().filter(|given| !given.is_empty()) else { return false };
    let Some(next) = whole.get(given.len()).filter(|_| whole.starts_with(given)) else { return false };
    let size = |element: &Value| element.to_string().len();
    let kept: usize = given.iter().map(size).sum();
    LIST_LENGTHS.iter().any(|longest| kept <= *longest && kept + size(next) > *longest)
}

/// True when a value, plain or Notion's own, says what a property of a page shows.
fn shows(given: &Value, current: &Value) -> bool {
    let shown = plain(current).unwrap_or_default();
    let said = |given: &Value| alike(&plainly(given, current), &shown);
    said(given) || given.as_str().and_then(json_text::read).is_some_and(|given| said(&given))
}

/// The plain form of what may be Notion's own object of the property's type.
fn plainly(given: &Value, current: &Value) -> Value {
    let kind = current.get("type").and_then(Value::as_str).unwrap_or_default();
    match given {
        Value::Object(object)
            if object.len() == 2 && object.contains_key("value") && object.contains_key("type") =>
        {
            object.get("value").cloned().unwrap_or_default()
        }
        Value::Object(object) => match object.get(kind) {
            Some(inner) => plain(&json!({ "type": kind, kind: inner })).unwrap_or_default(),
            None => plain(&json!({ "type": kind, kind: given }))
                .filter(|_| has_type(given))
                .unwrap_or_else(|| given.clone()),
        },
        other => other.clone(),
    }
}

/// What stands under the type's key of a computed value says its own type, and a user is one.
fn has_type(inner: &Value) -> bool {
    inner.get("type").is_some() || inner.get("object").is_some() || inner.get("state").is_some()
}

fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (one, other) if is_empty(one) && is_empty(other) => true,
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(one), Value::String(other)) => {
            one == other || is_same_id(one, other) || is_same_date(one, other)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| alike(value, other)))
        }
        // Tables say a file by its name alone.
        (Value::String(name), Value::Object(file)) | (Value::Object(file), Value::String(name)) => {
            file.get("name").and_then(Value::as_str) == Some(name)
        }
        (one, other) => one == other,
    }
}

fn is_same_id(one: &str, other: &str) -> bool {
    matches!((one.parse::<NotionId>(), other.parse::<NotionId>()), (Ok(one), Ok(other)) if one == other)
}

fn is_same_date(one: &str, other: &str) -> bool {
    matches!((one.parse::<Date>(), other.parse::<Date>()), (Ok(one), Ok(other)) if one.is_same(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Value {
        json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "Plan", "text": { "content": "Plan" } }] },
            "Score": { "id": "s", "type": "formula", "formula": { "type": "number", "number": 3 } },
            "Over": { "id": "o", "type": "rollup", "rollup": { "type": "array", "array": [
                { "type": "relation", "relation": [{ "id": "59833787-e2cf-4fdf-8782-e53db20768a5" }] } ] } },
            "No": { "id": "n", "type": "unique_id", "unique_id": { "prefix": "T", "number": 12 } },
            "Made": { "id": "m", "type": "created_time", "created_time": "2026-01-10T09:30:00.000Z" },
            "By": { "id": "b", "type": "created_by", "created_by": { "object": "user", "id": "u", "name": "Ada" } },
            "Press": { "id": "p", "type": "button", "button": {} },
            "Broken": { "id": "x", "type": "formula", "formula": { "type": "unsupported" } },
            "Checked": { "id": "v", "type": "verification", "verification": {
                "state": "verified", "verified_by": { "object": "user", "id": "u", "name": "Ada" }, "date": null } },
        } })
    }

    fn schema() -> Schema {
        Schema::of_data_source(&page()).expect("a schema")
    }

    fn left(given: &Value) -> Vec<String> {
        let given = given.as_object().expect("an object");
        let left = without_unchanged(&schema(), given, &page()).expect("nothing is cut");
        left.values.keys().cloned().collect()
    }

    #[test]
    fn what_a_page_answered_passes_in_every_form() {
        let page = page();
        let full = page["properties"].clone();
        let shown: Map<String, Value> = full
            .as_object()
            .expect("properties")
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect();
        assert_eq!(left(&json!(shown)), Vec::<String>::new());
        // The title is compared by its writer, everything else passes as Notion's own object too.
        assert_eq!(left(&full), ["Name"]);
        let text: Map<String, Value> = full
            .as_object()
            .expect("properties")
            .iter()
            .filter(|(name, _)| *name != "Name")
            .map(|(name, value)| (name.clone(), json!(value.to_string())))
            .collect();
        assert_eq!(left(&json!(text)), Vec::<String>::new());
        let undashed = json!({ "Over": ["59833787e2cf4fdf8782e53db20768a5"], "Press": null, "Broken": null, "Score": "3" });
        assert_eq!(left(&undashed), Vec::<String>::new());
    }

    fn cut(value: &Value, current: &Value) -> Result<(bool, bool), Error> {
        let kind = current["type"].as_str().expect("a type");
        let schema =
            Schema::of_data_source(&json!({ "properties": { "It": { "id": "i", "type": kind, kind: {} } } }));
        let given = Map::from_iter([("It".to_owned(), value.clone())]);
        let left = without_unchanged(&schema?, &given, &json!({ "properties": { "It": current } }))?;
        Ok((left.values.is_empty(), left.notes.is_empty()))
    }

    #[test]
    fn a_part_never_stands_for_the_whole() {
        let text = |length: usize| json!("\u{e9}".repeat(length));
        let long = json!({ "type": "rich_text", "rich_text": [{ "plain_text": text(3_000), "text": { "content": text(3_000) } }] });
        for length in table::CELL_LENGTHS {
            let shown = json!(format!("{}...", "\u{e9}".repeat(length)));
            assert_eq!(cut(&shown, &long).expect("a part"), (true, false), "{length}");
        }
        for other in [json!(format!("{}...", "\u{e9}".repeat(99))), json!(format!("{}...", "e".repeat(100)))]
        {
            assert_eq!(cut(&other, &long).expect("another text"), (false, true));
        }
        assert_eq!(cut(&text(3_000), &long).expect("the whole"), (true, true));
        let ids: Vec<String> = (0..25).map(|number| NotionId::from_u128(number).to_string()).collect();
        let pages: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        let relation = json!({ "type": "relation", "relation": pages, "has_more": true });
        let undashed: Vec<String> = ids.iter().map(|id| id.replace('-', "")).collect();
        for shown in [json!(ids), json!(undashed), relation.clone(), json!({ "relation": pages })] {
            assert_eq!(cut(&shown, &relation).expect("a part"), (true, false), "{shown}");
        }
        assert_eq!(cut(&json!(ids[..24]), &relation).expect("others"), (false, true));
        let tags: Vec<String> = (10..40).map(|number| format!("a rather long option {number}")).collect();
        let options: Vec<Value> = tags.iter().map(|name| json!({ "name": name })).collect();
        let several = json!({ "type": "multi_select", "multi_select": options });
        assert!(cut(&json!(tags[..20]), &several).expect_err("ambiguous").hint.is_some());
        for fewer in [json!(tags[..21]), json!(tags[..4]), json!({ "multi_select": options[..20] })] {
            assert_eq!(cut(&fewer, &several).expect("fewer"), (false, true));
        }
    }

    #[test]
    fn a_new_row_has_no_read_only_values_and_says_so() {
        let page = page();
        let left = for_new_row(&schema(), page["properties"].as_object().expect("properties"));
        assert_eq!(left.values.keys().collect::<Vec<_>>(), ["Name", "Checked"]);
        assert!(left.values["Checked"]["verification"].get("verified_by").is_none());
        assert!(left.notes.iter().any(|note| note.contains("`Score`") && note.contains("`Press`")));
    }

    #[test]
    fn what_differs_stays_unless_notion_did_not_compute_it() {
        let given =
            json!({ "Score": 4, "No": "T-13", "Made": "2026-01-10T09:31:00Z", "By": "Grace", "Broken": 1 });
        assert_eq!(left(&given), ["Score", "No", "Made", "By"]);
        let given = Map::from_iter([("Broken".to_owned(), json!(1))]);
        let left = without_unchanged(&schema(), &given, &page()).expect("nothing is cut");
        assert!(left.notes.iter().any(|note| note.contains("`Broken`")), "{left:?}");
    }
}
