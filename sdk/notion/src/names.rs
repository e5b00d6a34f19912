//! Finding the name that a caller meant among those that exist, and deciding by a name.
//!
//! Names are compared in one normal form (NFC), since the same letters can be written with different code points.

use unicode_normalization::UnicodeNormalization;

use crate::Error;

/// A name in the form in which names are compared: NFC, without blanks at its ends.
#[must_use]
pub fn normal(name: &str) -> String {
    letters(name).collect()
}

/// True for two ways to write one name: case counts, normal form and blanks at the ends don't.
#[must_use]
pub fn equal(left: &str, right: &str) -> bool {
    left == right || letters(left).eq(letters(right))
}

/// The letters of [`normal`], one by one: comparing a text of a megabyte with a name ends with their first difference.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.trim().nfc()
}

/// The forms in which a text may be stored that is equal to this one, for asking Notion, which compares code points.
#[must_use]
pub fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned()];
    for form in [text.nfc().collect(), text.nfd().collect()] {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// The one of `names` that `wanted` is: for whatever changes a schema, merges, removes or overwrites, where a name that is
/// only alike must not decide.
///
/// # Errors
///
/// `InvalidInput` when there is no such name; the hint has the one that is alike, or the valid ones.
pub fn decide<'a>(wanted: &str, names: &[&'a str], what: &str) -> Result<&'a str, Error> {
    if let Some(exact) = exact(wanted, names) {
        return Ok(exact);
    }
    let missing = Error::invalid_input(format!("There is no {what} `{}`.", super::excerpt(wanted)));
    Err(match names.iter().find(|name| alike(name, wanted)) {
        Some(near) => missing.hint(format!("There is `{}`: write it exactly.", super::excerpt(near))),
        None => missing.hint(valid(wanted, names)),
    })
}

/// The name as it is written, else the only one that is equal to it.
fn exact<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    if let Some(same) = names.iter().find(|name| **name == wanted) {
        return Some(same);
    }
    let mut equal = names.iter().filter(|name| equal(name, wanted));
    match (equal.next(), equal.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Finds `wanted` among `names`: exactly, else by case and spacing (`due_date` means `Due Date`).
///
/// `what` says what the names are ("property", "option of Status"), for the error.
///
/// # Errors
///
/// `InvalidInput` when nothing fits, or more than one name does; the hint has the valid names, nearest first.
pub fn find<'a>(wanted: &str, names: &[&'a str], what: &str) -> Result<&'a str, Error> {
    if let Some(exact) = exact(wanted, names) {
        return Ok(exact);
    }
    let mut alike = names.iter().filter(|name| alike(name, wanted));
    match (alike.next(), alike.next()) {
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => Err(Error::invalid_input(format!(
            "`{}` could be the {what} `{first}` or `{second}`.",
            super::excerpt(wanted)
        ))
        .hint("Write the name exactly.")),
        (None, _) => Err(Error::invalid_input(format!("There is no {what} `{}`.", super::excerpt(wanted)))
            .hint(valid(wanted, names))),
    }
}

/// A sentence with the valid names, nearest to `wanted` first, at most ten of them.
#[must_use]
pub fn valid(wanted: &str, names: &[&str]) -> String {
    const MOST: usize = 10;
    if names.is_empty() {
        return "There are none.".to_owned();
    }
    let listed = nearest(wanted, names)
        .into_iter()
        .take(MOST)
        .map(|name| format!("`{}`", super::excerpt(name)))
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MOST) {
        0 => format!("Valid, nearest first: {listed}."),
        more => format!("Valid, nearest first: {listed}, and {more} more."),
    }
}

/// All `names`, nearest to `wanted` first; of equally near ones the order stays.
#[must_use]
pub fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Vec<&'a str> {
    let wanted = comparable(wanted);
    if wanted.is_empty() {
        // Nothing was asked for: nearness would only sort by length.
        return names.to_vec();
    }
    let mut ranked: Vec<_> = names.iter().map(|name| (distance(&wanted, &comparable(name)), *name)).collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// True for names that differ in case and spacing at most.
#[must_use]
pub fn alike(left: &str, right: &str) -> bool {
    fold(left).eq(fold(right))
}

/// Only spaces and underscores count as spacing: dropping a dash would take `-1` for `1`.
fn fold(name: &str) -> impl Iterator<Item = char> {
    name.nfc()
        .filter(|character| !character.is_whitespace() && *character != '_')
        .flat_map(char::to_lowercase)
        .nfc()
}

/// Comparing costs the product of two lengths, and one of them is the caller's.
fn comparable(name: &str) -> Vec<char> {
    fold(name).take(64).collect()
}

/// Insertions, deletions and replacements between two names; less where one contains the other.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, from) in left.iter().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(right) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            before = replaced.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
    }
    let edits = row.last().copied().unwrap_or_default();
    let shorter = left.len().min(right.len());
    let contains = shorter > 0 && (contains(left, right) || contains(right, left));
    if contains { edits / 4 } else { edits }
}

fn contains(whole: &[char], part: &[char]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_exact_name_wins_over_one_that_is_alike() {
        assert_eq!(find("name", &["Name", "name"], "property").expect("exact"), "name");
    }

    #[test]
    fn case_and_spacing_are_forgiven_when_only_one_name_fits() {
        assert_eq!(find("due_date", &["Name", "Due Date"], "property").expect("alike"), "Due Date");
        let error = find("DUE", &["Due", "due"], "property").expect_err("two fit");
        assert!(error.message.contains("`Due` or `due`"));
    }

    #[test]
    fn one_normal_form_is_compared_wherever_names_are() {
        let (composed, decomposed) = ("Gr\u{f6}\u{df}e", "Gro\u{308}\u{df}e");
        for (wanted, there) in [(composed, decomposed), (decomposed, composed)] {
            assert_eq!(find(wanted, &[there], "property").expect("found"), there);
            assert_eq!(decide(wanted, &[there], "property").expect("decided"), there);
            assert_eq!(nearest(wanted, &["Grade", there])[0], there);
        }
        assert_eq!(find("gro\u{308}\u{df}e", &[composed], "property").expect("alike"), composed);
    }

    #[test]
    fn a_dash_is_part_of_a_name() {
        assert!(find("1", &["-1"], "option").is_err());
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = find("Staus", &["Name", "Due", "Status"], "property").expect_err("unknown");
        assert_eq!(error.hint.as_deref(), Some("Valid, nearest first: `Status`, `Name`, `Due`."));
        assert_eq!(nearest("progress", &["Done", "In progress"])[0], "In progress");
    }

    proptest! {
        #[test]
        fn what_is_only_alike_never_decides(
            name in "[a-zA-Z\u{e0}-\u{f6}]{1,6}( [a-zA-Z]{1,6})?",
            written in 0_usize..6,
        ) {
            let variant = match written {
                0 => name.to_uppercase(),
                1 => name.to_lowercase(),
                2 => name.replace(' ', "_"),
                3 => name.replace(' ', ""),
                4 => name.nfd().collect(),
                _ => format!(" {name}\t"),
            };
            let names = [name.as_str(), "Other"];
            let is_same = written > 3 || variant == name;
            prop_assert_eq!(decide(&variant, &names, "property").is_ok(), is_same);
            prop_assert_eq!(find(&variant, &names, "property").expect("found"), names[0]);
            if !is_same {
                let hint = decide(&variant, &names, "property").expect_err("alike").hint.expect("a hint");
                prop_assert!(hint.contains(&name), "{}", hint);
            }
        }
    }
}
