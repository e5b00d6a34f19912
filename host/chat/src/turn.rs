//! One turn: the loop between the model and the door, until there is an answer for the person.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::chat::{
    ChatAnswer, ChatEnd, ChatEvent, Conversations, Entry, ModelCall, Question, ToldCall, Transcript, Turn,
};
use toolbay_kernel::ports::Principals;
use toolbay_kernel::{Code, Problem, printable};

use crate::budget::Budget;
use crate::calling::{Called, Calling, Wanted};
use crate::model::{Model, ModelError, Prompt, Reply};
use crate::prompt;
use crate::settings::ChatSettings;

/// Longest name of a tool that is kept of what a model asks for, in letters.
const MAX_NAME: usize = 64;

/// Bytes of the arguments in the words of a question.
const MAX_ARGUMENTS: usize = 1_000;

/// A turn while it runs.
pub(crate) struct Running<'a> {
    pub(crate) model: &'a dyn Model,
    pub(crate) settings: &'a ChatSettings,
    pub(crate) conversations: &'a dyn Conversations,
    pub(crate) principals: &'a dyn Principals,
    pub(crate) calling: Calling<'a>,
    pub(crate) events: Option<&'a mpsc::Sender<ChatEvent>>,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) turn: Turn,
    pub(crate) transcript: &'a mut Transcript,
    pub(crate) budget: Budget,
    /// What the model said last.
    pub(crate) response: String,
    pub(crate) calls: Vec<ToldCall>,
}

