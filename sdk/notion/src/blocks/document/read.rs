//! Markdown into blocks, line by line. Each line is read once.

use serde_json::{Map, Value, json};

use super::holders::{has_text, is_structure, take_text};
use super::start::{Start, split_attributes, start};
use crate::Error;
use crate::blocks::answered::hosted_left_out;
use crate::blocks::kind::{self, Kind};
use crate::blocks::parsed::Parsed;
use crate::blocks::to_notion::{content, finish};
use crate::blocks::tree::DEPTH_LIMIT;
use crate::markdown::tag::{Shape, Tag};
use crate::markdown::{Inline, VERBATIM};
use crate::properties::is_hosted;

/// Columns of a tab.
pub(super) const TAB: usize = 4;

/// Columns by which what is in a list item is indented at least.
const LIST_STEP: usize = 2;

/// Most notes of an answer; more would say nothing new.
const MAX_NOTES: usize = 20;

/// A block that more lines may be put into.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) kind: &'static Kind,
    pub(super) members: Map<String, Value>,
    pub(super) children: Vec<Value>,
    pub(super) line: usize,
    pub(super) end: End,
}

/// What ends a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A line that is indented less than this.
    Indentation(usize),
    /// `</name>`
    Tag(&'static str),
    /// The line of this number, counted from 0, is not in it any more.
    Line(usize),
}

#[derive(Debug)]
pub(super) struct Reader<'text> {
    pub(super) lines: Vec<&'text str>,
    pub(super) next: usize,
    /// The number of the line that is being read, from 1.
    pub(super) line: usize,
    pub(super) open: Vec<Open>,
    /// The types of item that the lists by tags have which are open.
    pub(super) lists: Vec<&'static str>,
    pub(super) inline: Inline<'text>,
    blocks: Vec<Value>,
    count: usize,
    /// Most blocks of the document.
    max: usize,
    notes: Vec<String>,
    more_notes: usize,
    /// The number that the next item of a numbered list would have here.
    expected: u32,
}

/// Reads a document.
pub(super) fn read<'text>(text: &'text str, inline: Inline<'text>, max: usize) -> Result<Parsed, Error> {
    let mut reader = Reader {
        lines: text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect(),
        next: 0,
        line: 0,
        open: Vec::new(),
        lists: Vec::new(),
        inline,
        blocks: Vec::new(),
        count: 0,
        max,
        notes: Vec::new(),
        more_notes: 0,
        expected: 1,
    };
    loop {
        while reader.open.iter().any(|open| matches!(open.end, End::Line(end) if reader.next >= end)) {
            reader.close()?;
        }
        let Some(line) = reader.take_line() else { break };
        let (indent, text) = indentation(line);
        reader.read(indent, text)?;
    }
    while let Some(open) = reader.open.last() {
        if let End::Tag(name) = open.end {
            let line = open.line;
            reader.note_at(line, &format!("`<{name}>` has no end and was ended with the text"));
        }
        reader.close()?;
    }
    if reader.more_notes > 0 {
        reader.notes.push(format!("There are {} more notes.", reader.more_notes));
    }
    Ok(Parsed { blocks: reader.blocks, notes: reader.notes })
}

/// The columns of a line's indentation, and the rest without blanks at its ends.
pub(super) fn indentation(line: &str) -> (usize, &str) {
    let text = line.trim_start_matches([' ', '\t']);
    let blanks = line.get(..line.len() - text.len()).unwrap_or_default();
    let columns = blanks
        .bytes()
        .fold(0, |columns, byte| if byte == b'\t' { (columns / TAB + 1) * TAB } else { columns + 1 });
    (columns, text.trim_end_matches([' ', '\t']))
}

