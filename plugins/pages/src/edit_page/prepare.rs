//! The texts of an edit in the form in which Notion reads them.

use toolbay_sdk::notion::{blocks, with_people};
use toolbay_sdk::prelude::*;

use super::{Input, content};

/// The arguments with their markdown as Notion reads it, and notes on what is said otherwise.
pub(super) fn prepare(call: &Call, page_id: &str, mut input: Input) -> Result<(Input, Vec<String>), Problem> {
    let mut notes = Vec::new();
    let texts = [&mut input.append, &mut input.prepend, &mut input.replace].into_iter().flatten();
    for text in texts.chain(input.insert.as_mut().map(|insert| &mut insert.text)) {
        *text = document(call, text, &mut notes)?;
    }
    let mut page = None;
    for edit in &mut input.edits {
        let mut said = Vec::new();
        let new = part(call, &edit.new, &mut said)?;
        if new != edit.new {
            // In code all signs are code.
            let page = match &page {
                Some(page) => page,
                None => page.insert(content(call, page_id)?),
            };
            if is_code(page, &edit.old) {
                continue;
            }
            edit.new = new;
        }
        notes.append(&mut said);
    }
    Ok((input, notes))
}

fn document(call: &Call, text: &str, notes: &mut Vec<String>) -> Result<String, Problem> {
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
    notes.extend(said);
    Ok(written.text)
}

/// A text that goes into others: the blanks at its ends stay, and one line stays one.
fn part(call: &Call, text: &str, notes: &mut Vec<String>) -> Result<String, Problem> {
    let inside = text.trim();
    let (before, after) = text.split_once(inside).unwrap_or_default();
    let written = if inside.contains('\n') {
        document(call, inside, notes)?
    } else {
        let (written, said) = with_people(call, |people| blocks::line_for_notion(inside, people))?;
        notes.extend(said);
        written
    };
    Ok(format!("{before}{written}{after}"))
}

/// True where a text of the page is in a fence of code.
fn is_code(page: &str, old: &str) -> bool {
    let Some((before, _)) = page.split_once(old) else { return false };
    let is_fence = |line: &&str| {
        let line = line.trim_start_matches(['\t', ' ']);
        line.starts_with("```") || line.starts_with("~~~")
    };
    before.lines().filter(is_fence).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_known_by_its_fence() {
        let page = "a\n\n```js\nlet b;\n```\n\nc";
        assert!(is_code(page, "let b") && !is_code(page, "c") && !is_code(page, "gone"));
    }
}
