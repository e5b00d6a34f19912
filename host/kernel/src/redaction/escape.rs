//! Characters as others escape them: JSON (and languages like it), addresses and forms, HTML.

/// Bytes of an escape, for each byte that it stands for, at most: `&#x000041;`.
pub(super) const LONGEST: usize = 10;

/// Digits of a number in HTML.
const MAX_DIGITS: usize = 6;

/// Names that HTML has for characters that mean something in it.
const NAMES: [(&[u8], char); 6] =
    [(b"&amp;", '&'), (b"&lt;", '<'), (b"&gt;", '>'), (b"&quot;", '"'), (b"&apos;", '\''), (b"&sol;", '/')];

/// How many bytes a text begins with that are `wanted` once their escapes are read; none where it begins with something else.
pub(super) fn length_of(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (mut rest, mut wanted) = (text, wanted);
    while let Some((next, behind)) = wanted.split_first() {
        if let Some((escaped, after)) = escaped(rest)
            && let Some(behind) = wanted.strip_prefix(escaped.as_bytes())
        {
            (rest, wanted) = (after, behind);
            continue;
        }
        let (first, after) = rest.split_first()?;
        let is_same = first == next || (*first, *next) == (b'+', b' ');
        if !is_same {
            return None;
        }
        (rest, wanted) = (after, behind);
    }
    Some(text.len() - rest.len())
}

/// What an escape stands for.
struct Escaped {
    bytes: [u8; 4],
    length: usize,
}

impl Escaped {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1 }
    }

    fn character(character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self { bytes, length }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The escape that a text begins with, and what follows it.
fn escaped(text: &[u8]) -> Option<(Escaped, &[u8])> {
    match text.first()? {
        b'%' => {
            let (byte, after) = hexadecimal(text.get(1..)?, 2)?;
            Some((Escaped::byte(u8::try_from(byte).ok()?), after))
        }
        b'\\' => backslash(text.get(1..)?),
        b'&' => entity(text),
        _ => None,
    }
}

fn backslash(text: &[u8]) -> Option<(Escaped, &[u8])> {
    let (kind, after) = text.split_first()?;
    let byte = match kind {
        b'u' => return utf16(after),
        b'x' => {
            let (code, after) = hexadecimal(after, 2)?;
            return Some((Escaped::character(char::from_u32(code)?), after));
        }
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\'' | b'/' | b'\\' => *kind,
        _ => return None,
    };
    Some((Escaped::byte(byte), after))
}

/// Four digits, or twice four for a character that UTF-16 has in two.
fn utf16(text: &[u8]) -> Option<(Escaped, &[u8])> {
    let (code, after) = hexadecimal(text, 4)?;
    if let Some(character) = char::from_u32(code) {
        return Some((Escaped::character(character), after));
    }
    let (second, after) = hexadecimal(after.strip_prefix(b"\\u")?, 4)?;
    let pair = [u16::try_from(code).ok()?, u16::try_from(second).ok()?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some((Escaped::character(character), after))
}

fn entity(text: &[u8]) -> Option<(Escaped, &[u8])> {
    for (name, character) in NAMES {
        if let Some(after) = text.strip_prefix(name) {
            return Some((Escaped::character(character), after));
        }
    }
    let number = text.strip_prefix(b"&#")?;
    let (radix, digits) = match number.first()? {
        b'x' | b'X' => (16, number.get(1..)?),
        _ => (10, number),
    };
    let length = digits.iter().take(MAX_DIGITS + 1).position(|byte| *byte == b';')?;
    let code = number_of(digits.get(..length)?, radix)?;
    Some((Escaped::character(char::from_u32(code)?), digits.get(length + 1..)?))
}

fn hexadecimal(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    Some((number_of(text.get(..digits)?, 16)?, text.get(digits..)?))
}

fn number_of(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let digit = |number: u32, byte: &u8| Some(number * radix + char::from(*byte).to_digit(radix)?);
    digits.iter().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_through_its_escapes() {
        for (text, length) in [
            ("a/b", Some(3)),
            ("a%2Fb%2F", Some(5)),
            ("a\\/b", Some(4)),
            ("\\u0061\\x2fb", Some(11)),
            ("a&sol;&#98;", Some(11)),
            ("&#x000061;/b", Some(12)),
            ("&#x0000061;/b", None),
            ("a%2", None),
            ("a/", None),
            ("b/a", None),
            ("a\\ud800/b", None),
            ("a&#;b", None),
        ] {
            assert_eq!(length_of(text.as_bytes(), b"a/b"), length, "{text}");
        }
        assert_eq!(length_of(b"a+b", b"a b"), Some(3));
        assert_eq!(length_of(b"a%b", b"a%b"), Some(3));
    }
}
