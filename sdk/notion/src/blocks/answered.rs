//! Members that only answers of Notion have, and what becomes of them when a block is sent back as it was read.

use serde_json::{Map, Value, json};

use super::kind::{self, Kind};
use super::member::{Form, Member};
use crate::Error;
use crate::properties::is_hosted as is_hosted_address;
use crate::{excerpt, names};

/// What stands in the place of a block that can't be created.
pub(super) struct Replaced {
    /// None where nothing does.
    pub(super) block: Option<Value>,
    /// Why, without an end.
    pub(super) note: String,
}

/// What becomes of a block that was answered and that no request can create: a link in its place, or nothing, with a note.
/// None for all others, and for what a caller made up, which is refused like any wrong block.
pub(super) fn replaced(block: &Map<String, Value>) -> Option<Replaced> {
    let name = block.get("type").and_then(Value::as_str)?;
    let id = block.get("id").and_then(Value::as_str);
    let linked = |member: &str, what: &str| {
        Some(Replaced {
            block: Some(json!({ "type": "link_to_page", "link_to_page": { "type": member, member: id? } })),
            note: format!("a {what} can't be created by blocks; it was linked to"),
        })
    };
    let text = |member: &str| {
        let own = block.get(name).and_then(|own| own.get(member));
        own.or_else(|| block.get(member)).and_then(Value::as_str)
    };
    match name {
        "child_page" => linked("page_id", "page"),
        "child_database" => linked("database_id", "database"),
        "link_preview" => Some(Replaced {
            block: Some(json!({ "type": "bookmark", "bookmark": { "url": text("url")? } })),
            note: "previews of links can't be created; it became a bookmark".to_owned(),
        }),
        _ => {
            let address = text("url").or_else(|| {
                let own = block.get(name)?;
                own.pointer("/external/url").or_else(|| own.pointer("/file/url"))?.as_str()
            });
            if let Some(kind) = kind::creatable(name).filter(|_| address.is_some_and(is_hosted_address)) {
                return Some(Replaced { block: None, note: hosted_left_out(kind) });
            }
            id?;
            let what = match kind::creatable(name) {
                Some(kind) if is_hosted(kind, block) => {
                    format!(
                        "a file that Notion hosts can't be written by its name, so the {} was left out",
                        kind.name
                    )
                }
                Some(_) => return None,
                None => format!("a block of type `{}` can't be created and was left out", excerpt(name)),
            };
            Some(Replaced { block: None, note: what })
        }
    }
}

/// Why a file with such an address is left out, without an end.
pub(super) fn hosted_left_out(kind: &Kind) -> String {
    format!(
        "the address of a file that Notion hosts ends within the hour, so the {} was left out: upload it anew",
        kind.name
    )
}

/// True for a file whose address ends within the hour, without another source.
fn is_hosted(kind: &Kind, block: &Map<String, Value>) -> bool {
    let own = block.get(kind.name);
    let has = |name: &str| {
        block.get(name).is_some_and(|value| !value.is_null())
            || own.and_then(|own| own.get(name)).is_some_and(|value| !value.is_null())
    };
    kind.members.iter().any(|member| member.form == Form::HostedFile)
        && (has("hosted_file") || has("file"))
        && !["url", "upload", "external", "file_upload"].into_iter().any(has)
}

/// Why a member's value is left out, without an end: it is only read. None for all that can be written.
pub(super) fn unwritable(member: &Member, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    match member.form {
        Form::Read | Form::ReadText => Some(format!("`{}` can only be read and was left out", member.name)),
        Form::Icon if ["hosted_file", "file"].iter().any(|hosted| value.get(hosted).is_some()) => {
            Some("an icon that Notion hosts can't be written by its name and was left out".to_owned())
        }
        _ => None,
    }
}

/// Refuses what Notion's object of this type doesn't have.
pub(super) fn check_key(kind: &Kind, key: &str) -> Result<(), Error> {
    let more: &[&str] = match kind.name {
        "table" => &["table_width"],
        "link_to_page" => &["type"],
        _ if kind.members.iter().any(|member| member.form == Form::HostedFile) => &["type"],
        _ => &[],
    };
    let known: Vec<&str> = kind
        .members
        .iter()
        .map(|member| member.key)
        .chain(more.iter().copied())
        .chain(["children"])
        .collect();
    if known.contains(&key) {
        return Ok(());
    }
    Err(Error::invalid_input(format!("Notion's `{}` has no `{}`.", kind.name, excerpt(key)))
        .hint(names::valid(key, &known)))
}
