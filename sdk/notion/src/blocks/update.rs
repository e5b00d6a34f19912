//! A change of one block.

use serde_json::{Map, Value, json};

use super::answered;
use super::kind::{self, Kind};
use super::member::Form;
use super::to_notion::{ANSWERED, Writer, at, member, opened};
use crate::Error;
use crate::markdown::{Inline, People};

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
/// As [`to_notion`](super::to_notion); and for another type, and for new blocks in it, which can't be put there that way.
pub fn to_update(kind: &str, compact: &Value) -> Result<Update, Error> {
    to_update_with(kind, compact, &People::default())
}

/// As [`to_update`], with the people whom the texts may mention.
///
/// # Errors
///
/// As [`to_update`].
pub fn to_update_with(kind: &str, compact: &Value, people: &People) -> Result<Update, Error> {
    let kind = kind::find(kind)?;
    let opened = opened(compact);
    let given =
        opened.as_object().ok_or_else(|| Error::invalid_input("A change of a block is an object."))?;
    if let Some(named) = given.get("type").and_then(Value::as_str)
        && kind::find(named)?.name != kind.name
    {
        return Err(Error::invalid_input(format!(
            "The block is of type `{}`; Notion can't make it `{named}`.",
            kind.name
        ))
        .hint("Append a block of the other type after it, and delete this one."));
    }
    let own = given.get(kind.name).filter(|own| own.is_object());
    let held = ["children", "rows"].into_iter().filter_map(|held| {
        let value = given.get(held).or_else(|| own.and_then(|own| own.get(held)))?;
        value.as_array()
    });
    let held: Vec<&Value> = held.flatten().collect();
    let is_list = |name: &&str| given.get(*name).is_none_or(|value| value.is_null() || value.is_array());
    if let Some(other) = ["children", "rows"].iter().find(|name| !is_list(name)) {
        return Err(Error::invalid_input(format!(
            "`{other}` is an array, and can't be changed with its block."
        ))
        .hint("Append to the block by its id, and change or delete the blocks in it by theirs."));
    }
    if held.iter().any(|block| block.get("id").is_none()) {
        return Err(Error::invalid_input("What is in a block can't be changed together with the block.")
            .hint("Append to it by its id, and change or delete the blocks in it by theirs."));
    }
    // What describes a block where it is answered asks for nothing.
    let describes = |name: &str| {
        ANSWERED.contains(&name)
            || matches!(name, "type" | "children" | "has_children" | "more" | "rows" | "width")
    };
    let is_own = |name: &str| kind.members.iter().any(|member| member.name == name);
    let members = given.iter().filter(|(name, _)| is_own(name) || !describes(name));
    let mut notes = Vec::new();
    // They were answered with the block, and were given back with it.
    if !held.is_empty() {
        notes.push(
            "The blocks in it stay as they are: change or delete them by their own ids, and append to it by its id."
                .to_owned(),
        );
    }
    let body = match own {
        Some(own) => {
            if let Some((beside, _)) = members.clone().find(|(name, _)| *name != kind.name) {
                return Err(Error::invalid_input(format!("`{beside}` is given beside `{}`.", kind.name))
                    .hint("Give Notion's own object or members of the compact form, not both."));
            }
            let mut writer = Writer::new(people);
            let mut body = writer.own_body(kind, own, kind.name)?;
            // A new block has these, and a change of one doesn't.
            if kind.name != "link_to_page" {
                body.shift_remove("type");
            }
            body.shift_remove("table_width");
            notes.append(&mut writer.notes);
            body
        }
        None => {
            let mut body = Map::new();
            for (name, value) in members {
                let member = member(kind, name).map_err(|error| at(kind.name, error))?;
                if let Some(note) = answered::unwritable(member, value) {
                    notes.push(format!("{name}: {note}."));
                    continue;
                }
                let mut inline = Inline::new(people);
                let written = match (value, member.form) {
                    (Value::Null, Form::Text | Form::Caption | Form::Code) => json!([]),
                    (Value::Null, Form::Color) => "default".into(),
                    (Value::Null, Form::Icon) => {
                        return Err(at(
                            name,
                            Error::invalid_input("Notion can't take the icon of a block away."),
                        )
                        .hint("Give another icon, such as an emoji."));
                    }
                    (value, _) => member.write(value, &mut inline).map_err(|error| at(name, error))?,
                };
                body.insert(member.key.to_owned(), written);
                notes.extend(inline.notes.drain(..).map(|note| format!("{name}: {note}.")));
            }
            body
        }
    };
    if body.is_empty() {
        return Err(Error::invalid_input("Nothing is to be changed.").hint(members_of(kind)));
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
