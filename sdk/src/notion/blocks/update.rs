//! A change of one block.

use serde_json::{Map, Value, json};

use super::kind::{self, Kind};
use super::member::Form;
use super::to_notion::{Writer, at, member};
use crate::Problem;

/// What changes a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The body of `PATCH /v1/blocks/{id}`: only what is given.
    pub body: Value,
    /// What of the markdown in it has no place in Notion; one sentence each.
    pub notes: Vec<String>,
}

/// What `PATCH /v1/blocks/{id}` takes to change a block of type `kind`, from some of its compact members (`null` empties
/// one), or from Notion's own object.
///
/// # Errors
///
/// As [`to_notion`](super::to_notion); and for another type, and for the blocks in it, which can't be changed that way.
pub fn to_update(kind: &str, compact: &Value) -> Result<Update, Problem> {
    let kind = kind::find(kind)?;
    let given =
        compact.as_object().ok_or_else(|| Problem::invalid_input("A change of a block is an object."))?;
    if let Some(named) = given.get("type").and_then(Value::as_str)
        && kind::find(named)?.name != kind.name
    {
        return Err(Problem::invalid_input(format!(
            "The block is of type `{}`; Notion can't make it `{named}`.",
            kind.name
        ))
        .hint("Append a block of the other type after it, and delete this one."));
    }
    let own = given.get(kind.name).filter(|own| own.is_object());
    let holds = |held: &str| given.contains_key(held) || own.is_some_and(|own| own.get(held).is_some());
    if holds("children") || holds("rows") {
        return Err(Problem::invalid_input("What is in a block can't be changed together with the block.")
            .hint("Append to it by its id, and change or delete the blocks in it by theirs."));
    }
    let members = given.iter().filter(|(name, _)| !matches!(name.as_str(), "type" | "id"));
    let mut notes = Vec::new();
    let body = match own {
        Some(own) => {
            if let Some((beside, _)) = members.clone().find(|(name, _)| *name != kind.name) {
                return Err(Problem::invalid_input(format!("`{beside}` is given beside `{}`.", kind.name))
                    .hint("Give Notion's own object or members of the compact form, not both."));
            }
            let mut writer = Writer::default();
            let body = writer.own_body(kind, own, kind.name)?;
            notes = writer.notes;
            body
        }
        None => {
            let mut body = Map::new();
            for (name, value) in members {
                let member = member(kind, name).map_err(|problem| at(kind.name, problem))?;
                let mut said = Vec::new();
                let written = match (value, member.form) {
                    (Value::Null, Form::Text | Form::Caption | Form::Code) => json!([]),
                    (Value::Null, Form::Color) => "default".into(),
                    (Value::Null, Form::Icon) => Value::Null,
                    (value, _) => member.write(value, &mut said).map_err(|problem| at(name, problem))?,
                };
                body.insert(member.key.to_owned(), written);
                notes.extend(said.into_iter().map(|note| format!("{name}: {note}.")));
            }
            body
        }
    };
    if body.is_empty() {
        return Err(Problem::invalid_input("Nothing is to be changed.").hint(members_of(kind)));
    }
    Ok(Update { body: json!({ kind.name: body }), notes })
}

fn members_of(kind: &Kind) -> String {
    let names: Vec<String> = kind.members.iter().map(|member| format!("`{}`", member.name)).collect();
    if names.is_empty() {
        return format!("A block of type `{}` has nothing to change.", kind.name);
    }
    format!("A block of type `{}` has {}.", kind.name, names.join(", "))
}
