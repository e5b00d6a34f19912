//! What is asked for, as Notion's commands.

use toolbay_sdk::notion::ARRAY_LIMIT;
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

/// What is asked for as requests, in the order in which they are sent.
pub(super) fn of(input: &Input) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    if let Some(text) = &input.replace {
        if !input.edits.is_empty()
            || input.append.is_some()
            || input.prepend.is_some()
            || input.insert.is_some()
        {
            return Err(Problem::invalid_input(
                "`replace` is the whole new content, so nothing goes with it.",
            )
            .hint("Leave the others out, or put their text into `replace`."));
        }
        let mut parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?.into_iter();
        let first = parts.next().unwrap_or_default();
        steps.push(Step { name: "replace", body: replace(first, input.allow_deleting) });
        steps.extend(parts.map(|part| Step { name: "the rest of `replace`", body: put(part, "end") }));
        return Ok(steps);
    }
    if !input.edits.is_empty() {
        steps.push(Step { name: "edits", body: edits(input)? });
    }
    if let Some(insert) = &input.insert {
        let content = json!({ "content": insert.text, "after": insert.after });
        steps.push(Step {
            name: "insert",
            body: json!({ "type": "insert_content", "insert_content": content }),
        });
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
    if steps.is_empty() {
        return Err(Problem::invalid_input("There is nothing to change.")
            .hint("Give `edits`, such as [{\"old\": \"..\", \"new\": \"..\"}], `append`, `prepend`, `insert` or `replace`."));
    }
    Ok(steps)
}

fn edits(input: &Input) -> Result<Value, Problem> {
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
    let mut command = json!({ "content_updates": updates });
    allow(&mut command, input.allow_deleting);
    Ok(json!({ "type": "update_content", "update_content": command }))
}

pub(super) fn replace(content: &str, allow_deleting: bool) -> Value {
    let mut command = json!({ "new_str": content });
    allow(&mut command, allow_deleting);
    json!({ "type": "replace_content", "replace_content": command })
}

fn allow(command: &mut Value, allow_deleting: bool) {
    if let (true, Some(command)) = (allow_deleting, command.as_object_mut()) {
        command.insert("allow_deleting_content".to_owned(), true.into());
    }
}

fn put(content: &str, place: &str) -> Value {
    json!({ "type": "insert_content", "insert_content": { "content": content, "position": { "type": place } } })
}
