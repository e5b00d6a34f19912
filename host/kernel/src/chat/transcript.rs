//! What is kept of a conversation.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::grounds::Grounds;
use crate::access::Access;
use crate::id::{CallId, ConnectionId};
use crate::name::ToolName;

/// A conversation, as far as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The oldest first. It begins with something that the person said.
    pub entries: Vec<Entry>,
    /// Whether a tool has ever answered in it. It stays so when the answer itself has been left behind: what the model said after
    /// it may come from it.
    pub has_read: bool,
    /// What the person is asked about; the call is the first of the last entry of the model that has no result.
    pub question: Option<Question>,
    /// What the question stands on.
    #[serde(default)]
    pub grounds: Option<Grounds>,
    /// How many calls the model has asked for, by which they are told apart.
    pub calls: u64,
}

/// One thing that was said or done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Entry {
    /// The person said something.
    Person {
        text: String,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The model said something, or asked for calls.
    Model {
        text: String,
        calls: Vec<ModelCall>,
        /// Whether a tool had answered in this conversation before the model said it.
        has_read: bool,
        /// What the model's server wants back as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reasoning: Option<Value>,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// What came of a call.
    Tool {
        /// The call of the model that it answers.
        call: String,
        tool: String,
        server: String,
        result: String,
        /// How many bytes it has in all, where only the first of them are kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut_of: Option<usize>,
        is_error: bool,
        /// What the result is marked with in the prompt: nobody could know it when the result was written. None for the host's own words.
        mark: Option<String>,
        request_id: Option<CallId>,
    },
}

/// A call that a model asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCall {
    /// The host's id for it, unique in the conversation.
    pub id: String,
    pub tool: String,
    /// As the model wrote them: they may be anything.
    pub arguments: String,
}

/// What a person is asked about before it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Random, so that nobody answers a question that they haven't seen.
    pub id: String,
    pub tool: ToolName,
    pub server: String,
    /// Exactly what is done when the person approves.
    pub arguments: Value,
    /// The connection on which it is done; none for a tool that works on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<AskedConnection>,
    /// The strongest thing that the tool may do for this person. One of which only its server says that it reads counts as writing.
    pub access: Access,
    /// Until when it can be approved.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// The connection of a call that is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedConnection {
    pub id: ConnectionId,
    /// As its owner calls it.
    pub name: String,
}

impl Transcript {
    /// The first call that the model asked for last and that has no result; none when the model is to be asked next.
    #[must_use]
    pub fn open_call(&self) -> Option<(&ModelCall, bool)> {
        let mut answered = Vec::new();
        for entry in self.entries.iter().rev() {
            match entry {
                Entry::Tool { call, .. } => answered.push(call),
                Entry::Model { calls, has_read, .. } => {
                    let open = calls.iter().find(|call| !answered.contains(&&call.id));
                    return open.map(|call| (call, *has_read));
                }
                Entry::Person { .. } => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_call_is_the_first_without_a_result() {
        let call = |id: &str| ModelCall { id: id.to_owned(), tool: "x".into(), arguments: "{}".into() };
        let at = OffsetDateTime::UNIX_EPOCH;
        let result = |call: &str| Entry::Tool {
            call: call.to_owned(),
            tool: "x".into(),
            server: "y".into(),
            result: String::new(),
            cut_of: None,
            is_error: false,
            mark: None,
            request_id: None,
        };
        let mut transcript = Transcript::default();
        assert_eq!(transcript.open_call(), None);
        transcript.entries.push(Entry::Person { text: "do it".into(), at });
        assert_eq!(transcript.open_call(), None);
        let calls = vec![call("1"), call("2")];
        transcript.entries.push(Entry::Model {
            text: String::new(),
            calls,
            has_read: true,
            reasoning: None,
            at,
        });
        assert_eq!(
            transcript.open_call().map(|(call, has_read)| (call.id.as_str(), has_read)),
            Some(("1", true))
        );
        transcript.entries.push(result("1"));
        assert_eq!(transcript.open_call().map(|(call, _)| call.id.as_str()), Some("2"));
        transcript.entries.push(result("2"));
        assert_eq!(transcript.open_call(), None);
    }
}
