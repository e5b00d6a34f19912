//! Texts, converted to the markdown that Notion reads.

use toolbay_sdk::notion::markdown::People;
use toolbay_sdk::notion::{blocks, with_people};
use toolbay_sdk::prelude::*;

/// A whole text of one or more blocks.
pub(super) fn document(call: &Call, text: &str, notes: &mut Vec<String>) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Ok(text.to_owned());
    }
    let (written, said) = with_people(call, |people| blocks::for_notion(text, people))?;
    if !written.unsaid.is_empty() {
        return Err(Problem::invalid_input(format!(
            "Notion's markdown has no words for what is said here of: {}.",
            written.unsaid.join(", ")
        ))
        .hint("Leave that out here, and append it as blocks."));
    }
    add(notes, said);
    Ok(written.text)
}

/// One line of a page, whatever its sign.
pub(super) fn line(call: &Call, text: &str, notes: &mut Vec<String>) -> Result<String, Problem> {
    let (written, said) = with_people(call, |people| blocks::line_for_notion(text, people))?;
    add(notes, said);
    Ok(written)
}

/// A text that goes into others: the blanks at its ends stay, and one line stays one.
pub(super) fn part(call: &Call, text: &str, notes: &mut Vec<String>) -> Result<String, Problem> {
    let inside = text.trim();
    let (before, after) = text.split_once(inside).unwrap_or_default();
    let written =
        if inside.contains('\n') { document(call, inside, notes)? } else { line(call, inside, notes)? };
    Ok(format!("{before}{written}{after}"))
}

/// True for a text of a page that says nothing which would be lost by being written again.
pub(super) fn is_understood(text: &str) -> bool {
    let read = blocks::for_notion(text, &People::default());
    read.is_ok_and(|(written, notes)| {
        written.unsaid.is_empty() && notes.iter().all(|note| note.ends_with(RENUMBERED))
    })
}

/// What says that a list doesn't begin with 1: a part of one doesn't either.
const RENUMBERED: &str = "Notion numbers lists by itself, from 1.";

/// Adds notes that were not there. Their lines are those of a part of the page, which nobody knows.
fn add(notes: &mut Vec<String>, said: Vec<String>) {
    for note in said.into_iter().filter(|note| !note.ends_with(RENUMBERED)) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}
