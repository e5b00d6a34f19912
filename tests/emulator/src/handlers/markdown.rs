//! A page's content as markdown, read and written.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::accepted::accepted;
use crate::handlers::append::{self, Place};
use crate::handlers::{Answer, pages};
use crate::json::Peek;
use crate::markdown::{self, Unit, Version};
use crate::model::Workspace;
use crate::{references, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    if !workspace.blocks.contains_key(&id) {
        call.page(workspace, &id)?;
    }
    call.block(workspace, &id)?;
    Ok(view(Version::of(&call.query), workspace, &id).into())
}

fn view(version: Version, workspace: &Workspace, id: &str) -> Value {
    let rendered = markdown::page(version, workspace, id);
    json!({
        "object": "page_markdown",
        "id": id,
        "markdown": rendered.markdown,
        "truncated": false,
        "unknown_block_ids": rendered.unknown_block_ids,
    })
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    call.page(workspace, &id)?;
    trash::refuse_edit(workspace, &id)?;
    let kind = call.body.text("type").unwrap_or_default().to_owned();
    let command = call.body.at(&kind);
    let version = Version::of(&call.body);
    let before = markdown::page(version, workspace, &id).markdown;
    let after = match kind.as_str() {
        "replace_content" => command.text("new_str").unwrap_or_default().to_owned(),
        "update_content" => replaced(&before, command.items("content_updates"))?,
        "replace_content_range" => {
            let range = find_range(&before, command.text("content_range").unwrap_or_default())?;
            splice(&before, range, command.text("content").unwrap_or_default())
        }
        _ => inserted(version, &before, command)?,
    };
    let allow_deleting = command.is_true("allow_deleting_content");
    rewrite(call, workspace, &id, markdown::units(version, &after), allow_deleting)?;
    if let Some(page) = workspace.page_mut(&id) {
        page.stamps.touch(call.now, call.bot());
    }
    if call.body.is_true("allow_async") {
        let result = view(version, workspace, &id);
        return Ok(accepted(call, workspace, "PATCH /v1/pages/:page_id/markdown", result, &id));
    }
    Ok(Answer::created(view(version, workspace, &id), &id))
}

/// Each text to replace must be in exactly one place, unless all are wanted. The batch is all or nothing.
fn replaced(before: &str, updates: &[Value]) -> Result<String, Refusal> {
    let mut text = before.to_owned();
    for update in updates {
        let old = update.text("old_str").unwrap_or_default();
        let new = update.text("new_str").unwrap_or_default();
        let matches = if old.is_empty() { 0 } else { text.matches(old).count() };
        match matches {
            0 => {
                return Err(invalid(format!(
                    "No match found for old_str: {}",
                    crate::check::problem::quoted(Some(&json!(old)))
                )));
            }
            1 => text = text.replacen(old, new, 1),
            _ if update.is_true("replace_all_matches") => text = text.replace(old, new),
            many => {
                return Err(invalid(format!(
                    "Found {many} matches for old_str, expected exactly one. Give more context, or set \
                     replace_all_matches."
                )));
            }
        }
    }
    Ok(text)
}

/// A range is written `start...end`, both ends in the page once.
fn find_range(text: &str, wanted: &str) -> Result<(usize, usize), Refusal> {
    let missing = || invalid("The content_range was not found in the page.");
    let (from, to) = wanted.split_once("...").unwrap_or((wanted, ""));
    let start = text.find(from).ok_or_else(missing)?;
    let after_start = start + from.len();
    if to.is_empty() {
        return Ok((start, after_start));
    }
    let rest = text.get(after_start..).unwrap_or_default();
    let end = rest.find(to).ok_or_else(missing)?;
    Ok((start, after_start + end + to.len()))
}

fn splice(text: &str, (start, end): (usize, usize), new: &str) -> String {
    format!("{}{new}{}", text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default())
}

