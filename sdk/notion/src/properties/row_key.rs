//! A value that names one row of a data source.
//!
//! A key is the value as it is given, in one normal form of Unicode and without blanks at its ends; case counts. Notion's
//! own comparison takes more for equal: it finds the rows that may be meant, and does not decide which one is.

use serde_json::{Map, Value, json};

use super::{Date, IdsOnly, Kind, Lookup, NewOptions, Property, normalise_value, text};
use crate::Error;
use crate::{TEXT_LIMIT, excerpt, markdown, names, rich_text, utf16_length};

/// Notion shows this many elements of a text in a page's answer.
const SHOWN: usize = 25;

/// The property and value by which a row is found: what to filter by, and what to write when the row is created.
#[derive(Clone, Debug)]
pub struct RowKey {
    /// The name of the property.
    pub property: String,
    /// Filters for `POST /v1/data_sources/{data_source_id}/query`: a row with the value passes at least one of them.
    pub filters: Vec<Value>,
    /// The value as it is compared: equal texts are the same key.
    pub text: String,
    /// The value in Notion's form; none when Notion gives the value itself, so that no row can be created with it.
    pub value: Option<Value>,
    /// True when no row can have the value, because its option is yet to be added.
    pub is_new: bool,
}

/// What a row has in the property of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    text: String,
    /// The text with its markup, where it has some: so it is answered, and may be given back.
    marked_up: Option<String>,
    is_cut: bool,
}

impl RowKey {
    /// The key of a plain value, in which a date may be relative where `lookup` knows the day.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the value does not fit the property, is empty, or the property cannot name a row.
    pub fn new(
        property: &Property,
        value: &Value,
        options: NewOptions,
        lookup: &dyn Lookup,
    ) -> Result<Self, Error> {
        let kind = &property.kind;
        match kind {
            Kind::UniqueId => {
                let number = unique_number(property, value)?;
                Ok(Self::of(property, number.to_string(), &[json!(number)], None))
            }
            Kind::Title | Kind::RichText => of_text(property, value),
            Kind::Select | Kind::Status => of_option(property, value, options),
            Kind::Date => of_date(property, value, lookup),
            Kind::Number => {
                let normal = normalise_value(property, value, &IdsOnly, options)?;
                let number = normal.get("number").cloned().unwrap_or_default();
                let text = comparable_number(&number).ok_or_else(|| empty(property))?;
                Ok(Self::of(property, text, &[number], Some(normal)))
            }
            Kind::Url | Kind::Email | Kind::PhoneNumber => {
                let normal = normalise_value(property, value, &IdsOnly, options)?;
                let given = normal.get(kind.name()).and_then(Value::as_str).ok_or_else(|| empty(property))?;
                let text = names::normal(given);
                let value = json!({ kind.name(): text });
                Ok(Self::of(property, text.clone(), &forms(&text, given), Some(value)))
            }
            _ => Err(Error::invalid_input(format!("`{}` ({kind}) cannot name a row.", property.name))
                .hint("Use a property of type title, rich_text, number, select, status, date, url, email, phone_number or unique_id.")),
        }
    }

    fn of(property: &Property, text: String, wanted: &[Value], value: Option<Value>) -> Self {
        let filter =
            |wanted| json!({ "property": property.name, property.kind.name(): { "equals": wanted } });
        Self {
            property: property.name.clone(),
            filters: wanted.iter().map(filter).collect(),
            text,
            value,
            is_new: false,
        }
    }

    /// Whether a row has this value. Of a text that Notion shows only the beginning of, the beginning decides.
    #[must_use]
    pub fn is(&self, seen: &Seen) -> bool {
        if seen.is_cut {
            return self.text.starts_with(&seen.text);
        }
        seen.text == self.text || seen.marked_up.as_ref() == Some(&self.text)
    }
}

impl RowKey {
    /// Whether a value in Notion's form, as it is to be written, is this key.
    #[must_use]
    pub fn is_written_by(&self, value: &Value) -> bool {
        let Some((kind, inner)) = value.as_object().and_then(|value| value.iter().next()) else {
            return false;
        };
        Seen::of(&json!({ "type": kind, kind: inner }))
            .is_some_and(|seen| self.is(&Seen { is_cut: false, ..seen }))
    }

