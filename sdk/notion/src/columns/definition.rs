//! The definition of one column.

use serde_json::{Map, Value, json};

use super::parts::{Around, Parts, TYPES};
use super::rename::OptionRename;
use super::{linked, number, options};
use crate::properties::{Kind, Property};
use crate::{Error, excerpt};

/// A definition in Notion's form.
pub(super) struct Column {
    pub(super) value: Value,
    pub(super) renames: Vec<OptionRename>,
    pub(super) notes: Vec<String>,
    /// The caller knows that the name is like another's.
    pub(super) is_new: bool,
}

/// The column of a new data source.
pub(super) fn named(name: &str, given: &Value, around: &Around<'_>) -> Result<(String, Column), Error> {
    if given.is_null() {
        return Err(Error::invalid_input(format!("The column `{}` has no type.", excerpt(name)))
            .hint(format!("Give one: {}.", TYPES.join(", "))));
    }
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid_input("A column has no name.").hint("Give each column a name."));
    }
    Ok((name.to_owned(), read(name, given, None, around)?))
}

/// A definition in Notion's form; of a column that exists, `before` is what it is.
pub(super) fn read(
    name: &str,
    given: &Value,
    before: Option<&Property>,
    around: &Around<'_>,
) -> Result<Column, Error> {
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
    let is_new = match parts.take_unnamed("new") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(parts.refuse("has a `new` that is not true", "Give true, or leave it out.")),
    };
    parts.nothing_left()?;
    Ok(Column { value: Value::Object(column), renames: parts.renames, notes: parts.notes, is_new })
}
