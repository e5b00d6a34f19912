//! Encryption at rest.
//!
//! A secret is encrypted for the place where it lies: table, column and row are part of what is authenticated. Whoever
//! can write to the database but has no key can destroy a secret, and can't move one to a row where it would be used
//! for somebody else.
//!
//! The blob is `0x01 | algorithm (1) | key id (4) | nonce (24) | ciphertext and tag`. The key id says which data key to
//! try; it lies outside of the ciphertext, and inside of what is authenticated. The cipher's nonce of 192 bits may be
//! drawn at random for as many messages as will ever be written.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::key::Key;

/// Separates this use of a key from every other; it can't change as long as one blob exists.
const LABEL: &[u8] = b"toolbay/v1";
const VERSION: u8 = 0x01;
const XCHACHA20_POLY1305: u8 = 0x01;

/// Bytes at the beginning of a blob that name its key; the statements over sealed columns read as many.
pub(crate) const HEADER_BYTES: usize = 6;
const NONCE_BYTES: usize = 24;

/// Why a blob can't be read or written. Nothing here says what was in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    #[error("an encrypted value is cut short or has an unknown format")]
    Malformed,
    #[error("an encrypted value names data key {0}, which isn't there")]
    UnknownKey(u32),
    #[error("an encrypted value in {0} was changed, moved, or encrypted with another key")]
    Refused(&'static str),
    #[error("the operating system gives no random bytes: {0}")]
    NoChance(#[from] getrandom::Error),
    #[error("a value is too long to be encrypted")]
    TooLong,
}

/// Where an encrypted value lies. The list of sealed columns makes it for every value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) row: Uuid,
}

/// Data keys, as they were at one moment. They decrypt; what encrypts is a [`Sealing`].
pub(crate) struct Keyring {
    keys: BTreeMap<u32, Key>,
}

impl Keyring {
    pub(crate) fn new(keys: BTreeMap<u32, Key>) -> Self {
        Self { keys }
    }

    /// Whether a key is among them.
    pub(crate) fn has(&self, id: u32) -> bool {
        self.keys.contains_key(&id)
    }

    /// Decrypts what lies in a place.
    pub(crate) fn open(&self, location: Location, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        open(self.key(key_id(blob)?)?, location, blob)
    }

    /// Encrypts with one of them.
    pub(crate) fn sealing(self: Arc<Self>, active: u32) -> Result<Sealing, VaultError> {
        self.key(active)?;
        Ok(Sealing { keyring: self, active })
    }

    fn key(&self, id: u32) -> Result<&Key, VaultError> {
        self.keys.get(&id).ok_or(VaultError::UnknownKey(id))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keyring").field("keys", &self.keys.keys()).finish_non_exhaustive()
    }
}

/// The key that encrypts, for as long as a transaction holds it.
#[derive(Debug)]
pub(crate) struct Sealing {
    keyring: Arc<Keyring>,
    active: u32,
}

impl Sealing {
    /// Encrypts a value for its place.
    pub(crate) fn seal(&self, location: Location, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(self.keyring.key(self.active)?, self.active, location, plain)
    }

    /// The key.
    pub(crate) fn key(&self) -> u32 {
        self.active
    }
}

/// Encrypts with a given key.
pub(crate) fn seal(key: &Key, key_id: u32, location: Location, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let [first, second, third, fourth] = key_id.to_be_bytes();
    let header = [VERSION, XCHACHA20_POLY1305, first, second, third, fourth];
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    let ciphertext = XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &associated(location, &header) })
        .map_err(|_| VaultError::TooLong)?;
    Ok([header.as_slice(), &nonce, &ciphertext].concat())
}

/// Decrypts with a given key.
pub(crate) fn open(key: &Key, location: Location, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (header, rest) = blob.split_first_chunk::<HEADER_BYTES>().ok_or(VaultError::Malformed)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Malformed)?;
    if !matches!(header, [VERSION, XCHACHA20_POLY1305, ..]) {
        return Err(VaultError::Malformed);
    }
    XChaCha20Poly1305::new(key.bytes().into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &associated(location, header) })
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Refused(location.table))
}

