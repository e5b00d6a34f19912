//! The chat, where the operator has set one up.

use std::sync::Arc;

use toolbay_kernel::{Chat, Code, Problem};

use crate::Gateway;
use crate::envelope::Refusal;

/// The chat, where there is one.
pub(super) fn chat_of(gateway: &Gateway) -> Result<Arc<dyn Chat>, Refusal> {
    gateway.chat.clone().ok_or_else(|| {
        Problem::new(Code::NotFound, "There is no chat on this host.")
            .hint("The operator sets OPENROUTER_API_KEY, or `[chat]` in toolbay.toml.")
            .into()
    })
}
