//! Signed notes (`c2sp.org/signed-note`) with Ed25519, as the tools of transparency logs read and write them.
//!
//! A note is a text that ends with a line feed, an empty line, and a line for each signature: an em dash, the signer's name, and
//! base64 of four bytes that tell keys of one name apart, then the signature.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Ed25519, among the kinds of signatures that notes may have.
const ED25519: u8 = 0x01;

/// What a line with a signature begins with.
const SIGNED_BY: &str = "\u{2014} ";

/// Bytes that tell keys of one name apart.
const KEY_HASH_BYTES: usize = 4;

/// Largest note that is read, in bytes; a checkpoint has a few hundred.
const MAX_NOTE: usize = 64 * 1024;

/// The key that signs a log's checkpoints, with the log's name.
pub struct LogKey {
    name: String,
    key: SigningKey,
}

/// The public half, with the log's name: what checkpoints are verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// Why a text is no public key of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it isn't of the form NAME+HASH+KEY")]
    Form,
    #[error("a log's name is a text without spaces and `+`")]
    Name,
    #[error("it isn't a key of Ed25519")]
    Kind,
    #[error("its hash isn't that of its name and key: it was cut or changed")]
    Hash,
}

/// Why a note isn't what a log has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("it isn't a signed note")]
    Form,
    #[error("it isn't signed with this key")]
    Unsigned,
    #[error("its signature is wrong: it was changed, or made with another key")]
    Forged,
}

impl LogKey {
    /// The key of a seed.
    ///
    /// # Errors
    ///
    /// When the name can't be one.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// Signs a text, which must end with a line feed.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signed = [self.verifier().hash().as_slice(), &signature].concat();
        format!("{text}\n{SIGNED_BY}{} {}\n", self.name, STANDARD.encode(signed))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl VerifierKey {
    /// The log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key has signed. Signatures of others are passed over.
    ///
    /// # Errors
    ///
    /// When it isn't a note, or this key has not signed it.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::Form);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, signatures) = note.split_at_checked(end + 1).ok_or(NoteError::Form)?;
        let lines = signatures.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let mut is_signed = false;
        for line in lines.ok_or(NoteError::Form)?.split('\n') {
            let signed = line.strip_prefix(SIGNED_BY).and_then(|line| line.split_once(' '));
            let (name, signed) = signed.ok_or(NoteError::Form)?;
            let signed = STANDARD.decode(signed).map_err(|_| NoteError::Form)?;
            let (hash, signature) = signed.split_first_chunk().ok_or(NoteError::Form)?;
            if name != self.name || *hash != self.hash() {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| NoteError::Form)?;
            // Strict: no two signatures of one text pass that differ.
            self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::Forged)?;
            is_signed = true;
        }
        if is_signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }

    fn hash(&self) -> [u8; KEY_HASH_BYTES] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(formatter, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.hash()), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // Base64 may have a plus too; a name may not.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        check_name(name)?;
        let key = STANDARD.decode(key).map_err(|_| KeyError::Form)?;
        let Some((&ED25519, key)) = key.split_first() else { return Err(KeyError::Kind) };
        let key = <&[u8; 32]>::try_from(key).map_err(|_| KeyError::Kind)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError::Kind)?;
        let verifier = Self { name: name.to_owned(), key };
        if format!("{:08x}", u32::from_be_bytes(verifier.hash())) != hash {
            return Err(KeyError::Hash);
        }
        Ok(verifier)
    }
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let is_bad = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    if name.is_empty() || name.contains(is_bad) { Err(KeyError::Name) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> LogKey {
        LogKey::new("toolbay/test", &[7; 32]).unwrap()
    }

    #[test]
    fn a_key_reads_as_it_is_written_and_a_changed_one_is_refused() {
        let verifier = key().verifier();
        let text = verifier.to_string();
        assert!(text.starts_with("toolbay/test+"), "{text}");
        assert_eq!(text.parse::<VerifierKey>().unwrap(), verifier);
        assert_eq!(format!(" {text}\n").parse::<VerifierKey>().unwrap(), verifier);
        assert_eq!(text.replacen("test", "tesu", 1).parse::<VerifierKey>(), Err(KeyError::Hash));
        assert_eq!("toolbay/test".parse::<VerifierKey>(), Err(KeyError::Form));
        assert_eq!("a b+00000000+AA==".parse::<VerifierKey>(), Err(KeyError::Name));
        assert_eq!("a+00000000+AA==".parse::<VerifierKey>(), Err(KeyError::Kind));
        assert!(LogKey::new("a+b", &[0; 32]).is_err());
        assert!(!format!("{:?}", key()).contains('7'), "the seed is in no log");
    }

    /// The example of Go's package `golang.org/x/mod/sumdb/note`.
    #[test]
    fn a_note_of_others_is_read() {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let signature =
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let verifier: VerifierKey = key.parse().unwrap();
        assert_eq!(verifier.to_string(), key);
        let note = format!("{text}\n\u{2014} PeterNeumann {signature}\n");
        assert_eq!(verifier.open(&note), Ok(text));
    }

    #[test]
    fn a_note_is_opened_by_its_signer_alone() {
        let (own, other) = (key(), LogKey::new("toolbay/test", &[8; 32]).unwrap());
        let note = own.sign("text\n");
        assert_eq!(own.verifier().open(&note), Ok("text\n"));
        assert_eq!(other.verifier().open(&note), Err(NoteError::Unsigned));
        let of_both = format!("{note}{}", other.sign("text\n").strip_prefix("text\n\n").unwrap());
        assert_eq!(own.verifier().open(&of_both), Ok("text\n"));
        assert_eq!(other.verifier().open(&of_both), Ok("text\n"));
        assert_eq!(own.verifier().open(&note.replacen("text", "test", 1)), Err(NoteError::Forged));
        for bad in ["", "text\n", "text\n\n", "text\n\nsigned\n", "\n\n\u{2014} a b\n", note.trim_end()] {
            assert_eq!(own.verifier().open(bad), Err(NoteError::Form), "{bad}");
        }
    }

    proptest! {
        // Signatures take their time.
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn no_text_makes_it_panic(note: String, text: String) {
            prop_assert!(key().verifier().open(&note).is_err());
            let _ = text.parse::<VerifierKey>();
        }

        #[test]
        fn what_is_signed_is_opened_and_a_changed_bit_is_found(
            lines in prop::collection::vec("[^\n\r]{0,12}", 1..5), at in any::<prop::sample::Index>(), bit in 0_u8..8
        ) {
            let text = format!("{}\n", lines.join("\n"));
            let note = key().sign(&text);
            prop_assert_eq!(key().verifier().open(&note), Ok(text.as_str()));
            let mut bytes = note.clone().into_bytes();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert!(key().verifier().open(&changed).is_err());
            }
        }
    }
}
