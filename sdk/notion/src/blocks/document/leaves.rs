//! Tables, and tags of blocks that stand in one line.

use serde_json::{Map, Value};

use super::read::{Reader, TAB, at, indentation};
use super::table;
use crate::Error;
use crate::blocks::kind;
use crate::markdown::is_inline_tag;
use crate::markdown::tag::{Shape, Tag};

/// Tags of blocks that stand in one line, and the types of these.
const LEAVES: [(&str, &str); 13] = [
    ("table_of_contents", "table_of_contents"),
    ("table-of-contents", "table_of_contents"),
    ("equation", "equation"),
    ("breadcrumb", "breadcrumb"),
    ("bookmark", "bookmark"),
    ("embed", "embed"),
    ("image", "image"),
    ("video", "video"),
    ("audio", "audio"),
    ("pdf", "pdf"),
    ("file", "file"),
    ("page", "link_to_page"),
    ("database", "link_to_page"),
];

impl<'text> Reader<'text> {
    pub(super) fn tag(&mut self, indent: usize, text: &'text str, tag: &Tag<'text>) -> Result<(), Error> {
        let rest = text.get(tag.end..).unwrap_or_default();
        let is_notions = !is_inline_tag(tag.name) && tag.shape != Shape::Closing;
        let is_unread = matches!(tag.name, "page" | "database") || is_notions && !is_block(tag.name);
        if self.inline.keeps_tags() && is_unread {
            return self.verbatim(text, tag);
        }
        if tag.name == "table" && tag.shape == Shape::Opening {
            return self.tagged_table(tag, rest);
        }
        if tag.name == "empty-block" && tag.shape == Shape::Empty && rest.is_empty() {
            return self.text_block("paragraph", "", Map::new(), indent + TAB);
        }
        if let Some(expression) =
            rest.strip_suffix("</equation>").filter(|_| tag.name == "equation" && tag.shape == Shape::Opening)
        {
            return self.leaf("equation", Map::from_iter([("expression".to_owned(), expression.into())]));
        }
        if let Some((name, kind)) = LEAVES.into_iter().find(|(name, _)| *name == tag.name) {
            let close = format!("</{name}>");
            let caption = match tag.shape {
                Shape::Empty if rest.is_empty() => Some(""),
                Shape::Opening => rest.strip_suffix(close.as_str()),
                _ => None,
            };
            if let Some(members) = caption.and_then(|caption| leaf_members(tag, caption)) {
                if tag.name == "page" || tag.name == "database" {
                    self.note(&format!("a {name} can't be created by blocks; it was linked to"));
                }
                return self.leaf(kind, members);
            }
        }
        if !is_inline_tag(tag.name) {
            self.note(&format!("`<{}>` is no block that can be created and was kept as its text", tag.name));
        }
        self.text(indent, text)
    }

    pub(super) fn pipes(&mut self, indent: usize, text: &'text str) -> Result<(), Error> {
        if !self.lines.get(self.next).is_some_and(|line| table::is_rule(line)) {
            return self.text(indent, text);
        }
        let first = self.line;
        let mut rows = vec![table::cells(text)];
        if self.lines.get(self.next).is_some_and(|rule| rule.contains(':')) {
            self.note("the alignment of columns can't be set and was left out");
        }
        self.next += 1;
        // A row further to the left is of another table, outside of what this one is in.
        let is_row = |line: &&&str| {
            let (columns, row) = indentation(line);
            columns >= indent && (row.starts_with('|') || !text.starts_with('|') && row.contains('|'))
        };
        while let Some(line) = self.lines.get(self.next).filter(is_row) {
            rows.push(table::cells(line));
            self.next += 1;
        }
        self.count_one()?;
        let kind = self.kind("table")?;
        let members = table::members(rows, true, false).map_err(|error| at(first, error))?;
        self.add(kind, members, Vec::new(), first)
    }

    fn tagged_table(&mut self, tag: &Tag<'_>, rest: &str) -> Result<(), Error> {
        const END: &str = "</table>";
        let first = self.line;
        let mut source = String::new();
        let mut line = rest;
        loop {
            if let Some(inside) = line.trim_end().strip_suffix(END) {
                source.push_str(inside);
                break;
            }
            source.push_str(line);
            source.push('\n');
            let Some(next) = self.take_line() else {
                return Err(at(
                    first,
                    Error::invalid_input("`<table>` has no `</table>` at the end of a line."),
                ));
            };
            line = next;
        }
        let table = table::tagged(&source);
        if table.attributes {
            self.note_at(first, "colours of rows and cells can't be set and were left out");
        }
        if table.stray {
            return Err(at(first, Error::invalid_input("The table has text outside of its cells."))
                .hint("Put every text between <td> and </td>, in a <tr>."));
        }
        self.count_one()?;
        let kind = self.kind("table")?;
        let header = table.header || tag.is_on("header-row");
        let members = table::members(table.rows, header, tag.is_on("header-column"));
        let members = members.map_err(|error| at(first, error))?;
        self.add(kind, members, Vec::new(), first)
    }
}

/// True for the tag of a block that is read here.
fn is_block(name: &str) -> bool {
    matches!(name, "table" | "empty-block") || LEAVES.iter().any(|(known, _)| *known == name)
}

/// The members of a block in one line; none where its tag says something that the block has no place for.
fn leaf_members(tag: &Tag<'_>, caption: &str) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    let is_link = matches!(tag.name, "page" | "database");
    for (name, value) in &tag.attributes {
        let name = match (*name, tag.name) {
            ("url", "page") => "page_id",
            ("url", "database") => "database_id",
            ("inline" | "data-source-url" | "icon" | "color", _) if is_link => continue,
            ("src" | "source", _) => "url",
            (name @ ("url" | "upload" | "name" | "color" | "caption"), _) => name,
            _ => return None,
        };
        members.insert(name.to_owned(), value.as_str().into());
    }
    // A link to a page shows the page's own title.
    if !caption.is_empty() && !is_link {
        members.insert("caption".to_owned(), caption.into());
    }
    let kind =
        LEAVES.into_iter().find(|(name, _)| *name == tag.name).and_then(|(_, kind)| kind::creatable(kind))?;
    let is_known = |name: &String| kind.members.iter().any(|member| member.name == name);
    members.keys().all(is_known).then_some(members)
}