/// The key that a blob names. Its beginning is enough.
pub(crate) fn key_id(blob: &[u8]) -> Result<u32, VaultError> {
    match blob.first_chunk::<HEADER_BYTES>() {
        Some([VERSION, XCHACHA20_POLY1305, id @ ..]) => Ok(u32::from_be_bytes(*id)),
        _ => Err(VaultError::Malformed),
    }
}

/// Each field with its length before it, so that no two places have the same text.
fn associated(location: Location, header: &[u8; HEADER_BYTES]) -> Vec<u8> {
    let fields: [&[u8]; 5] =
        [LABEL, location.table.as_bytes(), location.column.as_bytes(), location.row.as_bytes(), header];
    let mut bytes = Vec::with_capacity(128);
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keyring() -> Arc<Keyring> {
        let keys = [(1, Key::from_bytes(&[1; 32]).unwrap()), (2, Key::from_bytes(&[2; 32]).unwrap())];
        Arc::new(Keyring::new(keys.into()))
    }

    fn sealing() -> Sealing {
        keyring().sealing(2).unwrap()
    }

    fn location(row: u128) -> Location {
        Location { table: "connections", column: "credential", row: Uuid::from_u128(row) }
    }

    proptest! {
        #[test]
        fn what_is_sealed_can_be_opened_in_its_place_alone(plain: Vec<u8>, row: u128, other: u128) {
            let keyring = keyring();
            let blob = sealing().seal(location(row), &plain).unwrap();
            let opened = keyring.open(location(row), &blob).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            if row != other {
                prop_assert!(keyring.open(location(other), &blob).is_err());
            }
            let (column, table) =
                (Location { column: "name", ..location(row) }, Location { table: "grants", ..location(row) });
            prop_assert!(keyring.open(column, &blob).is_err());
            prop_assert!(keyring.open(table, &blob).is_err());
        }

        #[test]
        fn one_changed_bit_is_found(plain: Vec<u8>, position: prop::sample::Index, bit in 0_u8..8) {
            let mut blob = sealing().seal(location(1), &plain).unwrap();
            let position = position.index(blob.len());
            blob[position] ^= 1 << bit;
            prop_assert!(keyring().open(location(1), &blob).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(blob: Vec<u8>) {
            prop_assert!(keyring().open(location(1), &blob).is_err());
        }
    }

    #[test]
    fn the_format_is_as_documented_and_never_repeats() {
        let sealing = sealing();
        let (first, second) =
            (sealing.seal(location(1), b"x").unwrap(), sealing.seal(location(1), b"x").unwrap());
        assert_eq!(&first[..6], [0x01, 0x01, 0, 0, 0, 2]);
        assert_eq!(first.len(), 6 + 24 + 1 + 16);
        assert_ne!(first[6..30], second[6..30]);
    }

    #[test]
    fn an_older_key_still_opens_and_another_does_not() {
        let keyring = keyring();
        let old = seal(&Key::from_bytes(&[1; 32]).unwrap(), 1, location(1), b"kept").unwrap();
        assert_eq!(keyring.open(location(1), &old).unwrap().as_slice(), b"kept");
        let foreign = seal(&Key::from_bytes(&[9; 32]).unwrap(), 1, location(1), b"kept").unwrap();
        assert!(matches!(keyring.open(location(1), &foreign), Err(VaultError::Refused("connections"))));
        let unknown = seal(&Key::from_bytes(&[9; 32]).unwrap(), 7, location(1), b"kept").unwrap();
        assert!(matches!(keyring.open(location(1), &unknown), Err(VaultError::UnknownKey(7))));
        assert!(matches!(keyring.sealing(7), Err(VaultError::UnknownKey(7))));
    }
}
