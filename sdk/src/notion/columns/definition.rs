//! One definition.

use serde_json::{Map, Value, json};

use super::{OptionRename, linked, number, options};
use crate::Problem;
use crate::notion::properties::{Kind, Property};
use crate::notion::{Schema, excerpt, names};

/// The types that the API can make.
const TYPES: [&str; 22] = [
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

/// A definition in Notion's form.
pub(super) struct Column {
    pub(super) value: Value,
    pub(super) renames: Vec<OptionRename>,
    pub(super) notes: Vec<String>,
    /// The caller knows that the name is like another's.
    pub(super) is_new: bool,
}

/// The column of a new data source.
pub(super) fn named(name: &str, given: &Value, around: &Around<'_>) -> Result<(String, Column), Problem> {
    if given.is_null() {
        return Err(Problem::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
            .hint(format!("Give one: {}.", TYPES.join(", "))));
    }
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::invalid_input("A column has no name.").hint("Give each column a name."));
    }
    Ok((name.to_owned(), read(name, given, None, around)?))
}

/// A definition in Notion's form; of a column that exists, `before` is what it is.
pub(super) fn read(
    name: &str,
    given: &Value,
    before: Option<&Property>,
    around: &Around<'_>,
) -> Result<Column, Problem> {
    let mut parts = Parts::of(name, given, before)?;
    let before = before.filter(|property| property.kind == parts.kind);
    let mut settings = match &parts.kind {
        Kind::Number => parts.texts(&["format"])?,
        Kind::Formula => parts.texts(&["expression"])?,
        Kind::UniqueId => parts.texts(&["prefix"])?,
        Kind::Select | Kind::MultiSelect | Kind::Status => options::read(&mut parts, before)?,
        Kind::Relation => linked::relation(&mut parts, before)?,
        Kind::Rollup => linked::rollup(&mut parts, before, around)?,
        _ => json!({}),
    };
    if parts.kind == Kind::Formula && before.is_none() && settings.get("expression").is_none() {
        return Err(
            parts.refuse("has no expression", "Give `expression`, such as \"prop(\\\"Points\\\") * 2\".")
        );
    }
    if let (Kind::Number, Some(format)) = (&parts.kind, settings.get_mut("format"))
        && let Some(text) = format.as_str()
    {
        *format = number::format(&parts, text)?.into();
    }
    let mut column = Map::from_iter([(parts.kind.name().to_owned(), settings)]);
    if let Some(description) = parts.take("description") {
        column.insert("description".to_owned(), description);
    }
    let is_new = match parts.left.shift_remove("new") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(parts.refuse("has a `new` that is not true", "Give true, or leave it out.")),
    };
    parts.nothing_left()?;
    Ok(Column { value: Value::Object(column), renames: parts.renames, notes: parts.notes, is_new })
}

/// What a caller wrote, taken apart: each part is taken once, and what is left is refused.
pub(super) struct Parts {
    name: String,
    pub(super) kind: Kind,
    left: Map<String, Value>,
    /// All parts that were asked for, for the hint.
    known: Vec<&'static str>,
    renames: Vec<OptionRename>,
    notes: Vec<String>,
}

impl Parts {
    fn of(name: &str, given: &Value, before: Option<&Property>) -> Result<Self, Problem> {
        let mut left = match given {
            Value::String(kind) => Map::from_iter([("type".to_owned(), json!(kind))]),
            Value::Array(options) => Map::from_iter([("options".to_owned(), json!(options))]),
            Value::Object(object) => object.clone(),
            _ => {
                return Err(Problem::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
                    .hint(format!("Give one: {}.", TYPES.join(", "))));
            }
        };
        let said = match left.shift_remove("type") {
            None => None,
            Some(Value::String(said)) => Some(kind_called(&said)?),
            Some(_) => {
                return Err(Problem::invalid_input(format!(
                    "The type of `{}` is not a text.",
                    excerpt(name)
                )));
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
                return Err(Problem::invalid_input(format!(
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
                return Err(Problem::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
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

    pub(super) fn take_text(&mut self, part: &'static str) -> Result<Option<String>, Problem> {
        match self.take(part) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(&format!("has a `{part}` that is no text"), "Give a text.")),
        }
    }

    /// These parts as Notion's settings; null stays null.
    fn texts(&mut self, parts: &[&'static str]) -> Result<Value, Problem> {
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

    pub(super) fn refuse(&self, fault: &str, hint: &str) -> Problem {
        Problem::invalid_input(format!("The column `{}` ({}) {fault}.", excerpt(&self.name), self.kind))
            .hint(hint)
    }

    fn nothing_left(&self) -> Result<(), Problem> {
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

fn kind_called(name: &str) -> Result<Kind, Problem> {
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
        .map_err(|problem| problem.hint(format!("Valid, nearest first: {}.", valid().join(", "))))
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
