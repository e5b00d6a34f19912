//! What a comment is on: a page, a block, or the discussion that it answers.

use toolbay_sdk::Code;
use toolbay_sdk::notion::{NotionId, Object};
use toolbay_sdk::prelude::*;

/// One way to say it, by the name of its argument.
pub(crate) struct Target {
    pub(crate) kind: &'static str,
    pub(crate) id: NotionId,
}

/// What is given: the name of an argument, and its text.
type Given<'a> = (&'static str, &'a Option<String>);

/// The one that is given among these; an empty text is none.
pub(crate) fn only(given: &[Given<'_>]) -> Result<Target, Problem> {
    let (kind, text) = sole(given)?;
    Ok(Target { kind, id: object(kind).find(text)? })
}

/// As [`only`], for what is written to: it has to be named exactly.
pub(crate) fn decided(given: &[Given<'_>]) -> Result<Target, Problem> {
    let (kind, text) = sole(given)?;
    let id = match kind {
        "page_id" => object(kind).decide(text).map_err(|problem| match Object::Block.decide(text) {
            Ok(block) if block.to_string().replace('-', "") != text.trim().replace('-', "") => {
                problem.hint("To comment on the block, give the link as `block_id`; for the page give the page's own link.")
            }
            _ => problem,
        })?,
        _ => object(kind).find(text)?,
    };
    Ok(Target { kind, id })
}

fn sole<'a>(given: &[Given<'a>]) -> Result<(&'static str, &'a str), Problem> {
    let mut present = given
        .iter()
        .filter_map(|(kind, text)| Some((*kind, text.as_deref()?)))
        .filter(|(_, text)| !text.trim().is_empty());
    let names = || given.iter().map(|(kind, _)| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    match (present.next(), present.next()) {
        (Some(sole), None) => Ok(sole),
        (None, _) => Err(Problem::invalid_input("Nothing says what the comments are on.")
            .hint(format!("Give one of {}.", names()))),
        (Some(_), Some(_)) => Err(Problem::invalid_input("More than one thing is said to comment on.")
            .hint(format!("Give only one of {}.", names()))),
    }
}

/// Says which other argument an id belongs to that Notion doesn't know as this one.
pub(crate) fn explained(call: &Call, target: &Target, problem: Problem) -> Problem {
    let status = problem.details.as_ref().and_then(|details| details.pointer("/notion/status")?.as_u64());
    if problem.code != Code::NotFound && status != Some(400) {
        return problem;
    }
    let id = target.id.to_string();
    let read = |kind: &'static str| {
        call.notion().get(["v1", kind, id.as_str()]).send().ok().map(|answer| answer.body)
    };
    match target.kind {
        "page_id" => match read("blocks") {
            Some(block)
                if block.get("type").is_some_and(|kind| kind != "child_page" && kind != "child_database") =>
            {
                problem.hint(format!("`{id}` is a block: give it as `block_id`."))
            }
            _ => problem,
        },
        "discussion_id" => match read("comments")
            .and_then(|comment| Some(comment.get("discussion_id")?.as_str()?.to_owned()))
        {
            Some(discussion) => {
                problem.hint(format!("`{id}` is a comment: its discussion is `{discussion}`."))
            }
            None => problem,
        },
        _ => problem,
    }
}

fn object(kind: &str) -> Object {
    match kind {
        "page_id" => Object::Page,
        "block_id" => Object::Block,
        _ => Object::Discussion,
    }
}
