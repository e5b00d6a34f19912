//! A key of 256 bits, as master key or as data key.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hkdf::Hkdf;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// Standard base64; keys are pasted by hand, so missing padding is no reason to refuse one.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key; wiped when dropped, and never shown.
pub(crate) struct Key(Zeroizing<[u8; KEY_BYTES]>);

/// Text that isn't a key.
#[derive(Debug, thiserror::Error)]
#[error("not a key: it must be 32 bytes in base64, such as `openssl rand -base64 32` prints")]
pub(crate) struct MalformedKey;

impl Key {
    /// A key that nobody can guess, from the operating system's source of chance.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads base64.
    pub(crate) fn from_base64(text: &SecretString) -> Result<Self, MalformedKey> {
        // The decoder wants room for what the text's length may give at most.
        let mut decoded = Zeroizing::new([0; KEY_BYTES + 16]);
        let length = BASE64
            .decode_slice(text.expose_secret().trim(), decoded.as_mut_slice())
            .map_err(|_| MalformedKey)?;
        Self::from_bytes(decoded.get(..length).ok_or(MalformedKey)?)
    }

    /// Takes exactly 32 bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(MalformedKey);
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    /// Writes base64.
    pub(crate) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_slice()))
    }

    /// The key itself.
    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A number that tells keys apart and tells nothing about them.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut number = [0; 4];
        // It fails for more than 255 hashes of output alone; this asks for four bytes.
        let _ = Hkdf::<Sha256>::new(None, self.bytes()).expand(b"toolbay/v1 key fingerprint", &mut number);
        Fingerprint(u32::from_be_bytes(number))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.fingerprint())
    }
}

/// See [`Key::fingerprint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u32);

impl Fingerprint {
    /// As the key id of what the key encrypts.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_as_base64() {
        let key = Key::random().unwrap();
        let text = SecretString::from(format!(" {}\n", *key.to_base64()));
        let read = Key::from_base64(&text).unwrap();
        assert_eq!(read.bytes(), key.bytes());
        assert_eq!(read.fingerprint(), key.fingerprint());
        let unpadded = SecretString::from(key.to_base64().trim_end_matches('='));
        assert_eq!(Key::from_base64(&unpadded).unwrap().bytes(), key.bytes());
    }

    #[test]
    fn other_texts_are_refused_without_repeating_them() {
        for bad in ["", "hunter2", "!!!!", &"A".repeat(42), &"A".repeat(44), &"A".repeat(4_000)] {
            let refusal = Key::from_base64(&SecretString::from(bad)).unwrap_err().to_string();
            assert!(refusal.contains("32 bytes in base64"), "{bad}");
            assert!(bad.is_empty() || !refusal.contains(bad), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Key::from_bytes(&[7; KEY_BYTES]).unwrap();
        assert_eq!(format!("{key:?}"), format!("Key({})", key.fingerprint()));
    }
}
