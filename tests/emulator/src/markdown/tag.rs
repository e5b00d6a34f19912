//! The tags and attribute lists of Notion's markdown: `<name key="value">`, and `{key="value"}` at the end of a line.

use crate::json::Peek;

/// An opening tag.
#[derive(Debug, PartialEq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// `<name/>`, which has no inside.
    pub(crate) is_closed: bool,
}

impl Tag {
    pub(crate) fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// The tag that a text starts with, and what follows it.
pub(crate) fn open(text: &str) -> Option<(Tag, &str)> {
    let rest = text.strip_prefix('<')?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter)))?;
    let (name, mut rest) = rest.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix("/>") {
            return Some((Tag { name: name.to_owned(), attributes, is_closed: true }, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            let is_closed = name == "br";
            return Some((Tag { name: name.to_owned(), attributes, is_closed }, after));
        }
        let (attribute, after) = attribute(rest)?;
        attributes.push(attribute);
        rest = after;
    }
}

/// What stands between an opening tag, which was read, and its end, and what follows. Tags of the same name inside of it
/// have ends of their own.
pub(crate) fn inside<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let end = format!("</{name}>");
    let mut depth = 0;
    let mut at = 0;
    while let Some(place) = text.get(at..).and_then(|rest| rest.find('<')) {
        at += place;
        let rest = text.get(at..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(end.as_str()) {
            if depth == 0 {
                return Some((text.get(..at).unwrap_or_default(), after));
            }
            depth -= 1;
        } else if open(rest).is_some_and(|(tag, _)| tag.name == name && !tag.is_closed) {
            depth += 1;
        }
        at += 1;
    }
    None
}

fn attribute(text: &str) -> Option<((String, String), &str)> {
    let (key, rest) = text.split_once("=\"")?;
    let is_key =
        !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let (value, rest) = rest.split_once('"').filter(|_| is_key)?;
    Some(((key.to_owned(), value.to_owned()), rest))
}

/// A line without the attribute list at its end, and the list.
pub(crate) fn attributes_of(line: &str) -> (&str, Vec<(String, String)>) {
    let list = line
        .strip_suffix('}')
        .and_then(|line| line.rsplit_once('{'))
        .filter(|(before, _)| before.is_empty() || before.ends_with(' '));
    let Some((before, mut rest)) = list else { return (line, Vec::new()) };
    let mut found = Vec::new();
    while !rest.trim().is_empty() {
        let Some((attribute, after)) = attribute(rest.trim_start()) else { return (line, Vec::new()) };
        found.push(attribute);
        rest = after;
    }
    if found.is_empty() { (line, found) } else { (before.trim_end_matches(' '), found) }
}

/// The attribute list of a block: its color, and whether a heading toggles.
pub(crate) fn list_of(content: &serde_json::Value) -> String {
    let mut list = Vec::new();
    if content.is_true("is_toggleable") {
        list.push("toggle=\"true\"".to_owned());
    }
    if let Some(color) = content.text("color").filter(|color| *color != "default") {
        list.push(format!("color=\"{}\"", short_color(color)));
    }
    if list.is_empty() { String::new() } else { format!(" {{{}}}", list.join(" ")) }
}

/// A color as markdown writes it.
pub(crate) fn short_color(color: &str) -> String {
    color.replace("_background", "_bg")
}

/// A color as the API writes it; one that it doesn't have is the default.
pub(crate) fn color_of(short: &str) -> String {
    let color = short.replace("_bg", "_background");
    if crate::schemas::rich_text::COLORS.contains(&color.as_str()) { color } else { "default".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_lists_are_read() {
        let (tag, rest) = open("<span color=\"red\" underline=\"true\">x").unwrap();
        assert_eq!((tag.name.as_str(), tag.attribute("underline"), rest), ("span", Some("true"), "x"));
        assert!(open("<br/>x").unwrap().0.is_closed);
        assert_eq!(open("a < b"), None);
        assert_eq!(open("< b>"), None);
        let (line, list) = attributes_of("Text {color=\"red_bg\" toggle=\"true\"}");
        assert_eq!((line, list.len()), ("Text", 2));
        assert_eq!(attributes_of("f(x) {y}").0, "f(x) {y}");
        assert_eq!(color_of("red_bg"), "red_background");
        assert_eq!(color_of("mauve"), "default");
    }
}
