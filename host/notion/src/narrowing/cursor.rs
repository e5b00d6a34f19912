//! Cursors that tell nothing.
//!
//! Notion's cursors can be the ids of what comes next, which may be outside. Somebody who is narrowed gets them encrypted,
//! with a key that is made of the connection's credential: every process of a host has it, and no caller.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use toolbay_kernel::{Code, Problem};

use crate::request::NotionRequest;

const NONCE_BYTES: usize = 24;

/// Longest cursor that is taken, in bytes.
const MAX_CURSOR: usize = 2_048;

/// Closes cursors and opens them.
pub(super) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(super) fn of(credential: &SecretString) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"toolbay narrowed cursor\0");
        digest.update(credential.expose_secret().as_bytes());
        let key: [u8; 32] = digest.finalize().into();
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// The cursor as a caller gets it; none when there is no chance to be had.
    pub(super) fn closed(&self, cursor: &str) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).ok()?;
        let hidden = self.0.encrypt(&XNonce::from(nonce), cursor.as_bytes()).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &hidden].concat()))
    }

    fn open(&self, closed: &str) -> Option<String> {
        if closed.len() > MAX_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(closed).ok()?;
        let (nonce, hidden) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let cursor = self.0.decrypt(&XNonce::from(nonce), hidden).ok()?;
        String::from_utf8(cursor).ok()
    }
}

/// The request with Notion's own cursor in the place of a closed one.
pub(super) fn opened(request: &NotionRequest, seal: &Seal) -> Result<NotionRequest, Problem> {
    let mut request = request.clone();
    let open = |closed: &str| {
        seal.open(closed).ok_or_else(|| {
            Problem::new(
                Code::InvalidInput,
                "the start_cursor is none that this connection's lists have given",
            )
            .hint("a cursor is only good for the list that gave it; begin again without one")
        })
    };
    for (_, value) in request.query.iter_mut().filter(|(name, _)| name == "start_cursor") {
        *value = open(value)?;
    }
    if let Some(Value::String(cursor)) = request.body.as_mut().and_then(|body| body.get_mut("start_cursor")) {
        *cursor = open(cursor)?;
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(credential: &str) -> Seal {
        Seal::of(&SecretString::from(credential.to_owned()))
    }

    #[test]
    fn a_cursor_is_opened_with_the_same_credential_alone() {
        let closed = seal("one").closed("59833787-2cf9-4fdf-8782-e53db20768a5").unwrap();
        assert!(!closed.contains("5983"));
        assert!(closed.len() < 200);
        assert_eq!(seal("one").open(&closed).unwrap(), "59833787-2cf9-4fdf-8782-e53db20768a5");
        assert_ne!(seal("one").closed("x"), seal("one").closed("x"));
        assert_eq!(seal("two").open(&closed), None);
        for other in ["", "x", "59833787-2cf9-4fdf-8782-e53db20768a5", &closed[1..], &"A".repeat(5_000)] {
            assert_eq!(seal("one").open(other), None, "{other}");
        }
    }
}
