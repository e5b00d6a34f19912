//! Random texts that nobody can guess, and the digests that are kept of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::problem::{Code, Problem};

/// Random bytes in a nonce; 256 bits can't be guessed.
const BYTES: usize = 32;

/// Characters of 32 bytes in base64url without padding.
const CHARACTERS: usize = 43;

/// SHA-256 of a nonce: what is stored and compared instead of it. A nonce has 256 random bits, so that its digest says
/// nothing, and no one can aim at a digest by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NonceDigest(pub [u8; 32]);

/// A new nonce, in letters that a URL and a cookie can have, and its digest.
///
/// # Errors
///
/// `unavailable` when the operating system gives no random bytes.
pub fn generate() -> Result<(SecretString, NonceDigest), Problem> {
    let mut bytes = Zeroizing::new([0_u8; BYTES]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| {
        tracing::error!(%error, "nonce.no_random_bytes");
        Problem::new(Code::Unavailable, "the host has no random numbers at the moment")
    })?;
    let text = URL_SAFE_NO_PAD.encode(bytes.as_slice());
    let digest = digest_of(&text);
    Ok((SecretString::from(text), digest))
}

/// The digest of what may be a nonce; none for a text that [`generate`] can't have made.
#[must_use]
pub fn digest(nonce: &SecretString) -> Option<NonceDigest> {
    let text = nonce.expose_secret();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_nonce = text.len() == CHARACTERS && text.bytes().all(is_letter);
    is_nonce.then(|| digest_of(text))
}

fn digest_of(text: &str) -> NonceDigest {
    NonceDigest(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_new_each_time_and_has_a_digest() {
        let ((one, kept), (other, other_kept)) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_ne!(kept, other_kept);
        assert_eq!((digest(&one), digest(&other)), (Some(kept), Some(other_kept)));
        for other in ["", "short", &"x".repeat(44), &format!("{} ", "x".repeat(42))] {
            assert_eq!(digest(&SecretString::from(other)), None, "{other}");
        }
    }
}
