//! A page's text with the changes that are asked for.

use std::ops::Range;

use toolbay_sdk::prelude::*;

use super::layout::{Layout, Whole, WholeKind, closes_fence, fence, indent, with_tags};
use super::occurrence::{self, Occurrence};
use super::prepare;

/// A line of the text, and which one it was before.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    origin: Option<usize>,
}

/// The text, before and with all changes so far.
#[derive(Debug)]
pub(super) struct Draft {
    before: Vec<String>,
    lines: Vec<Line>,
}

/// Lines of the text before, and those that stand in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) lines: Range<usize>,
    pub(super) new: Vec<String>,
}

impl Draft {
    pub(super) fn of(page: &str) -> Self {
        let before: Vec<String> = page.split('\n').map(str::to_owned).collect();
        let lines = before
            .iter()
            .enumerate()
            .map(|(number, text)| Line { text: text.clone(), origin: Some(number) })
            .collect();
        Self { before, lines }
    }

    pub(super) fn before(&self) -> &[String] {
        &self.before
    }

    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n")
    }

    /// Puts a text, as people write markdown, into places of this text. What stands beside a place is read with it, so a
    /// mark that begins there and ends here is one.
    pub(super) fn replace(
        &mut self,
        call: &Call,
        layout: &Layout,
        places: &[Occurrence],
        new: &str,
        notes: &mut Vec<String>,
    ) -> Result<(), Problem> {
        let page = self.text();
        let lines: Vec<&str> = page.split('\n').collect();
        let mut regions: Vec<(Range<usize>, Vec<&Occurrence>)> = Vec::new();
        for place in places {
            let own = region(&lines, layout, &place.range);
            match regions.last_mut().filter(|(before, _)| own.start < before.end) {
                Some((before, held)) => {
                    *before = before.start.min(own.start)..before.end.max(own.end);
                    held.push(place);
                }
                None => regions.push((own, vec![place])),
            }
        }
        let source = Source { page: &page, lines: &lines, layout };
        for (region, places) in regions.iter().rev() {
            let written = source.changed(call, region, places, new, notes)?;
            match source.longer_fence(region, &written) {
                Some((whole, code)) => self.put(whole, &code),
                None => self.put(region.clone(), &written),
            }
        }
        Ok(())
    }

    /// Puts a text in Notion's form behind the block in which a place ends.
    pub(super) fn insert(&mut self, layout: &Layout, place: &Range<usize>, written: &str) {
        let page = self.text();
        let lines: Vec<&str> = page.split('\n').collect();
        let last = if page.get(place.clone()).is_some_and(|found| found.ends_with('\n')) {
            place.end.saturating_sub(2)
        } else {
            place.end.saturating_sub(1)
        };
        let line = layout.line_at(last);
        let own = lines.get(line).copied().unwrap_or_default();
        let end = end_of_block(&lines, layout, line);
        let mut new = vec![String::new()];
        new.extend(written.lines().map(|line| indented(line, indent(own))));
        new.push(String::new());
        let new = new.into_iter().map(|text| Line { text, origin: None });
        self.lines.splice(end..end, new);
    }

    /// Replaces lines; those that stay the same at the ends are left.
    fn put(&mut self, region: Range<usize>, written: &str) {
        let new: Vec<&str> = written.split('\n').collect();
        let old = self.lines.get(region.clone()).unwrap_or_default();
        let same = |pair: &(&Line, &&str)| pair.0.text == **pair.1;
        let head = old.iter().zip(&new).take_while(same).count();
        let max = old.len().min(new.len()) - head;
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count().min(max);
        let fresh: Vec<Line> = new
            .get(head..new.len() - tail)
            .unwrap_or_default()
            .iter()
            .map(|text| Line { text: (*text).to_owned(), origin: None })
            .collect();
        self.lines.splice(region.start + head..region.end - tail, fresh);
    }

    /// What is different, in order.
    pub(super) fn hunks(&self) -> Vec<Hunk> {
        let mut hunks = Vec::new();
        let (mut from, mut new) = (0, Vec::new());
        let mut close = |from: usize, to: usize, new: &mut Vec<String>| {
            let new = std::mem::take(new);
            if self.before.get(from..to).is_some_and(|old| old != new) {
                hunks.push(Hunk { lines: from..to, new });
            }
        };
        for line in &self.lines {
            match line.origin {
                Some(origin) => {
                    close(from, origin, &mut new);
                    from = origin + 1;
                }
                None => new.push(line.text.clone()),
            }
        }
        close(from, self.before.len(), &mut new);
        hunks
    }
}

