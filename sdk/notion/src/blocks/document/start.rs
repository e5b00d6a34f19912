//! What a line of markdown starts.

use serde_json::{Map, Value, json};

use crate::appearance;
use crate::color;
use crate::markdown::link::read_link;
use crate::markdown::tag::{Tag, attributes_of};

/// What a line starts, and the text after the sign for it.
#[derive(Debug, PartialEq)]
pub(super) enum Start<'line> {
    /// Backticks or tildes: the fence itself, and what stands after it.
    Fence(&'line str, &'line str),
    /// `$$`, and what stands after it.
    Equation(&'line str),
    /// The level from 1 to 6.
    Heading(usize, &'line str),
    Bullet(&'line str),
    ToDo(bool, &'line str),
    Number(u32, &'line str),
    Quote(&'line str),
    Divider,
    /// Caption and address.
    Image(&'line str, String),
    /// Perhaps the first row of a table.
    Pipe,
    /// A tag, which may be one of a block.
    Tag(Tag<'line>),
    /// Something of markdown's that Notion has nothing for.
    Foreign(&'static str),
    Text,
}

/// Reads the start of a line without its indentation.
pub(super) fn start(line: &str) -> Start<'_> {
    if let Some(fence) = fence(line) {
        return fence;
    }
    if let Some(rest) = line.strip_prefix("$$") {
        return Start::Equation(rest);
    }
    if is_divider(line) {
        return Start::Divider;
    }
    match line.as_bytes().first() {
        Some(b'#') => heading(line).unwrap_or(Start::Text),
        Some(b'-' | b'*' | b'+') => match line.get(1..).and_then(after_space) {
            Some(rest) => {
                to_do(rest).map_or(Start::Bullet(rest), |(checked, rest)| Start::ToDo(checked, rest))
            }
            None => Start::Text,
        },
        Some(b'0'..=b'9') => number(line).unwrap_or(Start::Text),
        Some(b'>') => line
            .strip_prefix('>')
            .map_or(Start::Text, |rest| Start::Quote(rest.strip_prefix(' ').unwrap_or(rest))),
        Some(b'!') => image(line).unwrap_or(Start::Text),
        Some(b'|') => Start::Pipe,
        Some(b'<') if line.starts_with("<!--") => Start::Foreign("a comment of HTML"),
        Some(b'<') => Tag::read(line, 0).map_or(Start::Text, Start::Tag),
        Some(b'=') if line.bytes().all(|byte| byte == b'=') => {
            Start::Foreign("a line of `=` under a heading (write `# `)")
        }
        Some(b'[') if is_definition(line) => Start::Foreign("the definition of a link or footnote"),
        _ => Start::Text,
    }
}

fn fence(line: &str) -> Option<Start<'_>> {
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let rest = line.trim_start_matches(sign);
    let (fence, rest) = line.split_at_checked(line.len() - rest.len())?;
    (fence.len() >= 3 && !(sign == '`' && rest.contains('`'))).then_some(Start::Fence(fence, rest.trim()))
}

fn heading(line: &str) -> Option<Start<'_>> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    (1..=6).contains(&level).then_some(())?;
    Some(Start::Heading(level, after_space(rest)?))
}

/// What stands after a space, or nothing at the end of the line.
fn after_space(rest: &str) -> Option<&str> {
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix([' ', '\t']).map(str::trim_start) }
}

/// `[ ] ` and `[x] `
pub(super) fn to_do(rest: &str) -> Option<(bool, &str)> {
    let (checked, rest) = [("[ ]", false), ("[x]", true), ("[X]", true)]
        .into_iter()
        .find_map(|(sign, checked)| rest.strip_prefix(sign).map(|rest| (checked, rest)))?;
    after_space(rest).map(|rest| (checked, rest))
}

fn number(line: &str) -> Option<Start<'_>> {
    const MAX_DIGITS: usize = 9;
    let digits = line.bytes().take(MAX_DIGITS + 1).take_while(u8::is_ascii_digit).count();
    let (number, rest) = line.split_at_checked(digits)?;
    let number = number.parse().ok().filter(|_| digits <= MAX_DIGITS)?;
    Some(Start::Number(number, after_space(rest.strip_prefix(['.', ')'])?)?))
}

fn is_divider(line: &str) -> bool {
    let Some(sign) = line.chars().next().filter(|sign| matches!(sign, '-' | '*' | '_')) else { return false };
    line.chars().all(|character| character == sign || matches!(character, ' ' | '\t'))
        && line.chars().filter(|character| *character == sign).count() >= 3
}

/// `![caption](url)` and nothing else. In the caption a bracket is escaped.
fn image(line: &str) -> Option<Start<'_>> {
    let rest = line.strip_prefix("![")?;
    let close = rest.rfind("](")?;
    let caption = rest.get(..close)?;
    let (url, title, end) = read_link(line, 2 + close + 1)?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    (is_web && !title && end == line.len()).then_some(Start::Image(caption, url))
}

/// `[name]: ..`
fn is_definition(line: &str) -> bool {
    const MAX_NAME_LENGTH: usize = 100;
    let name = line.get(1..).unwrap_or_default();
    name.bytes()
        .take(MAX_NAME_LENGTH)
        .position(|byte| byte == b']')
        .is_some_and(|end| end > 0 && name.get(end + 1..).is_some_and(|rest| rest.starts_with(": ")))
}

/// Takes ` {color="red"}` from the end of a line: what Notion's markdown says about a block beside its text.
pub(super) fn split_attributes(text: &str) -> (&str, Map<String, Value>) {
    let none = (text, Map::new());
    let Some(inner) = text.strip_suffix('}') else { return none };
    let Some((before, inner)) = inner.rsplit_once('{') else { return none };
    let is_apart = before.is_empty() || before.ends_with([' ', '\t']);
    let Some(attributes) = attributes_of(inner).filter(|attributes| is_apart && !attributes.is_empty())
    else {
        return none;
    };
    let mut members = Map::new();
    for (name, value) in attributes {
        let value = match name {
            "color" if value == "default" || color::parse(&value).is_some() => Value::String(value),
            "toggle" if value == "true" => Value::Bool(true),
            "icon" if appearance::icon(&json!(value)).is_ok() => Value::String(value),
            _ => return none,
        };
        members.insert(name.to_owned(), value);
    }
    (before.trim_end_matches([' ', '\t']), members)
}
