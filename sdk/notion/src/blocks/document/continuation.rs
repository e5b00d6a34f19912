//! What the lines below a line make of it: the rest of it after a hard break, the line under a heading, the other lines
//! of a quote.

use serde_json::Map;

use super::read::{End, Reader, TAB, indentation};
use super::start::{Start, split_attributes, start};
use super::table;
use crate::Error;
use crate::markdown::is_inline_tag;

/// How a line end is written inside a line.
const BREAK: &str = "<br>";

impl<'text> Reader<'text> {
    /// A text with the lines that belong to it because it ends with a hard break: a backslash, or two blanks.
    pub(super) fn continued(&mut self, text: &str) -> Option<String> {
        let mut joined = String::new();
        while let Some(line) = self.lines.get(self.next.checked_sub(1)?).copied() {
            let next = self.lines.get(self.next).map(|next| indentation(next).1);
            let is_end = |next: &str| {
                self.open
                    .iter()
                    .any(|open| matches!(open.end, End::Tag(name) if next.contains(&format!("</{name}>"))))
            };
            let Some(next) = next.filter(|next| ends_hard(line) && is_words(next) && !is_end(next)) else {
                break;
            };
            if joined.is_empty() {
                joined.push_str(text);
            }
            if joined.ends_with('\\') {
                joined.pop();
            }
            joined.push_str(BREAK);
            joined.push_str(next);
            self.next += 1;
        }
        self.line = self.next;
        (!joined.is_empty()).then_some(joined)
    }

    /// The heading that the line below makes of this one.
    pub(super) fn underlined(&mut self, indent: usize) -> Option<&'static str> {
        let (columns, text) = indentation(self.lines.get(self.next)?);
        let sign = underline(text).filter(|_| columns <= indent)?;
        if sign == '-' {
            self.note("a line of `-` right under text makes it a heading; with a blank line between it is a divider");
            return Some("heading_2");
        }
        Some("heading_1")
    }

    /// True for the first row of a table without pipes at its ends.
    pub(super) fn is_header(&self, text: &str) -> bool {
        text.contains('|')
            && self.lines.get(self.next).is_some_and(|line| {
                table::is_rule(line) && table::cells(line).len() == table::cells(text).len()
            })
    }

    /// A quote of one line or more: the lines of text that it starts with are its own, the others are in it.
    pub(super) fn quote(&mut self, indent: usize, rest: &'text str) -> Result<(), Error> {
        let mut inner = vec![rest];
        if split_attributes(rest).1.is_empty() {
            inner.extend(self.lines.get(self.next..).unwrap_or_default().iter().map_while(|line| {
                let inside = indentation(line).1.strip_prefix('>')?;
                Some(inside.strip_prefix(' ').unwrap_or(inside))
            }));
        }
        let empty = inner.iter().take_while(|line| line.trim().is_empty()).count();
        let words: Vec<&str> =
            inner.iter().skip(empty).map(|line| line.trim()).take_while(|line| is_words(line)).collect();
        let own = empty + words.len();
        if own == inner.len() && words.len() <= 1 {
            return self.text_block("quote", words.concat().as_str(), Map::new(), indent + TAB);
        }
        let text = joined(&words);
        let first = self.next.saturating_sub(1);
        let end = first + inner.len();
        for (number, line) in inner.iter().enumerate() {
            if let Some(place) = self.lines.get_mut(first + number) {
                *place = line;
            }
        }
        if own == inner.len() {
            self.next = end;
            self.line = end;
            return self.one_line("quote", &text, Map::new(), indent + TAB);
        }
        self.one_line("quote", &text, Map::new(), indent + TAB)?;
        if let Some(quote) = self.open.last_mut() {
            quote.end = End::Line(end);
        }
        self.next = first + own;
        Ok(())
    }
}

/// Lines as one, without the backslashes of hard breaks.
fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let is_last = number + 1 == lines.len();
        text.push_str(if !is_last && ends_hard(line) {
            line.strip_suffix('\\').unwrap_or(line)
        } else {
            line
        });
        if !is_last {
            text.push_str(BREAK);
        }
    }
    text
}

/// True for a line that says nothing but words, so that it can be a part of another line's text.
fn is_words(text: &str) -> bool {
    match start(text) {
        Start::Text => !text.is_empty(),
        Start::Tag(tag) => is_inline_tag(tag.name),
        _ => false,
    }
}

fn ends_hard(line: &str) -> bool {
    let text = line.trim_end_matches([' ', '\t']);
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    !text.is_empty() && (line.ends_with("  ") || backslashes % 2 == 1 && text.len() == line.len())
}

/// The sign of a line that makes a heading of the text above it.
pub(super) fn underline(line: &str) -> Option<char> {
    let sign = line.chars().next().filter(|sign| matches!(sign, '=' | '-'))?;
    (line.len() > 1 && line.chars().all(|other| other == sign)).then_some(sign)
}