/// The lines that have to be read together with a place.
fn region(lines: &[&str], layout: &Layout, place: &Range<usize>) -> Range<usize> {
    let last = place.end.saturating_sub(1).max(place.start);
    let mut own = layout.line_at(place.start)..layout.line_at(last) + 1;
    // A line end belongs to the line behind it too.
    if layout.start(own.end) == place.end && own.end < lines.len() {
        own.end += 1;
    }
    if layout.is_in_code(&own) {
        return own;
    }
    loop {
        let before = own.clone();
        for whole in [own.start, own.end - 1].into_iter().filter_map(|line| layout.whole_at(line)) {
            own = own.start.min(whole.lines.start)..own.end.max(whole.lines.end);
        }
        own = with_tags(lines, own.clone()).unwrap_or(own);
        if own.len() > 1 {
            own = with_nested(lines, own);
        }
        if own == before {
            return own;
        }
    }
}

/// Several lines with the items that they are in, and those that are in them.
fn with_nested(lines: &[&str], mut own: Range<usize>) -> Range<usize> {
    let depth = |number: usize| {
        lines.get(number).filter(|line| !line.trim().is_empty()).map(|line| indent(line).len())
    };
    let Some(least) = own.clone().filter_map(depth).min() else { return own };
    while own.start > 0 && own.clone().find_map(depth).is_some_and(|first| first > least) {
        own.start -= 1;
    }
    while depth(own.end).is_some_and(|next| next > least) {
        own.end += 1;
    }
    own
}

/// The line behind the block that a line is in.
fn end_of_block(lines: &[&str], layout: &Layout, line: usize) -> usize {
    if let Some(whole) = layout.whole_at(line) {
        return whole.lines.end;
    }
    let own = lines.get(line).copied().unwrap_or_default();
    let mut end = with_tags(lines, line..line + 1).map_or(line + 1, |own| own.end.max(line + 1));
    while lines.get(end - 1).is_some_and(|line| ends_hard(line)) && end < lines.len() {
        end += 1;
    }
    while lines.get(end).is_some_and(|next| !next.trim().is_empty() && indent(next).len() > indent(own).len())
    {
        end += 1;
    }
    end
}

fn ends_hard(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

fn indented(line: &str, blanks: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{blanks}{line}") }
}

/// The text in which changes are made.
struct Source<'a> {
    page: &'a str,
    lines: &'a [&'a str],
    layout: &'a Layout,
}