impl<'text> Reader<'text> {
    pub(super) fn take_line(&mut self) -> Option<&'text str> {
        let is_over = |open: &Open| matches!(open.end, End::Line(end) if self.next >= end);
        let line = self.lines.get(self.next).copied().filter(|_| !self.open.iter().any(is_over))?;
        self.next += 1;
        self.line = self.next;
        Some(line)
    }

    pub(super) fn note(&mut self, what: &str) {
        self.note_at(self.line, what);
    }

    pub(super) fn note_at(&mut self, line: usize, what: &str) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(format!("Line {line}: {what}."));
        } else {
            self.more_notes += 1;
        }
    }

    /// Reads a line, which may have several tags.
    fn read(&mut self, indent: usize, text: &'text str) -> Result<(), Error> {
        let mut rest = text;
        while !rest.is_empty() {
            rest = match Tag::read(rest, 0).filter(is_structure) {
                Some(tag) if self.inline.keeps_tags() && tag.name.starts_with("synced") => {
                    self.leave(indent)?;
                    self.verbatim(rest, &tag)?;
                    ""
                }
                Some(tag) => self.structure(indent, rest, &tag)?,
                None => {
                    self.block(indent, rest)?;
                    ""
                }
            };
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, indent: usize) -> Result<(), Error> {
        while matches!(self.open.last(), Some(Open { end: End::Indentation(least), .. }) if indent < *least) {
            self.close()?;
        }
        Ok(())
    }

    fn block(&mut self, indent: usize, text: &'text str) -> Result<(), Error> {
        self.leave(indent)?;
        let expected = std::mem::replace(&mut self.expected, 1);
        match start(text) {
            Start::Fence(fence, info) => self.code(indent, fence, info),
            Start::Equation(rest) => self.equation(rest),
            Start::Heading(level, rest) => {
                let rest = without_closing_signs(rest);
                if level > 4 {
                    self.note("a heading of level 5 or 6 became one of level 4");
                }
                let name =
                    ["heading_1", "heading_2", "heading_3"].get(level - 1).copied().unwrap_or("heading_4");
                self.text_block(name, rest, Map::new(), indent + TAB)
            }
            Start::Bullet(rest) | Start::ToDo(_, rest) | Start::Number(_, rest)
                if matches!(start(rest), Start::Fence(..)) =>
            {
                self.code_in_item(indent, text, rest)
            }
            Start::Bullet(rest) => {
                self.text_block("bulleted_list_item", rest, Map::new(), indent + LIST_STEP)
            }
            Start::ToDo(checked, rest) => {
                let members =
                    if checked { Map::from_iter([("checked".to_owned(), true.into())]) } else { Map::new() };
                self.text_block("to_do", rest, members, indent + LIST_STEP)
            }
            Start::Number(number, rest) => {
                // Numbers all alike are a way to write a list too.
                if number != expected && number > 1 {
                    self.note("Notion numbers lists by itself, from 1");
                }
                self.text_block("numbered_list_item", rest, Map::new(), indent + LIST_STEP)?;
                self.expected = number.saturating_add(1);
                Ok(())
            }
            Start::Quote(rest) => self.quote(indent, rest),
            Start::Divider => self.leaf("divider", Map::new()),
            Start::Image(caption, url) => {
                let mut members = Map::from_iter([("url".to_owned(), url.into())]);
                if !caption.is_empty() {
                    members.insert("caption".to_owned(), caption.into());
                }
                self.leaf("image", members)
            }
            Start::Pipe => self.pipes(indent, text),
            Start::Tag(tag) => self.tag(indent, text, &tag),
            Start::Foreign(what) => {
                self.note(&format!("{what} was kept as its text"));
                self.text_block("paragraph", text, Map::new(), indent + TAB)
            }
            Start::Text => self.text(indent, text),
        }
    }

    /// An item that begins with a fence has no text of its own, and the code in it.
    fn code_in_item(&mut self, indent: usize, text: &'text str, rest: &'text str) -> Result<(), Error> {
        let (name, members) = match start(text) {
            Start::ToDo(true, _) => ("to_do", Map::from_iter([("checked".to_owned(), true.into())])),
            Start::ToDo(..) => ("to_do", Map::new()),
            Start::Number(..) => ("numbered_list_item", Map::new()),
            _ => ("bulleted_list_item", Map::new()),
        };
        self.one_line(name, "", members, indent + LIST_STEP)?;
        match start(rest) {
            Start::Fence(fence, info) => self.code(indent + text.len() - rest.len(), fence, info),
            _ => Ok(()),
        }
    }

    /// A line of text, perhaps with the end of what it is in; or what the line below it makes of it.
    pub(super) fn text(&mut self, indent: usize, text: &'text str) -> Result<(), Error> {
        if let Some(level) = self.underlined(indent) {
            self.next += 1;
            return self.text_block(level, text, Map::new(), indent + TAB);
        }
        if self.is_header(text) {
            return self.pipes(indent, text);
        }
        let holder = self.open.iter().rev().find_map(|open| match open.end {
            End::Tag(name) => Some(name),
            End::Indentation(_) | End::Line(_) => None,
        });
        let inside = holder.and_then(|name| {
            let inside = text.strip_suffix('>')?.strip_suffix(name)?.strip_suffix("</")?;
            (!inside.ends_with('\\')).then(|| (name, inside.trim_end_matches([' ', '\t'])))
        });
        match inside {
            Some((name, inside)) => {
                self.one_line("paragraph", inside, Map::new(), indent + TAB)?;
                self.end(indent, name)
            }
            None => self.text_block("paragraph", text, Map::new(), indent + TAB),
        }
    }

    /// A block of text, with the lines that a hard break joins to it.
    pub(super) fn text_block(
        &mut self,
        name: &str,
        text: &str,
        members: Map<String, Value>,
        least: usize,
    ) -> Result<(), Error> {
        match self.continued(text) {
            Some(joined) => self.one_line(name, &joined, members, least),
            None => self.one_line(name, text, members, least),
        }
    }

    pub(super) fn one_line(
        &mut self,
        name: &str,
        text: &str,
        mut members: Map<String, Value>,
        least: usize,
    ) -> Result<(), Error> {
        let kind = self.kind(name)?;
        let (words, attributes) = split_attributes(text);
        let is_known = attributes.keys().all(|key| kind.members.iter().any(|member| member.name == key));
        let words = if is_known { words } else { text };
        if is_known {
            members.extend(attributes);
        }
        if !words.is_empty() {
            members.insert("text".to_owned(), words.into());
        }
        self.push(kind, members, End::Indentation(least))
    }

    pub(super) fn leaf(&mut self, name: &str, members: Map<String, Value>) -> Result<(), Error> {
        let kind = self.kind(name)?;
        let line = self.line;
        if members.get("url").and_then(Value::as_str).is_some_and(is_hosted) {
            if !self.inline.keeps_tags() {
                self.note(&hosted_left_out(kind));
                return Ok(());
            }
            self.note(&format!(
                "the address of the {} is one that Notion signs for an hour; where it isn't the page's own {} it will end then",
                kind.name, kind.name
            ));
        }
        self.count_one()?;
        self.add(kind, members, Vec::new(), line)
    }

    pub(super) fn kind(&self, name: &str) -> Result<&'static Kind, Error> {
        kind::find(name).map_err(|error| at(self.line, error))
    }

    pub(super) fn count_one(&mut self) -> Result<(), Error> {
        self.count += 1;
        if self.count > self.max {
            return Err(at(
                self.line,
                Error::limit_exceeded(format!("There are more than {} blocks.", self.max)),
            )
            .hint("Write it in several parts."));
        }
        Ok(())
    }

    pub(super) fn push(
        &mut self,
        kind: &'static Kind,
        members: Map<String, Value>,
        end: End,
    ) -> Result<(), Error> {
        self.count_one()?;
        if self.open.len() >= DEPTH_LIMIT {
            return Err(at(
                self.line,
                Error::limit_exceeded(format!("It is nested deeper than {DEPTH_LIMIT} levels.")),
            )
            .hint("Indent less."));
        }
        self.open.push(Open { kind, members, children: Vec::new(), line: self.line, end });
        Ok(())
    }

    /// Ends the innermost open block.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        if has_text(&open) {
            take_text(&mut open);
        }
        if open.members.contains_key("synced_from") && !open.children.is_empty() {
            self.note_at(open.line, "what is in a synced block comes from its original and was left out");
            open.children.clear();
        }
        self.add(open.kind, open.members, open.children, open.line)
    }

    pub(super) fn add(
        &mut self,
        kind: &'static Kind,
        mut members: Map<String, Value>,
        mut children: Vec<Value>,
        line: usize,
    ) -> Result<(), Error> {
        if let Some(Value::Array(rows)) = members.shift_remove("rows") {
            for cells in rows {
                self.count_one()?;
                let row = self.kind("table_row")?;
                let body = content(row, &Map::from_iter([("cells".to_owned(), cells)]), &mut self.inline);
                children.push(
                    body.and_then(|body| finish(row, body, Vec::new())).map_err(|error| at(line, error))?,
                );
            }
        }
        let block = content(kind, &members, &mut self.inline).and_then(|body| finish(kind, body, children));
        let block = block.map_err(|error| at(line, error))?;
        for note in std::mem::take(&mut self.inline.notes) {
            self.note_at(line, &note);
        }
        self.put(block);
        Ok(())
    }

    fn put(&mut self, block: Value) {
        match self.open.last_mut() {
            Some(open) => open.children.push(block),
            None => self.blocks.push(block),
        }
    }

    /// A block that Notion reads and no request by blocks has, as it is written: to the line with its end.
    pub(super) fn verbatim(&mut self, text: &str, tag: &Tag<'_>) -> Result<(), Error> {
        let end = format!("</{}>", tag.name);
        let mut source = text.to_owned();
        let is_closed = |line: &&str| line.contains(end.as_str());
        if tag.shape == Shape::Opening && !is_closed(&text) {
            let rest = self.lines.get(self.next..).unwrap_or_default();
            if let Some(more) = rest.iter().position(is_closed) {
                for line in rest.iter().take(more + 1) {
                    source.push('\n');
                    source.push_str(line);
                }
                self.next += more + 1;
            }
        }
        self.count_one()?;
        self.put(json!({ "type": VERBATIM, VERBATIM: source }));
        Ok(())
    }
}

/// The text of a heading without the signs that may close it.
fn without_closing_signs(text: &str) -> &str {
    let words = text.trim_end_matches('#');
    if words.is_empty() || words.ends_with([' ', '\t']) { words.trim_end_matches([' ', '\t']) } else { text }
}

/// An error with its line.
pub(super) fn at(line: usize, mut error: Error) -> Error {
    error.message = format!("Line {line}: {}", error.message);
    error
}
