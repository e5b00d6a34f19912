//! What callers write, compact or Notion's own, into Notion's block objects for requests.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::answered::{self, Replaced};
use super::kind::{self, Children, Kind};
use super::member::{self, Form, Member};
use super::parsed::Parsed;
use super::tree::{BLOCK_LIMIT, DEPTH_LIMIT};
use crate::Error;
use crate::json_text::{self, notions_own, unwrapped};
use crate::markdown::{Inline, People, normalised};
use crate::rich_text::{check_members, is_element};
use crate::{ARRAY_LIMIT, names};

/// Members that Notion answers beside a block's type and content, and that a request does not have.
pub(super) const ANSWERED: [&str; 11] = [
    "object",
    "id",
    "parent",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "in_trash",
    "archived",
    "is_archived",
    "request_id",
];

/// Notion's block objects from compact ones, Notion's own, or plain texts, which are paragraphs. Everything is checked
/// before anything can be sent.
///
/// # Errors
///
/// `InvalidInput` with the path of the block and the valid members, types or values; `LimitExceeded` for nesting deeper
/// than 32 levels, more than 10,000 blocks, or text of more than 100 pieces.
pub fn to_notion(compact: &[Value]) -> Result<Vec<Value>, Error> {
    Ok(read(compact)?.blocks)
}

/// As [`to_notion`], with what of the blocks has no place in Notion.
///
/// # Errors
///
/// As [`to_notion`].
pub fn read(compact: &[Value]) -> Result<Parsed, Error> {
    read_with(compact, &People::default())
}

/// As [`read`], with the people whom the texts may mention.
///
/// # Errors
///
/// As [`to_notion`].
pub fn read_with(compact: &[Value], people: &People) -> Result<Parsed, Error> {
    let mut writer = Writer::new(people);
    let blocks = writer.all(compact, "blocks", 0)?;
    Ok(Parsed { blocks, notes: writer.notes })
}

#[derive(Debug)]
pub(super) struct Writer<'people> {
    count: usize,
    people: &'people People,
    pub(super) notes: Vec<String>,
}

impl<'people> Writer<'people> {
    pub(super) fn new(people: &'people People) -> Self {
        Self { count: 0, people, notes: Vec::new() }
    }

    fn all(&mut self, given: &[Value], path: &str, depth: usize) -> Result<Vec<Value>, Error> {
        if depth > DEPTH_LIMIT {
            return Err(Error::limit_exceeded(format!(
                "Blocks are nested deeper than {DEPTH_LIMIT} levels."
            ))
            .hint("Divide them into several pages, or nest less."));
        }
        let mut blocks = Vec::with_capacity(given.len().min(BLOCK_LIMIT));
        for (number, block) in given.iter().enumerate() {
            blocks.extend(self.one(block, &format!("{path}[{number}]"), depth)?);
        }
        Ok(blocks)
    }

    /// A block; none for one that was answered and that no request can create.
    fn one(&mut self, given: &Value, path: &str, depth: usize) -> Result<Option<Value>, Error> {
        self.count += 1;
        if self.count > BLOCK_LIMIT {
            return Err(Error::limit_exceeded(format!("There are more than {BLOCK_LIMIT} blocks."))
                .hint("Append them in several calls, each at the end of the one before."));
        }
        match &*opened(given) {
            Value::String(text) => {
                self.compact(&Map::from_iter([("text".to_owned(), json!(text))]), path, depth).map(Some)
            }
            Value::Object(block) => {
                if let Some(Replaced { block, note }) = answered::replaced(block) {
                    self.notes.push(format!("{path}: {note}."));
                    return Ok(block);
                }
                match own_kind(block).map_err(|error| at(path, error))? {
                    Some(kind) => self.own(kind, block, path, depth).map(Some),
                    None => self.compact(block, path, depth).map(Some),
                }
            }
            _ => Err(at(path, Error::invalid_input("A block is an object or a text."))
                .hint("For example {\"type\": \"to_do\", \"text\": \"Call Ada\", \"checked\": true}.")),
        }
    }

