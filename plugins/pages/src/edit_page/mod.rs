//! Changes a page's content as markdown, without reading it out.

mod changes;
mod children;
mod draft;
mod input;
mod layout;
mod lost;
mod nearest;
mod occurrence;
mod prepare;
mod read;
mod steps;
mod updates;

use toolbay_sdk::notion::{Object, warnings};
use toolbay_sdk::prelude::*;

use self::input::Input;
use self::read::read;
use self::steps::Texts;
use crate::refusal;

/// Edits a page's markdown: exact replacements, insertions, or all of it.
#[tool(destroys, least = writes, route = "PATCH /v1/pages/{page_id}/markdown")]
pub(crate) fn edit_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = Object::Page.decide(&input.page_id)?.to_string();
    steps::check(&input)?;
    let mut notes = Vec::new();
    let texts = Texts {
        append: document(call, &input.append, &mut notes)?,
        prepend: document(call, &input.prepend, &mut notes)?,
        replace: document(call, &input.replace, &mut notes)?,
    };
    let changes = if input.edits.is_empty() && input.insert.is_none() {
        None
    } else {
        let page =
            read(call, &page_id).map_err(|problem| refusal::explained(call, "pages", &page_id, problem))?;
        Some(changes::of(call, &page, &input, &mut notes)?)
    };
    let mut answer = serde_json::Map::from_iter([("id".to_owned(), json!(page_id))]);
    let mut done: Vec<&str> = Vec::new();
    let mut lost = Vec::new();
    let steps = steps::of(&input, changes, &texts)?;
    if steps.is_empty() {
        answer.insert("unchanged".to_owned(), true.into());
    }
    for step in steps {
        let sent = match send(call, &page_id, step.body.clone()) {
            Err(problem) if step.name == "replace" && children::are_in_the_way(&problem) => {
                let content = step.body.pointer("/replace_content/new_str").and_then(Value::as_str);
                let kept = children::kept(call, &page_id, content.unwrap_or_default())?;
                let Some((content, count)) = kept else { return Err(problem) };
                let note = format!("Kept below the new content: {count} of its child pages and databases.");
                answer.insert("note".to_owned(), note.into());
                send(call, &page_id, steps::replace(&content, false))
            }
            other => other,
        };
        match sent {
            Ok(page) => {
                notes.extend(warnings(&page));
                lost.extend(step.wanted.lost(&page));
            }
            Err(problem) => return Err(with_done(&done, explained(call, &page_id, step.name, problem))),
        }
        done.push(step.name);
    }
    if !notes.is_empty() {
        answer.insert("notes".to_owned(), json!(notes));
    }
    if !lost.is_empty() {
        answer.insert("not_in_the_page_as_written".to_owned(), json!(lost));
    }
    Ok(Value::Object(answer))
}

/// A text of blocks as Notion reads it.
fn document(call: &Call, text: &Option<String>, notes: &mut Vec<String>) -> Result<Option<String>, Problem> {
    text.as_deref().map(|text| prepare::document(call, text, notes)).transpose()
}

fn send(call: &Call, page_id: &str, body: Value) -> Result<Value, Problem> {
    Ok(call.notion().patch(["v1", "pages", page_id, "markdown"], body).send()?.body)
}

/// Adds to a refusal what would work.
fn explained(call: &Call, page_id: &str, step: &str, problem: Problem) -> Problem {
    if refusal::is_of_trash(&problem) || refusal::status(&problem) != Some(400) {
        return refusal::explained(call, "pages", page_id, problem);
    }
    if children::are_in_the_way(&problem) {
        return problem.hint("With `allow_deleting: true` they go to the trash.");
    }
    if step.starts_with("edits") || step == "insert" {
        return problem.hint("The page may have been changed in this moment: read it, and try again.");
    }
    problem
}

/// What was carried out before a failure must be known, or it is done twice.
fn with_done(done: &[&str], mut problem: Problem) -> Problem {
    if done.is_empty() {
        return problem;
    }
    problem.message = format!("Done: {}; then: {}", done.join(", "), problem.message);
    let hint = problem.hint.take().map(|hint| format!(" {hint}")).unwrap_or_default();
    problem.hint(format!("Do not repeat what is done.{hint}"))
}
