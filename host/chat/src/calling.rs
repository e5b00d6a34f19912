//! A call that the model asks for, through the door.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::arguments::IDEMPOTENCY_KEY;
use toolbay_kernel::chat::{AskedConnection, ChatEvent, Entry, Grounds, ModelCall, Question, ToldCall};
use toolbay_kernel::json::parse;
use toolbay_kernel::traces::Attribute;
use toolbay_kernel::{
    Answer, CallId, Content, Dispatcher, HeldAt, Invocation, Principal, Problem, Surface, Tool, ToolName,
    nonce,
};

use crate::offered::Offered;
use crate::settings::ChatSettings;

/// Letters of a mark: 96 random bits.
const MARK_LETTERS: usize = 16;

/// Letters of what is wrong with arguments.
const MAX_WHY: usize = 120;

/// Makes calls for one turn.
pub(crate) struct Calling<'a> {
    pub(crate) dispatcher: &'a Dispatcher,
    pub(crate) principal: &'a Arc<Principal>,
    pub(crate) settings: &'a ChatSettings,
    pub(crate) offered: &'a Offered,
    /// The tools that the person named, if they did.
    pub(crate) named: Option<&'a BTreeSet<ToolName>>,
    pub(crate) events: Option<&'a mpsc::Sender<ChatEvent>>,
    pub(crate) cancel: &'a CancellationToken,
    /// When the turn's time is over.
    pub(crate) deadline: Instant,
}

/// What becomes of a call that the model asked for.
pub(crate) enum Called {
    /// It was made, or refused: the result, and what the person is told of it.
    Done(Entry, ToldCall),
    /// Nothing was changed: the person is asked first.
    Held(Question, Grounds),
}

/// What the person is asked about, or has approved.
pub(crate) struct Wanted {
    pub(crate) tool: Arc<Tool>,
    pub(crate) arguments: Value,
}

impl Calling<'_> {
    /// Makes a call that the model asked for, with its first try held to reading where the person is asked before more.
    ///
    /// # Errors
    ///
    /// `unavailable` when the system has no random numbers.
    pub(crate) async fn make(&self, call: &ModelCall, asks_first: bool) -> Result<Called, Problem> {
        match self.wanted(call) {
            Ok(wanted) => self.send(call, &wanted, asks_first).await,
            Err(words) => Ok(self.told_by_host(call, words).await),
        }
    }

    /// Makes a call through the door.
    ///
    /// # Errors
    ///
    /// As [`Calling::make`].
    pub(crate) async fn send(
        &self,
        call: &ModelCall,
        wanted: &Wanted,
        asks_first: bool,
    ) -> Result<Called, Problem> {
        let Wanted { tool, arguments } = wanted;
        let (name, server) = (tool.name().to_string(), tool.provider.name().to_owned());
        let begun =
            ChatEvent::CallBegun { tool: name.clone(), server: server.clone(), arguments: arguments.clone() };
        self.tell(begun).await;
        if Instant::now() >= self.deadline {
            let words = "Nothing was done: the time of the turn was over.".to_owned();
            return Ok(self.told_by_host(call, words).await);
        }
        // Made before the call: nothing after it may fail, so that what was done is kept.
        let mark = mark()?;
        let principal = Arc::clone(self.principal);
        let mut invocation = Invocation::new(name.clone(), arguments.clone(), principal, Surface::Chat);
        invocation.asks_first = asks_first;
        let mut span = self.dispatcher.traces().enter(Surface::Chat, None, || "chat".to_owned());
        invocation.trace = span.within();
        invocation.cancel = self.cancel.child_token();
        let stop = invocation.cancel.clone();
        let mut calling = std::pin::pin!(self.dispatcher.call(invocation));
        let outcome = tokio::select! {
            biased;
            outcome = &mut calling => outcome,
            () = tokio::time::sleep_until(self.deadline) => {
                // It stops before its next effect; what is on its way comes to its end, within the call's own time.
                stop.cancel();
                calling.await
            }
        };
        span.say(Attribute::RequestId, outcome.call.to_string());
        span.end(outcome.result.as_ref().map(drop).map_err(|problem| problem.code));
        if let Some(held) = outcome.held {
            return self.question(wanted, held);
        }
        let is_error = outcome.result.is_err();
        let (result, cut_of) = cut(said(&outcome.result), self.settings.max_result_bytes);
        let told = told(&name, &server, arguments.clone(), result, is_error, Some(outcome.call));
        Ok(self.done(call, told, Some(mark), cut_of).await)
    }

    /// The result of a call that wasn't made, in the host's words.
    pub(crate) async fn told_by_host(&self, call: &ModelCall, words: String) -> Called {
        let name: String = call.tool.chars().take(80).collect();
        let server = self.offered.get(&call.tool).map(|tool| tool.provider.name()).unwrap_or_default();
        // As the model wrote them, where they are JSON at all.
        let arguments = parse(call.arguments.as_bytes()).unwrap_or_else(|_| call.arguments.clone().into());
        let told = told(&name, server, arguments, words, true, None);
        self.done(call, told, None, None).await
    }

    async fn done(
        &self,
        call: &ModelCall,
        mut told: ToldCall,
        mark: Option<String>,
        cut_of: Option<usize>,
    ) -> Called {
        let entry = Entry::Tool {
            call: call.id.clone(),
            tool: told.tool.clone(),
            server: told.server.clone(),
            result: told.result.clone(),
            cut_of,
            is_error: told.is_error,
            mark,
            request_id: told.request_id,
        };
        if let Some(all) = cut_of {
            told.result = format!("{}\n… {}", told.result, what_is_missing(told.result.len(), all));
        }
        self.tell(ChatEvent::CallEnded(told.clone())).await;
        Called::Done(entry, told)
    }

    /// The tool and the arguments that the model means, or what is wrong with them.
    fn wanted(&self, call: &ModelCall) -> Result<Wanted, String> {
        let Some(tool) = self.offered.get(&call.tool) else {
            let name: String = call.tool.chars().take(80).collect();
            let names = self.offered.names().join(", ");
            return Err(format!("There is no tool `{name}`. There are: {names}."));
        };
        let tool = Arc::clone(tool);
        let written = call.arguments.trim();
        let arguments = if written.is_empty() {
            Value::Object(Map::new())
        } else {
            parse(written.as_bytes()).map_err(|error| {
                // It may quote a name of theirs, which is as long as they like.
                let why: String = error.to_string().chars().take(MAX_WHY).collect();
                format!("The arguments are not JSON: {why}. Send one object that fits the tool's schema.")
            })?
        };
        match &arguments {
            Value::Object(members) if members.contains_key(IDEMPOTENCY_KEY) => {
                Err(format!("`{IDEMPOTENCY_KEY}` is not for a chat. Leave it out."))
            }
            Value::Object(_) => Ok(Wanted { tool, arguments }),
            _ => Err("The arguments are not an object. Send one that fits the tool's schema.".to_owned()),
        }
    }

    fn question(&self, wanted: &Wanted, held: HeldAt) -> Result<Called, Problem> {
        let Wanted { tool, arguments } = wanted;
        let (id, _) = nonce::generate()?;
        let question = Question {
            id: id.expose_secret().to_owned(),
            tool: tool.name().clone(),
            server: tool.provider.name().to_owned(),
            arguments: arguments.clone(),
            connection: held.connection.map(|own| AskedConnection { id: own.id, name: own.name }),
            access: tool.access_for(self.principal).max(held.access),
            expires_at: OffsetDateTime::now_utc() + self.settings.question_time,
        };
        Ok(Called::Held(question, Grounds::new(tool, self.principal, self.named)))
    }

    /// Whoever listens no more has left, which the cancellation says too. Whoever doesn't read is waited for until the turn's time is
    /// over, and told no more then.
    async fn tell(&self, event: ChatEvent) {
        if let Some(events) = self.events {
            let telling = tokio::time::timeout_at(self.deadline, events.send(event));
            let _has_left = self.cancel.run_until_cancelled(telling).await;
        }
    }
}

