//! Lines that Notion did not keep: markdown that it cannot map is dropped there without a word.

use std::collections::HashSet;

use toolbay_sdk::prelude::*;

/// Most lines that are named.
const MOST_LINES: usize = 5;

/// Most characters of a line.
const LONGEST_LINE: usize = 120;

/// Words shorter than this are too common to tell anything.
const SHORTEST_WORD: usize = 3;

/// The lines of `written` of which most words are nowhere in the page that Notion answered.
pub(super) fn lines(written: &[&str], page: &Value) -> Vec<String> {
    let text = page.get("markdown").and_then(Value::as_str);
    let is_whole = page.get("truncated").and_then(Value::as_bool) != Some(true);
    let Some(text) = text.filter(|_| is_whole) else { return Vec::new() };
    let there: HashSet<&str> = words(text).collect();
    written
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| {
            let visible = without_markup(line);
            let (mut all, mut gone) = (0, 0);
            for word in words(&visible) {
                all += 1;
                gone += usize::from(!there.contains(word));
            }
            gone > 0 && gone * 2 >= all
        })
        .take(MOST_LINES)
        .map(|line| line.trim().chars().take(LONGEST_LINE).collect())
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.chars().nth(SHORTEST_WORD - 1).is_some())
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
        lines(&[written], &json!({ "markdown": page, "truncated": false }))
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
        assert_eq!(lines(&["never there"], &page), Vec::<String>::new());
        assert_eq!(lines(&["never there"], &Value::Null), Vec::<String>::new());
    }
}
