//! What a line begins, and where that ends.

use crate::markdown::{table, tag};

/// Tags that are blocks. Others are text.
const BLOCKS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "quote",
    "toggle",
    "ul",
    "ol",
    "todo",
    "callout",
    "columns",
    "tabs",
    "equation",
    "table-of-contents",
    "image",
    "video",
    "audio",
    "file",
    "pdf",
    "bookmark",
    "embed",
    "page",
    "database",
    "unknown",
    "synced-block",
    "synced-block-reference",
    "table",
];

/// What a line begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Start<'a> {
    Blank,
    /// A fence of code: its sign, how often, and the language behind it.
    Fence(char, usize, &'a str),
    /// A line with the sign of an equation alone.
    Equation,
    Tag,
    /// A heading's level and text.
    Heading(usize, &'a str),
    Divider,
    Quote,
    Item(Item<'a>),
    Text,
}

/// The sign of a list's item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Item<'a> {
    pub(super) kind: ItemKind,
    /// How wide the sign is: its text, and what belongs to it, stands behind that many columns.
    pub(super) width: usize,
    pub(super) text: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ItemKind {
    Bulleted,
    Numbered,
    /// Whether it is checked.
    Task(bool),
}

pub(super) fn start(line: &str) -> Start<'_> {
    let line = line.trim_start_matches(' ').trim_end();
    if line.is_empty() {
        return Start::Blank;
    }
    for sign in ['`', '~'] {
        let info = line.trim_start_matches(sign);
        let length = line.len() - info.len();
        if length >= 3 && !info.contains('`') {
            return Start::Fence(sign, length, info);
        }
    }
    if line == "$$" {
        return Start::Equation;
    }
    if tag::open(line).is_some_and(|(tag, _)| BLOCKS.contains(&tag.name.as_str())) {
        return Start::Tag;
    }
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    if (1..=6).contains(&level) && (text.is_empty() || text.starts_with(' ')) {
        return Start::Heading(level, text.trim_start());
    }
    let is_divider = |sign: char| {
        line.chars().all(|letter| letter == sign || letter == ' ')
            && line.chars().filter(|letter| *letter == sign).count() >= 3
    };
    if ['-', '*', '_'].into_iter().any(is_divider) {
        return Start::Divider;
    }
    if line.starts_with('>') {
        return Start::Quote;
    }
    item(line).map_or(Start::Text, Start::Item)
}

fn item(line: &str) -> Option<Item<'_>> {
    if let Some(rest) = line.strip_prefix(['-', '*', '+']) {
        let text = rest.strip_prefix([' ', '\t']).or(rest.is_empty().then_some(""))?;
        for (mark, checked) in [("[ ]", false), ("[x]", true), ("[X]", true)] {
            let task = text.strip_prefix(mark);
            if let Some(text) = task.filter(|text| text.is_empty() || text.starts_with(' ')) {
                return Some(Item { kind: ItemKind::Task(checked), width: 2, text: text.trim_start() });
            }
        }
        return Some(Item { kind: ItemKind::Bulleted, width: 2, text });
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..).filter(|_| (1..=9).contains(&digits))?.strip_prefix(['.', ')'])?;
    let text = rest.strip_prefix([' ', '\t']).or(rest.is_empty().then_some(""))?;
    Some(Item { kind: ItemKind::Numbered, width: digits + 2, text })
}