    /// Whether a row's value differs in case only.
    #[must_use]
    pub fn is_alike(&self, seen: &Seen) -> bool {
        self.text.to_lowercase() == seen.text.to_lowercase()
    }
}

impl Seen {
    /// Reads a property value as Notion answers it; none where it is empty, or cannot name a row.
    #[must_use]
    pub fn of(property: &Value) -> Option<Self> {
        let name = property.get("type").and_then(Value::as_str)?;
        let inner = property.get(name)?;
        let kind = Kind::from_name(name);
        let text = match kind {
            Kind::Title | Kind::RichText => {
                let text = names::normal(&rich_text::plain_text(inner));
                let marked_up = names::normal(&text::plain(&kind, inner));
                return Some(Self {
                    marked_up: (marked_up != text).then_some(marked_up),
                    text,
                    is_cut: inner.as_array().is_some_and(|elements| elements.len() >= SHOWN),
                });
            }
            Kind::Select | Kind::Status => names::normal(inner.get("name")?.as_str()?),
            Kind::Url | Kind::Email | Kind::PhoneNumber => names::normal(inner.as_str()?),
            Kind::Number => comparable_number(inner)?,
            Kind::UniqueId => inner.get("number")?.to_string(),
            Kind::Date => minute(inner.as_object()?)?,
            _ => return None,
        };
        Some(Self { text, marked_up: None, is_cut: false })
    }

    /// The texts of the keys that it has: its own, and the one with its markup.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text.as_str()).chain(self.marked_up.as_deref())
    }
}

/// Notion may answer an offset beside the time zone; the offset says when it is.
fn minute(date: &Map<String, Value>) -> Option<String> {
    let read = Date::from_object(date).or_else(|_| {
        let mut date = date.clone();
        date.shift_remove("time_zone");
        Date::from_object(&date)
    });
    read.ok()?.minute()
}

/// A text is its characters: one that is called rich text isn't read as markdown here, since the markup would be lost and
/// another row be named.
fn of_text(property: &Property, value: &Value) -> Result<RowKey, Error> {
    let name = property.kind.name();
    let bare = match (value.get("type"), value.get("value")) {
        (Some(_), Some(bare)) => bare,
        _ => value,
    };
    let (given, value) = match bare.as_str() {
        Some(given) => (given.to_owned(), None),
        None => {
            let normal = normalise_value(property, value, &IdsOnly, NewOptions::Refuse)?;
            (rich_text::plain_text(normal.get(name).unwrap_or(&Value::Null)), Some(normal))
        }
    };
    let text = names::normal(&given);
    if text.is_empty() {
        return Err(empty(property));
    }
    rich_text::check_length(&text, TEXT_LIMIT).map_err(|error| property.blame(error))?;
    let mut wanted = forms(&text, &given);
    if property.kind == Kind::RichText && bare.is_string() {
        // As a row's text is answered with its markup.
        let read = names::normal(&rich_text::plain_text(&Value::Array(markdown::to_rich_text(&text))));
        wanted.extend((read != text && !read.is_empty()).then(|| Value::String(read)));
    }
    let value = value.unwrap_or_else(|| json!({ name: [{ "type": "text", "text": { "content": text } }] }));
    Ok(RowKey::of(property, text, &wanted, Some(value)))
}

/// An option by its very name: one that is alike names other rows.
fn of_option(property: &Property, value: &Value, options: NewOptions) -> Result<RowKey, Error> {
    let kind = property.kind.name();
    let normal = normalise_value(property, value, &IdsOnly, options)?;
    let name =
        normal.pointer(&format!("/{kind}/name")).and_then(Value::as_str).ok_or_else(|| empty(property))?;
    let given = [value.get("value").unwrap_or(value), value.get(kind).unwrap_or(value)];
    let given = given.iter().find_map(|given| given.as_str().or_else(|| given.get("name")?.as_str()));
    if given.is_some_and(|given| names::normal(given) != names::normal(name)) {
        return Err(Error::invalid_input(format!(
            "`{}` has no option `{}`.",
            property.name,
            excerpt(given.unwrap_or_default())
        ))
        .hint(format!(
            "There is `{}`: write it exactly, since case counts in what names a row.",
            excerpt(name)
        )));
    }
    let is_new = !property.options.iter().any(|option| option == name);
    let key = RowKey::of(property, names::normal(name), &[Value::from(name)], Some(normal.clone()));
    Ok(RowKey { is_new, ..key })
}

