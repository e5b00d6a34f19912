//! Text with marks to rich text.

use serde_json::{Value, json};

use crate::json::put;
use crate::markdown::Version;
use crate::markdown::inline::{marks, tags};

/// Signs that mean something in the first version, and stand for themselves after a backslash.
pub(super) const SPECIAL: &str = "\\*~`$[]<>{}|^";
/// How deep marks are read inside of marks.
const DEPTH: usize = 20;

/// Rich text in the form of a request.
pub(crate) fn parse(version: Version, text: &str) -> Value {
    let mut reader = Reader { version, runs: Vec::new() };
    reader.scan(text, &Style { marks: json!({}), link: None, depth: 0 });
    Value::from(reader.runs)
}

/// What holds for the text inside of marks.
#[derive(Clone)]
pub(super) struct Style {
    marks: Value,
    link: Option<String>,
    depth: usize,
}

impl Style {
    pub(super) fn deeper(&self) -> Style {
        Style { depth: self.depth + 1, ..self.clone() }
    }

    pub(super) fn with(&self, mark: &str, value: Value) -> Style {
        let mut style = self.deeper();
        put(&mut style.marks, mark, value);
        style
    }

    fn linked(&self, url: &str) -> Style {
        Style { link: Some(url.to_owned()), ..self.deeper() }
    }
}

pub(super) struct Reader {
    pub(super) version: Version,
    runs: Vec<Value>,
}

impl Reader {
    /// One run of a kind: text, mention or equation.
    pub(super) fn push(&mut self, key: &str, value: Value, style: &Style) {
        let mut run = json!({"annotations": style.marks});
        put(&mut run, key, value);
        self.runs.push(run);
    }

    fn push_text(&mut self, text: &str, style: &Style) {
        if !text.is_empty() {
            let link = style.link.as_ref().map(|url| json!({"url": url}));
            self.push("text", json!({"content": text, "link": link}), style);
        }
    }

    pub(super) fn flush(&mut self, plain: &mut String, style: &Style) {
        self.push_text(plain, style);
        plain.clear();
    }

    pub(super) fn scan(&mut self, text: &str, style: &Style) {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let before = text.get(..text.len() - rest.len()).and_then(|read| read.chars().next_back());
            let literal = self.literal(rest);
            if let Some((letter, after)) = literal {
                plain.push(letter);
                rest = after;
            } else if let Some(after) = self.marked(before, rest, style, &mut plain) {
                rest = after;
            } else {
                plain.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
        self.flush(&mut plain, style);
    }

    /// A sign that stands for itself, or for another.
    fn literal<'a>(&self, rest: &'a str) -> Option<(char, &'a str)> {
        if let Some(after) = rest.strip_prefix('\\') {
            let letter = after.chars().next()?;
            let is_escaped = match self.version {
                Version::Enhanced => SPECIAL.contains(letter),
                Version::Flavored => letter.is_ascii_punctuation() || letter == '\n',
            };
            return is_escaped.then(|| (letter, after.get(letter.len_utf8()..).unwrap_or_default()));
        }
        if self.version == Version::Enhanced {
            return None;
        }
        rest.strip_prefix('\n').map(|after| (' ', after)).or_else(|| marks::entity(rest))
    }

    /// Something with a meaning: it becomes runs, and what follows is answered.
    fn marked<'a>(
        &mut self,
        before: Option<char>,
        rest: &'a str,
        style: &Style,
        plain: &mut String,
    ) -> Option<&'a str> {
        let is_shallow = style.depth < DEPTH;
        for (fence, mark) in marks::of(self.version).iter().filter(|_| is_shallow) {
            let found = match self.version {
                Version::Enhanced => marks::fenced(rest, fence, fence),
                Version::Flavored => marks::flanked(before, rest, fence),
            };
            if let Some((inner, after)) = found {
                self.flush(plain, style);
                self.scan(inner, &style.with(mark, json!(true)));
                return Some(after);
            }
        }
        if is_shallow && let Some(after) = tags::read(self, rest, style, plain) {
            return Some(after);
        }
        if let Some((inner, after)) = marks::code(rest) {
            self.flush(plain, style);
            self.push_text(inner, &style.with("code", json!(true)));
            return Some(after);
        }
        if let Some((expression, after)) = marks::equation(rest) {
            self.flush(plain, style);
            self.push("equation", json!({"expression": expression}), style);
            return Some(after);
        }
        if let Some((name, after)) = marks::emoji(rest) {
            self.flush(plain, style);
            // A name that no emoji has becomes text again when the run is filled.
            self.push("mention", json!({"custom_emoji": {"name": name}}), style);
            return Some(after);
        }
        let (label, url, after) = marks::link(rest).filter(|_| is_shallow)?;
        self.flush(plain, style);
        self.scan(label, &style.linked(&url));
        Some(after)
    }
}
