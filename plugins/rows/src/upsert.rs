//! One `upsert`: the values that a row should have, and the write that sets them.

use serde_json::Map;
use toolbay_sdk::notion::blocks::{self, MARKDOWN_VERSION, PageContent};
use toolbay_sdk::notion::properties::same::same;
use toolbay_sdk::notion::properties::{Kind, for_new_row, refuse_named_twice, without_unchanged};
use toolbay_sdk::notion::{IdsOnly, Lookup, NewOptions, Schema, normalise, with_people};
use toolbay_sdk::prelude::*;

use crate::arguments::{Unique, Upsert};
use crate::key::Key;
use crate::rows::Row;

/// Bytes of markdown, as JSON, that go along with a new page: Notion takes 500 KB in one request, properties included.
const MARKDOWN_BYTES: usize = 400_000;

/// What the page of a new row shall hold.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Nothing,
    /// Notion's own, with notes on what of it is said otherwise.
    Markdown(String, Vec<String>),
    Blocks(Vec<Value>, Vec<String>),
}

impl Content {
    /// What is said otherwise than it was given.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Nothing => &[],
            Self::Markdown(_, notes) | Self::Blocks(_, notes) => notes,
        }
    }
}

/// An upsert that was checked against the schema.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) source: usize,
    pub(crate) key: Key,
    /// In Notion's form.
    pub(crate) properties: Map<String, Value>,
    /// As the caller gave them, which only the row can tell from a change.
    pub(crate) given: Map<String, Value>,
    /// Why some of these can't be written, by the names that the caller gave: no problem where the row has them.
    pub(crate) unwritable: Vec<(String, Problem)>,
    pub(crate) content: Content,
    /// What was taken for something else.
    pub(crate) notes: Vec<String>,
}

/// What of an upsert's values is to be written.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) properties: Map<String, Value>,
    /// What is to be said of those that are left out.
    pub(crate) notes: Vec<String>,
}

/// The write that an upsert comes to.
#[derive(Debug)]
pub(crate) enum Change {
    /// The request, and the blocks for which it has no room.
    Create(Request, Vec<Value>),
    Update(Request),
    Nothing,
}

/// Key and values that fit their schema.
#[derive(Debug)]
pub(crate) struct Checked {
    /// None while a reference stands in it.
    pub(crate) key: Option<Key>,
    /// In Notion's form.
    pub(crate) properties: Map<String, Value>,
    pub(crate) unwritable: Vec<(String, Problem)>,
}

/// Checks key and values; nothing is sent.
pub(crate) fn check(
    schema: &Schema,
    asked: &Upsert,
    unique: Option<&[Unique]>,
    lookup: &dyn Lookup,
) -> Result<Checked, Problem> {
    let options = asked.new_options();
    let key = unique.map(|unique| Key::new(schema, unique, options, lookup)).transpose()?;
    refuse_named_twice(schema, &asked.properties)?;
    let mut given = for_new_row(schema, &asked.properties).values;
    let mut unwritable = Vec::new();
    given.retain(|name, value| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        match is_said_by_name(schema, name).then(|| normalise(schema, &alone, lookup, options)) {
            Some(Err(error)) => {
                unwritable.push((name.clone(), error.into()));
                false
            }
            _ => true,
        }
    });
    let properties = normalise(schema, &given, lookup, options)?;
    for part in key.iter().flat_map(|key| &key.parts) {
        // Given once more, it may say how the value looks; another value it can't be.
        if let Some(own) = properties.get(&part.property)
            && !part.is_written_by(own)
        {
            return Err(Problem::invalid_input(format!(
                "`{}` is given twice, with different values.",
                part.property
            ))
            .hint(
                "The unique value names the row, so it cannot be changed here: leave it out of `properties`.",
            ));
        }
    }
    Ok(Checked { key, properties, unwritable })
}

/// True for what answers say by a name that may mean nothing beyond its row: a file that Notion hosts, or one of two people
/// who are called the same.
fn is_said_by_name(schema: &Schema, name: &str) -> bool {
    schema.find(name).is_ok_and(|property| matches!(property.kind, Kind::Files | Kind::People))
}

/// The content that was asked for, checked.
pub(crate) fn content(call: &Call, asked: &mut Upsert) -> Result<Content, Problem> {
    let markdown = asked.content.take().filter(|content| !content.trim().is_empty());
    let given = std::mem::take(&mut asked.content_blocks);
    match (markdown, given.is_empty()) {
        (None, true) => Ok(Content::Nothing),
        (None, false) => {
            let parsed = with_people(call, |people| blocks::read_with(&given, people))?;
            Ok(Content::Blocks(parsed.blocks, parsed.notes))
        }
        (Some(text), true) => {
            let (content, notes) = with_people(call, |people| blocks::page_content(&text, people))?;
            let text = match content {
                PageContent::Blocks(blocks) => return Ok(Content::Blocks(blocks, notes)),
                PageContent::Markdown(text) => text,
            };
            let bytes = Value::from(text.as_str()).to_string().len();
            if bytes > MARKDOWN_BYTES {
                return Err(Problem::limit_exceeded(format!(
                    "`content` has {bytes} bytes; at most {MARKDOWN_BYTES} fit."
                ))
                .hint("Give the beginning here, and append the rest with `append_blocks`."));
            }
            Ok(Content::Markdown(text, notes))
        }
        (Some(_), false) => Err(Problem::invalid_input("`content` and `content_blocks` are both given.")
            .hint("Give one of them.")),
    }
}