    fn compact(&mut self, block: &Map<String, Value>, path: &str, depth: usize) -> Result<Value, Error> {
        let kind = match block.get("type") {
            Some(Value::String(name)) => kind::find(name),
            Some(_) => Err(Error::invalid_input("`type` is a text.")),
            None => kind::find("paragraph"),
        };
        let kind = kind.map_err(|error| at(path, error))?;
        let mut inline = Inline::new(self.people);
        let body = content(kind, block, &mut inline).map_err(|error| at(path, error))?;
        self.notes.extend(inline.notes.drain(..).map(|note| format!("{path}: {note}.")));
        let is_mirror = block.get("synced_from").is_some_and(|from| !from.is_null());
        let children = if is_mirror && kind.name == "synced_block" {
            self.leave_mirrored(block.get("children"), path);
            Vec::new()
        } else {
            self.held(kind, block, path, depth)?
        };
        finish(kind, body, children).map_err(|error| at(path, error))
    }

    /// Says that what a mirror shows was not written again.
    fn leave_mirrored(&mut self, children: Option<&Value>, path: &str) {
        if children.and_then(Value::as_array).is_some_and(|children| !children.is_empty()) {
            self.notes
                .push(format!("{path}: what is in a synced block comes from its original and was left out."));
        }
    }

