//! Blocks into markdown.

use serde_json::{Map, Value};

use super::start::{Start, split_attributes, start, to_do};
use crate::notion::blocks::compact;
use crate::notion::blocks::tree::{DEPTH_LIMIT, body, children, kind_of};
use crate::notion::markdown::tag::encode;
use crate::notion::markdown::{line_from_rich_text, link};

/// Writes blocks, each in lines of its own, what is in them indented by a tab.
pub(super) fn write(blocks: &[Value]) -> String {
    let mut writer = Writer { text: String::new() };
    writer.all(blocks, 0);
    writer.text.pop();
    writer.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn all(&mut self, blocks: &[Value], depth: usize) {
        let mut number = 0;
        let mut before = "";
        for block in blocks {
            // The rows of two tables by pipes would be read as one table's.
            if kind_of(block) == "table" && before == "table" {
                self.text.push('\n');
            }
            before = kind_of(block);
            number = if kind_of(block) == "numbered_list_item" { number + 1 } else { 0 };
            self.one(block, number, depth);
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text.extend(std::iter::repeat_n('\t', depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn one(&mut self, block: &Value, number: usize, depth: usize) {
        let nested = if depth < DEPTH_LIMIT { children(block) } else { &[] };
        match kind_of(block) {
            "paragraph" => self.paragraph(block, depth),
            kind @ ("heading_1" | "heading_2" | "heading_3" | "heading_4") => {
                let sign = match kind {
                    "heading_1" => "# ",
                    "heading_2" => "## ",
                    "heading_3" => "### ",
                    _ => "#### ",
                };
                let toggle =
                    if nested.is_empty() && flag(block, "is_toggleable") { " toggle=\"true\"" } else { "" };
                self.marked(block, sign, toggle, depth);
            }
            "bulleted_list_item" => {
                let words = text(block);
                let escape = to_do(&words).is_some() || start(&format!("- {words}")) == Start::Divider;
                self.marked(block, if escape { "- \\" } else { "- " }, "", depth);
            }
            "numbered_list_item" => self.marked(block, &format!("{number}. "), "", depth),
            "to_do" => {
                let sign = if flag(block, "checked") { "- [x] " } else { "- [ ] " };
                self.marked(block, sign, "", depth);
            }
            "quote" => self.marked(block, "> ", "", depth),
            "divider" => self.line(depth, "---"),
            "code" => self.code(block, depth),
            "equation" => {
                let expression = body(block).and_then(|body| body.get("expression")).and_then(Value::as_str);
                self.line(depth, "$$");
                for line in expression.unwrap_or_default().lines() {
                    self.line(depth, line);
                }
                self.line(depth, "$$");
            }
            "table" if !nested.is_empty() => return self.table(block, nested, depth),
            "toggle" => {
                self.line(depth, &tag("details", &[("color", color(block))], false));
                let words = line_from_rich_text(rich_text(block, "rich_text"), Some("</summary>"));
                self.line(depth, &format!("<summary>{words}</summary>"));
                return self.held(nested, "details", depth);
            }
            "callout" => {
                let icon = compact(block).get("icon").and_then(Value::as_str).map(str::to_owned);
                self.line(depth, &tag("callout", &[("icon", icon), ("color", color(block))], false));
                self.words(&text(block), depth + 1);
                return self.held(nested, "callout", depth);
            }
            "template" => {
                self.line(depth, "<template>");
                self.words(&text(block), depth + 1);
                return self.held(nested, "template", depth);
            }
            "column_list" => {
                self.line(depth, "<columns>");
                return self.held(nested, "columns", depth);
            }
            "column" => {
                let width =
                    body(block).and_then(|body| body.get("width_ratio")).filter(|width| !width.is_null());
                self.line(depth, &tag("column", &[("width", width.map(Value::to_string))], false));
                return self.held(nested, "column", depth);
            }
            "tab" => {
                self.line(depth, "<tabs>");
                return self.held(nested, "tabs", depth);
            }
            "synced_block" => return self.synced(block, nested, depth),
            "image" => self.image(block, depth),
            _ => self.tagged(block, depth),
        }
        self.all(nested, depth + 1);
    }

    fn paragraph(&mut self, block: &Value, depth: usize) {
        let icon = compact(block).get("icon").and_then(Value::as_str).map(str::to_owned);
        let attributes = attributes(&[("color", color(block)), ("icon", icon)]);
        let words = text(block);
        match (words.is_empty(), attributes.is_empty()) {
            (true, true) => self.line(depth, "<empty-block/>"),
            (true, false) => self.line(depth, &attributes),
            (false, true) => self.words(&words, depth),
            (false, false) => self.line(depth, &format!("{} {attributes}", protected(&words))),
        }
    }

    /// A line of text that is read as nothing else.
    fn words(&mut self, words: &str, depth: usize) {
        if words.is_empty() {
            self.line(depth, "<empty-block/>");
        } else {
            self.line(depth, &plain_end(&protected(words)));
        }
    }

    fn marked(&mut self, block: &Value, sign: &str, more: &str, depth: usize) {
        let attributes = attributes(&[("color", color(block))]);
        let attributes = match (attributes.strip_suffix('}'), more.is_empty()) {
            (_, true) => attributes,
            (Some(colored), false) => format!("{colored}{more}}}"),
            (None, false) => format!("{{{}}}", more.trim_start()),
        };
        let words = text(block);
        let line = match (words.is_empty(), attributes.is_empty()) {
            (_, true) => format!("{sign}{}", plain_end(&words)),
            (true, false) => format!("{sign}{attributes}"),
            (false, false) => format!("{sign}{words} {attributes}"),
        };
        self.line(depth, line.trim_end_matches(' '));
    }

    fn held(&mut self, nested: &[Value], name: &str, depth: usize) {
        self.all(nested, depth + 1);
        self.line(depth, &format!("</{name}>"));
    }

    fn code(&mut self, block: &Value, depth: usize) {
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
            false => format!(" {{caption=\"{}\"}}", encode(&caption).replace('`', "&#96;")),
        };
        self.line(depth, &format!("{fence}{}{caption}", words("language")));
        if !code.is_empty() {
            for line in code.split('\n') {
                self.line(depth, line);
            }
        }
        self.line(depth, &fence);
    }

    fn table(&mut self, block: &Value, rows: &[Value], depth: usize) {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                let cells = body(row).and_then(|row| row.get("cells")).and_then(Value::as_array);
                cells.into_iter().flatten().map(|cell| line_from_rich_text(cell, Some("</td>"))).collect()
            })
            .collect();
        let has_pipe = rows.iter().flatten().any(|cell| cell.contains('|'));
        if flag(block, "has_column_header") && !flag(block, "has_row_header") && !has_pipe {
            for (number, row) in rows.iter().enumerate() {
                self.line(depth, &format!("| {} |", row.join(" | ")));
                if number == 0 {
                    self.line(depth, &format!("|{}", " --- |".repeat(row.len())));
                }
            }
            return;
        }
        let on = |name: &str| flag(block, name).then(|| "true".to_owned());
        let attributes = [("header-row", on("has_column_header")), ("header-column", on("has_row_header"))];
        self.line(depth, &tag("table", &attributes, false));
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            self.line(depth, &format!("<tr>{cells}</tr>"));
        }
        self.line(depth, "</table>");
    }

    fn synced(&mut self, block: &Value, nested: &[Value], depth: usize) {
        let original = compact(block).get("synced_from").and_then(Value::as_str).map(str::to_owned);
        match original {
            Some(id) => self.line(depth, &tag("synced_block_reference", &[("url", Some(id))], true)),
            None => {
                self.line(depth, "<synced_block>");
                self.held(nested, "synced_block", depth);
            }
        }
    }

    fn image(&mut self, block: &Value, depth: usize) {
        let small = compact(block);
        let Some(url) = small.get("url").and_then(Value::as_str) else { return self.tagged(block, depth) };
        let line =
            format!("![{}]({})", line_from_rich_text(rich_text(block, "caption"), None), link::escape(url));
        // A caption with signs of its own could end elsewhere.
        match start(&line) {
            Start::Image(_, read) if read == url && !line.contains("\\]") => self.line(depth, &line),
            _ => self.tagged(block, depth),
        }
    }

    /// What Notion's markdown has no sign for: a tag with the members of the compact form.
    fn tagged(&mut self, block: &Value, depth: usize) {
        let small = compact(block);
        let Some(members) = small.as_object() else { return };
        let kind = kind_of(block);
        let words = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let link = |id: Option<String>| id.map(|id| format!("https://www.notion.so/{}", id.replace('-', "")));
        let line = match kind {
            "bookmark" | "embed" | "image" | "video" | "audio" | "pdf" | "file"
                if !members.contains_key("hosted_file") =>
            {
                let address = if matches!(kind, "bookmark" | "embed") { "url" } else { "src" };
                let attributes =
                    [(address, words("url")), ("upload", words("upload")), ("name", words("name"))];
                let close = format!("</{kind}>");
                let caption = line_from_rich_text(rich_text(block, "caption"), Some(&close));
                match caption.is_empty() {
                    true => tag(kind, &attributes, true),
                    false => format!("{}{caption}{close}", tag(kind, &attributes, false)),
                }
            }
            "table_of_contents" | "breadcrumb" => tag(kind, &[("color", words("color"))], true),
            "link_to_page" if members.contains_key("page_id") => {
                tag("page", &[("url", link(words("page_id")))], true)
            }
            "link_to_page" if members.contains_key("database_id") => {
                tag("database", &[("url", link(words("database_id")))], true)
            }
            "child_page" | "child_database" => {
                let name = kind.trim_start_matches("child_");
                let title = Value::from(
                    crate::notion::rich_text::from_text(&words("title").unwrap_or_default())
                        .unwrap_or_default(),
                );
                let close = format!("</{name}>");
                format!(
                    "{}{}{close}",
                    tag(name, &[("url", link(words("id")))], false),
                    line_from_rich_text(&title, Some(&close))
                )
            }
            _ => unknown(kind, members),
        };
        self.line(depth, &line);
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

fn tag(name: &str, attributes: &[(&str, Option<String>)], is_empty: bool) -> String {
    let mut tag = format!("<{name}");
    for (name, value) in attributes {
        if let Some(value) = value {
            tag.push_str(&format!(" {name}=\"{}\"", encode(value)));
        }
    }
    tag.push_str(if is_empty { "/>" } else { ">" });
    tag
}

fn attributes(attributes: &[(&str, Option<String>)]) -> String {
    let given: Vec<String> = attributes
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}=\"{}\"", encode(value))))
        .collect();
    if given.is_empty() { String::new() } else { format!("{{{}}}", given.join(" ")) }
}

