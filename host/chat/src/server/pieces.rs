//! A reply, put together of its pieces.

use serde_json::Value;

use super::completion::{
    Completion, MAX_ARGUMENTS, MAX_CALLS, MAX_NAME, MAX_REASONING, MAX_TEXT, Said, SaidCall, Usage, too_large,
};
use crate::model::{AskedCall, ModelError, Reply};

/// What has come of a reply.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    reply: Reply,
    /// The number of each call of the reply, as its server counts.
    indices: Vec<u64>,
    argument_bytes: usize,
    reasoning: Vec<Value>,
    reasoning_bytes: usize,
    is_finished: bool,
}

impl Pieces {
    /// The reply of an answer that came whole.
    pub(super) fn of_whole(completion: Completion) -> Result<Reply, ModelError> {
        let Completion { choices, usage, .. } = completion;
        let Some(choice) = choices.into_iter().next() else { return Err(ModelError::Garbage) };
        let mut pieces = Self::default();
        pieces.counted(&usage);
        pieces.add(choice.message, choice.finish_reason)?;
        pieces.into_reply()
    }

    /// Whether the server gave a reason to end.
    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Takes the tokens, where they are counted; the last count is the whole one.
    pub(super) fn counted(&mut self, usage: &Usage) {
        self.reply.tokens = usage.total().or(self.reply.tokens);
    }

    /// Adds a piece.
    pub(super) fn add(&mut self, said: Said, finish: Option<String>) -> Result<(), ModelError> {
        if let Some(text) = said.content {
            if self.reply.text.len() + text.len() > MAX_TEXT {
                return Err(too_large());
            }
            self.reply.text.push_str(&text);
        }
        for call in said.tool_calls {
            self.add_call(call)?;
        }
        if let Some(reasoning) = said.reasoning_details {
            self.reasoning_bytes += reasoning.to_string().len();
            match reasoning {
                Value::Array(parts) => self.reasoning.extend(parts),
                Value::Null => {}
                other => self.reasoning.push(other),
            }
        }
        match finish.as_deref() {
            None => {}
            Some("length") => (self.reply.is_cut_off, self.is_finished) = (true, true),
            Some("error") => return Err(ModelError::Reported),
            Some(_) => self.is_finished = true,
        }
        Ok(())
    }

    /// Adds a call, or a piece of the one with the same number. A piece without one belongs to the last call, unless it has an id of its own.
    fn add_call(&mut self, said: SaidCall) -> Result<(), ModelError> {
        let last = self.reply.calls.last();
        let is_new = match said.index {
            Some(index) => !self.indices.contains(&index),
            None => last.is_none_or(|last| said.id.as_ref().is_some_and(|id| *id != last.id)),
        };
        let index = match said.index {
            Some(index) => index,
            None if is_new => self.indices.iter().max().map_or(0, |last| last.saturating_add(1)),
            None => self.indices.last().copied().unwrap_or(0),
        };
        if is_new {
            if self.reply.calls.len() >= MAX_CALLS {
                return Err(ModelError::Garbage);
            }
            self.indices.push(index);
            self.reply.calls.push(AskedCall::default());
        }
        let at = self.indices.iter().position(|known| *known == index);
        let Some(call) = at.and_then(|at| self.reply.calls.get_mut(at)) else {
            return Err(ModelError::Garbage);
        };
        if let Some(id) = said.id.filter(|_| call.id.is_empty()) {
            call.id = id;
        }
        if let Some(name) = said.function.name
            // Some servers say the whole name again with each piece.
            && call.name != name
        {
            // The name of one that is too long is kept long enough to be seen as that.
            let room = (MAX_NAME + 1).saturating_sub(call.name.len());
            call.name.extend(name.chars().take(room));
        }
        let arguments = match said.function.arguments {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(object) => object.to_string(),
        };
        self.argument_bytes += arguments.len();
        if self.argument_bytes > MAX_ARGUMENTS {
            return Err(too_large());
        }
        call.arguments.push_str(&arguments);
        Ok(())
    }