impl Step {
    /// The values that differ from those of the row that has the key, or all that a new one can have.
    ///
    /// # Errors
    ///
    /// `invalid_input` for read-only values that are not as the row has them, and for others that can't be written.
    pub(crate) fn fitted(&self, schema: &Schema, row: Option<&Row>) -> Result<Fitted, Problem> {
        let mut properties = self.properties.clone();
        let Some(row) = row else {
            return match self.unwritable.first() {
                Some((_, problem)) => Err(problem.clone()),
                None => Ok(Fitted { properties, notes: for_new_row(schema, &self.given).notes }),
            };
        };
        let left = without_unchanged(schema, &self.given, &json!({ "properties": row.properties }))?;
        let unwritable = self.unwritable.iter().find(|(name, _)| left.values.contains_key(name));
        if let Some((_, problem)) = unwritable {
            return Err(problem.clone());
        }
        let is_left = |name: &str| left.values.keys().any(|given| is_of(schema, given, name));
        let read_only = left.values.iter().filter(|(name, _)| {
            schema.find(name).is_ok_and(|property| property.kind.read_only_reason().is_some())
        });
        // What an earlier operation has changed is not known any more, and so decides nothing.
        let (known, unknown): (Map<_, _>, Map<_, _>) =
            read_only.map(|(name, value)| (name.clone(), value.clone())).partition(|(name, _)| {
                schema.find(name).is_ok_and(|property| row.properties.contains_key(&property.name))
            });
        normalise(schema, &known, &IdsOnly, NewOptions::Refuse)?;
        let mut notes = left.notes.clone();
        notes.extend(for_new_row(schema, &unknown).notes);
        let is_given = |name: &str| self.given.keys().any(|given| is_of(schema, given, name));
        properties.retain(|name, wanted| {
            (is_left(name) || !is_given(name))
                && !row.properties.get(name).is_some_and(|current| same(wanted, current))
        });
        Ok(Fitted { properties, notes })
    }

    /// What to write, with the row that has the key or none.
    pub(crate) fn change(mut self, data_source_id: &str, row: Option<&Row>) -> Result<Change, Problem> {
        let Some(row) = row else { return self.create(data_source_id) };
        if self.properties.is_empty() {
            return Ok(Change::Nothing);
        }
        let body = json!({ "properties": std::mem::take(&mut self.properties) });
        Ok(Change::Update(Request::patch(["v1", "pages", row.id.as_str()], body)))
    }

    /// Refuses a key of which Notion gives the value itself, so that no row can be created with it.
    pub(crate) fn check_creatable(&self) -> Result<(), Problem> {
        match self.key.parts.iter().find(|part| part.value.is_none()) {
            None => Ok(()),
            Some(part) => Err(Problem::not_found(format!("No row has this `{}`.", part.property)).hint(
                "Notion gives that number itself, so no row can be created with it: use another unique property.",
            )),
        }
    }

    fn create(self, data_source_id: &str) -> Result<Change, Problem> {
        self.check_creatable()?;
        let mut properties = self.properties;
        for part in self.key.parts {
            if let Some(value) = part.value {
                properties.entry(part.property).or_insert(value);
            }
        }
        let mut body = Map::new();
        body.insert(
            "parent".to_owned(),
            json!({ "type": "data_source_id", "data_source_id": data_source_id }),
        );
        body.insert("properties".to_owned(), Value::Object(properties));
        let rest = match self.content {
            Content::Nothing => Vec::new(),
            Content::Markdown(text, _) => {
                body.insert("markdown".to_owned(), Value::String(text));
                body.insert("markdown_version".to_owned(), MARKDOWN_VERSION.into());
                Vec::new()
            }
            Content::Blocks(all, _) => {
                let (first, rest) = blocks::first_batch(all);
                body.insert("children".to_owned(), Value::Array(first));
                rest
            }
        };
        Ok(Change::Create(Request::post("/v1/pages", Value::Object(body)), rest))
    }
}

/// Whether a caller's name for a property means the one of this name.
fn is_of(schema: &Schema, given: &str, name: &str) -> bool {
    schema.find(given).is_ok_and(|property| property.name == name)
}

/// The id of the page that Notion answered a write with.
///
/// # Errors
///
/// `outcome_unknown` where it answered with no page: the write may have been carried out all the same.
pub(crate) fn page_id(page: &Value) -> Result<&str, Problem> {
    page.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).ok_or_else(|| {
        Problem::outcome_unknown("Notion took the write, but its answer is no page.")
            .hint("Look whether it was carried out before you send it again.")
    })
}

/// That the content of a row that exists is not used.
pub(crate) const UNUSED_CONTENT: &str = "The content was not used: the row exists and keeps its own.";

/// Sentences as one note; none where nothing is to be said.
pub(crate) fn joined(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// What an upsert answers with.
pub(crate) fn result(action: &str, id: &str, url: Option<&str>, note: Option<&str>) -> Value {
    let mut result = json!({ "action": action, "id": id });
    if let Some(result) = result.as_object_mut() {
        result.extend(url.map(|url| ("url".to_owned(), Value::from(url))));
        result.extend(note.map(|note| ("note".to_owned(), Value::from(note))));
    }
    result
}
