//! Code and equations: blocks of several lines that are kept as they are.

use serde_json::{Map, Value};

use super::read::{Reader, TAB};
use crate::Error;
use crate::blocks::language;
use crate::excerpt;
use crate::markdown::tag::attributes_of;

impl Reader<'_> {
    pub(super) fn code(&mut self, indent: usize, fence: &str, info: &str) -> Result<(), Error> {
        let first = self.line;
        let mut text = String::new();
        let mut ended = false;
        while let Some(line) = self.take_line() {
            let trimmed = line.trim();
            if trimmed.len() >= fence.len()
                && fence.chars().next().is_some_and(|sign| trimmed.chars().all(|own| own == sign))
            {
                ended = true;
                break;
            }
            text.push_str(without_indent(line, indent));
            text.push('\n');
        }
        text.pop();
        if !ended {
            self.note_at(first, "the code has no end and was ended with the text");
        }
        let info = Info::read(info);
        let mut members = Map::from_iter([("text".to_owned(), Value::String(text))]);
        match info.language {
            Some(language) => {
                members.insert("language".to_owned(), language.into());
            }
            None => self.note_at(first, "the language of the code is unknown to Notion and was left out"),
        }
        if let Some(more) = info.more {
            let more = excerpt(more);
            self.note_at(first, &format!("`{more}` after the language of the code was left out"));
        }
        let caption = info.caption;
        members.extend(caption.map(|caption| ("caption".to_owned(), caption.into())));
        let kind = self.kind("code")?;
        self.count_one()?;
        self.add(kind, members, Vec::new(), first)
    }

    pub(super) fn equation(&mut self, rest: &str) -> Result<(), Error> {
        let first = self.line;
        let mut expression = String::new();
        let mut ended = false;
        match rest.strip_suffix("$$") {
            Some(inside) => {
                expression.push_str(inside.trim());
                ended = true;
            }
            None => {
                expression.push_str(rest);
                while let Some(line) = self.take_line() {
                    let inside = line.trim();
                    let (inside, is_last) = match inside.strip_suffix("$$") {
                        Some(inside) => (inside, true),
                        None => (inside, false),
                    };
                    if !expression.is_empty() && !inside.is_empty() {
                        expression.push('\n');
                    }
                    expression.push_str(inside);
                    if is_last {
                        ended = true;
                        break;
                    }
                }
            }
        }
        if !ended {
            self.note_at(first, "the equation has no end and was ended with the text");
        }
        let kind = self.kind("equation")?;
        self.count_one()?;
        self.add(
            kind,
            Map::from_iter([("expression".to_owned(), expression.trim().into())]),
            Vec::new(),
            first,
        )
    }
}

/// What stands after a fence.
struct Info<'line> {
    language: Option<&'static str>,
    caption: Option<String>,
    /// What neither language nor caption is.
    more: Option<&'line str>,
}

impl<'line> Info<'line> {
    /// The first word is the language, but for the few whose names have blanks.
    fn read(info: &'line str) -> Self {
        if let Some(language) = language::parse(info) {
            return Self { language: Some(language), caption: None, more: None };
        }
        if let Some((name, more)) = info.split_once('{')
            && let Some(caption) = caption_of(more)
        {
            return Self { caption: Some(caption), ..Self::read(name.trim_end()) };
        }
        let end = info.find([' ', '\t', '{', ',', ':']).unwrap_or(info.len());
        let (name, more) = info.split_at_checked(end).unwrap_or((info, ""));
        let more = Some(more.trim()).filter(|more| !more.is_empty());
        Self { language: language::parse(name), caption: None, more }
    }
}

/// The caption in `caption=".."}`.
fn caption_of(attributes: &str) -> Option<String> {
    let attributes = attributes_of(attributes.strip_suffix('}')?)?;
    match attributes.as_slice() {
        [("caption", caption)] => Some(caption.clone()),
        _ => None,
    }
}

/// A line without its first columns, as far as they are blank.
fn without_indent(line: &str, columns: usize) -> &str {
    let mut taken = 0;
    let mut rest = line;
    while taken < columns {
        let Some(after) = rest.strip_prefix([' ', '\t']) else { break };
        taken = if rest.starts_with('\t') { (taken / TAB + 1) * TAB } else { taken + 1 };
        rest = after;
    }
    rest
}