fn told(
    tool: &str,
    server: &str,
    arguments: Value,
    result: String,
    is_error: bool,
    request_id: Option<CallId>,
) -> ToldCall {
    ToldCall { tool: tool.to_owned(), server: server.to_owned(), arguments, result, is_error, request_id }
}

/// A word that nobody could know before.
fn mark() -> Result<String, Problem> {
    let (word, _) = nonce::generate()?;
    Ok(word.expose_secret().chars().take(MARK_LETTERS).collect())
}

/// What a call answered, as text.
fn said(result: &Result<Answer, Problem>) -> String {
    let answer = match result {
        Ok(answer) => answer,
        Err(problem) => return json!({ "error": problem }).to_string(),
    };
    let mut said = answer.data.as_ref().map(Value::to_string).unwrap_or_default();
    for part in &answer.content {
        if !said.is_empty() {
            said.push('\n');
        }
        let written = match part {
            Content::Text(text) => write!(said, "{text}"),
            Content::Image { mime_type, data } | Content::Audio { mime_type, data } => {
                write!(said, "({mime_type} of {} bytes, which is not shown to a model)", data.len())
            }
            Content::Resource { uri, mime_type, text } => write!(said, "{uri} ({mime_type}):\n{text}"),
        };
        // Writing to a text doesn't fail.
        written.unwrap_or_default();
    }
    said
}

/// A text of at most so many bytes, and how many it had where some are missing.
fn cut(mut said: String, max: usize) -> (String, Option<usize>) {
    let all = said.len();
    if all <= max {
        return (said, None);
    }
    said.truncate(said.floor_char_boundary(max));
    (said, Some(all))
}

/// What is said of a result that was cut.
pub(crate) fn what_is_missing(kept: usize, all: usize) -> String {
    format!("cut off: these are the first {kept} of {all} bytes. Ask for less at once.")
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::Code;

    use super::*;

    #[test]
    fn a_result_is_cut_at_a_character() {
        let whole = "ä".repeat(10);
        assert_eq!(cut(whole.clone(), 20), (whole.clone(), None));
        assert_eq!(cut(whole, 7), ("äää".to_owned(), Some(20)));
    }

    #[test]
    fn an_answer_of_any_form_is_text() {
        let parts = vec![
            Content::Text("two".into()),
            Content::Image { mime_type: "image/png".parse().unwrap(), data: vec![0; 3] },
            Content::Resource {
                uri: "a:b".parse().unwrap(),
                mime_type: "text/plain".parse().unwrap(),
                text: "four".into(),
            },
        ];
        let answer = Answer { data: Some(json!({"one": 1})), content: parts };
        let image = "(image/png of 3 bytes, which is not shown to a model)";
        assert_eq!(said(&Ok(answer)), format!("{{\"one\":1}}\ntwo\n{image}\na:b (text/plain):\nfour"));
        let refused = said(&Err(Problem::new(Code::NotFound, "no").hint("look")));
        assert_eq!(refused, r#"{"error":{"code":"not_found","message":"no","hint":"look"}}"#);
        assert_ne!(mark().unwrap(), mark().unwrap());
    }
}
