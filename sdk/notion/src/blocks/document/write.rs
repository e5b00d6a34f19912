//! Blocks into markdown, in Notion's second edition of it.
//!
//! Blocks are separated by a blank line, and only lists are indented. A block that has a colour, children or a line end
//! where its sign allows none is written as a tag: its text right behind the opening tag, its children after a blank line.

use serde_json::{Map, Value};

use super::start::{Start, start, to_do};
use crate::blocks::compact;
use crate::blocks::tree::{DEPTH_LIMIT, body, children, kind_of};
use crate::markdown::tag::encode;
use crate::markdown::{VERBATIM, in_document, link};

/// Markdown, and what of the blocks Notion would not read in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The markdown. All of it is read by [`from_markdown`](super::from_markdown).
    pub text: String,
    /// Types of block that say something for which Notion's markdown has no words, each once.
    pub unsaid: Vec<String>,
}

/// Writes blocks.
pub(super) fn write(blocks: &[Value]) -> Written {
    let mut writer = Writer::default();
    let text = writer.all(blocks, 0);
    Written { text, unsaid: writer.unsaid }
}

#[derive(Default)]
struct Writer {
    unsaid: Vec<String>,
}

/// A block as it stands among others.
struct Piece {
    text: String,
    /// The kind of list of which it is an item by a sign.
    list: Option<&'static str>,
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self { text, list: None }
    }
}

impl Writer {
    fn all(&mut self, blocks: &[Value], depth: usize) -> String {
        let mut text = String::new();
        let (mut before, mut number, mut had_nested) = (None, 0, false);
        for block in blocks {
            // Behind what is in an item, only a first number is sure to start another.
            let is_first = number == 0 || had_nested;
            number = match kind_of(block) {
                "numbered_list_item" if is_first => 1,
                "numbered_list_item" => number + 1,
                _ => 0,
            };
            had_nested = !children(block).is_empty();
            let piece = self.one(block, number, depth);
            if !text.is_empty() {
                text.push_str(if piece.list.is_some() && piece.list == before { "\n" } else { "\n\n" });
            }
            text.push_str(&piece.text);
            before = piece.list;
        }
        text
    }

    fn one(&mut self, block: &Value, number: usize, depth: usize) -> Piece {
        let nested = if depth < DEPTH_LIMIT { children(block) } else { &[] };
        let kind = kind_of(block);
        match kind {
            VERBATIM => block.get(VERBATIM).and_then(Value::as_str).unwrap_or_default().to_owned().into(),
            "paragraph" => self.paragraph(block, nested, depth).into(),
            "heading_1" | "heading_2" | "heading_3" | "heading_4" => {
                self.heading(block, nested, depth).into()
            }
            "bulleted_list_item" => self.item(block, nested, "bulleted", "- ", depth),
            "numbered_list_item" => self.item(block, nested, "numbered", &format!("{number}. "), depth),
            "to_do" => {
                let sign = if flag(block, "checked") { "- [x] " } else { "- [ ] " };
                self.item(block, nested, "tasks", sign, depth)
            }
            "quote" => {
                let text = self.words(block);
                match color(block).is_none() && nested.is_empty() && !text.contains('\n') && !text.is_empty()
                {
                    true => format!("> {}", protected(&text)).into(),
                    false => self.titled("quote", &[("color", color(block))], block, nested, depth).into(),
                }
            }
            "divider" => "---".to_owned().into(),
            "code" => self.code(block).into(),
            "equation" => {
                let expression = body(block).and_then(|body| body.get("expression")).and_then(Value::as_str);
                format!("$$\n{}\n$$", expression.unwrap_or_default()).into()
            }
            "table" if !nested.is_empty() => self.table(block, nested).into(),
            "toggle" => self.titled("toggle", &[("color", color(block))], block, nested, depth).into(),
            "callout" => {
                let attributes = [("icon", self.icon(block)), ("color", color(block))];
                self.titled("callout", &attributes, block, nested, depth).into()
            }
            "template" => {
                self.cannot_say(kind);
                self.titled("template", &[], block, nested, depth).into()
            }
            "column_list" => self.held("columns", &[], nested, depth).into(),
            "column" => {
                let width = body(block).and_then(|body| body.get("width_ratio")).and_then(Value::as_f64);
                let ratio = width.map(|width| format!("{}", width * 100.0));
                self.held("column", &[("ratio", ratio)], nested, depth).into()
            }
            "tab" => {
                let tabs: Vec<String> = nested
                    .iter()
                    .map(|tab| {
                        let attributes = [("icon", self.icon(tab)), ("color", color(tab))];
                        self.titled("tab", &attributes, tab, children(tab), depth + 1)
                    })
                    .collect();
                contained("tabs", &[], &tabs.join("\n")).into()
            }
            "synced_block" => match compact(block).get("synced_from").and_then(Value::as_str) {
                Some(id) => {
                    let url = format!("https://www.notion.so/{}", id.replace('-', ""));
                    tag("synced-block-reference", &[("url", Some(url))], true).into()
                }
                None => self.held("synced-block", &[], nested, depth).into(),
            },
            _ => self.leaf(block).into(),
        }
    }

