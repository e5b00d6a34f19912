//! Rich text to text with marks.

use serde_json::Value;

use crate::json::Peek;
use crate::markdown::Version;
use crate::markdown::inline::read::SPECIAL;
use crate::markdown::inline::tags::date_attributes;
use crate::markdown::{inline::marks, tag};
use crate::model::page::url_of;

/// Filled rich text as markdown.
pub(crate) fn render(version: Version, items: &Value) -> String {
    Writer { version, in_cell: false }.write(items)
}

/// The same in a cell of a table, which has one line, and in a table of pipes none of those.
pub(crate) fn render_cell(version: Version, items: &Value) -> String {
    Writer { version, in_cell: true }.write(items)
}

struct Writer {
    version: Version,
    in_cell: bool,
}

impl Writer {
    fn write(&self, items: &Value) -> String {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut out = String::new();
        for (place, item) in items.iter().enumerate() {
            let next = items.get(place + 1);
            let written = match self.version {
                Version::Enhanced => self.enhanced(item),
                Version::Flavored => self.flavored(item, out.chars().next_back(), next),
            };
            out.push_str(&written);
        }
        out
    }

    /// What the run says, before marks are around it.
    fn core(&self, item: &Value) -> String {
        let text = item.text("plain_text").unwrap_or_default();
        match item.text("type") {
            Some("equation") => format!("$`{text}`$"),
            Some("mention") => self.mention(item.at("mention"), text),
            _ if item.at("annotations").is_true("code") => code(text),
            _ => self.escape(text),
        }
    }

    fn linked(item: &Value, out: String) -> String {
        match item.text("href").filter(|_| item.text("type") == Some("text")) {
            Some(url) => {
                let url = url.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
                format!("[{out}]({url})")
            }
            None => out,
        }
    }

    fn enhanced(&self, item: &Value) -> String {
        let marks = item.at("annotations");
        let mut out = self.core(item);
        if out.is_empty() {
            return out;
        }
        for (mark, fence) in [("italic", "*"), ("bold", "**"), ("strikethrough", "~~")] {
            if marks.is_true(mark) {
                out = format!("{fence}{out}{fence}");
            }
        }
        out = Self::linked(item, out);
        let mut attributes = String::new();
        if let Some(color) = marks.text("color").filter(|color| *color != "default") {
            attributes.push_str(&format!(" color=\"{}\"", tag::short_color(color)));
        }
        if marks.is_true("underline") {
            attributes.push_str(" underline=\"true\"");
        }
        if attributes.is_empty() { out } else { format!("<span{attributes}>{out}</span>") }
    }

    fn flavored(&self, item: &Value, before: Option<char>, next: Option<&Value>) -> String {
        let marks = item.at("annotations");
        let mut out = self.core(item);
        if out.is_empty() {
            return out;
        }
        let needs_tags = !signs_hold(&out, before, next);
        for (mark, fence, name) in [("italic", "*", "i"), ("bold", "**", "b"), ("strikethrough", "~~", "s")] {
            if marks.is_true(mark) {
                out = if needs_tags {
                    format!("<{name}>{out}</{name}>")
                } else {
                    format!("{fence}{out}{fence}")
                };
            }
        }
        if marks.is_true("underline") {
            out = format!("<u>{out}</u>");
        }
        out = Self::linked(item, out);
        match marks.text("color").filter(|color| *color != "default") {
            Some(color) => format!("<span color=\"{}\">{out}</span>", tag::short_color(color)),
            None => out,
        }
    }

    fn mention(&self, mention: &Value, text: &str) -> String {
        let kind = mention.text("type").unwrap_or_default();
        let id = mention.at(kind).text("id").unwrap_or_default();
        match (self.version, kind) {
            (Version::Enhanced, "user") => {
                let name = self.escape(text.trim_start_matches('@'));
                format!("<mention-user url=\"user://{id}\">{name}</mention-user>")
            }
            (Version::Flavored, "user") => {
                format!("<mention url=\"user://{id}\">{}</mention>", text.trim_start_matches('@'))
            }
            (Version::Enhanced, "page" | "database") => {
                format!("<mention-{kind} url=\"{}\">{}</mention-{kind}>", url_of(id), self.escape(text))
            }
            (Version::Flavored, "page") => format!("<mention url=\"{}\">{text}</mention>", url_of(id)),
            (Version::Flavored, "database") => {
                format!("<mention url=\"{}\" type=\"database\">{text}</mention>", url_of(id))
            }
            (Version::Enhanced, "date") => {
                let names = ["startTime", "endTime", "timeZone"];
                format!("<mention-date{}/>", date_attributes(mention.at("date"), names))
            }
            (Version::Flavored, "date") => {
                let names = ["start-time", "end-time", "time-zone"];
                format!("<date{} />", date_attributes(mention.at("date"), names))
            }
            (_, "custom_emoji") => text.to_owned(),
            _ => self.escape(text),
        }
    }

    fn escape(&self, text: &str) -> String {
        match self.version {
            Version::Enhanced => {
                let mut out = String::with_capacity(text.len());
                for letter in text.chars() {
                    if letter == '\n' {
                        out.push_str("<br>");
                        continue;
                    }
                    if SPECIAL.contains(letter) {
                        out.push('\\');
                    }
                    out.push(letter);
                }
                out
            }
            Version::Flavored => self.escape_flavored(text),
        }
    }

    fn escape_flavored(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before: Option<char> = None;
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let next = after.chars().next();
            let in_word =
                before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric);
            let needs_escape = match letter {
                '\\' | '*' | '~' | '`' | '$' | '[' | ']' | '<' => true,
                '_' => !in_word,
                '&' => marks::entity(rest).is_some(),
                ':' => marks::emoji(rest).is_some(),
                '|' => self.in_cell,
                _ => false,
            };
            if letter == '\n' {
                // A break at an end of the text would be a blank there.
                let is_inside = before.is_some() && next.is_some() && !self.in_cell;
                out.push_str(if is_inside { "\\\n" } else { "<br />" });
            } else {
                if needs_escape {
                    out.push('\\');
                }
                out.push(letter);
            }
            (before, rest) = (Some(letter), after);
        }
        out
    }
}

/// Code between as many backticks as it takes.
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let is_spaced = text.starts_with(' ') && text.ends_with(' ');
    let blank = if longest > 0 || is_spaced { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Whether signs around a text would be read as its marks: no blank at its ends, and no sign beside it that they could
/// be taken together with.
fn signs_hold(text: &str, before: Option<char>, next: Option<&Value>) -> bool {
    let is_sign = |letter: char| "*_~\\".contains(letter);
    let next_is_marked = next.is_some_and(|next| {
        let marks = next.at("annotations");
        ["bold", "italic", "strikethrough"].iter().any(|mark| marks.is_true(mark))
            || next.text("plain_text").is_some_and(|text| text.starts_with(is_sign))
    });
    let ends = [text.chars().next(), text.chars().next_back()];
    let is_tight = ends.iter().flatten().all(|letter| !letter.is_whitespace() && !is_sign(*letter));
    is_tight && !before.is_some_and(is_sign) && !next_is_marked
}
