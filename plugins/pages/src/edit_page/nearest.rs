//! The text that a caller probably meant, when what it wrote is not in the page.

use std::collections::HashSet;

/// Most characters of a line that are compared or quoted.
const MAX_LINE_LENGTH: usize = 200;

/// Most lines that are compared.
const MAX_LINES: usize = 20_000;

/// Below this likeness (1 is equal) a line is no help.
const LEAST_LIKENESS: f64 = 0.3;

/// What would be found where `old` is not.
pub(super) fn missing(page: &str, old: &str) -> String {
    let lines: HashSet<&str> = page.lines().collect();
    // Of several lines, the first one that differs is the one to correct.
    let mut wanted = old.lines().filter(|line| !line.trim().is_empty());
    let Some(wanted) = wanted.find(|line| !lines.contains(line) && !page.contains(*line)) else {
        return format!(
            "The lines of `{}` are in the page, but not one after the other: read it with `fetch`.",
            excerpt(old)
        );
    };
    match nearest(page, wanted) {
        Some(line) => format!("The page does not say `{}`; nearest: `{}`.", excerpt(wanted), excerpt(line)),
        None => format!("The page says nothing like `{}`: read it with `fetch`.", excerpt(wanted)),
    }
}

fn nearest<'page>(page: &'page str, wanted: &str) -> Option<&'page str> {
    let wanted = pairs(wanted);
    let mut best = None;
    let mut best_likeness = LEAST_LIKENESS;
    for line in page.lines().take(MAX_LINES) {
        let likeness = likeness(&wanted, &pairs(line));
        if likeness > best_likeness {
            (best, best_likeness) = (Some(line), likeness);
        }
    }
    best
}

/// The pairs of neighbouring characters, whatever their case.
fn pairs(line: &str) -> HashSet<(char, char)> {
    let characters: Vec<char> =
        line.trim().chars().take(MAX_LINE_LENGTH).flat_map(char::to_lowercase).collect();
    characters.iter().copied().zip(characters.iter().copied().skip(1)).collect()
}

/// How many pairs two lines share: 1 when all, 0 when none.
fn likeness(left: &HashSet<(char, char)>, right: &HashSet<(char, char)>) -> f64 {
    let shared = left.intersection(right).count();
    let all = left.len() + right.len();
    if all == 0 { 0.0 } else { 2.0 * as_float(shared) / as_float(all) }
}

fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// The start of a text, for a sentence.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_LINE_LENGTH) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Plan\nShip the \u{201C}first\u{201D} version\nTest it\n\tTest it\nDone";

    #[test]
    fn a_missing_text_is_answered_with_the_nearest_line() {
        let hint = missing(PAGE, "Ship the \"first\" version");
        assert!(hint.contains("nearest: `Ship the \u{201C}first\u{201D} version`"), "{hint}");
    }

    #[test]
    fn of_several_lines_the_one_that_differs_is_named() {
        let hint = missing(PAGE, "# Plan\nShip first version");
        assert!(hint.contains("does not say `Ship first version`"), "{hint}");
    }

    #[test]
    fn what_is_like_nothing_is_said_to_be() {
        assert!(missing(PAGE, "zzzzqqqq").contains("nothing like"));
        assert!(missing(PAGE, "# Plan\nDone").contains("not one after the other"));
    }
}
