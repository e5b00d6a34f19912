//! Edits and an insertion, as exact replacements of text in the page, which is read first.

use std::ops::Range;

use toolbay_sdk::prelude::*;

use super::draft::Draft;
use super::input::{Edit, Input};
use super::layout::Layout;
use super::nearest::{self, excerpt};
use super::occurrence::{self, Occurrence};
use super::prepare;
use super::updates::{self, Update};

/// What becomes of the page.
pub(super) struct Changes {
    pub(super) updates: Vec<Update>,
    /// The page's text as it was read.
    pub(super) before: String,
    /// The page's text as it shall be.
    pub(super) expected: String,
}

/// Finds everything that is to be changed in the page's text, and refuses what isn't there in exactly one place.
pub(super) fn of(
    call: &Call,
    page: &Value,
    input: &Input,
    notes: &mut Vec<String>,
) -> Result<Changes, Problem> {
    let before = page.get("markdown").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_cut = page.get("truncated").and_then(Value::as_bool) == Some(true);
    let with_cut = |mut problem: Problem| {
        if is_cut {
            problem.message.push_str(" Notion gave only the beginning of this long page.");
        }
        problem
    };
    let mut draft = Draft::of(&before);
    let mut said = Vec::new();
    let mut idle = Vec::new();
    for (number, edit) in input.edits.iter().enumerate() {
        let text = draft.text();
        edit_one(call, &mut draft, number, edit, &mut said).map_err(with_cut)?;
        if draft.text() == text {
            idle.push(format!("`edits[{number}]` changes nothing: the page says that already."));
        }
    }
    if let Some(insert) = input.insert.as_ref().filter(|insert| !insert.text.trim().is_empty()) {
        let text = draft.text();
        let layout = Layout::of(&text);
        let behind = anchor(&text, &layout, &plain_ends(&insert.after)).map_err(with_cut)?;
        let written = prepare::document(call, &insert.text, &mut said)?;
        draft.insert(&layout, &behind, &written);
    }
    for note in said {
        // The line that it names is one of a part of the page, which nobody knows.
        let without_line =
            note.strip_prefix("Line ").and_then(|rest| rest.split_once(": ")).map(|(_, said)| said);
        notes.push(without_line.map_or(note.clone(), |said| format!("In what is changed: {said}")));
    }
    let expected = draft.text();
    if expected != before {
        notes.append(&mut idle);
    }
    Ok(Changes { updates: updates::of(draft.before(), draft.hunks()), before, expected })
}

/// Line ends as Notion has them.
fn plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn edit_one(
    call: &Call,
    draft: &mut Draft,
    number: usize,
    edit: &Edit,
    notes: &mut Vec<String>,
) -> Result<(), Problem> {
    let text = draft.text();
    let layout = Layout::of(&text);
    let (old, new) = (plain_ends(&edit.old), plain_ends(&edit.new));
    let found = occurrence::find(&text, &layout, &old);
    match found.in_text.len() {
        0 if !found.shown.is_empty() => {
            return Err(Problem::invalid_input(format!(
                "`edits[{number}]`: `{}` is here only the title of a page or database in this one, or the name of what is mentioned.",
                excerpt(&old)
            ))
            .hint("Change that page or database itself, by its own id; to mention another, replace the whole tag."));
        }
        0 => return Err(missing(&format!("edits[{number}].old"), &text, &old)),
        many if many > 1 && !edit.all => {
            return Err(several(
                &format!("edits[{number}].old"),
                &old,
                many,
                "give more of the text around it, or `all: true`",
            ));
        }
        _ => {}
    }
    if edit.all && !found.shown.is_empty() {
        notes.push(format!(
            "`edits[{number}]`: {} more places are titles of pages or databases or names of what is mentioned, and stayed.",
            found.shown.len()
        ));
    }
    if old == new {
        return Ok(());
    }
    draft.replace(call, &layout, &found.in_text, &new, notes)
}

fn missing(argument: &str, page: &str, wanted: &str) -> Problem {
    Problem::invalid_input(format!("`{argument}` is nowhere in the page."))
        .hint(nearest::missing(page, wanted))
}

fn several(argument: &str, wanted: &str, count: usize, what_helps: &str) -> Problem {
    Problem::invalid_input(format!("`{argument}` is not clear: `{}` is in {count} places.", excerpt(wanted)))
        .hint(format!("It is in {count} places: {what_helps}."))
}

/// The place behind which something is inserted: a text of the page, or `start...end`.
fn anchor(page: &str, layout: &Layout, after: &str) -> Result<Range<usize>, Problem> {
    const ARGUMENT: &str = "insert.after";
    let all = |wanted: &str| -> Vec<Occurrence> {
        let found = occurrence::find(page, layout, wanted);
        found.in_text.into_iter().chain(found.shown).collect()
    };
    let only = |wanted: &str| match all(wanted).as_slice() {
        [] => Err(missing(ARGUMENT, page, wanted)),
        [one] => Ok(one.range.clone()),
        many => Err(several(ARGUMENT, wanted, many.len(), "give more of the text around it")),
    };
    let after = after.trim_end_matches('\n');
    let parts = after.split_once("...").filter(|(start, _)| !start.trim().is_empty());
    match parts {
        Some((start, end)) if all(after).is_empty() => {
            let first = only(start)?;
            if end.trim().is_empty() {
                return Ok(first);
            }
            let last = all(end).into_iter().map(|place| place.range).filter(|range| range.start >= first.end);
            let last = last.min_by_key(|range| range.start);
            last.map(|last| first.start..last.end).ok_or_else(|| missing(ARGUMENT, page, end))
        }
        _ => only(after),
    }
}
