//! The nearest valid choice, for hints.

/// The choice that is most like `wanted`, when one is alike enough to be meant.
///
/// Likeness is the edit distance without case, at most a third, rounded up, of the wanted text's length; long texts have none.
#[must_use]
pub fn nearest<'a>(wanted: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const MAX: usize = 64;
    let wanted: Vec<char> = wanted.chars().take(MAX + 1).flat_map(char::to_lowercase).collect();
    if wanted.is_empty() || wanted.len() > MAX {
        return None;
    }
    let max = wanted.len().div_ceil(3);
    choices
        .into_iter()
        .filter(|choice| choice.len() <= 4 * MAX)
        .map(|choice| {
            let letters: Vec<char> = choice.chars().flat_map(char::to_lowercase).collect();
            (distance(&wanted, &letters), choice)
        })
        .filter(|(distance, _)| *distance <= max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

/// Levenshtein's distance, a row at a time.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(to) {
            let substituted = diagonal + usize::from(letter != other);
            diagonal = *cell;
            left = substituted.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(from.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let tools = ["search", "upsert", "notion_request"];
        assert_eq!(nearest("serach", tools), Some("search"));
        assert_eq!(nearest("Upsert", tools), Some("upsert"));
        assert_eq!(nearest("notion.request", tools), Some("notion_request"));
        assert_eq!(nearest("bulk", tools), None);
        assert_eq!(nearest("", tools), None);
    }

    #[test]
    fn distance_is_levenshteins() {
        let d = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("abc", ""), 3);
        assert_eq!(d("flaw", "lawn"), 2);
    }
}
