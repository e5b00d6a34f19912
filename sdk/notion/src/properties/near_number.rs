//! Texts that have a number and more, as sheets show it.

/// The number in a text that has more than it: a currency, a percent sign, commas between thousands. What separates
/// decimals is only clear where a point does; else it isn't guessed.
pub(super) fn plainly(text: &str) -> Option<String> {
    let is_around = |character: char| !character.is_ascii_digit() && !matches!(character, '-' | '.' | ',');
    let bare = text.trim().trim_matches(is_around).trim();
    let (whole, decimals) = bare.split_once('.').map_or((bare, None), |(whole, rest)| (whole, Some(rest)));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let groups: Vec<&str> = unsigned.split(',').collect();
    let is_grouped = groups.len() < 2
        || (groups.iter().skip(1).all(|group| group.len() == 3)
            && groups.first().is_some_and(|first| (1..=3).contains(&first.len()))
            && (decimals.is_some() || groups.len() > 2));
    if !is_grouped || decimals.is_some_and(|decimals| decimals.contains([',', '.'])) {
        return None;
    }
    let written = bare.replace(',', "");
    let number = written.parse::<f64>().ok()?;
    if !text.trim().ends_with('%') {
        return Some(number.to_string()).filter(|_| number.is_finite());
    }
    // Digits, not a quotient: 0.07 is not 7.000000000000001 / 100.
    Some(format!("{}", (number * 1e8).round() / 1e10))
}

#[cfg(test)]
mod tests {
    use super::plainly;

    #[test]
    fn a_number_in_other_signs_is_told_plainly() {
        for (text, number) in [
            ("25%", "0.25"),
            ("7 %", "0.07"),
            ("1,234.50", "1234.5"),
            ("\u{20ac}1,234.50", "1234.5"),
            ("1,234,567", "1234567"),
            ("-3 EUR", "-3"),
        ] {
            assert_eq!(plainly(text).as_deref(), Some(number), "{text}");
        }
        for text in ["1,5", "1,234", "1.234,50", "many", "", "1,23,4.5", "--3"] {
            assert_eq!(plainly(text), None, "{text}");
        }
    }
}
