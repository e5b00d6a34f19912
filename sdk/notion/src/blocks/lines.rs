//! Blocks as lines of rich text, for what holds no blocks: a comment.

use serde_json::{Value, json};

use super::tree::{body, children, kind_of};
use super::{compact, from_markdown_with};
use crate::ARRAY_LIMIT;
use crate::Error;
use crate::markdown::{Inline, People, normalised};

/// Rich text, and what had to become it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// Notion's rich text objects, at most 100.
    pub rich_text: Vec<Value>,
    /// What of the text the rich text says otherwise; one sentence each.
    pub notes: Vec<String>,
}

/// Blanks by which a line is indented that says a block in another.
const STEP: &str = "    ";

/// A markdown text as rich text alone. Paragraphs stay as they are written; other blocks become lines that look like them,
/// with a note.
///
/// # Errors
///
/// As [`from_markdown`](super::from_markdown); `LimitExceeded` for more than 100 pieces.
pub fn in_lines(markdown: &str, people: &People) -> Result<Lines, Error> {
    let parsed = from_markdown_with(markdown, people)?;
    let is_text = |block: &Value| {
        let own = body(block).is_some_and(|body| body.keys().all(|key| key == "rich_text"));
        kind_of(block) == "paragraph" && own && children(block).is_empty()
    };
    if parsed.blocks.iter().all(is_text) {
        let mut inline = Inline::new(people);
        let rich_text = inline.elements(&without_blanks_at_ends(markdown))?;
        let notes = inline.notes.iter().map(|note| sentence(note)).collect();
        return Ok(Lines { rich_text, notes });
    }
    let mut writer = Writer::default();
    writer.all(&parsed.blocks, 0);
    let rich_text = normalised(&Value::Array(writer.elements));
    if rich_text.len() > ARRAY_LIMIT {
        return Err(Error::limit_exceeded(format!(
            "The text needs {} pieces; Notion takes {ARRAY_LIMIT} in one place.",
            rich_text.len()
        ))
        .hint("Divide it into several, or use fewer changes of style."));
    }
    let mut notes = parsed.notes;
    writer.kinds.sort_unstable();
    writer.kinds.dedup();
    notes.push(format!(
        "Text alone is held here, so what was {} became lines of it.",
        writer.kinds.join(", ")
    ));
    Ok(Lines { rich_text, notes })
}

/// A text of whose lines none ends with the blanks that are a hard break: the line end alone is one here.
fn without_blanks_at_ends(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches([' ', '\t'])).collect();
    lines.join("\n")
}

fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
}

#[derive(Default)]
struct Writer {
    elements: Vec<Value>,
    kinds: Vec<String>,
}

impl Writer {
    fn all(&mut self, blocks: &[Value], depth: usize) {
        let mut number = 0;
        for block in blocks {
            number = if kind_of(block) == "numbered_list_item" { number + 1 } else { 0 };
            self.one(block, number, depth);
        }
    }

    fn one(&mut self, block: &Value, number: usize, depth: usize) {
        let kind = kind_of(block);
        if kind != "paragraph" && !matches!(kind, "table_row" | "column") {
            self.kinds.push(kind.replace('_', " "));
        }
        if matches!(kind, "table" | "column_list" | "column" | "tab" | "synced_block") {
            return self.all(children(block), depth);
        }
        if !self.elements.is_empty() {
            self.text("\n");
        }
        self.text(&STEP.repeat(depth));
        let own = |key: &str| body(block).and_then(|body| body.get(key)).cloned().unwrap_or(Value::Null);
        match kind {
            "bulleted_list_item" => self.text("\u{2022} "),
            "numbered_list_item" => self.text(&format!("{number}. ")),
            "to_do" => self.text(if own("checked") == true { "\u{2611} " } else { "\u{2610} " }),
            "quote" => self.text("> "),
            "divider" => self.text("---"),
            "equation" => self
                .elements
                .push(json!({ "type": "equation", "equation": { "expression": own("expression") } })),
            _ => {}
        }
        let mark = match kind {
            "heading_1" | "heading_2" | "heading_3" | "heading_4" => Some("bold"),
            "code" => Some("code"),
            _ => None,
        };
        self.rich(own("rich_text"), mark);
        for (number, cell) in own("cells").as_array().into_iter().flatten().enumerate() {
            if number > 0 {
                self.text(" | ");
            }
            self.rich(cell.clone(), None);
        }
        self.address(block, own("caption"));
        self.all(children(block), depth + 1);
    }

    /// A file or bookmark as a link with its caption.
    fn address(&mut self, block: &Value, caption: Value) {
        let small = compact(block);
        if let Some(url) = small.get("url").and_then(Value::as_str) {
            self.elements.push(json!({ "type": "text", "text": { "content": url, "link": { "url": url } } }));
            if caption.as_array().is_some_and(|caption| !caption.is_empty()) {
                self.text(" ");
            }
        } else if let Some(id) = ["page_id", "database_id"].into_iter().find_map(|key| small.get(key)) {
            self.elements.push(json!({ "type": "mention", "mention": { "page": { "id": id } } }));
        }
        self.rich(caption, None);
    }

    fn rich(&mut self, elements: Value, mark: Option<&str>) {
        let Value::Array(elements) = elements else { return };
        for mut element in elements {
            if let (Some(mark), Some(element)) = (mark, element.as_object_mut()) {
                let annotations = element.entry("annotations").or_insert_with(|| json!({}));
                if let Some(annotations) = annotations.as_object_mut() {
                    annotations.insert(mark.to_owned(), true.into());
                }
            }
            self.elements.push(element);
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.elements.push(json!({ "type": "text", "text": { "content": text } }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rich_text::plain_text;

    fn read(markdown: &str) -> (String, Vec<String>) {
        let lines = in_lines(markdown, &People::default()).expect("lines");
        (plain_text(&Value::Array(lines.rich_text)), lines.notes)
    }

    #[test]
    fn paragraphs_stay_as_they_are_written() {
        for text in ["one", "one\ntwo", "one\n\ntwo **three**", "a@b.c and $5"] {
            assert_eq!(read(text), (text.replace("**", ""), Vec::new()));
        }
    }

    #[test]
    fn blocks_become_lines_and_are_noted() {
        let (text, notes) = read(
            "# Plan\n\n- a\n  - b\n1. c\n- [x] d\n\n> e\n\n```js\nf();\n```\n\n| g | h |\n|---|---|\n| i | j |",
        );
        assert_eq!(text, "Plan\n\u{2022} a\n    \u{2022} b\n1. c\n\u{2611} d\n> e\nf();\ng | h\ni | j");
        assert!(notes[0].contains("heading 1") && notes[0].contains("table"), "{notes:?}");
    }
}