fn rich_text<'block>(block: &'block Value, key: &str) -> &'block Value {
    body(block).and_then(|body| body.get(key)).unwrap_or(&Value::Null)
}

fn text(block: &Value) -> String {
    line_from_rich_text(rich_text(block, "rich_text"), None)
}

/// A colour as Notion's markdown names it.
fn color(block: &Value) -> Option<String> {
    let color = body(block).and_then(|body| body.get("color")).and_then(Value::as_str);
    color.filter(|color| *color != "default").map(|color| color.replace("_background", "_bg"))
}

fn flag(block: &Value, name: &str) -> bool {
    body(block).and_then(|body| body.get(name)).and_then(Value::as_bool) == Some(true)
}

/// A line of text whose first sign is not one of a block.
fn protected(line: &str) -> String {
    let is_inline = |line: &str| match start(line) {
        Start::Text => true,
        Start::Tag(tag) => crate::notion::markdown::is_inline_tag(tag.name),
        _ => false,
    };
    if is_inline(line) {
        return line.to_owned();
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let escaped = match line.split_at_checked(digits) {
        Some((number, rest)) if digits > 0 => format!("{number}\\{rest}"),
        _ => format!("\\{line}"),
    };
    let same = |one: &str, other: &str| {
        let read = crate::notion::markdown::to_rich_text;
        read(one) == read(other)
    };
    // Where the sign is one of an inline look, it can't be escaped: an empty tag before it does.
    if is_inline(&escaped) && same(&escaped, line) { escaped } else { format!("<span></span>{line}") }
}

/// A line whose end is not read as attributes of its block.
fn plain_end(line: &str) -> String {
    match line.rfind('{') {
        Some(brace) if !split_attributes(line).1.is_empty() => {
            format!("{}\\{}", line.get(..brace).unwrap_or_default(), line.get(brace..).unwrap_or_default())
        }
        _ => line.to_owned(),
    }
}