    /// The blocks in a compact block.
    fn held(
        &mut self,
        kind: &'static Kind,
        block: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<Vec<Value>, Error> {
        if block.get("has_children").or_else(|| block.get("more")).is_some_and(|missing| *missing != false) {
            return Err(at(path, Error::invalid_input("It says that it has children that were not read."))
                .hint("List the block again with more depth, or leave `has_children` and `more` out."));
        }
        let given = |name: &str| match block.get(name).map(|given| unwrapped(given, Value::is_array)) {
            None => Ok(None),
            Some(given) => match given.into_owned() {
                Value::Null => Ok(None),
                Value::Array(given) => Ok(Some(given)),
                _ => Err(at(path, Error::invalid_input(format!("`{name}` is an array."))).hint(
                    "Give a list, such as [\"a paragraph\"]; of a table's rows each is a list of its cells.",
                )),
            },
        };
        let rows = if kind.children == Children::Rows { given("rows")? } else { None };
        match (rows, given("children")?) {
            (Some(_), Some(_)) => {
                Err(at(path, Error::invalid_input("A table has either `rows` or `children`, not both.")))
            }
            (Some(rows), None) => {
                let rows: Vec<Value> =
                    rows.iter().map(|cells| json!({ "type": "table_row", "cells": cells })).collect();
                self.all(&rows, &format!("{path}.rows"), depth + 1)
            }
            (None, Some(children)) => self.all(&children, &format!("{path}.children"), depth + 1),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// One of Notion's own objects, as it answers them or as requests have them.
    fn own(
        &mut self,
        kind: &'static Kind,
        block: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<Value, Error> {
        let own = block.get(kind.name).unwrap_or(&Value::Null);
        let is_mirror = own.get("synced_from").is_some_and(|from| !from.is_null());
        let known = |name: &str| ANSWERED.contains(&name) || name == kind.name;
        let beside = ["type", "children", "has_children", "more"];
        if let Some(unknown) = block.keys().find(|name| !known(name) && !beside.contains(&name.as_str())) {
            return Err(at(
                path,
                Error::invalid_input(format!("One of Notion's blocks has no `{unknown}`.")),
            )
            .hint(format!(
                "Put it into `{}`, or write the compact form without `{}`.",
                kind.name, kind.name
            )));
        }
        let inside = own.get("children").or_else(|| block.get("children"));
        let inside = inside.map(|inside| unwrapped(inside, Value::is_array));
        let inside = inside.as_deref();
        if inside.is_none() && !is_mirror && block.get("has_children") == Some(&json!(true)) {
            return Err(at(path, Error::invalid_input("It says that it has children that were not read."))
                .hint("Read them too, or leave `has_children` out."));
        }
        let children = match inside {
            None | Some(Value::Null) => Vec::new(),
            Some(_) if is_mirror => {
                self.leave_mirrored(inside, path);
                Vec::new()
            }
            Some(Value::Array(children)) => self.all(children, &format!("{path}.children"), depth + 1)?,
            Some(_) => return Err(at(path, Error::invalid_input("`children` is an array."))),
        };
        let body = self.own_body(kind, own, path)?;
        finish(kind, body, children).map_err(|error| at(path, error))
    }

    /// The content of one of Notion's own objects, without what is derived and what is `null`.
    pub(super) fn own_body(
        &mut self,
        kind: &Kind,
        own: &Value,
        path: &str,
    ) -> Result<Map<String, Value>, Error> {
        let mut body = Map::new();
        for (key, value) in own.as_object().into_iter().flatten().filter(|(key, _)| *key != "children") {
            answered::check_key(kind, key).map_err(|error| at(path, error))?;
            if let Some(note) = kind
                .members
                .iter()
                .find(|member| member.key == key)
                .and_then(|member| answered::unwritable(member, value))
            {
                self.notes.push(format!("{path}: {note}."));
                continue;
            }
            let form = kind.members.iter().find(|member| member.key == key).map(|member| member.form);
            let value = unwrapped(value, |meant| match form {
                Some(Form::Text | Form::Caption | Form::Code) => is_rich_text(meant),
                Some(Form::Flag) => meant.is_boolean(),
                Some(Form::Ratio) => meant.is_number(),
                Some(Form::Words | Form::Expression | Form::Url | Form::Language | Form::Color) => false,
                Some(_) => json_text::is_container(meant) || meant.is_null(),
                None => meant.is_number(),
            });
            let value = match (key.as_str(), &*notions_own(&value)) {
                ("synced_from", value) => value.clone(),
                (_, Value::Null) => continue,
                ("rich_text" | "caption", value) => {
                    for element in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                        check_members(element)?;
                    }
                    self.elements(value, path)?
                }
                ("cells", Value::Array(cells)) => {
                    cells.iter().map(|cell| self.elements(cell, path)).collect::<Result<_, _>>()?
                }
                ("file", _) if kind.members.iter().any(|member| member.form == Form::HostedFile) => {
                    return Err(at(path, member::hosted()));
                }
                (_, value) => value.clone(),
            };
            body.insert(key.clone(), value);
        }
        Ok(body)
    }

    /// Rich text as a request has it, from Notion's objects or from markdown.
    fn elements(&mut self, value: &Value, path: &str) -> Result<Value, Error> {
        let known =
            |element: &Value| ["text", "mention", "equation"].iter().any(|kind| element.get(kind).is_some());
        match value {
            Value::String(text) => {
                let mut inline = Inline::new(self.people);
                let elements = inline.elements(text).map_err(|error| at(path, error))?;
                self.notes.extend(inline.notes.drain(..).map(|note| format!("{path}: {note}.")));
                Ok(Value::Array(elements))
            }
            Value::Array(given) if given.iter().all(known) => {
                let elements = normalised(value);
                if elements.len() > ARRAY_LIMIT {
                    return Err(at(
                        path,
                        Error::limit_exceeded(format!(
                            "The text has {} pieces; Notion takes {ARRAY_LIMIT}.",
                            elements.len()
                        )),
                    ));
                }
                Ok(Value::Array(elements))
            }
            _ => Err(at(path, Error::invalid_input("This is no rich text."))
                .hint("Give inline markdown, or an array of Notion's rich text objects.")),
        }
    }
}

/// The content of Notion's object for a compact block, without the blocks in it.
pub(super) fn content(
    kind: &'static Kind,
    block: &Map<String, Value>,
    inline: &mut Inline<'_>,
) -> Result<Map<String, Value>, Error> {
    refuse_unknown(kind, block)?;
    check_needs(kind, block)?;
    let mut body = Map::new();
    for member in kind.members {
        let given = block.get(member.name).filter(|value| !value.is_null());
        let value = match given {
            Some(value) => match answered::unwritable(member, value) {
                Some(note) => {
                    inline.notes.push(note);
                    None
                }
                None => Some(member.write(value, inline).map_err(|error| at(member.name, error))?),
            },
            None => member.absent(),
        };
        body.extend(value.map(|value| (member.key.to_owned(), value)));
    }
    Ok(body)
}

/// A block with what of it came as text: itself, where the text is an object that says its type, and the content under its
/// type's key. Every other text is a paragraph's, or a member's own.
pub(super) fn opened(given: &Value) -> Cow<'_, Value> {
    let given = unwrapped(given, |meant| {
        let named = meant.get("type").and_then(Value::as_str).is_some_and(|name| kind::any(name).is_some());
        named || kind::KINDS.iter().any(|kind| meant.get(kind.name).is_some_and(Value::is_object))
    });
    let key = given.as_object().and_then(|block| {
        let holds = |name: &str| block.get(name).is_some_and(|own| own.as_str().is_some_and(is_object_text));
        match block.get("type").and_then(Value::as_str) {
            Some(name) => kind::any(name).map(|kind| kind.name).filter(|name| holds(name)),
            None => kind::KINDS.iter().map(|kind| kind.name).find(|name| holds(name)),
        }
    });
    match key {
        None => given,
        Some(key) => {
            let mut block = given.into_owned();
            if let Some(own) = block.get_mut(key)
                && let Cow::Owned(meant) = unwrapped(own, Value::is_object)
            {
                *own = meant;
            }
            Cow::Owned(block)
        }
    }
}

fn is_object_text(text: &str) -> bool {
    json_text::read(text).is_some_and(|meant| meant.is_object())
}

fn is_rich_text(value: &Value) -> bool {
    let elements = value.as_array();
    elements.is_some_and(|elements| !elements.is_empty() && elements.iter().all(is_element))
}

/// The type of one of Notion's own objects; none for a compact block.
fn own_kind(block: &Map<String, Value>) -> Result<Option<&'static Kind>, Error> {
    let named = block.get("type").and_then(Value::as_str);
    let holds = |name: &str| block.get(name).is_some_and(Value::is_object);
    match named {
        Some(name) if holds(name) => kind::find(name).map(Some),
        Some(_) => Ok(None),
        None => Ok(kind::KINDS.iter().find(|kind| holds(kind.name))),
    }
}

/// Puts content and children together, and checks what Notion asks of both.
pub(super) fn finish(
    kind: &Kind,
    mut body: Map<String, Value>,
    children: Vec<Value>,
) -> Result<Value, Error> {
    super::shape::check(kind, &mut body, &children)?;
    // A column is told that it is empty.
    if !children.is_empty() || kind.children == Children::Column {
        body.insert("children".to_owned(), Value::Array(children));
    }
    Ok(json!({ "type": kind.name, kind.name: body }))
}

pub(super) fn member(kind: &Kind, name: &str) -> Result<&'static Member, Error> {
    kind.members.iter().find(|member| member.name == name).ok_or_else(|| {
        let valid: Vec<&str> = kind.members.iter().map(|member| member.name).collect();
        Error::invalid_input(format!("A block of type `{}` has no `{}`.", kind.name, crate::excerpt(name)))
            .hint(names::valid(name, &valid))
    })
}