    fn cannot_say(&mut self, kind: &str) {
        if !self.unsaid.iter().any(|known| known == kind) {
            self.unsaid.push(kind.to_owned());
        }
    }

    /// The text of a block, with hard breaks; the lines after one are no signs of blocks.
    fn words(&mut self, block: &Value) -> String {
        self.rich(block, "rich_text", true)
    }

    fn rich(&mut self, block: &Value, key: &str, has_lines: bool) -> String {
        let elements = body(block).and_then(|body| body.get(key)).unwrap_or(&Value::Null);
        let written = in_document(elements, has_lines);
        if !written.is_notions {
            self.cannot_say(kind_of(block));
        }
        written.text
    }

    fn paragraph(&mut self, block: &Value, nested: &[Value], depth: usize) -> String {
        let icon = self.icon(block);
        if icon.is_some() {
            self.cannot_say("paragraph");
        }
        let text = self.words(block);
        if icon.is_none() && color(block).is_none() && nested.is_empty() {
            return if text.is_empty() { "<p />".to_owned() } else { protected(&text) };
        }
        self.titled("p", &[("color", color(block)), ("icon", icon)], block, nested, depth)
    }

    fn heading(&mut self, block: &Value, nested: &[Value], depth: usize) -> String {
        let level = kind_of(block).trim_start_matches("heading_");
        let text = self.words(block);
        if flag(block, "is_toggleable") || !nested.is_empty() {
            let attributes = [("heading", Some(format!("h{level}"))), ("color", color(block))];
            return self.titled("toggle", &attributes, block, nested, depth);
        }
        if color(block).is_some() || text.contains('\n') {
            return self.titled(&format!("h{level}"), &[("color", color(block))], block, nested, depth);
        }
        let signs = "#".repeat(level.parse().unwrap_or(4));
        format!("{signs} {}", without_closing_signs(&text)).trim_end_matches(' ').to_owned()
    }

    /// An item of a list: by its sign where it is one line and holds items alone, else by a tag.
    fn item(
        &mut self,
        block: &Value,
        nested: &[Value],
        list: &'static str,
        sign: &str,
        depth: usize,
    ) -> Piece {
        let text = self.words(block);
        let is_line =
            color(block).is_none() && !text.contains('\n') && (!text.is_empty() || nested.is_empty());
        if is_line && nested.iter().all(|child| holds_items(child, depth + 1)) {
            let escape = list == "bulleted"
                && (to_do(&text).is_some() || start(&format!("- {text}")) == Start::Divider);
            let own = if escape { format!("\\{text}") } else { protected(&text) };
            let mut lines = format!("{sign}{own}").trim_end_matches(' ').to_owned();
            for line in self.all(nested, depth + 1).lines().filter(|line| !line.is_empty()) {
                lines.push_str("\n\t");
                lines.push_str(line);
            }
            return Piece { text: lines, list: Some(list) };
        }
        let attributes = [("color", color(block))];
        match list {
            "tasks" => {
                let checked = Some(flag(block, "checked").to_string());
                self.titled("todo", &[("checked", checked), ("color", color(block))], block, nested, depth)
                    .into()
            }
            "numbered" => contained("ol", &[], &self.titled("li", &attributes, block, nested, depth)).into(),
            _ => contained("ul", &[], &self.titled("li", &attributes, block, nested, depth)).into(),
        }
    }

    /// A tag with the block's own text, and what it holds behind a blank line.
    fn titled(
        &mut self,
        name: &str,
        attributes: &[(&str, Option<String>)],
        block: &Value,
        nested: &[Value],
        depth: usize,
    ) -> String {
        let text = self.words(block);
        let mut inside = if text.is_empty() { "<p />".to_owned() } else { protected(&text) };
        if !nested.is_empty() {
            inside.push_str("\n\n");
            inside.push_str(&self.all(nested, depth + 1));
        }
        contained(name, attributes, &inside)
    }

