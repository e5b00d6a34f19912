//! What a client or browser shows, and whether it is what was promised. Every comparison takes the same time wherever the
//! first difference is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use toolbay_kernel::nonce::NonceDigest;

/// Characters of a challenge: SHA-256 in base64url without padding (RFC 7636, 4.2).
const CHALLENGE: usize = 43;

/// Bounds of a verifier in characters (RFC 7636, 4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// Whether a text can be a challenge of the method S256.
pub(crate) fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether a verifier is the one that a challenge was made from.
pub(crate) fn is_verified(challenge: &str, verifier: &SecretString) -> bool {
    let text = verifier.expose_secret();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_verifier = VERIFIER.contains(&text.len()) && text.bytes().all(is_letter);
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    is_verifier & bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}

/// The digest of a client's secret.
pub(crate) fn digest_of(secret: &SecretString) -> NonceDigest {
    NonceDigest(Sha256::digest(secret.expose_secret().as_bytes()).into())
}

/// Whether a secret is the one of which this digest is kept.
pub(crate) fn is_secret(kept: &NonceDigest, shown: &SecretString) -> bool {
    kept.0.ct_eq(&digest_of(shown).0).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_standard_is_verified() {
        // RFC 7636, appendix B.
        let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge) && is_verified(challenge, &verifier));
        assert!(!is_verified(challenge, &SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")));
        // A challenge is no verifier: the method `plain` isn't there.
        assert!(!is_verified(challenge, &SecretString::from(challenge)));
    }

    proptest! {
        #[test]
        fn another_verifier_is_refused(one in "[a-zA-Z0-9._~-]{43,128}", other in "[a-zA-Z0-9._~-]{0,140}") {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(one.as_bytes()));
            prop_assert!(is_verified(&challenge, &SecretString::from(one.clone())));
            prop_assert_eq!(is_verified(&challenge, &SecretString::from(other.clone())), one == other);
        }
    }
}