impl Running<'_> {
    /// Goes on until the model has answered, the person is asked, or a bound is reached.
    ///
    /// # Errors
    ///
    /// `cancelled` when the person has left, `unauthenticated` when they are let in no more, and what keeps the model or the store
    /// from answering.
    pub(crate) async fn run(&mut self) -> Result<ChatAnswer, Problem> {
        let ended = self.go_on().await;
        if ended.is_err() {
            self.leave().await;
        }
        ended
    }

    async fn go_on(&mut self) -> Result<ChatAnswer, Problem> {
        loop {
            while let Some((call, has_read)) = self.open_call() {
                if let Some(ended) = self.budget.ends_before_call() {
                    self.close("Nothing was done: the turn has no time or no calls left.", true).await?;
                    return Ok(self.answer(ended, None));
                }
                self.check_principal().await?;
                let asks_first = self.settings.ask_before_writes && has_read;
                self.budget.spend_call();
                let called = self.calling.make(&call, asks_first).await?;
                if let Some(question) = self.take(called).await? {
                    return Ok(self.answer(ChatEnd::Question, Some(question)));
                }
            }
            let bytes = prompt::bytes(self.transcript, self.calling.offered);
            if let Some(ended) = self.budget.ends_before_round(bytes) {
                return Ok(self.answer(ended, None));
            }
            let Some(reply) = self.ask(bytes).await? else {
                // What it has said until then is not kept, and was paid for all the same.
                self.budget.spend_round(None, bytes);
                return Ok(self.answer(ChatEnd::MaxTime, None));
            };
            let is_cut_off = reply.is_cut_off;
            if self.say(reply, bytes) {
                self.keep().await?;
                continue;
            }
            let ended = if is_cut_off { ChatEnd::MaxTokens } else { ChatEnd::Answered };
            return Ok(self.answer(ended, None));
        }
    }

    /// Makes the call that the person has approved.
    ///
    /// # Errors
    ///
    /// As [`Running::run`].
    pub(crate) async fn approved(&mut self, wanted: &Wanted) -> Result<(), Problem> {
        let made = self.make_approved(wanted).await;
        if made.is_err() {
            self.leave().await;
        }
        made
    }

    async fn make_approved(&mut self, wanted: &Wanted) -> Result<(), Problem> {
        let Some((call, _)) = self.open_call() else { return Ok(()) };
        self.check_principal().await?;
        // From here on the question is gone, whatever becomes of the host.
        self.keep().await?;
        self.budget.spend_call();
        let called = self.calling.send(&call, wanted, false).await?;
        self.take(called).await?;
        Ok(())
    }

    /// A token that was revoked or has expired makes no further call, and neither does a client that was taken its grant.
    async fn check_principal(&self) -> Result<(), Problem> {
        match self.principals.principal(self.calling.principal.id).await? {
            Some(_) => Ok(()),
            None => Err(Problem::new(
                Code::Unauthenticated,
                "Your token was revoked or has expired since the turn began.",
            )
            .hint("Go on with another token, or sign in again.")),
        }
    }

    /// Says of the calls that are open, where a turn ends early, that they were never begun: an open call is else one of which nobody
    /// knows what came.
    pub(crate) async fn leave(&mut self) {
        while let Some((call, _)) = self.open_call() {
            let words = "Nothing was done: the turn had ended.".to_owned();
            let Called::Done(entry, told) = self.calling.told_by_host(&call, words).await else { break };
            self.transcript.entries.push(entry);
            self.calls.push(told);
        }
    }

    /// Answers the calls that are open in the host's words: all of them, or the first.
    pub(crate) async fn close(&mut self, words: &str, all: bool) -> Result<(), Problem> {
        while let Some((call, _)) = self.open_call() {
            let called = self.calling.told_by_host(&call, words.to_owned()).await;
            self.take(called).await?;
            if !all {
                break;
            }
        }
        Ok(())
    }

    fn open_call(&self) -> Option<(ModelCall, bool)> {
        self.transcript.open_call().map(|(call, has_read)| (call.clone(), has_read))
    }

    /// Asks the model; none when the time ends first.
    async fn ask(&self, bytes: usize) -> Result<Option<Reply>, Problem> {
        let prompt = Prompt {
            messages: prompt::messages(self.transcript),
            tools: self.calling.offered.told.clone(),
            max_tokens: self.budget.of_reply(bytes),
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(ModelError::Left.into()),
            reply = self.model.reply(&prompt, self.events) => match reply {
                Ok(reply) => Ok(Some(reply)),
                Err(error) => {
                    if !matches!(error, ModelError::Left) {
                        tracing::warn!(%error, "chat.no_reply");
                    }
                    Err(error.into())
                }
            },
            () = tokio::time::sleep_until(self.budget.deadline) => Ok(None),
        }
    }

    /// Takes what the model said. Whether it asks for calls.
    fn say(&mut self, reply: Reply, prompt_bytes: usize) -> bool {
        let Reply { text, calls, reasoning, tokens, .. } = reply;
        let of_calls: usize = calls.iter().map(|call| call.name.len() + call.arguments.len()).sum();
        self.budget.spend_round(tokens, prompt_bytes + text.len() + of_calls);
        if !text.trim().is_empty() {
            self.response.clone_from(&text);
        }
        let calls: Vec<ModelCall> = calls
            .into_iter()
            .map(|call| {
                self.transcript.calls += 1;
                // A model's own ids may be missing, the same for two, or something else altogether.
                let id = format!("call_{}", self.transcript.calls);
                ModelCall { id, tool: named(&call.name), arguments: call.arguments }
            })
            .collect();
        let asks = !calls.is_empty();
        // The model has read what servers say of their tools before it read anything else.
        self.transcript.has_read |= self.calling.offered.has_words_of_servers();
        let (has_read, at) = (self.transcript.has_read, OffsetDateTime::now_utc());
        self.transcript.entries.push(Entry::Model { text, calls, has_read, reasoning, at });
        asks
    }

    /// Takes what became of a call; the question, where the person is asked.
    async fn take(&mut self, called: Called) -> Result<Option<Question>, Problem> {
        match called {
            Called::Held(question, grounds) => {
                self.transcript.question = Some(question.clone());
                self.transcript.grounds = Some(grounds);
                Ok(Some(question))
            }
            Called::Done(entry, told) => {
                // What didn't come from a tool is the host's own.
                self.transcript.has_read |= matches!(&entry, Entry::Tool { mark: Some(_), .. });
                self.transcript.entries.push(entry);
                self.calls.push(told);
                if self.cancel.is_cancelled() {
                    return Err(ModelError::Left.into());
                }
                self.keep().await?;
                Ok(None)
            }
        }
    }

    /// Keeps what there is so far: a host that ends goes on from here.
    async fn keep(&self) -> Result<(), Problem> {
        if self.conversations.keep(&self.turn, self.transcript).await? {
            return Ok(());
        }
        Err(lost())
    }

    fn answer(&self, ended: ChatEnd, question: Option<Question>) -> ChatAnswer {
        let mut seen = BTreeSet::new();
        let servers = self.calls.iter().map(|call| &call.server).filter(|server| !server.is_empty());
        let servers_used = servers.filter(|server| seen.insert(*server)).cloned().collect();
        ChatAnswer {
            conversation_id: self.turn.conversation,
            response: self.response_to(ended, question.as_ref()),
            tool_calls: self.calls.clone(),
            servers_used,
            question,
            ended,
            rounds: self.budget.rounds,
            tokens: self.budget.tokens,
            tokens_are_estimated: self.budget.is_estimated,
        }
    }

    /// What the model said last, and why there is no more of it; of a question the host's words alone, since what the model says of
    /// it may be what a page wants it to say.
    fn response_to(&self, ended: ChatEnd, question: Option<&Question>) -> String {
        let done = self.calls.len();
        let ending = match ended {
            ChatEnd::Answered => return self.response.clone(),
            ChatEnd::Question => return question.map(words_of).unwrap_or_default(),
            ChatEnd::MaxRounds => {
                let rounds = self.budget.rounds;
                format!(
                    "The chat was ended: the model was asked {rounds} times, as often as it may be, and has no answer yet. It has made {done} calls."
                )
            }
            ChatEnd::MaxCalls => {
                format!(
                    "The chat was ended: the model wants more calls than one turn may have. It has made {done} calls."
                )
            }
            ChatEnd::MaxTokens => {
                format!(
                    "The chat was ended: the tokens of a turn, or of an answer, are used up. The model has made {done} calls."
                )
            }
            ChatEnd::MaxTime => {
                let seconds = self.settings.time.as_secs();
                format!(
                    "The chat was ended: it took longer than {seconds} s. The model has made {done} calls."
                )
            }
        };
        if self.response.trim().is_empty() { ending } else { format!("{}\n\n{ending}", self.response) }
    }
}

