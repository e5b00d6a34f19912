//! What a client sends to a chat.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use toolbay_kernel::chat::Said;
use toolbay_kernel::{ConversationId, ToolName};

use crate::envelope::Refusal;

/// The body of a request. A member that isn't known is refused: what is ignored is misunderstood.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChatBody {
    pub(super) conversation_id: Option<ConversationId>,
    message: Option<String>,
    approve: Option<String>,
    decline: Option<String>,
    pub(super) tools: Option<BTreeSet<ToolName>>,
    pub(super) profile: Option<String>,
    pub(super) stream: Option<bool>,
}

impl ChatBody {
    /// Reads one.
    pub(super) fn read(body: Value) -> Result<Self, Refusal> {
        serde_json::from_value(body).map_err(|error| {
            Refusal::invalid(format!("The body is no message to a chat: {error}."))
                .hint("Send {\"message\": \"...\"}, and the `conversation_id` of one that goes on.")
        })
    }

    /// The one thing that is said.
    pub(super) fn said(&self) -> Result<Said, Refusal> {
        match (&self.message, &self.approve, &self.decline) {
            (Some(message), None, None) => Ok(Said::Message(message.clone())),
            (None, Some(id), None) => Ok(Said::Approve(id.clone())),
            (None, None, Some(id)) => Ok(Said::Decline(id.clone())),
            _ => Err(Refusal::invalid("A request says one thing: `message`, `approve` or `decline`.")
                .hint("Send one of them; `approve` and `decline` take the id of a question.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_says_exactly_one_thing() {
        let said = |body: Value| ChatBody::read(body).unwrap().said();
        assert_eq!(said(json!({"message": "hello"})).unwrap(), Said::Message("hello".into()));
        assert_eq!(said(json!({"approve": "x", "stream": true})).unwrap(), Said::Approve("x".into()));
        assert_eq!(said(json!({"decline": "x"})).unwrap(), Said::Decline("x".into()));
        for bad in
            [json!({}), json!({"message": "a", "approve": "b"}), json!({"approve": "a", "decline": "b"})]
        {
            assert!(said(bad).is_err());
        }
        for bad in [
            json!([]),
            json!({"mesage": "x"}),
            json!({"message": 7}),
            json!({"message": "x", "tools": ["No"]}),
        ] {
            assert!(ChatBody::read(bad).is_err());
        }
    }
}