impl Source<'_> {
    /// The lines of a region with a new text in these places of it, as Notion reads them.
    fn changed(
        &self,
        call: &Call,
        region: &Range<usize>,
        places: &[&Occurrence],
        new: &str,
        notes: &mut Vec<String>,
    ) -> Result<String, Problem> {
        let old = self.lines.get(region.clone()).unwrap_or_default().join("\n");
        if self.layout.is_in_code(region) {
            return Ok(self.spliced(region, places, |_| new.to_owned()));
        }
        let whole = self.layout.whole_at(region.start).filter(|whole| whole.lines == *region);
        let is_code = whole.is_some_and(|whole| whole.kind == WholeKind::Code);
        let text = self.spliced(region, places, |place| fitted(new, place, whole, self.page));
        if region.len() == 1 && !text.contains('\n') && whole.is_none() {
            let blanks = indent(&text);
            let line = text.trim_start_matches(['\t', ' ']);
            if !line.starts_with(['<', '!', '|']) || is_inline(line) {
                return Ok(format!("{blanks}{}", prepare::line(call, line, notes)?));
            }
        }
        if text.trim().is_empty() {
            return Ok(text);
        }
        let least =
            old.lines().filter(|line| !line.trim().is_empty()).map(indent).min_by_key(|blanks| blanks.len());
        let blanks = least.unwrap_or_default();
        let outdented = |text: &str| -> String {
            let lines: Vec<&str> =
                text.split('\n').map(|line| line.strip_prefix(blanks).unwrap_or(line)).collect();
            lines.join("\n")
        };
        // What isn't understood here as it stands would be changed by being written again.
        if is_code || prepare::is_understood(&outdented(&old)) {
            let written = prepare::document(call, &outdented(&text), notes)?;
            let lines: Vec<String> = written.split('\n').map(|line| indented(line, blanks)).collect();
            return Ok(lines.join("\n"));
        }
        let part = prepare::part(call, new, notes)?;
        Ok(self.spliced(region, places, |place| occurrence::with_plain_signs(&part, &place.plain_signs)))
    }

    /// Code whose new lines look like the end of its fence, between longer ones; none for all other regions.
    fn longer_fence(&self, region: &Range<usize>, written: &str) -> Option<(Range<usize>, String)> {
        let whole = self.layout.whole_at(region.start).filter(|_| self.layout.is_in_code(region))?;
        let own = self.lines.get(whole.lines.clone())?;
        let (first, last) = (own.first()?, own.last()?);
        let (sign, length) = fence(first)?;
        let longest =
            written.lines().filter(|line| closes_fence(line, sign, length)).map(|line| line.trim().len());
        let more = sign.to_string().repeat(longest.max()? + 1 - length);
        let mut code = vec![format!("{}{more}{}", indent(first), first.trim_start())];
        let lines = |range: Range<usize>| {
            self.lines.get(range).unwrap_or_default().iter().map(|line| (*line).to_owned())
        };
        code.extend(lines(whole.lines.start + 1..region.start));
        code.push(written.to_owned());
        code.extend(lines(region.end..whole.lines.end - 1));
        code.push(format!("{last}{more}"));
        Some((whole.lines.clone(), code.join("\n")))
    }

    fn spliced(
        &self,
        region: &Range<usize>,
        places: &[&Occurrence],
        new: impl Fn(&Occurrence) -> String,
    ) -> String {
        let end = self.layout.start(region.end).saturating_sub(1).min(self.page.len());
        let mut text = String::new();
        let mut at = self.layout.start(region.start);
        for place in places {
            text.push_str(self.page.get(at..place.range.start).unwrap_or_default());
            text.push_str(&new(place));
            at = place.range.end;
        }
        text.push_str(self.page.get(at..end).unwrap_or_default());
        text
    }
}

/// A new text as it can stand in its place: signs that are none there stay none, and a cell stays one.
fn fitted(new: &str, place: &Occurrence, whole: Option<&Whole>, page: &str) -> String {
    let mut signs = place.plain_signs.clone();
    let old = page.get(place.range.clone()).unwrap_or_default();
    let is_cell = whole.is_some_and(|whole| whole.kind == WholeKind::Pipes) && !old.contains(['\n', '|']);
    if is_cell {
        signs.push('|');
    }
    let new = occurrence::with_plain_signs(new, &signs);
    if is_cell { new.replace('\n', "<br>") } else { new }
}

/// True for a line that begins with a tag inside text.
fn is_inline(line: &str) -> bool {
    const TAGS: [&str; 12] = ["b", "strong", "i", "em", "s", "del", "u", "code", "span", "a", "br", "date"];
    let name = line
        .strip_prefix('<')
        .and_then(|rest| rest.get(..rest.find(|next: char| !(next.is_ascii_lowercase() || next == '-'))?));
    name.is_some_and(|name| TAGS.contains(&name) || name.starts_with("mention"))
}
