//! What is asked for, as Notion's commands.

use serde_json::Map;
use toolbay_sdk::notion::ARRAY_LIMIT;
use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::prelude::*;

use super::changes::Changes;
use super::input::Input;
use super::lost;
use crate::create_page::markdown;

/// Most bytes of content in one request; Notion takes 500 KB.
const CONTENT_BYTES: usize = 450_000;

/// What names and braces around content take.
const MARGIN: usize = 40_000;

/// One request, and what of the arguments it carries out.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) body: Value,
    /// What the page says afterwards.
    pub(super) wanted: Wanted,
}

/// What a page says once a step is done.
pub(super) enum Wanted {
    /// This text instead of that one.
    Changed { before: String, expected: String },
    /// This at its end.
    Last(String),
    /// This at its beginning.
    First(String),
    /// This, and perhaps more.
    Anywhere(String),
}

impl Wanted {
    /// The lines that are not there.
    pub(super) fn lost(&self, page: &Value) -> Vec<String> {
        match self {
            Self::Changed { before, expected } => lost::changed(before, expected, page),
            Self::Last(text) => lost::lines(text, page, lost::Part::Last),
            Self::First(text) => lost::lines(text, page, lost::Part::First),
            Self::Anywhere(text) => lost::lines(text, page, lost::Part::All),
        }
    }
}

/// The whole texts that are asked for, as Notion reads them.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) append: Option<String>,
    pub(super) prepend: Option<String>,
    pub(super) replace: Option<String>,
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
    if input.insert.as_ref().is_some_and(|insert| insert.after.trim().is_empty()) {
        return Err(Problem::invalid_input("`insert.after` is empty, so it names no place.").hint(
            "Give text of the page to insert behind; `prepend` writes at the beginning of the page, `append` at its end.",
        ));
    }
    Ok(())
}

/// What is asked for as requests, in the order in which they are sent; none where nothing is changed.
pub(super) fn of(input: &Input, changes: Option<Changes>, texts: &Texts) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    if let Some(text) = &texts.replace {
        let mut parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?.into_iter();
        let first = parts.next().unwrap_or_default();
        let wanted = Wanted::Anywhere(first.to_owned());
        steps.push(Step { name: "replace", body: replace(first, input.allow_deleting), wanted });
        steps.extend(parts.map(|part| put("the rest of `replace`", part, "end")));
        return Ok(steps);
    }
    if let Some(changes) = changes.filter(|changes| !changes.updates.is_empty()) {
        let name = match (input.edits.is_empty(), &input.insert) {
            (true, _) => "insert",
            (false, None) => "edits",
            (false, Some(_)) => "edits and insert",
        };
        let body = update(&changes, input.allow_deleting);
        if body.to_string().len() > CONTENT_BYTES + MARGIN {
            return Err(Problem::limit_exceeded(
                "The changed text is more than a request to Notion carries.",
            )
            .hint("Divide the edits over several calls, or change the blocks one by one."));
        }
        let wanted = Wanted::Changed { before: changes.before, expected: changes.expected };
        steps.push(Step { name, body, wanted });
    }
    if let Some(text) = texts.prepend.as_ref().filter(|text| !text.trim().is_empty()) {
        // The last part first, so that they end up in order.
        let parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?;
        steps.extend(parts.into_iter().rev().map(|part| put("prepend", part, "start")));
    }
    if let Some(text) = texts.append.as_ref().filter(|text| !text.trim().is_empty()) {
        let parts = markdown::parts(text, CONTENT_BYTES, CONTENT_BYTES)?;
        steps.extend(parts.into_iter().map(|part| put("append", part, "end")));
    }
    Ok(steps)
}

/// One of Notion's commands.
fn command(name: &str, content: Value) -> Value {
    json!({ "type": name, name: content, "markdown_version": MARKDOWN_VERSION })
}

fn update(changes: &Changes, allow_deleting: bool) -> Value {
    let updates: Vec<Value> = changes
        .updates
        .iter()
        .map(|update| json!({ "old_str": update.old, "new_str": update.new }))
        .collect();
    let mut content = Map::from_iter([("content_updates".to_owned(), Value::Array(updates))]);
    if allow_deleting {
        content.insert("allow_deleting_content".to_owned(), true.into());
    }
    command("update_content", Value::Object(content))
}

pub(super) fn replace(content: &str, allow_deleting: bool) -> Value {
    let mut content = json!({ "new_str": content });
    if let (true, Some(content)) = (allow_deleting, content.as_object_mut()) {
        content.insert("allow_deleting_content".to_owned(), true.into());
    }
    command("replace_content", content)
}

fn put(name: &'static str, content: &str, place: &str) -> Step {
    let body = command("insert_content", json!({ "content": content, "position": { "type": place } }));
    let text = content.to_owned();
    Step { name, body, wanted: if place == "start" { Wanted::First(text) } else { Wanted::Last(text) } }
}
