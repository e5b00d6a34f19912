//! Characters that are written by a name or number: `&amp;`, `&#39;`, `&#x27;`.

/// Most bytes between `&` and `;`.
const MAX_LENGTH: usize = 8;

/// The characters from U+00A0 on, by the names that they have in HTML.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Where the characters of [`LATIN`] start.
const FIRST_LATIN: u32 = 0xA0;

/// Other names that people and programs write.
#[rustfmt::skip]
const NAMES: [(&str, char); 86] = [
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''),
    ("OElig", '\u{152}'), ("oelig", '\u{153}'), ("Scaron", '\u{160}'), ("scaron", '\u{161}'), ("Yuml", '\u{178}'),
    ("circ", '\u{2C6}'), ("tilde", '\u{2DC}'), ("ensp", '\u{2002}'), ("emsp", '\u{2003}'), ("thinsp", '\u{2009}'),
    ("ndash", '\u{2013}'), ("mdash", '\u{2014}'), ("lsquo", '\u{2018}'), ("rsquo", '\u{2019}'), ("sbquo", '\u{201A}'),
    ("ldquo", '\u{201C}'), ("rdquo", '\u{201D}'), ("bdquo", '\u{201E}'), ("dagger", '\u{2020}'), ("Dagger", '\u{2021}'),
    ("bull", '\u{2022}'), ("hellip", '\u{2026}'), ("permil", '\u{2030}'), ("prime", '\u{2032}'), ("Prime", '\u{2033}'),
    ("lsaquo", '\u{2039}'), ("rsaquo", '\u{203A}'), ("euro", '\u{20AC}'), ("trade", '\u{2122}'), ("larr", '\u{2190}'),
    ("uarr", '\u{2191}'), ("rarr", '\u{2192}'), ("darr", '\u{2193}'), ("harr", '\u{2194}'), ("rArr", '\u{21D2}'),
    ("hArr", '\u{21D4}'), ("forall", '\u{2200}'), ("part", '\u{2202}'), ("exist", '\u{2203}'), ("empty", '\u{2205}'),
    ("isin", '\u{2208}'), ("sum", '\u{2211}'), ("minus", '\u{2212}'), ("radic", '\u{221A}'), ("infin", '\u{221E}'),
    ("and", '\u{2227}'), ("or", '\u{2228}'), ("cap", '\u{2229}'), ("cup", '\u{222A}'), ("int", '\u{222B}'),
    ("asymp", '\u{2248}'), ("ne", '\u{2260}'), ("equiv", '\u{2261}'), ("le", '\u{2264}'), ("ge", '\u{2265}'),
    ("sub", '\u{2282}'), ("sup", '\u{2283}'), ("check", '\u{2713}'), ("Alpha", '\u{391}'), ("Beta", '\u{392}'),
    ("Gamma", '\u{393}'), ("Delta", '\u{394}'), ("Sigma", '\u{3A3}'), ("Phi", '\u{3A6}'), ("Omega", '\u{3A9}'),
    ("alpha", '\u{3B1}'), ("beta", '\u{3B2}'), ("gamma", '\u{3B3}'), ("delta", '\u{3B4}'), ("epsilon", '\u{3B5}'),
    ("theta", '\u{3B8}'), ("lambda", '\u{3BB}'), ("mu", '\u{3BC}'), ("pi", '\u{3C0}'), ("rho", '\u{3C1}'),
    ("sigma", '\u{3C3}'), ("tau", '\u{3C4}'), ("phi", '\u{3C6}'), ("psi", '\u{3C8}'), ("omega", '\u{3C9}'),
    ("zwj", '\u{200D}'),
];

/// The character that a text starts with by name or number, and the bytes that say it. What no name says stays text.
pub(crate) fn read(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix('&')?;
    let length = inside.bytes().take(MAX_LENGTH + 1).position(|byte| byte == b';')?;
    let name = inside.get(..length)?;
    let character = match name.strip_prefix('#') {
        Some(number) => by_number(number)?,
        None => by_name(name)?,
    };
    Some((character, length + 2))
}

fn by_number(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    // No text has this character, and `CommonMark` shows another in its place.
    if code == 0 { Some('\u{FFFD}') } else { char::from_u32(code) }
}

fn by_name(name: &str) -> Option<char> {
    let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    known.or_else(|| {
        let place = LATIN.iter().position(|known| *known == name)?;
        char::from_u32(FIRST_LATIN + u32::try_from(place).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_read_alike() {
        for (text, character) in [
            ("&amp;", '&'),
            ("&#38;", '&'),
            ("&#x26;", '&'),
            ("&#X26;", '&'),
            ("&nbsp;", '\u{A0}'),
            ("&uuml;", '\u{FC}'),
            ("&yuml;", '\u{FF}'),
            ("&times;", '\u{D7}'),
            ("&hellip;", '\u{2026}'),
            ("&#0;", '\u{FFFD}'),
        ] {
            assert_eq!(read(&format!("{text} more")), Some((character, text.len())), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_stays_text() {
        for text in [
            "&",
            "&;",
            "&amp",
            "& amp;",
            "&nothing;",
            "&#;",
            "&#x;",
            "&#xZZ;",
            "&#99999999;",
            "&#xD800;",
            "a&amp;",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