/// A day, or a time of which the minute counts, as Notion keeps it.
fn of_date(property: &Property, value: &Value, lookup: &dyn Lookup) -> Result<RowKey, Error> {
    let normal = normalise_value(property, value, lookup, NewOptions::Refuse)?;
    let object = normal.get("date").and_then(Value::as_object).ok_or_else(|| empty(property))?;
    let date = Date::from_object(object).map_err(|error| property.blame(error))?;
    let Some(text) = date.minute() else {
        return Err(Error::invalid_input(format!(
            "`{}` names a row only by a single day, or a time with its offset.",
            property.name
        ))
        .hint("Give a date such as \"2026-01-10\" or \"2026-01-10T09:30+01:00\"."));
    };
    let wanted = date.start.to_string();
    Ok(RowKey::of(property, text, &[Value::String(wanted)], Some(normal)))
}

fn empty(property: &Property) -> Error {
    Error::invalid_input(format!("An empty `{}` cannot name a row.", property.name))
        .hint("Give the value that the row has, or shall have.")
}

/// The texts by which Notion is asked for a key, since nobody says whether its comparison knows normal forms and blanks.
fn forms(text: &str, given: &str) -> Vec<Value> {
    let mut forms = names::forms(text);
    if !forms.iter().any(|form| form == given) {
        forms.push(given.to_owned());
    }
    forms.into_iter().filter(|form| utf16_length(form) <= TEXT_LIMIT).map(Value::String).collect()
}

/// 1 and 1.0 are the same number, and so are 0 and -0.
fn comparable_number(number: &Value) -> Option<String> {
    let number = number.as_f64()?;
    Some(if number == 0.0 { "0".to_owned() } else { number.to_string() })
}

