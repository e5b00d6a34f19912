//! Changed lines, as replacements of texts that occur exactly once in the page, as Notion requires.

use std::ops::Range;

use toolbay_sdk::notion::ARRAY_LIMIT;

use super::draft::Hunk;

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update {
    pub(super) old: String,
    pub(super) new: String,
}

/// Most times that lines are added beside others; each time twice as many.
const MAX_ROUNDS: u32 = 24;

/// A change with the lines around it that show where it is.
#[derive(Clone, Debug)]
struct Shown {
    hunk: Hunk,
    lines: Range<usize>,
}

/// The replacements that make these changes, carried out one after the other or all at once.
pub(super) fn of(before: &[String], hunks: Vec<Hunk>) -> Vec<Update> {
    let page = before.join("\n");
    let size = hunks.len().div_ceil(ARRAY_LIMIT).max(1);
    let mut all: Vec<Shown> = hunks
        .chunks(size)
        .filter_map(|some| joined(before, some))
        .map(|hunk| Shown { lines: hunk.lines.clone(), hunk })
        .collect();
    for round in 0..MAX_ROUNDS {
        all = apart(before, all);
        let updates: Vec<Update> = all.iter().map(|shown| written(before, shown)).collect();
        let unclear = unclear(&page, &updates);
        if unclear.is_empty() {
            return updates;
        }
        let more = 1_usize << round;
        for place in unclear {
            if let Some(Shown { lines, .. }) = all.get_mut(place) {
                *lines = lines.start.saturating_sub(more)..(lines.end + more).min(before.len());
            }
        }
    }
    all.iter().map(|shown| written(before, shown)).collect()
}

fn written(before: &[String], shown: &Shown) -> Update {
    let own = |range: Range<usize>| before.get(range).unwrap_or_default();
    let mut new = own(shown.lines.start..shown.hunk.lines.start).to_vec();
    new.extend(shown.hunk.new.iter().cloned());
    new.extend_from_slice(own(shown.hunk.lines.end..shown.lines.end));
    Update { old: own(shown.lines.clone()).join("\n"), new: new.join("\n") }
}

/// The places of those whose old text is not exactly once in the page, before and while the others are made.
fn unclear(page: &str, updates: &[Update]) -> Vec<usize> {
    let mut text = page.to_owned();
    let mut unclear = Vec::new();
    for (place, update) in updates.iter().enumerate() {
        let is_once = |text: &str| text.matches(update.old.as_str()).take(2).count() == 1;
        let is_whole = update.old == page;
        if !is_whole && (update.old.trim().is_empty() || !is_once(page) || !is_once(&text)) {
            unclear.push(place);
        } else {
            text = text.replacen(&update.old, &update.new, 1);
        }
    }
    unclear
}

/// Changes that show no line of another: those that would are one.
fn apart(before: &[String], all: Vec<Shown>) -> Vec<Shown> {
    let mut apart: Vec<Shown> = Vec::with_capacity(all.len());
    for shown in all {
        match apart.last_mut().filter(|last| shown.lines.start < last.lines.end) {
            Some(last) => {
                if let Some(hunk) = joined(before, &[last.hunk.clone(), shown.hunk]) {
                    last.hunk = hunk;
                }
                last.lines.end = last.lines.end.max(shown.lines.end);
            }
            None => apart.push(shown),
        }
    }
    apart
}

/// Several changes as one, with what stays between them.
fn joined(before: &[String], hunks: &[Hunk]) -> Option<Hunk> {
    let (first, rest) = hunks.split_first()?;
    let mut whole = first.clone();
    for hunk in rest {
        whole.new.extend_from_slice(before.get(whole.lines.end..hunk.lines.start).unwrap_or_default());
        whole.new.extend(hunk.new.iter().cloned());
        whole.lines.end = hunk.lines.end;
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: &[&str], hunks: &[(Range<usize>, &[&str])]) -> Vec<Update> {
        let before: Vec<String> = before.iter().map(|line| (*line).to_owned()).collect();
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let hunks: Vec<Hunk> =
            hunks.iter().map(|(lines, new)| Hunk { lines: lines.clone(), new: owned(new) }).collect();
        let updates = of(&before, hunks.clone());
        let page = before.join("\n");
        let mut expected = before.clone();
        for hunk in hunks.iter().rev() {
            expected.splice(hunk.lines.clone(), hunk.new.iter().cloned());
        }
        let mut text = page.clone();
        for update in &updates {
            assert_eq!(text.matches(&update.old).count(), 1, "{update:?} in {text}");
            assert_eq!(page.matches(&update.old).count(), 1, "{update:?} in {page}");
            text = text.replacen(&update.old, &update.new, 1);
        }
        assert_eq!(text, expected.join("\n"));
        updates
    }

    #[test]
    fn a_line_that_is_alone_is_replaced_alone() {
        let updates = changed(&["a", "", "b"], &[(2..3, &["c"])]);
        assert_eq!(updates, [Update { old: "b".to_owned(), new: "c".to_owned() }]);
    }

    #[test]
    fn lines_that_stand_more_than_once_are_shown_with_others_until_they_are_clear() {
        changed(&["a", "x", "b", "x", "c"], &[(1..2, &["y"]), (3..4, &["y"])]);
        changed(&["x", "x", "x", "x", "x"], &[(1..2, &["y"]), (4..5, &["z", "z"])]);
        changed(&["a", "", "b"], &[(1..1, &["", "new", ""])]);
        changed(&["a"], &[(1..1, &["", "new"])]);
        changed(&["foo", "foo bar"], &[(0..1, &["foo bar"])]);
    }

    #[test]
    fn more_changes_than_a_request_takes_are_fewer_larger_ones() {
        let before: Vec<String> = (0..500).map(|number| format!("line {number}.")).collect();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let hunks: Vec<(Range<usize>, &[&str])> =
            (0..250).map(|number| (number * 2..number * 2 + 1, &["new"][..])).collect();
        assert!(changed(&before, &hunks).len() <= ARRAY_LIMIT);
    }
}