    /// A tag around blocks.
    fn held(
        &mut self,
        name: &str,
        attributes: &[(&str, Option<String>)],
        nested: &[Value],
        depth: usize,
    ) -> String {
        let separator = if name == "columns" { "\n" } else { "\n\n" };
        let inside = match name {
            "columns" => {
                let columns: Vec<String> =
                    nested.iter().map(|column| self.one(column, 0, depth + 1).text).collect();
                columns.join(separator)
            }
            _ => self.all(nested, depth + 1),
        };
        contained(name, attributes, &inside)
    }

    fn code(&mut self, block: &Value) -> String {
        let small = compact(block);
        let words = |name: &str| small.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = words("text");
        let (mut longest, mut row) = (0, 0);
        for byte in code.bytes() {
            row = if byte == b'`' { row + 1 } else { 0 };
            longest = longest.max(row);
        }
        let fence = "`".repeat(3.max(longest + 1));
        let caption = words("caption");
        let caption = match caption.is_empty() {
            true => String::new(),
            false => {
                self.cannot_say("code");
                format!(" {{caption=\"{}\"}}", encode(&caption).replace('`', "&#96;"))
            }
        };
        let end = if code.is_empty() { "" } else { "\n" };
        format!("{fence}{}{caption}\n{code}{end}{fence}", words("language"))
    }

    fn table(&mut self, block: &Value, rows: &[Value]) -> String {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                let cells = body(row).and_then(|row| row.get("cells")).and_then(Value::as_array);
                let mut written = Vec::new();
                for cell in cells.into_iter().flatten() {
                    let cell = in_document(cell, false);
                    if !cell.is_notions {
                        self.cannot_say("table");
                    }
                    written.push(cell.text);
                }
                written
            })
            .collect();
        let has_pipe = rows.iter().flatten().any(|cell| cell.contains('|'));
        if flag(block, "has_column_header") && !flag(block, "has_row_header") && !has_pipe {
            let mut lines = Vec::new();
            for (number, row) in rows.iter().enumerate() {
                lines.push(format!("| {} |", row.join(" | ")));
                if number == 0 {
                    lines.push(format!("|{}", " --- |".repeat(row.len())));
                }
            }
            return lines.join("\n");
        }
        let on = |name: &str| flag(block, name).then(|| "true".to_owned());
        let attributes = [("header-row", on("has_column_header")), ("header-column", on("has_row_header"))];
        let rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
                format!("<tr>{cells}</tr>")
            })
            .collect();
        contained("table", &attributes, &rows.join("\n"))
    }

    fn icon(&mut self, block: &Value) -> Option<String> {
        let icon = compact(block).get("icon").cloned()?;
        let words = icon.as_str().map(str::to_owned);
        // Notion's markdown knows emojis; ids of others are ours.
        if words.as_ref().is_none_or(|words| words.parse::<crate::NotionId>().is_ok()) {
            self.cannot_say(kind_of(block));
        }
        words
    }

    /// A block that holds none.
    fn leaf(&mut self, block: &Value) -> String {
        let small = compact(block);
        let Some(members) = small.as_object() else { return String::new() };
        let kind = kind_of(block);
        let words = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let link = |id: Option<String>| id.map(|id| format!("https://www.notion.so/{}", id.replace('-', "")));
        match kind {
            "bookmark" | "embed" | "image" | "video" | "audio" | "pdf" | "file"
                if !members.contains_key("hosted_file") =>
            {
                let caption = self.rich(block, "caption", false);
                if kind == "image"
                    && let Some(image) = image(words("url"), &caption)
                {
                    return image;
                }
                if members.contains_key("upload") || members.contains_key("name") {
                    self.cannot_say(kind);
                }
                let attributes =
                    [("source", words("url")), ("upload", words("upload")), ("name", words("name"))];
                match caption.is_empty() {
                    true => format!("{}</{kind}>", tag(kind, &attributes, false)),
                    false => format!("{}{caption}</{kind}>", tag(kind, &attributes, false)),
                }
            }
            "table_of_contents" => tag("table-of-contents", &[("color", color(block))], true),
            "breadcrumb" => {
                self.cannot_say(kind);
                tag("breadcrumb", &[], true)
            }
            "link_to_page" if members.contains_key("page_id") => {
                self.cannot_say(kind);
                tag("page", &[("url", link(words("page_id")))], true)
            }
            "link_to_page" if members.contains_key("database_id") => {
                self.cannot_say(kind);
                tag("database", &[("url", link(words("database_id")))], true)
            }
            "child_page" | "child_database" => {
                let name = kind.trim_start_matches("child_");
                let title = words("title").unwrap_or_default();
                let title = crate::rich_text::from_text(&title).unwrap_or_default();
                let title = in_document(&Value::from(title), false).text;
                format!("{}{title}</{name}>", tag(name, &[("url", link(words("id")))], false))
            }
            _ => {
                self.cannot_say(kind);
                unknown(kind, members)
            }
        }
    }
}

