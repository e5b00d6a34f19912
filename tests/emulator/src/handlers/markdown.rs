//! A page's content as markdown, read and written.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::append::{self, Place};
use crate::handlers::{Answer, Committed, pages};
use crate::json::Peek;
use crate::markdown::{parse, render};
use crate::model::Workspace;
use crate::model::small::AsyncTask;
use crate::{references, trash};

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    if !workspace.blocks.contains_key(&id) {
        call.page(workspace, &id)?;
    }
    call.block(workspace, &id)?;
    Ok(view(workspace, &id).into())
}

fn view(workspace: &Workspace, id: &str) -> Value {
    let rendered = render::page(workspace, id);
    json!({
        "object": "page_markdown",
        "id": id,
        "markdown": rendered.markdown,
        "truncated": false,
        "unknown_block_ids": rendered.unknown_block_ids,
    })
}

/// The answer of a write that is done later. The emulator does it at once and lets the task say so.
pub(crate) fn accepted(
    call: &Call,
    workspace: &mut Workspace,
    operation: &'static str,
    result: Value,
    committed: &str,
) -> Answer {
    let id = workspace.minter.uuid();
    let task = AsyncTask { id: id.clone(), created_time: call.now, operation, result, error: None };
    let body = task.queued(&call.base);
    workspace.async_tasks.insert(id, task.into());
    let committed = Some(Committed { resource_id: committed.to_owned(), child_ids: Vec::new() });
    Answer { status: 202, body, committed }
}

pub(crate) fn update(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let id = call.id("page_id");
    call.page(workspace, &id)?;
    trash::refuse_edit(workspace, &id)?;
    let kind = call.body.text("type").unwrap_or_default().to_owned();
    let command = call.body.at(&kind);
    let before = render::page(workspace, &id).markdown;
    let after = match kind.as_str() {
        "replace_content" => command.text("new_str").unwrap_or_default().to_owned(),
        "update_content" => replaced(&before, command.items("content_updates"))?,
        "replace_content_range" => {
            let range = find_range(&before, command.text("content_range").unwrap_or_default())?;
            splice(&before, range, command.text("content").unwrap_or_default())
        }
        _ => inserted(&before, command)?,
    };
    rewrite(call, workspace, &id, &after, command.is_true("allow_deleting_content"))?;
    if let Some(page) = workspace.page_mut(&id) {
        page.stamps.touch(call.now, call.bot());
    }
    if call.body.is_true("allow_async") {
        let result = view(workspace, &id);
        return Ok(accepted(call, workspace, "updatePageMarkdown", result, &id));
    }
    Ok(Answer::created(view(workspace, &id), &id))
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

fn inserted(before: &str, command: &Value) -> Result<String, Refusal> {
    let content = command.text("content").unwrap_or_default();
    if let Some(after) = command.text("after") {
        let (_, end) = find_range(before, after)?;
        let line_end = before.get(end..).and_then(|rest| rest.find('\n')).map_or(before.len(), |at| end + at);
        return Ok(splice(before, (line_end, line_end), &format!("\n{content}")));
    }
    if command.at("position").text("type") == Some("start") {
        return Ok(format!("{content}\n{before}"));
    }
    Ok(if before.is_empty() { content.to_owned() } else { format!("{before}\n{content}") })
}

/// Makes the page's content what the markdown says. Blocks at the start and the end whose markdown
/// stays the same keep their ids; what lies between is trashed and made anew.
fn rewrite(
    call: &Call,
    workspace: &mut Workspace,
    id: &str,
    markdown: &str,
    allow_deleting: bool,
) -> Result<(), Refusal> {
    let old = workspace.live_children(id);
    let old_lines: Vec<String> =
        old.iter().map(|child| render::one(workspace, child).trim().to_owned()).collect();
    let new = parse::segments(markdown);
    let same = |old: &String, new: &parse::Segment| old == new.source.trim();
    let head = old_lines.iter().zip(&new).take_while(|(old, new)| same(old, new)).count();
    let tail = old_lines
        .iter()
        .skip(head)
        .rev()
        .zip(new.iter().skip(head).rev())
        .take_while(|(old, new)| same(old, new))
        .count();
    for segment in &new {
        references::check(call, workspace, &Value::from(segment.blocks.clone()))?;
    }
    let gone = old.get(head..old.len() - tail).unwrap_or_default();
    let fresh = new.get(head..new.len() - tail).unwrap_or_default();
    let referenced = |child: &String| fresh.iter().any(|segment| segment.reference.as_ref() == Some(child));
    for child in gone {
        let is_block = workspace.blocks.contains_key(child);
        if !is_block && !referenced(child) && !allow_deleting {
            return Err(invalid(
                "This would delete child pages or databases. Set allow_deleting_content to true to allow it.",
            ));
        }
    }
    let mut place = match head.checked_sub(1).and_then(|last| old.get(last)) {
        Some(last) => Place::After(last.clone()),
        None => Place::Start,
    };
    for child in gone {
        if referenced(child) {
            workspace.children_mut(id).retain(|held| held != child);
        } else {
            pages::trash_child(workspace, child);
        }
    }
    for segment in fresh {
        let last = match &segment.reference {
            Some(reference) if gone.contains(reference) => {
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
            Some(_) => None,
            None => append::append_unbounded(call, workspace, id, &segment.blocks, &place)?.pop(),
        };
        if let Some(last) = last {
            place = Place::After(last);
        }
    }
    Ok(())
}