/// 12, "12" or "TASK-12", whose prefix must be the property's.
pub(crate) fn unique_number(property: &Property, value: &Value) -> Result<u64, Error> {
    let refuse = |text: &str| {
        let form = property.prefix.as_deref().map(|prefix| format!(", such as 12 or \"{prefix}-12\""));
        Error::invalid_input(format!(
            "`{}` is not a value of `{}` (unique_id).",
            excerpt(text),
            property.name
        ))
        .hint(format!("Give the row's number{}.", form.unwrap_or_else(|| ", such as 12".to_owned())))
    };
    match value {
        Value::Number(number) => number.as_u64().ok_or_else(|| refuse(&number.to_string())),
        Value::String(text) => {
            let (prefix, number) = match text.trim().rsplit_once('-') {
                Some((prefix, number)) => (Some(prefix), number),
                None => (None, text.trim()),
            };
            let fits = prefix.is_none_or(|prefix| {
                property.prefix.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(prefix))
            });
            number.parse().ok().filter(|_| fits).ok_or_else(|| refuse(text))
        }
        other => Err(refuse(&other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    fn schema() -> Schema {
        Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "No": { "id": "a", "type": "unique_id", "unique_id": { "prefix": "TASK" } },
            "Stage": { "id": "b", "type": "select", "select": { "options": [{ "name": "High" }] } },
            "Day": { "id": "c", "type": "date", "date": {} },
            "Tasks": { "id": "d", "type": "relation", "relation": {} },
            "Link": { "id": "e", "type": "url", "url": {} },
            "Mail": { "id": "f", "type": "email", "email": {} },
            "Phone": { "id": "g", "type": "phone_number", "phone_number": {} },
            "Points": { "id": "h", "type": "number", "number": {} },
            "Notes": { "id": "i", "type": "rich_text", "rich_text": {} },
        } }))
        .expect("a schema")
    }

    fn key(name: &str, value: Value) -> Result<RowKey, Error> {
        RowKey::new(schema().find(name).expect(name), &value, NewOptions::Refuse, &IdsOnly)
    }

    fn text(content: &str) -> Value {
        json!([{ "type": "text", "plain_text": content, "text": { "content": content } }])
    }

    fn seen(kind: &str, inner: Value) -> Seen {
        Seen::of(&json!({ "id": "p", "type": kind, kind: inner })).expect("a value")
    }

    #[test]
    fn a_key_filters_by_the_type_of_its_property() {
        for (name, value, filter) in [
            ("Name", json!("X"), json!({ "property": "Name", "title": { "equals": "X" } })),
            ("No", json!("task-12"), json!({ "property": "No", "unique_id": { "equals": 12 } })),
            ("Stage", json!("High"), json!({ "property": "Stage", "select": { "equals": "High" } })),
            ("Day", json!("2026-01-10"), json!({ "property": "Day", "date": { "equals": "2026-01-10" } })),
        ] {
            assert_eq!(key(name, value).expect(name).filters, [filter]);
        }
        assert!(key("No", json!(12)).expect("a number").value.is_none());
    }

    #[test]
    fn what_cannot_name_a_row_is_refused() {
        for (name, value) in [
            ("Name", json!(null)),
            ("Name", json!("  ")),
            ("Name", json!("x".repeat(2_001))),
            ("No", json!("BUG-12")),
            ("No", json!(-1)),
            ("Stage", json!(null)),
            ("Stage", json!("high")),
            ("Day", json!("2026-01-10/2026-01-12")),
            ("Day", json!({ "start": "2026-01-10T09:00", "time_zone": "Europe/Vienna" })),
            ("Tasks", json!([])),
            ("Link", json!("")),
            ("Points", json!(null)),
        ] {
            assert!(key(name, value.clone()).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn case_counts_in_every_type_and_normal_form_and_blanks_do_not() {
        for (name, kind) in [("Link", "url"), ("Mail", "email"), ("Phone", "phone_number")] {
            let key = key(name, json!(" Gr\u{f6}\u{df}e@b.example/aBc ")).expect(name);
            assert!(key.is(&seen(kind, json!("Gro\u{308}\u{df}e@b.example/aBc"))), "{name}");
            assert!(!key.is(&seen(kind, json!("gr\u{f6}\u{df}e@b.example/AbC"))), "{name}");
        }
        for (name, kind) in [("Name", "title"), ("Notes", "rich_text")] {
            let key = key(name, json!("Gro\u{308}\u{df}e ")).expect(name);
            assert!(key.is(&seen(kind, text(" Gr\u{f6}\u{df}e"))), "{name}");
            assert!(!key.is(&seen(kind, text("gr\u{f6}\u{df}e"))), "{name}");
        }
        assert!(key("Stage", json!("High")).expect("a key").is(&seen("select", json!({ "name": "High" }))));
        assert!(!key("Stage", json!("High")).expect("a key").is(&seen("select", json!({ "name": "high" }))));
    }

    #[test]
    fn numbers_and_times_are_the_same_key_however_they_are_written() {
        for (given, there) in [(json!(1), json!(1.0)), (json!("0.3"), json!(0.3)), (json!(-0.0), json!(0))] {
            assert!(key("Points", given.clone()).expect("a key").is(&seen("number", there)), "{given}");
        }
        let moment = key("Day", json!("2026-01-10T09:30:45+01:00")).expect("a key");
        assert!(moment.is(&seen("date", json!({ "start": "2026-01-10T08:30:00.000+00:00", "end": null }))));
        assert!(!moment.is(&seen("date", json!({ "start": "2026-01-10T08:31:00.000+00:00" }))));
        assert!(!moment.is(&seen("date", json!({ "start": "2026-01-10" }))));
        let range = json!({ "type": "date", "date": { "start": "2026-01-10", "end": "2026-01-12" } });
        assert_eq!(Seen::of(&range), None);
    }

    #[test]
    fn a_text_is_its_characters_and_one_that_was_answered_with_markup_can_be_given_back() {
        let key = key("Notes", json!("2*3*4")).expect("a key");
        assert_eq!(
            key.value,
            Some(json!({ "rich_text": [{ "type": "text", "text": { "content": "2*3*4" } }] }))
        );
        assert!(key.is(&seen("rich_text", text("2*3*4"))) && !key.is(&seen("rich_text", text("234"))));
        let mut bold = text("Plan");
        bold[0]["annotations"] = json!({ "bold": true });
        let marked = super::tests::key("Notes", json!("**Plan**")).expect("a key");
        assert!(marked.is(&seen("rich_text", bold)));
        assert!(marked.filters.iter().any(|filter| filter["rich_text"]["equals"] == "Plan"));
    }
}
