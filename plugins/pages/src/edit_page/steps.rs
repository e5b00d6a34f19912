//! What is asked for, as Notion's commands.

use toolbay_sdk::notion::ARRAY_LIMIT;
use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::prelude::*;

use super::Input;
use crate::create_page::markdown;

/// Most bytes of content in one request; Notion takes 500 KB.
const CONTENT_BYTES: usize = 450_000;

/// One request, and what of the arguments it carries out.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) body: Value,
}

/// Refuses what can't be meant, before anything is read or sent.
pub(super) fn check(input: &Input) -> Result<(), Problem> {
    let has_others = !input.edits.is_empty()
        || input.append.is_some()
        || input.prepend.is_some()
        || input.insert.is_some();
    if input.replace.is_some() && has_others {
        return Err(Problem::invalid_input("`replace` is the whole new content, so nothing goes with it.")
            .hint("Leave the others out, or put their text into `replace`."));
    }
    if input.replace.is_none() && !has_others {
        return Err(Problem::invalid_input("There is nothing to change.")
            .hint("Give `edits`, such as [{\"old\": \"..\", \"new\": \"..\"}], `append`, `prepend`, `insert` or `replace`."));
    }
    if input.edits.len() > ARRAY_LIMIT {
        return Err(Problem::limit_exceeded(format!(
            "There are {} edits; Notion takes {ARRAY_LIMIT} at once.",
            input.edits.len()
        ))
        .hint("Split them over several calls."));
    }
    if input.edits.iter().any(|edit| edit.old.is_empty()) {
        return Err(Problem::invalid_input("An edit has an empty `old`.")
            .hint("Give the exact text to change; to add text use `append`, `prepend` or `insert`."));
    }
    Ok(())
}

/// What is asked for as requests, in the order in which they are sent.
pub(super) fn of(input: &Input) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    if let Some(text) = &input.replace {
        let mut parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?.into_iter();
        let first = parts.next().unwrap_or_default();
        steps.push(Step { name: "replace", body: replace(first, input.allow_deleting) });
        steps.extend(parts.map(|part| Step { name: "the rest of `replace`", body: put(part, "end") }));
        return Ok(steps);
    }
    if !input.edits.is_empty() {
        steps.push(Step { name: "edits", body: edits(input) });
    }
    if let Some(insert) = &input.insert {
        let content = json!({ "content": insert.text, "after": insert.after });
        steps.push(Step { name: "insert", body: command("insert_content", content) });
    }
    if let Some(text) = &input.prepend {
        // The last part first, so that they end up in order.
        let parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?;
        steps.extend(parts.into_iter().rev().map(|part| Step { name: "prepend", body: put(part, "start") }));
    }
    if let Some(text) = &input.append {
        let parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?;
        steps.extend(parts.into_iter().map(|part| Step { name: "append", body: put(part, "end") }));
    }
    Ok(steps)
}

/// One of Notion's commands.
fn command(name: &str, content: Value) -> Value {
    json!({ "type": name, name: content, "markdown_version": MARKDOWN_VERSION })
}

fn edits(input: &Input) -> Value {
    let updates: Vec<Value> = input
        .edits
        .iter()
        .map(|edit| {
            let mut update = json!({ "old_str": edit.old, "new_str": edit.new });
            if let (true, Some(update)) = (edit.all, update.as_object_mut()) {
                update.insert("replace_all_matches".to_owned(), true.into());
            }
            update
        })
        .collect();
    let mut content = json!({ "content_updates": updates });
    allow(&mut content, input.allow_deleting);
    command("update_content", content)
}

pub(super) fn replace(content: &str, allow_deleting: bool) -> Value {
    let mut content = json!({ "new_str": content });
    allow(&mut content, allow_deleting);
    command("replace_content", content)
}

fn allow(command: &mut Value, allow_deleting: bool) {
    if let (true, Some(command)) = (allow_deleting, command.as_object_mut()) {
        command.insert("allow_deleting_content".to_owned(), true.into());
    }
}

fn put(content: &str, place: &str) -> Value {
    command("insert_content", json!({ "content": content, "position": { "type": place } }))
}