    /// The reply, once all of it has come.
    pub(super) fn into_reply(self) -> Result<Reply, ModelError> {
        let Self { mut reply, reasoning, reasoning_bytes, .. } = self;
        if reply.text.trim().is_empty() && reply.calls.is_empty() && !reply.is_cut_off {
            return Err(ModelError::Garbage);
        }
        // What is cut can't be sent back as it was, so too much of it isn't sent back at all.
        if !reasoning.is_empty() && reasoning_bytes <= MAX_REASONING {
            reply.reasoning = Some(Value::Array(reasoning));
        }
        // A call whose arguments end in the middle is not what the model wanted.
        if reply.is_cut_off {
            reply.calls.clear();
        }
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply_of(pieces: &[Value]) -> Result<Reply, ModelError> {
        let mut collected = Pieces::default();
        for piece in pieces {
            let completion = Completion::read(piece.to_string().as_bytes())?;
            collected.counted(&completion.usage);
            let choice = completion.choices.into_iter().next().unwrap_or_default();
            collected.add(choice.delta, choice.finish_reason)?;
        }
        collected.into_reply()
    }

    fn delta(delta: Value) -> Value {
        json!({"choices": [{"delta": delta}]})
    }

    fn call(id: &str, name: &str, arguments: &str) -> AskedCall {
        AskedCall { id: id.into(), name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn calls_are_put_together_by_their_numbers_whatever_a_piece_leaves_out() {
        let reply = reply_of(&[
            delta(json!({"role": "assistant", "content": null, "tool_calls": [{"index": 0, "id": "a", "function": {"name": "echo"}}]})),
            delta(json!({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "fail", "arguments": ""}}]})),
            delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"te"}}]})),
            delta(json!({"tool_calls": [{"index": 0, "function": {"name": "echo", "arguments": "xt\":1}"}}]})),
            delta(json!({"content": "so"})),
            json!({"choices": [], "usage": {}}),
            json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}], "usage": {"total_tokens": 9}}),
        ])
        .unwrap();
        assert_eq!(reply.calls, [call("a", "echo", "{\"text\":1}"), call("b", "fail", "")]);
        assert_eq!((reply.text.as_str(), reply.tokens), ("so", Some(9)));
    }

    #[test]
    fn calls_without_numbers_are_told_apart_by_their_ids() {
        let one = |id: &str| json!({"id": id, "function": {"name": "echo", "arguments": {"text": id}}});
        let reply = reply_of(&[delta(json!({"tool_calls": [one("a"), one("b")]}))]).unwrap();
        assert_eq!(
            reply.calls,
            [call("a", "echo", "{\"text\":\"a\"}"), call("b", "echo", "{\"text\":\"b\"}")]
        );
    }

    #[test]
    fn what_is_no_reply_is_refused_and_everything_is_bounded() {
        for bad in
            [json!([]), json!("x"), json!({"choices": 7}), json!({"choices": [{"delta": {"content": 7}}]})]
        {
            assert!(matches!(reply_of(std::slice::from_ref(&bad)), Err(ModelError::Garbage)), "{bad}");
        }
        for blank in ["", " \n"] {
            let said = [delta(json!({"content": blank}))];
            assert!(matches!(reply_of(&said), Err(ModelError::Garbage)), "it says nothing");
        }
        let long = "a".repeat(MAX_NAME);
        let named = |name: &str| delta(json!({"tool_calls": [{"index": 0, "function": {"name": name}}]}));
        let reply = reply_of(&[named("trash"), named(&long), named("x")]).unwrap();
        assert!(reply.calls[0].name.len() > MAX_NAME, "what is too long is no shorter name");
        assert!(matches!(reply_of(&[json!({"error": {"code": 502}})]), Err(ModelError::Reported)));
        let long = "x".repeat(MAX_TEXT);
        let too_long = [delta(json!({"content": long})), delta(json!({"content": "x"}))];
        assert!(matches!(reply_of(&too_long), Err(ModelError::TooLarge(_))));
        let calls: Vec<Value> = (0..=MAX_CALLS).map(|index| json!({"index": index})).collect();
        assert!(matches!(reply_of(&[delta(json!({"tool_calls": calls}))]), Err(ModelError::Garbage)));
    }

    #[test]
    fn a_reply_that_was_cut_off_asks_for_no_call() {
        let cut = json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "trash", "arguments": "{}"}}]}, "finish_reason": "length"}]});
        let reply = reply_of(&[cut]).unwrap();
        assert!(reply.is_cut_off && reply.calls.is_empty());
    }

    #[test]
    fn reasoning_is_kept_as_it_was_unless_there_is_too_much_of_it() {
        let part = |text: &str| delta(json!({"content": "x", "reasoning_details": [{"text": text}]}));
        let reply = reply_of(&[part("a"), part("b")]).unwrap();
        assert_eq!(reply.reasoning, Some(json!([{"text": "a"}, {"text": "b"}])));
        assert_eq!(reply_of(&[part(&"x".repeat(MAX_REASONING))]).unwrap().reasoning, None);
    }
}
