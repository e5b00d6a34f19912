//! A comment as a small row, and what refusals of changing one mean.

use serde_json::Map;
use toolbay_sdk::Code;
use toolbay_sdk::notion::blocks::{self, Lines};
use toolbay_sdk::notion::{markdown, with_people};
use toolbay_sdk::prelude::*;

/// `{id, discussion_id, author, text, time}`: the author by name, or by id where Notion tells no name; the text as
/// markdown; attached files as links.
pub(crate) fn compact(comment: &Value) -> Map<String, Value> {
    let author = ["/display_name/resolved_name", "/created_by/name", "/created_by/id"];
    let author = author.into_iter().filter_map(|path| comment.pointer(path)).find(|name| name.is_string());
    let text = comment.get("rich_text").map(markdown::from_rich_text);
    let files: Vec<&Value> = comment
        .get("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|attachment| attachment.pointer("/file/url"))
        .collect();
    let members = [
        ("id", comment.get("id").cloned()),
        ("discussion_id", comment.get("discussion_id").cloned()),
        ("author", author.cloned()),
        ("text", text.map(Value::String)),
        ("files", (!files.is_empty()).then(|| json!(files))),
        ("time", comment.get("created_time").cloned()),
    ];
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// The id of the comment that Notion answered with.
pub(crate) fn id_of(comment: &Value) -> Result<&Value, Problem> {
    comment.get("id").ok_or_else(|| Problem::upstream_failed("Notion answered a comment without an id."))
}

/// The text of a comment as rich text; there is none without.
pub(crate) fn read(call: &Call, given: &str) -> Result<Lines, Problem> {
    let text = given.trim();
    if text.is_empty() {
        return Err(Problem::invalid_input("The comment has no text.").hint("Give `text`, as markdown."));
    }
    with_people(call, |people| blocks::in_lines(text, people))
}

/// Adds to an answer what became of the text.
pub(crate) fn noted(mut answer: Value, notes: &[String]) -> Value {
    if let Some(answer) = answer.as_object_mut().filter(|_| !notes.is_empty()) {
        answer.insert("notes".to_owned(), json!(notes));
    }
    answer
}

/// Says what a refused change of a comment means.
pub(crate) fn unchanged(problem: Problem) -> Problem {
    match problem.code {
        Code::NotFound => problem.hint("`list_comments` lists the ids; a comment that was resolved is not among them."),
        Code::Forbidden => problem.hint(
            "An integration can change only comments of its own, and needs the capability for comments; answer in \
             the discussion with `create_comment`.",
        ),
        _ => problem,
    }
}
