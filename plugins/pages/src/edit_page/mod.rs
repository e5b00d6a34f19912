//! Changes a page's content as markdown, without reading it out.

mod children;
mod lost;
mod nearest;
mod prepare;
mod steps;

use toolbay_sdk::notion::Object;
use toolbay_sdk::notion::blocks::MARKDOWN_VERSION;
use toolbay_sdk::prelude::*;

use crate::refusal;

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edit {
    old: String,
    new: String,
    /// In all places.
    #[serde(default)]
    all: bool,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Insert {
    text: String,
    /// Text of the page, or `start...end`.
    after: String,
}

#[derive(Clone, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    page_id: String,
    /// Exact texts to change, each in one place.
    #[serde(default)]
    edits: Vec<Edit>,
    #[serde(default)]
    append: Option<String>,
    #[serde(default)]
    prepend: Option<String>,
    #[serde(default)]
    insert: Option<Insert>,
    /// The whole new content.
    #[serde(default)]
    replace: Option<String>,
    /// Also of child pages.
    #[serde(default)]
    allow_deleting: bool,
}

/// Edits a page's markdown: exact replacements, insertions, or all of it.
#[tool(destroys, route = "PATCH /v1/pages/{page_id}/markdown")]
pub(crate) fn edit_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = Object::Page.find(&input.page_id)?.to_string();
    steps::check(&input)?;
    let given = input.clone();
    let (input, mut notes) = prepare::prepare(call, &page_id, input)?;
    let steps = steps::of(&input)?;
    let mut done: Vec<&str> = Vec::new();
    let mut page = Value::Null;
    let mut kept_children = 0;
    for step in steps {
        let sent = match send(call, &page_id, step.body.clone()) {
            Err(problem) if step.name == "replace" && children::are_in_the_way(&problem) => {
                let content = step.body.pointer("/replace_content/new_str").and_then(Value::as_str);
                let kept = children::kept(call, &page_id, content.unwrap_or_default())?;
                let Some((content, count)) = kept else { return Err(problem) };
                kept_children = count;
                send(call, &page_id, steps::replace(&content, false))
            }
            other => other,
        };
        match sent {
            Ok(answer) => page = answer,
            Err(problem) => {
                return Err(with_done(&done, explained(call, &page_id, &input, step.name, problem)));
            }
        }
        done.push(step.name);
    }
    let mut answer = serde_json::Map::from_iter([("id".to_owned(), json!(page_id))]);
    if kept_children > 0 {
        let note = format!("Kept below the new content: {kept_children} of its child pages and databases.");
        answer.insert("note".to_owned(), note.into());
    }
    notes.extend(warnings(&page));
    if !notes.is_empty() {
        answer.insert("notes".to_owned(), json!(notes));
    }
    let lost = lost::lines(&given.written(), &page);
    if !lost.is_empty() {
        answer.insert("not_in_the_page_as_written".to_owned(), json!(lost));
    }
    Ok(Value::Object(answer))
}

impl Input {
    /// All markdown that the page shall have now.
    fn written(&self) -> Vec<&str> {
        let texts = [&self.append, &self.prepend, &self.replace].into_iter().flatten().map(String::as_str);
        let edits = self.edits.iter().map(|edit| edit.new.as_str());
        texts.chain(edits).chain(self.insert.iter().map(|insert| insert.text.as_str())).collect()
    }
}

/// What Notion says that it read otherwise or left out.
fn warnings(page: &Value) -> Vec<String> {
    let warnings = page.get("warnings").and_then(Value::as_array).into_iter().flatten();
    let message = |warning: &Value| warning.get("message").unwrap_or(warning).as_str().map(str::to_owned);
    warnings.filter_map(message).collect()
}

fn send(call: &Call, page_id: &str, body: Value) -> Result<Value, Problem> {
    Ok(call.notion().patch(["v1", "pages", page_id, "markdown"], body).send()?.body)
}

/// Adds to a refusal what would work: what is in the trash, or the text that was probably meant.
fn explained(call: &Call, page_id: &str, input: &Input, step: &str, problem: Problem) -> Problem {
    if refusal::is_of_trash(&problem) || refusal::status(&problem) != Some(400) {
        return refusal::explained(call, "pages", page_id, problem);
    }
    if children::are_in_the_way(&problem) {
        return problem.hint("With `allow_deleting: true` they go to the trash.");
    }
    let Ok(text) = content(call, page_id) else { return problem };
    let hint = match (step, &input.insert) {
        ("edits", _) => input.edits.iter().find_map(|edit| nearest::hint(&text, &edit.old, edit.all)),
        ("insert", Some(insert)) => {
            let start = insert.after.split("...").next().unwrap_or_default();
            nearest::hint(&text, start, false)
        }
        _ => None,
    };
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The page's content as callers see it.
fn content(call: &Call, page_id: &str) -> Result<String, Problem> {
    let request = call.notion().get(["v1", "pages", page_id, "markdown"]);
    let page = request.query("markdown_version", MARKDOWN_VERSION).send()?.body;
    Ok(page.get("markdown").and_then(Value::as_str).unwrap_or_default().to_owned())
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
