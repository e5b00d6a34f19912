//! Lines that Notion did not keep: it drops markdown that it can't map, without an error.

use std::collections::{BTreeMap, HashSet};

use toolbay_sdk::notion::blocks;
use toolbay_sdk::notion::markdown::People;
use toolbay_sdk::prelude::*;

/// Most lines that are named.
const MAX_LINES: usize = 5;

/// Most characters of a line.
const MAX_LINE_LENGTH: usize = 120;

/// Words shorter than this are too common to tell anything.
const MIN_WORD_LENGTH: usize = 3;

/// The part of a page in which a text was put.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    First,
    Last,
    All,
}

/// More lines than were written that are looked at: Notion may write some as two.
const MORE_LINES: usize = 4;

/// The lines of `written` of which most words are nowhere in that part of the page that Notion answered.
pub(super) fn lines(written: &str, page: &Value, part: Part) -> Vec<String> {
    let Some(text) = whole_text(page) else { return Vec::new() };
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let max = written.lines().filter(|line| !line.trim().is_empty()).count() * 2 + MORE_LINES;
    let there = match part {
        Part::All => all.as_slice(),
        Part::First => all.get(..max.min(all.len())).unwrap_or_default(),
        Part::Last => all.get(all.len().saturating_sub(max)..).unwrap_or_default(),
    };
    let there: HashSet<&str> = there.iter().flat_map(|line| words(line)).collect();
    let lost = written.lines().filter(|line| {
        let visible = without_markup(line);
        let (mut all, mut gone) = (0, 0);
        for word in words(&visible) {
            all += 1;
            gone += usize::from(!there.contains(word));
        }
        gone > 0 && gone * 2 >= all
    });
    lost.take(MAX_LINES).map(shown).collect()
}

/// The changed lines that the page doesn't have as often as it should, and nothing in their place that says the same.
pub(super) fn changed(before: &str, expected: &str, page: &Value) -> Vec<String> {
    let Some(after) = whole_text(page) else { return Vec::new() };
    if after == expected {
        return Vec::new();
    }
    let [before, expected, after] = [before, expected, after].map(counted);
    let more = |left: &Counts, right: &Counts| -> Vec<String> {
        left.iter()
            .filter(|(line, count)| right.get(*line).copied().unwrap_or_default() < **count)
            .map(|(line, _)| line.clone())
            .collect()
    };
    let replaced: HashSet<String> = more(&before, &expected).into_iter().collect();
    let others: HashSet<Vec<String>> = more(&after, &expected)
        .into_iter()
        .filter(|line| !replaced.contains(line))
        .map(|line| said(&line))
        .collect();
    let missing = more(&expected, &after).into_iter().filter(|line| {
        let own = said(line);
        let is_new =
            before.get(line).copied().unwrap_or_default() < expected.get(line).copied().unwrap_or_default();
        is_new && !own.is_empty() && !others.contains(&own)
    });
    missing.take(MAX_LINES).map(|line| shown(&line)).collect()
}

/// Lines in one way of writing them, and how often each stands.
type Counts = BTreeMap<String, usize>;

fn counted(text: &str) -> Counts {
    let written = blocks::for_notion(text, &People::default()).map(|(written, _)| written.text);
    let mut counts = Counts::new();
    for line in written.as_deref().unwrap_or(text).lines().map(str::trim).filter(|line| !line.is_empty()) {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// What a line says, without how it looks.
fn said(line: &str) -> Vec<String> {
    let visible = without_markup(line);
    let words = visible.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The page's text, where all of it was answered.
fn whole_text(page: &Value) -> Option<&str> {
    let is_whole = page.get("truncated").and_then(Value::as_bool) != Some(true);
    page.get("markdown").and_then(Value::as_str).filter(|_| is_whole)
}

fn shown(line: &str) -> String {
    line.trim().replace('\\', "").chars().take(MAX_LINE_LENGTH).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.chars().nth(MIN_WORD_LENGTH - 1).is_some())
}

/// A line without tags, link targets and the language of a fence, all of which Notion writes its own way.
fn without_markup(line: &str) -> String {
    if line.trim_start().starts_with("```") {
        return String::new();
    }
    let mut visible = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(['<', '(']) {
        let (before, from) = rest.split_at(start);
        let is_target = before.ends_with(']') && from.starts_with('(');
        let end = match from.chars().next() {
            Some('<') => from.find('>'),
            _ if is_target => from.find(')'),
            _ => None,
        };
        visible.push_str(before);
        match end {
            Some(end) => rest = from.get(end + 1..).unwrap_or_default(),
            None => {
                visible.push(' ');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    visible.push_str(rest);
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(written: &str, page: &str) -> Vec<String> {
        lines(written, &json!({ "markdown": page, "truncated": false }), Part::Last)
    }

    #[test]
    fn a_line_that_is_not_there_is_named() {
        assert_eq!(lost("One line\n[^1]: a footnote", "One line"), ["[^1]: a footnote"]);
    }

    #[test]
    fn what_notion_writes_its_own_way_is_not_lost() {
        let written = "| Name | Points |\n| --- | --- |\n| Ada | 12 |\n```js\nlet x = 1;\n```\n[site](https://example.com/a)\n\
                       a < b (or not)";
        let page = "<table><tr><td>Name</td><td>Points</td></tr><tr><td>Ada</td><td>12</td></tr></table>\n\
                    ```javascript\nlet x = 1;\n```\n[site](https://example.org)\na \\< b (or not)";
        assert_eq!(lost(written, page), Vec::<String>::new());
    }

    #[test]
    fn a_page_that_was_not_answered_whole_tells_nothing() {
        let page = json!({ "markdown": "x", "truncated": true });
        assert_eq!(lines("never there", &page, Part::All), Vec::<String>::new());
        assert_eq!(lines("never there", &Value::Null, Part::All), Vec::<String>::new());
    }

    #[test]
    fn a_change_is_looked_for_in_its_place() {
        let answer = |page: &str| json!({ "markdown": page });
        let (before, expected) = ("Welcome\n\nTasks\n\nx", "Hi\n\nx\n\nx");
        assert_eq!(changed(before, expected, &answer("Hi\n\nTasks\n\nx")), ["x"]);
        assert_eq!(changed(before, expected, &answer(expected)), Vec::<String>::new());
        let end = changed("Beta end", "BETA end", &answer("BETA end\n"));
        assert_eq!(end, Vec::<String>::new());
        let looks = changed("a", "**b c**", &answer("<b>b c</b>"));
        assert_eq!(looks, Vec::<String>::new(), "another way to write the same");
    }
}
