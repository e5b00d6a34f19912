//! What the lines of a page's markdown belong to.

use std::ops::Range;

/// A page's markdown, by its lines.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Where each line starts; behind them the end of the text and one more.
    starts: Vec<usize>,
    /// In bytes, what is code or an equation, where a backslash is one.
    pub(super) code: Vec<Range<usize>>,
    /// Lines that only together say something: a fence with its code, an equation, a table.
    wholes: Vec<Whole>,
    /// Elements that show something else, and what of each does.
    shown: Vec<(Range<usize>, Range<usize>)>,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) lines: Range<usize>,
    pub(super) kind: WholeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WholeKind {
    /// Between its first and its last line all signs are code.
    Code,
    /// Cells between pipes.
    Pipes,
    /// Cells in tags.
    Table,
}

/// Tags whose text is the title of what they name.
const CHILDREN: [&str; 3] = ["page", "database", "unknown"];

impl Layout {
    pub(super) fn of(page: &str) -> Self {
        let mut layout = Self::default();
        let mut start = 0;
        let lines: Vec<&str> = page.split('\n').collect();
        for line in &lines {
            layout.starts.push(start);
            start += line.len() + 1;
        }
        layout.starts.push(start);
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            let whole = whole(&lines, at);
            match &whole {
                Some(Whole { lines: own, kind: WholeKind::Code }) => {
                    let inside = layout.start(own.start + 1)..layout.start(own.end).min(page.len());
                    layout.code.push(inside);
                }
                Some(Whole { lines: own, .. }) => {
                    for number in own.clone() {
                        layout.read_inline(
                            lines.get(number).copied().unwrap_or_default(),
                            layout.start(number),
                        );
                    }
                }
                None => layout.read_inline(line, layout.start(at)),
            }
            at = whole.as_ref().map_or(at + 1, |whole| whole.lines.end.max(at + 1));
            layout.wholes.extend(whole);
        }
        layout
    }

    /// Where a line starts.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).or(self.starts.last()).copied().unwrap_or_default()
    }

    /// The line in which a byte stands.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// What a line belongs to.
    pub(super) fn whole_at(&self, line: usize) -> Option<&Whole> {
        let after = self.wholes.partition_point(|whole| whole.lines.end <= line);
        self.wholes.get(after).filter(|whole| whole.lines.contains(&line))
    }

    /// Whether all of these lines are inside one block of code.
    pub(super) fn is_in_code(&self, lines: &Range<usize>) -> bool {
        self.whole_at(lines.start).is_some_and(|whole| {
            whole.kind == WholeKind::Code && lines.start > whole.lines.start && lines.end < whole.lines.end
        })
    }

    /// Whether what stands there only shows something else. An element as a whole is the page's own.
    pub(super) fn shows(&self, place: &Range<usize>) -> bool {
        let touches = |inner: &Range<usize>| place.start < inner.end && inner.start < place.end;
        let covers = |whole: &Range<usize>| place.start <= whole.start && whole.end <= place.end;
        self.shown.iter().any(|(whole, inner)| touches(inner) && !covers(whole))
    }

    /// Code between backticks, and elements that show something else.
    fn read_inline(&mut self, line: &str, start: usize) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let rest = line.get(at..).unwrap_or_default();
            at += match byte {
                b'\\' => 2,
                b'`' => {
                    let ticks = rest.len() - rest.trim_start_matches('`').len();
                    match end_of_code(rest.get(ticks..).unwrap_or_default(), ticks) {
                        Some(inside) => {
                            self.code.push(start + at + ticks..start + at + ticks + inside);
                            ticks + inside + ticks
                        }
                        None => ticks,
                    }
                }
                b'<' => match element(rest) {
                    Some((whole, inner)) => {
                        let inner = start + at + inner.start..start + at + inner.end;
                        self.shown.push((start + at..start + at + whole, inner));
                        whole
                    }
                    None => 1,
                },
                _ => 1,
            };
        }
    }
}

/// How long code is that ends with so many backticks.
fn end_of_code(text: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + text.get(at..)?.find('`')?;
        let rest = text.get(found..)?;
        let run = rest.len() - rest.trim_start_matches('`').len();
        if run == ticks {
            return Some(found);
        }
        at = found + run;
    }
}

/// The length of an element that shows something else, and what of it does.
fn element(text: &str) -> Option<(usize, Range<usize>)> {
    let name_end =
        text.get(1..)?.find(|next: char| !(next.is_ascii_lowercase() || matches!(next, '-' | '_')))? + 1;
    let name = text.get(1..name_end)?;
    let is_mention = name.starts_with("mention");
    if !is_mention && !CHILDREN.contains(&name) {
        return None;
    }
    let open_end = text.find('>')? + 1;
    if text.get(..open_end)?.ends_with("/>") {
        return (!is_mention).then_some((open_end, 0..open_end));
    }
    let close = format!("</{name}>");
    let inner_end = open_end + text.get(open_end..)?.find(&close)?;
    let whole = inner_end + close.len();
    Some((whole, if is_mention { open_end..inner_end } else { 0..whole }))
}

