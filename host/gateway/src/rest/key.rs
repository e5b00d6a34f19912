//! The header of a call's idempotency key.

use http::{HeaderMap, HeaderName};
use toolbay_kernel::run::IdempotencyKey;

use crate::envelope::Refusal;

/// The header of a call's idempotency key; draft 07 of the IETF's `Idempotency-Key`.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Refuses an idempotency key where it means nothing: what is ignored is misunderstood.
pub(crate) fn refuse(headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        return Ok(());
    }
    Err(Refusal::invalid("A chat takes no `Idempotency-Key`; nothing was done.")
        .hint("Leave the header out. What was said and done is in GET /v1/chat/conversations/{id}."))
}

/// The key that the header has, if there is one.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(IdempotencyKey::of_header(text)?)),
            Err(_) => Err(Refusal::invalid("`Idempotency-Key` has other characters than those of ASCII")
                .hint("send 1 to 255 visible ASCII characters, such as a UUID")),
        },
        (Some(_), Some(_)) => {
            Err(Refusal::invalid("`Idempotency-Key` is there twice").hint("send it once; nothing was done"))
        }
    }
}
