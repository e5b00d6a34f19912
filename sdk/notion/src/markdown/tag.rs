//! Tags such as `<span color="red">`, in which Notion's markdown says what markdown itself has no sign for.

use super::scan::look;

/// One tag as it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'source> {
    pub(crate) name: &'source str,
    pub(crate) attributes: Vec<(&'source str, String)>,
    pub(crate) shape: Shape,
    /// The position after its `>`.
    pub(crate) end: usize,
}

/// Where a tag stands around its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `<name>`
    Opening,
    /// `</name>`
    Closing,
    /// `<name/>`
    Empty,
}

/// More attributes than any tag of Notion has; others are no tags.
const MAX_ATTRIBUTES: usize = 16;

impl<'source> Tag<'source> {
    /// Reads the tag that starts at `start`. A tag ends before the next `<` or line end, so that many openings cost no
    /// more than their own length.
    pub(crate) fn read(source: &'source str, start: usize) -> Option<Self> {
        let rest = source.get(start..)?.strip_prefix('<')?;
        let length = rest.find(['<', '>', '\n']);
        look(length.unwrap_or(rest.len()));
        let length = length?;
        let inside = rest.get(..length)?;
        if !rest.get(length..)?.starts_with('>') {
            return None;
        }
        let (inside, shape) = match (inside.strip_prefix('/'), inside.strip_suffix('/')) {
            (Some(closing), _) => (closing, Shape::Closing),
            (None, Some(empty)) => (empty, Shape::Empty),
            (None, None) => (inside, Shape::Opening),
        };
        let name_end = inside
            .find(|character: char| {
                !(character.is_ascii_lowercase()
                    || character.is_ascii_digit()
                    || matches!(character, '-' | '_'))
            })
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at_checked(name_end)?;
        if !name.starts_with(|first: char| first.is_ascii_lowercase())
            || !(attributes.is_empty() || attributes.starts_with([' ', '\t']))
        {
            return None;
        }
        Some(Self { name, attributes: attributes_of(attributes)?, shape, end: start + length + 2 })
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// True for `name="true"`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.attribute(name) == Some("true")
    }
}

/// Reads `a="b" c='d'`; none where it is anything else.
pub(crate) fn attributes_of(text: &str) -> Option<Vec<(&str, String)>> {
    let mut attributes = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return Some(attributes);
        }
        let apart = attributes.is_empty() || trimmed.len() < rest.len();
        if !apart || attributes.len() == MAX_ATTRIBUTES {
            return None;
        }
        let (name, after) = trimmed.split_once('=')?;
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        {
            return None;
        }
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        attributes.push((name, decode(value)));
        rest = after;
    }
}

/// The entities that an attribute's value needs.
const ENTITIES: [(&str, &str); 7] = [
    ("&quot;", "\""),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&#39;", "'"),
    ("&#10;", "\n"),
    ("&#96;", "`"),
    ("&amp;", "&"),
];

fn decode(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, _)) = rest.split_once('&') {
        decoded.push_str(before);
        rest = rest.get(before.len()..).unwrap_or_default();
        let (entity, character) =
            ENTITIES.into_iter().find(|(entity, _)| rest.starts_with(entity)).unwrap_or(("&", "&"));
        decoded.push_str(character);
        rest = rest.get(entity.len()..).unwrap_or_default();
    }
    decoded + rest
}

/// A value as it stands between double quotes.
pub(crate) fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '"' => encoded.push_str("&quot;"),
            '<' => encoded.push_str("&lt;"),
            '>' => encoded.push_str("&gt;"),
            '&' => encoded.push_str("&amp;"),
            '\n' => encoded.push_str("&#10;"),
            other => encoded.push(other),
        }
    }
    encoded
}
