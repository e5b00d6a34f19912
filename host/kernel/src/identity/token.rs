//! The form of OAuth's tokens: a prefix that says what it is, and 256 random bits.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::nonce::{self, NonceDigest};
use crate::problem::Problem;

/// What an access token begins with: secret scanners find a leaked one by it.
const ACCESS_PREFIX: &str = "tba_";

/// What a refresh token begins with.
const REFRESH_PREFIX: &str = "tbr_";

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// For calls.
    Access,
    /// For a new pair, once.
    Refresh,
}

impl TokenKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Access => ACCESS_PREFIX,
            Self::Refresh => REFRESH_PREFIX,
        }
    }

    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// A new token, and the digest that is kept of it.
    ///
    /// # Errors
    ///
    /// `unavailable` when the operating system gives no random bytes.
    pub fn generate(self) -> Result<(SecretString, NonceDigest), Problem> {
        let (random, _) = nonce::generate()?;
        let text = format!("{}{}", self.prefix(), random.expose_secret());
        let digest = digest_of(&text);
        Ok((SecretString::from(text), digest))
    }

    /// The digest of what may be such a token; none for a text that [`generate`](Self::generate) can't have made.
    #[must_use]
    pub fn digest(self, token: &SecretString) -> Option<NonceDigest> {
        let text = token.expose_secret();
        let random = text.strip_prefix(self.prefix())?;
        nonce::digest(&SecretString::from(random)).map(|_| digest_of(text))
    }
}

fn digest_of(text: &str) -> NonceDigest {
    NonceDigest(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_kind_alone() {
        let (token, digest) = TokenKind::Access.generate().unwrap();
        assert!(token.expose_secret().starts_with("tba_"));
        assert_eq!(TokenKind::Access.digest(&token), Some(digest));
        assert_eq!(TokenKind::Refresh.digest(&token), None);
        for other in ["", "tba_", "tba_short", &format!("tba_{}", "x".repeat(44)), "tb_x"] {
            assert_eq!(TokenKind::Access.digest(&SecretString::from(other)), None, "{other}");
        }
    }
}
