//! The form of an API token: `tb_`, 43 characters that carry 256 random bits, 6 characters of checksum.
//!
//! The prefix lets secret scanners find a leaked token; the checksum lets the host refuse what was never a token before
//! it asks the database.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

const PREFIX: &str = "tb_";
/// 62 to the power of 43 is just above 2 to the power of 256.
const RANDOM_CHARACTERS: usize = 43;
/// 62 to the power of 6 is above 2 to the power of 32.
const CHECKSUM_CHARACTERS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The largest multiple of 62 that a byte can count to: bytes from there on would favour some characters.
const FAIR_BYTES: u8 = 248;

/// SHA-256 of a bearer token: what is stored and compared instead of the token.
///
/// A token carries 256 random bits, so a fast hash without salt is enough; a password would need a slow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret().as_bytes()).into())
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in a time that doesn't depend on where the first difference is.
    pub(crate) fn is(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

/// A new token.
pub(crate) fn generate() -> Result<SecretString, getrandom::Error> {
    let mut text =
        Zeroizing::new(String::with_capacity(PREFIX.len() + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS));
    text.push_str(PREFIX);
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < PREFIX.len() + RANDOM_CHARACTERS {
        getrandom::fill(bytes.as_mut_slice())?;
        let missing = PREFIX.len() + RANDOM_CHARACTERS - text.len();
        let fair = bytes.iter().filter(|byte| **byte < FAIR_BYTES);
        text.extend(fair.take(missing).map(|byte| character(u32::from(*byte))));
    }
    let checksum = checksum(text.get(PREFIX.len()..).unwrap_or_default());
    text.push_str(&checksum);
    Ok(SecretString::from(text.as_str()))
}

/// Whether a text can be a token that [`generate`] made.
pub(crate) fn is_well_formed(token: &SecretString) -> bool {
    let Some(rest) = token.expose_secret().strip_prefix(PREFIX) else {
        return false;
    };
    rest.len() == RANDOM_CHARACTERS + CHECKSUM_CHARACTERS
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && rest.split_at_checked(RANDOM_CHARACTERS).is_some_and(|(random, sum)| checksum(random) == sum)
}

/// CRC-32 in base 62, most significant character first.
fn checksum(random: &str) -> String {
    let mut number = crc32fast::hash(random.as_bytes());
    let mut characters = [' '; CHECKSUM_CHARACTERS];
    for location in characters.iter_mut().rev() {
        *location = character(number);
        number /= 62;
    }
    characters.iter().collect()
}

fn character(number: u32) -> char {
    ALPHABET.get((number % 62) as usize).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_has_its_form_and_every_character_occurs() {
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            let token = generate().unwrap();
            let text = token.expose_secret();
            assert!(text.starts_with("tb_"));
            assert_eq!(text.len(), 3 + 43 + 6);
            assert!(is_well_formed(&token));
            seen.extend(text[3..46].chars());
        }
        // 8,600 draws leave one of 62 characters out with a probability below 10^-58.
        assert_eq!(seen.len(), 62);
    }

    #[test]
    fn the_checksum_is_that_of_the_format() {
        // CRC-32 of "123456789" is 0xCBF43926 by the definition of the checksum.
        assert_eq!(u32::from_str_radix("CBF43926", 16).unwrap(), crc32fast::hash(b"123456789"));
        let value = checksum("123456789").bytes().fold(0_u64, |value, byte| {
            value * 62 + ALPHABET.iter().position(|known| *known == byte).unwrap() as u64
        });
        assert_eq!(value, 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn a_changed_character_is_refused(position in 3_usize..52, replacement in "[0-9A-Za-z_. é]") {
            let token = generate().unwrap();
            let mut characters: Vec<String> = token.expose_secret().chars().map(String::from).collect();
            prop_assume!(characters[position] != replacement);
            characters[position] = replacement;
            prop_assert!(!is_well_formed(&SecretString::from(characters.concat())));
        }

        #[test]
        fn other_texts_are_refused(text in ".{0,80}") {
            prop_assert!(!is_well_formed(&SecretString::from(text)));
        }
    }
}