/// A question in the host's words.
fn words_of(question: &Question) -> String {
    let Question { tool, server, arguments, connection, access, .. } = question;
    let place = connection
        .as_ref()
        .map(|own| format!(" on `{}`", printable::line(&own.name, MAX_NAME)))
        .unwrap_or_default();
    let arguments = printable::line(&arguments.to_string(), MAX_ARGUMENTS);
    format!(
        "May `{tool}` of `{server}` be called{place}, which {}? Its arguments: {arguments}",
        access.as_str()
    )
}

/// A name as it can stand in a conversation: servers refuse others. What had to be changed for it isn't the name of a tool, whose
/// letters are small, and is none here either.
fn named(name: &str) -> String {
    const NO_TOOL: &str = "Unknown-";
    let is_letter = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
    if !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(|letter| is_letter(&letter)) {
        return name.to_owned();
    }
    let letters = name.chars().filter(is_letter);
    NO_TOOL.chars().chain(letters).take(MAX_NAME).collect()
}

/// Why a turn keeps nothing more.
pub(crate) fn lost() -> Problem {
    Problem::new(Code::Conflict, "The conversation was removed, or another turn has it.")
        .hint("Begin another conversation.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use toolbay_kernel::chat::AskedConnection;
    use toolbay_kernel::{Access, ConnectionId, ToolName};

    use super::*;

    #[test]
    fn a_name_that_is_none_is_never_made_into_a_tools() {
        assert_eq!(named("pages_trash"), "pages_trash");
        for other in ["", "tr'ash", "trash ", "träsh", &"a".repeat(MAX_NAME + 1)] {
            let told = named(other);
            assert!(told.parse::<ToolName>().is_err() && told.len() <= MAX_NAME, "{other}: {told}");
        }
    }

    #[test]
    fn a_question_says_what_would_be_done_and_where() {
        let connection = AskedConnection { id: ConnectionId::of_environment("x"), name: "Work".into() };
        let question = Question {
            id: "q".into(),
            tool: "trash".parse().unwrap(),
            server: "pages".into(),
            arguments: json!({"id": "x".repeat(2_000)}),
            connection: Some(connection),
            access: Access::Destroys,
            expires_at: OffsetDateTime::UNIX_EPOCH,
        };
        let words = words_of(&question);
        let begin =
            "May `trash` of `pages` be called on `Work`, which destroys? Its arguments: {\"id\":\"xxx";
        assert!(words.starts_with(begin) && words.ends_with('…'), "{words}");
        assert!(words.len() < 1_200, "{}", words.len());
    }
}