/// What stands between two blocks.
fn separator(version: Version) -> &'static str {
    match version {
        Version::Enhanced => "\n",
        Version::Flavored => "\n\n",
    }
}

fn inserted(version: Version, before: &str, command: &Value) -> Result<String, Refusal> {
    let content = command.text("content").unwrap_or_default();
    let separator = separator(version);
    if let Some(after) = command.text("after") {
        if command.has("position") {
            return Err(invalid("Only one of `after` and `position` can be given."));
        }
        let (_, end) = find_range(before, after)?;
        // A text that ends with its line's break is followed by what is inserted, not by the next line (recorded).
        let end = if before.get(..end).is_some_and(|found| found.ends_with('\n')) { end - 1 } else { end };
        let line_end = before.get(end..).and_then(|rest| rest.find('\n')).map_or(before.len(), |at| end + at);
        let behind = if version == Version::Flavored { separator } else { "" };
        return Ok(splice(before, (line_end, line_end), &format!("{separator}{content}{behind}")));
    }
    if command.at("position").text("type") == Some("start") {
        return Ok(format!("{content}{separator}{before}"));
    }
    Ok(if before.is_empty() { content.to_owned() } else { format!("{before}{separator}{content}") })
}

/// Makes the page's content what the markdown says. Blocks at the start and the end that stay the same keep their ids;
/// what lies between is trashed and made anew.
fn rewrite(
    call: &Call,
    workspace: &mut Workspace,
    id: &str,
    new: Vec<Unit>,
    allow_deleting: bool,
) -> Result<(), Refusal> {
    let version = Version::of(&call.body);
    let old = workspace.live_children(id);
    // A child is compared by what its own markdown says, so that numbers and blanks make no difference.
    let old_units: Vec<Vec<Unit>> =
        old.iter().map(|child| markdown::units(version, &markdown::one(version, workspace, child))).collect();
    let same = |old: &Vec<Unit>, new: &Unit| matches!(old.as_slice(), [only] if only == new);
    let head = old_units.iter().zip(&new).take_while(|(old, new)| same(old, new)).count();
    let tail = old_units
        .iter()
        .skip(head)
        .rev()
        .zip(new.iter().skip(head).rev())
        .take_while(|(old, new)| same(old, new))
        .count();
    let gone = old.get(head..old.len() - tail).unwrap_or_default();
    let fresh = new.get(head..new.len() - tail).unwrap_or_default();
    let referenced = |child: &String| {
        fresh.iter().any(|unit| matches!(unit, Unit::Reference(reference) if reference == child))
    };
    for unit in fresh {
        if let Unit::Block(block) = unit {
            references::check(call, workspace, block)?;
        }
    }
    for child in gone {
        let is_block = workspace.blocks.contains_key(child);
        if !is_block && !referenced(child) && !allow_deleting {
            return Err(invalid(
                "This would delete child pages or databases. Set allow_deleting_content to true to allow it.",
            ));
        }
    }
    for child in gone {
        if referenced(child) {
            workspace.children_mut(id).retain(|held| held != child);
        } else {
            pages::trash_child(workspace, child);
        }
    }
    let mut place = match head.checked_sub(1).and_then(|last| old.get(last)) {
        Some(last) => Place::After(last.clone()),
        None => Place::Start,
    };
    for unit in fresh {
        let last = match unit {
            Unit::Reference(reference) if gone.contains(reference) => {
                let children = workspace.children_mut(id);
                let at = match &place {
                    Place::After(after) => {
                        children.iter().position(|held| held == after).map_or(children.len(), |at| at + 1)
                    }
                    Place::Start | Place::End => 0,
                };
                children.insert(at, reference.clone());
                Some(reference.clone())
            }
            Unit::Reference(_) => None,
            Unit::Block(block) => {
                append::append_unbounded(call, workspace, id, std::slice::from_ref(block), &place)?.pop()
            }
        };
        if let Some(last) = last {
            place = Place::After(last);
        }
    }
    Ok(())
}
