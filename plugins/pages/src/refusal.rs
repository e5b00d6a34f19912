//! What Notion's refusals mean, and what would help.

use toolbay_sdk::notion::flatten;
use toolbay_sdk::{Code, prelude::*};

/// How far up the parents are followed; Notion's own pages rarely nest as deep.
const MAX_LEVELS: usize = 12;

/// True when Notion does not know the id as this kind: 404, or 400 where it says which kind it is.
pub(crate) fn is_another_kind(problem: &Problem) -> bool {
    match status(problem) {
        Some(404) => true,
        Some(400) => problem.message.contains(", not a "),
        _ => false,
    }
}

/// True when Notion refused because something is in the trash.
pub(crate) fn is_of_trash(problem: &Problem) -> bool {
    let message = problem.message.to_lowercase();
    status(problem) == Some(400) && (message.contains("archived") || message.contains("in trash"))
}

pub(crate) fn status(problem: &Problem) -> Option<u64> {
    problem.details.as_ref()?.pointer("/notion/status")?.as_u64()
}

/// Names what in the trash is in the way of writing to `id`, an object below `/v1/{kind}`. Other problems stay as they
/// are.
pub(crate) fn explained(call: &Call, kind: &'static str, id: &str, problem: Problem) -> Problem {
    if !is_of_trash(&problem) {
        return problem;
    }
    match nearest_in_trash(call, kind, id) {
        Some((trashed, _)) if trashed == id => {
            problem.hint("It is in the trash: take it out with the tool `trash` and `restore: true`.")
        }
        Some((trashed, name)) => problem.hint(format!(
            "{name} `{trashed}` above it is in the trash: restore that first, with the tool `trash` and `restore: true`."
        )),
        None => problem.hint("Something above it is in the trash, where this connection cannot see it."),
    }
}

/// Names the tool that takes a database out of the trash, where values were refused because it is in there.
pub(crate) fn of_values(problem: Problem) -> Problem {
    // Nothing was sent, so nothing else is in the way.
    if problem.code == Code::Conflict && status(&problem).is_none() {
        return problem.hint("Restore it first: the `trash` tool takes its id with `restore`.");
    }
    problem
}

/// As [`explained`], of taking the object out of the trash: what is in the way is above it.
pub(crate) fn of_restoring(call: &Call, kind: &'static str, id: &str, problem: Problem) -> Problem {
    if !is_of_trash(&problem) {
        return problem;
    }
    let object = call.notion().get(["v1", kind, id]).send();
    let above = object.ok().and_then(|object| above(&object.body));
    match above.and_then(|(kind, id)| nearest_in_trash(call, kind, &id)) {
        Some((trashed, name)) => {
            problem.hint(format!("{name} `{trashed}` above it is in the trash too: restore that first."))
        }
        None => problem.hint("Something above it is in the trash too, where this connection cannot see it."),
    }
}

/// The id and name of the object itself or of the first one above it that is in the trash.
fn nearest_in_trash(call: &Call, kind: &'static str, id: &str) -> Option<(String, String)> {
    let (mut kind, mut id) = (kind, id.to_owned());
    for _ in 0..MAX_LEVELS {
        let object = call.notion().get(["v1", kind, id.as_str()]).send().ok()?.body;
        if object.get("in_trash").and_then(Value::as_bool) == Some(true) {
            let what = object.get("object").and_then(Value::as_str).unwrap_or("object").replace('_', " ");
            let name = match flatten::title(&object) {
                Some(title) => format!("The {what} \"{}\"", excerpt(&title)),
                None => format!("The {what}"),
            };
            return Some((id, name));
        }
        (kind, id) = above(&object)?;
    }
    None
}

/// What holds an object: the kind as in an address, and the id.
fn above(object: &Value) -> Option<(&'static str, String)> {
    let parent = flatten::parent(object)?;
    let id = parent.get("id")?.as_str()?.to_owned();
    let kind = match parent.get("type")?.as_str()? {
        "page" => "pages",
        "block" => "blocks",
        "database" => "databases",
        "data_source" => "data_sources",
        _ => return None,
    };
    Some((kind, id))
}

/// The start of a title, for a sentence.
fn excerpt(title: &str) -> String {
    title.chars().take(60).collect()
}
