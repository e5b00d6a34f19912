//! Ids: minted from a seeded counter, so that two runs of one test give the same ids, and read in
//! the two spellings that the API takes.

/// Mints ids in the form of a version 4 uuid. Not random on purpose: snapshots of what the host
/// answers must be stable.
#[derive(Clone, Debug)]
pub(crate) struct Minter {
    state: u64,
}

impl Minter {
    pub(crate) fn new(seed: u64) -> Minter {
        Minter { state: seed }
    }

    /// One step of `SplitMix64`, which has no short cycle and needs no dependency.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let high = (self.next_number() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000;
        let low = (self.next_number() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        dashed(&format!("{high:016x}{low:016x}"))
    }

    /// A property's id: four characters, percent-encoded where a URL needs it, as Notion's are.
    /// The odd characters are wanted: a client that doesn't encode a path segment breaks on them.
    pub(crate) fn property_id(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>?@[]^`{|}~_\\";
        let mut number = self.next_number();
        let mut id = String::new();
        for _ in 0..4 {
            let letter = LETTERS.get((number % LETTERS.len() as u64) as usize).copied().unwrap_or(b'a');
            number /= LETTERS.len() as u64;
            if letter.is_ascii_alphanumeric() || b"_~".contains(&letter) {
                id.push(char::from(letter));
            } else {
                id.push_str(&format!("%{letter:02X}"));
            }
        }
        id
    }

    /// The id of a select option: a uuid for options made through the API.
    pub(crate) fn option_id(&mut self) -> String {
        self.uuid()
    }
}

fn dashed(hexadecimal: &str) -> String {
    let mut id = String::with_capacity(36);
    for (position, digit) in hexadecimal.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// Whether the text is a uuid as the validator reads one: dashed in either case, or 32 lower-case digits, and of the
/// variant that all have but the empty one (recorded).
pub(crate) fn is_uuid(text: &str) -> bool {
    if text.len() == 32 {
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        return is_hexadecimal && is_of_variant(text, 16);
    }
    is_dashed_uuid(text)
}

fn is_of_variant(text: &str, place: usize) -> bool {
    let is_known = text.as_bytes().get(place).is_some_and(|digit| b"89abAB".contains(digit));
    is_known || text.bytes().all(|byte| byte == b'0' || byte == b'-')
}

/// Whether the text is a uuid in its dashed form, the only form that a list cursor may have.
pub(crate) fn is_dashed_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && is_of_variant(text, 19)
}

/// The dashed form that objects are stored under. The case is kept: an upper-case id names nothing.
pub(crate) fn canonical(text: &str) -> String {
    if text.len() == 32 && text.is_ascii() { dashed(text) } else { text.to_owned() }
}

/// The id at the end of an address such as `https://app.notion.com/p/Title-<id>` or `user://<id>`.
pub(crate) fn id_of_url(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let tail = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    canonical(tail.rsplit('-').next().filter(|last| last.len() == 32).unwrap_or(tail))
}

/// An id as URLs spell it.
pub(crate) fn undashed(id: &str) -> String {
    id.replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_are_uuids_and_repeat_with_the_seed() {
        let (mut first, mut second) = (Minter::new(7), Minter::new(7));
        let id = first.uuid();
        assert!(is_dashed_uuid(&id), "{id}");
        assert_eq!(id, second.uuid());
        assert_ne!(id, first.uuid());
    }

    #[test]
    fn upper_case_is_read_only_with_dashes() {
        assert!(is_uuid("AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA"));
        assert!(!is_uuid("AAAAAAAAAAAA4AAA8AAAAAAAAAAAAAAA"));
        assert!(is_uuid("aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa"));
        assert!(!is_uuid("12345678-1234-1234-1234-123456789abc"));
        assert!(!is_uuid("12345678123412341234123456789abc"));
        assert!(is_uuid("00000000-0000-0000-0000-000000000000"));
    }
}
