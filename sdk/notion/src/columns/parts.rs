//! What a caller wrote for a column, taken apart.

use serde_json::{Map, Value, json};

use super::rename::OptionRename;
use crate::properties::{Kind, Property};
use crate::{Error, Schema, excerpt, names};

/// The types that the API can make.
pub(super) const TYPES: [&str; 22] = [
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
    "relation",
    "rollup",
    "formula",
    "unique_id",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "place",
];

/// What else people call them. `text` is none of them for a title.
const CALLED: [(&str, &str); 20] = [
    ("text", "rich_text"),
    ("string", "rich_text"),
    ("tags", "multi_select"),
    ("datetime", "date"),
    ("person", "people"),
    ("user", "people"),
    ("boolean", "checkbox"),
    ("bool", "checkbox"),
    ("link", "url"),
    ("phone", "phone_number"),
    ("file", "files"),
    ("id", "unique_id"),
    ("auto_increment", "unique_id"),
    ("option", "select"),
    ("location", "place"),
    ("integer", "number"),
    ("int", "number"),
    ("float", "number"),
    ("checklist", "checkbox"),
    ("mail", "email"),
];

/// The other columns, for those that are made of them.
pub(super) struct Around<'a> {
    pub(super) given: &'a Map<String, Value>,
    pub(super) current: Option<&'a Schema>,
}

/// What a caller wrote, taken apart: each part is taken once, and what is left is refused.
pub(super) struct Parts {
    name: String,
    pub(super) kind: Kind,
    left: Map<String, Value>,
    /// All parts that were asked for, for the hint.
    known: Vec<&'static str>,
    pub(super) renames: Vec<OptionRename>,
    pub(super) notes: Vec<String>,
}

impl Parts {
    pub(super) fn of(name: &str, given: &Value, before: Option<&Property>) -> Result<Self, Error> {
        let mut left = match given {
            Value::String(kind) => Map::from_iter([("type".to_owned(), json!(kind))]),
            Value::Array(options) => Map::from_iter([("options".to_owned(), json!(options))]),
            Value::Object(object) => object.clone(),
            _ => {
                return Err(Error::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
                    .hint(format!("Give one: {}.", TYPES.join(", "))));
            }
        };
        let said = match left.shift_remove("type") {
            None => None,
            Some(Value::String(said)) => Some(kind_called(&said)?),
            Some(_) => {
                return Err(Error::invalid_input(format!("The type of `{}` is not a text.", excerpt(name))));
            }
        };
        // Notion's own form has the settings under the type's key, and ids of its own.
        let own = left
            .keys()
            .find(|key| is_type(key) && said.as_ref().is_none_or(|said| said.name() == *key))
            .filter(|key| left.get(*key).is_some_and(Value::is_object))
            .cloned();
        if let Some(key) = &own
            && let Some(Value::Object(settings)) = left.shift_remove(key)
        {
            left.shift_remove("id");
            if let Some(own) = left.shift_remove("name").as_ref().and_then(Value::as_str)
                && !names::equal(own, name)
            {
                return Err(Error::invalid_input(format!(
                    "The column `{}` is called `{}` in its definition.",
                    excerpt(name),
                    excerpt(own)
                ))
                .hint("Give it one name."));
            }
            left.extend(settings);
            // Notion says there which kind of relation it is; so does the key beside it.
            left.shift_remove("type");
        }
        let has_options = left.contains_key("options") || left.contains_key("remove_options");
        let mut notes = Vec::new();
        let kind = match (said, own, before) {
            (Some(kind), _, _) => kind,
            (None, Some(own), _) => Kind::from_name(&own),
            (None, None, Some(before)) => before.kind.clone(),
            (None, None, None) if has_options => {
                notes.push(format!(
                    "`{}` became a multi_select, since options were given without a type.",
                    excerpt(name)
                ));
                Kind::MultiSelect
            }
            (None, None, None) => {
                return Err(Error::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
                    .hint(format!("Give `type`, one of {}.", TYPES.join(", "))));
            }
        };
        Ok(Self {
            name: name.to_owned(),
            kind,
            left,
            known: vec!["type", "description"],
            renames: Vec::new(),
            notes,
        })
    }

    pub(super) fn take(&mut self, part: &'static str) -> Option<Value> {
        self.known.push(part);
        self.left.shift_remove(part)
    }

    /// As [`Parts::take`], for a part that the hint doesn't offer.
    pub(super) fn take_unnamed(&mut self, part: &str) -> Option<Value> {
        self.left.shift_remove(part)
    }

    pub(super) fn take_text(&mut self, part: &'static str) -> Result<Option<String>, Error> {
        match self.take(part) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(&format!("has a `{part}` that is no text"), "Give a text.")),
        }
    }

    /// These parts as Notion's settings; null stays null.
    pub(super) fn texts(&mut self, parts: &[&'static str]) -> Result<Value, Error> {
        let mut settings = Map::new();
        for part in parts {
            match self.take(part) {
                None => {}
                Some(value @ (Value::String(_) | Value::Null)) => {
                    settings.insert((*part).to_owned(), value);
                }
                Some(_) => {
                    return Err(self.refuse(&format!("has a `{part}` that is no text"), "Give a text."));
                }
            }
        }
        Ok(Value::Object(settings))
    }

    /// Something about the definition that its author has to know.
    pub(super) fn note(&mut self, text: &str) {
        self.notes.push(format!("`{}`: {text}", excerpt(&self.name)));
    }

    /// An option gets another name.
    pub(super) fn rename(&mut self, rename: OptionRename) {
        self.renames.push(OptionRename { column: self.name.clone(), ..rename });
    }

    pub(super) fn refuse(&self, fault: &str, hint: &str) -> Error {
        Error::invalid_input(format!("The column `{}` ({}) {fault}.", excerpt(&self.name), self.kind))
            .hint(hint)
    }

    pub(super) fn nothing_left(&self) -> Result<(), Error> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(part) => Err(self.refuse(
                &format!("has no `{}`", excerpt(part)),
                &format!("It takes {}, rename.", distinct(&self.known).join(", ")),
            )),
        }
    }
}

fn is_type(name: &str) -> bool {
    TYPES.contains(&name) || ["button", "verification", "last_visited_time"].contains(&name)
}

fn kind_called(name: &str) -> Result<Kind, Error> {
    if is_type(name) {
        return Ok(Kind::from_name(name));
    }
    let wanted = name.trim().replace('-', "_");
    if let Some((_, kind)) = CALLED.iter().find(|(called, _)| names::alike(called, &wanted)) {
        return Ok(Kind::from_name(kind));
    }
    // All of them: what people call a type may be like none of its names.
    let valid =
        || names::nearest(&wanted, &TYPES).into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    names::find(&wanted, &TYPES, "type")
        .map(Kind::from_name)
        .map_err(|error| error.hint(format!("Valid, nearest first: {}.", valid().join(", "))))
}

fn distinct<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(*name);
        }
    }
    distinct
}