fn refuse_unknown(kind: &'static Kind, block: &Map<String, Value>) -> Result<(), Error> {
    for (name, value) in block {
        let is_beside = match name.as_str() {
            "type" | "id" | "has_children" | "more" => true,
            "children" => kind.children != Children::None || value.as_array().is_some_and(Vec::is_empty),
            "rows" => kind.children == Children::Rows,
            // What a table without its rows is read with.
            "width" => kind.children == Children::Rows,
            _ => false,
        };
        if !is_beside {
            if name == "children" {
                return Err(Error::invalid_input(format!(
                    "A block of type `{}` holds no blocks.",
                    kind.name
                ))
                .hint("Put them after it."));
            }
            member(kind, name)?;
        }
    }
    Ok(())
}

fn check_needs(kind: &Kind, block: &Map<String, Value>) -> Result<(), Error> {
    let given =
        kind.needs.iter().filter(|name| block.get(**name).is_some_and(|value| !value.is_null())).count();
    if kind.needs.is_empty() || given == 1 {
        return Ok(());
    }
    let one = if kind.needs.len() > 1 { "one of " } else { "" };
    let valid = kind.needs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Err(Error::invalid_input(format!("A block of type `{}` needs {one}{valid}.", kind.name)))
}

/// An error with the place that it is at.
pub(super) fn at(path: &str, mut error: Error) -> Error {
    error.message = format!("`{path}`: {}", error.message);
    error
}