/// The first line after what begins at `at`; at least one.
pub(super) fn end(lines: &[&str], at: usize) -> usize {
    let Some(first) = lines.get(at) else { return lines.len() };
    let after = |found: Option<usize>| found.map_or(lines.len(), |place| place + 1);
    let find = |ends: &dyn Fn(&str) -> bool| {
        lines.iter().enumerate().skip(at + 1).find(|(_, line)| ends(line)).map(|(place, _)| place)
    };
    match start(first) {
        Start::Fence(sign, length, _) => after(find(&|line| {
            let line = line.trim();
            line.len() >= length && line.chars().all(|letter| letter == sign)
        })),
        Start::Equation => after(find(&|line| line.trim() == "$$")),
        Start::Tag => tag_end(lines, at).unwrap_or_else(|| paragraph_end(lines, at)),
        Start::Quote => find(&|line| start(line) != Start::Quote).unwrap_or(lines.len()),
        Start::Item(item) => item_end(lines, at, item),
        Start::Text if lines.get(at + 1).is_some_and(|next| first.contains('|') && table::divides(next)) => {
            find(&|line| !line.contains('|')).unwrap_or(lines.len())
        }
        Start::Text => paragraph_end(lines, at),
        Start::Blank | Start::Heading(..) | Start::Divider => at + 1,
    }
}

/// Where a block's tag ends: behind its closing tag, which ends its line. A fence in it hides what looks like one.
pub(super) fn tag_end(lines: &[&str], at: usize) -> Option<usize> {
    let first = lines.get(at)?.trim();
    let (tag, after) = tag::open(first)?;
    if tag.is_closed {
        return after.trim().is_empty().then_some(at + 1);
    }
    let (open, close) = (format!("<{}", tag.name), format!("</{}>", tag.name));
    let mut depth = 0_usize;
    let mut fence: Option<(char, usize)> = None;
    for (place, line) in lines.iter().enumerate().skip(at) {
        let line = line.trim();
        if let Some((sign, length)) = fence {
            let closes = line.len() >= length && line.chars().all(|letter| letter == sign);
            fence = fence.filter(|_| !closes);
            continue;
        }
        if let Start::Fence(sign, length, _) = start(line) {
            fence = Some((sign, length));
            continue;
        }
        let mut rest = line;
        while let Some(found) = rest.find('<') {
            rest = rest.get(found..).unwrap_or_default();
            if rest.starts_with(&open)
                && let Some((inner, after)) = tag::open(rest)
            {
                depth += usize::from(inner.name == tag.name && !inner.is_closed);
                rest = after;
            } else if let Some(after) = rest.strip_prefix(close.as_str()) {
                depth = depth.saturating_sub(1);
                rest = after;
                if depth == 0 {
                    return rest.trim().is_empty().then_some(place + 1);
                }
            } else {
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    None
}

/// A paragraph goes on until a blank line, or a line that begins something else.
pub(super) fn paragraph_end(lines: &[&str], at: usize) -> usize {
    lines
        .iter()
        .enumerate()
        .skip(at + 1)
        .find(|(_, line)| interrupts(line))
        .map_or(lines.len(), |(place, _)| place)
}

fn interrupts(line: &str) -> bool {
    match start(line) {
        Start::Text => false,
        // A number in the middle of a text is no list.
        Start::Item(Item { kind: ItemKind::Numbered, .. }) => {
            let line = line.trim_start();
            line.starts_with("1.") || line.starts_with("1)")
        }
        Start::Item(item) => !item.text.is_empty(),
        _ => true,
    }
}

/// Whether a line belongs to the item above it: by a tab, or as far in as the item's text.
pub(super) fn is_inside(line: &str, width: usize) -> bool {
    line.starts_with('\t') || line.len() - line.trim_start_matches(' ').len() >= width.min(2)
}

fn item_end(lines: &[&str], at: usize, item: Item) -> usize {
    let mut end = at + 1;
    let mut after_blank = false;
    for (place, line) in lines.iter().enumerate().skip(at + 1) {
        let is_blank = line.trim().is_empty();
        // Another item, whatever its number, is the next one of the list: only inside of a text is it none.
        let goes_on = is_inside(line, item.width) || (!after_blank && start(line) == Start::Text);
        if !is_blank && !goes_on {
            break;
        }
        if !is_blank {
            end = place + 1;
        }
        after_blank = is_blank;
    }
    end
}