/// What begins here and goes on over more lines than one.
fn whole(lines: &[&str], at: usize) -> Option<Whole> {
    let line = lines.get(at)?.trim();
    let to = |end: usize, kind| Some(Whole { lines: at..end, kind });
    if let Some((sign, length)) = fence(line) {
        let closes = |line: &&str| closes_fence(line, sign, length);
        let close = lines.iter().skip(at + 1).position(closes).map_or(lines.len(), |found| at + found + 2);
        return to(close, WholeKind::Code);
    }
    if line == "$$" {
        let close = lines.iter().skip(at + 1).position(|line| line.trim() == "$$")?;
        return to(at + close + 2, WholeKind::Code);
    }
    if line == "<table>" || line.starts_with("<table ") {
        let close = lines.iter().skip(at).position(|line| line.trim_end().ends_with("</table>"))?;
        return to(at + close + 1, WholeKind::Table);
    }
    if line.starts_with('|') {
        let rows = lines.iter().skip(at).take_while(|line| line.trim_start().starts_with('|')).count();
        return to(at + rows, WholeKind::Pipes);
    }
    None
}

/// The sign of a fence of code, and how often it stands.
pub(super) fn fence(line: &str) -> Option<(char, usize)> {
    let line = line.trim();
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let rest = line.trim_start_matches(sign);
    let length = line.len() - rest.len();
    (length >= 3 && !rest.contains('`')).then_some((sign, length))
}

/// Whether a line ends a fence.
pub(super) fn closes_fence(line: &str, sign: char, length: usize) -> bool {
    let line = line.trim();
    line.len() >= length && line.chars().all(|other| other == sign)
}

/// The blanks before a line.
pub(super) fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches(['\t', ' ']).len()).unwrap_or_default()
}

/// These lines with those that their tags need: a tag without its end, or an end without its tag, says nothing. None
/// where there is no other.
pub(super) fn with_tags(lines: &[&str], mut own: Range<usize>) -> Option<Range<usize>> {
    loop {
        let before = own.clone();
        for number in before.clone() {
            let line = lines.get(number)?.trim();
            if let Some(name) = opened(line) {
                own.end = own.end.max(partner(lines.iter().enumerate().skip(number), name, 1)? + 1);
            } else if let Some(name) = closed(line) {
                let above = lines.iter().enumerate().take(number + 1).rev();
                own.start = own.start.min(partner(above, name, -1)?);
            }
        }
        if own == before {
            return Some(own);
        }
    }
}

/// The name of the tag that a line opens, and that more lines are in.
fn opened(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('<')?;
    let end = rest.find(|next: char| !(next.is_ascii_alphanumeric() || matches!(next, '-' | '_')))?;
    let name = rest.get(..end).filter(|name| !name.is_empty())?;
    (line.ends_with('>') && !line.ends_with("/>") && !line.contains("</")).then_some(name)
}

fn closed(line: &str) -> Option<&str> {
    line.strip_prefix("</")?.strip_suffix('>')
}

/// The line whose tag belongs to the first one's.
fn partner<'a>(lines: impl Iterator<Item = (usize, &'a &'a str)>, name: &str, opens: i32) -> Option<usize> {
    let mut depth = 0;
    for (number, line) in lines {
        let line = line.trim();
        if opened(line) == Some(name) {
            depth += opens;
        } else if closed(line) == Some(name) {
            depth -= opens;
        }
        if depth == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_belong_together_are_known() {
        let page =
            "a\n```rust\nx\n```\n| a |\n| --- |\n| b |\n<table>\n<tr><td>c</td></tr>\n</table>\n$$\nx\n$$";
        let layout = Layout::of(page);
        let spans: Vec<Range<usize>> = layout.wholes.iter().map(|whole| whole.lines.clone()).collect();
        assert_eq!(spans, [1..4, 4..7, 7..10, 10..13]);
        assert!(layout.is_in_code(&(2..3)) && !layout.is_in_code(&(1..2)) && !layout.is_in_code(&(2..4)));
        assert_eq!(layout.line_at(page.find("x\n```").unwrap_or_default()), 2);
    }

    #[test]
    fn tags_are_taken_with_their_ends() {
        let lines = ["<callout>", "a", "<callout>", "b", "</callout>", "</callout>", "c"];
        assert_eq!(with_tags(&lines, 0..2), Some(0..6));
        assert_eq!(with_tags(&lines, 3..5), Some(2..5));
        assert_eq!(with_tags(&lines, 1..2), Some(1..2));
        assert_eq!(with_tags(&["<callout>", "a"], 0..1), None);
    }
}