/// True for a block that can stand indented in a list.
fn holds_items(block: &Value, depth: usize) -> bool {
    let is_item = matches!(kind_of(block), "bulleted_list_item" | "numbered_list_item" | "to_do");
    let text = body(block).and_then(|body| body.get("rich_text")).unwrap_or(&Value::Null);
    let text = in_document(text, true).text;
    let nested = if depth < DEPTH_LIMIT { children(block) } else { &[] };
    is_item
        && color(block).is_none()
        && !text.contains('\n')
        && (!text.is_empty() || nested.is_empty())
        && nested.iter().all(|child| holds_items(child, depth + 1))
}

/// `![caption](url)`; none where it could be read as anything else.
fn image(url: Option<String>, caption: &str) -> Option<String> {
    let url = url?;
    let line = format!("![{caption}]({})", link::escape(&url));
    match start(&line) {
        Start::Image(_, read) if read == url && !caption.contains(['[', ']', '\n']) => Some(line),
        _ => None,
    }
}

/// A block that markdown can't hold, by the words that Notion has for it.
fn unknown(kind: &str, members: &Map<String, Value>) -> String {
    let words = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let alt = if kind == "unsupported" { words("block_type") } else { None };
    let url = words("url")
        .or_else(|| words("id").map(|id| format!("https://www.notion.so/{}", id.replace('-', ""))));
    let alt = alt.unwrap_or_else(|| kind.to_owned());
    let name = words("hosted_file").or_else(|| words("title"));
    tag("unknown", &[("url", url), ("alt", Some(alt)), ("name", name)], true)
}

fn contained(name: &str, attributes: &[(&str, Option<String>)], inside: &str) -> String {
    let end = if inside.is_empty() { "" } else { "\n" };
    format!("{}\n{inside}{end}</{name}>", tag(name, attributes, false))
}

fn tag(name: &str, attributes: &[(&str, Option<String>)], is_empty: bool) -> String {
    let mut tag = format!("<{name}");
    for (name, value) in attributes {
        if let Some(value) = value {
            tag.push_str(&format!(" {name}=\"{}\"", encode(value)));
        }
    }
    tag.push_str(if is_empty { " />" } else { ">" });
    tag
}

/// A colour as Notion's markdown names it.
fn color(block: &Value) -> Option<String> {
    let color = body(block).and_then(|body| body.get("color")).and_then(Value::as_str);
    color.filter(|color| *color != "default").map(|color| color.replace("_background", "_bg"))
}

fn flag(block: &Value, name: &str) -> bool {
    body(block).and_then(|body| body.get(name)).and_then(Value::as_bool) == Some(true)
}

/// A text of which no line starts with a sign of a block.
fn protected(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(protected_line).collect();
    lines.join("\n")
}

fn protected_line(line: &str) -> String {
    let is_words = match start(line) {
        Start::Text => !super::table::is_rule(line) && super::continuation::underline(line.trim()).is_none(),
        Start::Tag(tag) => crate::markdown::is_inline_tag(tag.name),
        _ => false,
    };
    let text = plain_end(line);
    // The tag of an equation in text is one of a block, too, where a line starts with it.
    if text.starts_with("<equation>") {
        return format!("<span></span>{text}");
    }
    if is_words {
        return text;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match text.split_at_checked(digits) {
        Some((number, rest)) if digits > 0 => format!("{number}\\{rest}"),
        _ => format!("\\{text}"),
    }
}

/// A line whose end is not read as attributes of its block.
fn plain_end(line: &str) -> String {
    match line.rfind('{') {
        Some(brace) if !super::start::split_attributes(line).1.is_empty() => {
            format!("{}\\{}", line.get(..brace).unwrap_or_default(), line.get(brace..).unwrap_or_default())
        }
        _ => line.to_owned(),
    }
}

/// The text of a heading whose last signs are its own.
fn without_closing_signs(text: &str) -> String {
    let text = plain_end(text);
    match text.strip_suffix('#') {
        Some(before)
            if text.trim_end_matches('#').is_empty() || text.trim_end_matches('#').ends_with(' ') =>
        {
            format!("{before}\\#")
        }
        _ => text,
    }
}
