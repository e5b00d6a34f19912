//! One turn: the loop between the model and the door, until there is an answer for the person.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::chat::{
    ChatAnswer, ChatEnd, ChatEvent, Conversations, Entry, ModelCall, Question, ToldCall, Transcript, Turn,
};
use toolbay_kernel::{Code, Problem};

use crate::budget::Budget;
use crate::calling::{Called, Calling, Wanted};
use crate::model::{Model, ModelError, Prompt, Reply};
use crate::prompt;
use crate::settings::ChatSettings;

/// Longest name of a tool that is kept of what a model asks for, in letters.
const MAX_NAME: usize = 64;

/// A turn while it runs.
pub(crate) struct Running<'a> {
    pub(crate) model: &'a dyn Model,
    pub(crate) settings: &'a ChatSettings,
    pub(crate) conversations: &'a dyn Conversations,
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
    /// `cancelled` when the person has left, and what keeps the model or the store from answering.
    pub(crate) async fn run(&mut self) -> Result<ChatAnswer, Problem> {
        loop {
            while let Some((call, has_read)) = self.open_call() {
                if let Some(ended) = self.budget.ends_before_call() {
                    self.close("Nothing was done: the turn has no time or no calls left.", true).await?;
                    return Ok(self.answer(ended, None));
                }
                let asks_first = self.settings.ask_before_writes && has_read;
                self.budget.spend_call();
                let called = self.calling.make(&call, asks_first, &self.budget).await?;
                if let Some(question) = self.take(called).await? {
                    return Ok(self.answer(ChatEnd::Question, Some(question)));
                }
            }
            let bytes = prompt::bytes(self.transcript, self.calling.offered);
            if let Some(ended) = self.budget.ends_before_round(bytes) {
                return Ok(self.answer(ended, None));
            }
            let Some(reply) = self.ask(bytes).await? else { return Ok(self.answer(ChatEnd::MaxTime, None)) };
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
        let Some((call, _)) = self.open_call() else { return Ok(()) };
        // From here on the question is gone, whatever becomes of the host.
        self.keep().await?;
        self.budget.spend_call();
        let called = self.calling.send(&call, wanted, false, &self.budget).await?;
        self.take(called).await?;
        Ok(())
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
        let (has_read, at) = (self.transcript.has_read, OffsetDateTime::now_utc());
        self.transcript.entries.push(Entry::Model { text, calls, has_read, reasoning, at });
        asks
    }

    /// Takes what became of a call; the question, where the person is asked.
    async fn take(&mut self, called: Called) -> Result<Option<Question>, Problem> {
        match called {
            Called::Held(question) => {
                self.transcript.question = Some(question.clone());
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

    /// What the model said last, and why there is no more of it.
    fn response_to(&self, ended: ChatEnd, question: Option<&Question>) -> String {
        let done = self.calls.len();
        let ending = match ended {
            ChatEnd::Answered => return self.response.clone(),
            // The host's own words, since what the model says of it may be what a page wants it to say.
            ChatEnd::Question => match question {
                Some(Question { tool, server, access, .. }) => {
                    format!("May `{tool}` of `{server}` be called, which {}?", access.as_str())
                }
                None => return self.response.clone(),
            },
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

/// A name as it can stand in a conversation: servers refuse others.
fn named(name: &str) -> String {
    let is_letter = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
    let named: String = name.chars().filter(is_letter).take(MAX_NAME).collect();
    if named.is_empty() { "unnamed".to_owned() } else { named }
}

/// Why a turn keeps nothing more.
pub(crate) fn lost() -> Problem {
    Problem::new(Code::Conflict, "The conversation was removed, or another turn has it.")
        .hint("Begin another conversation.")
}
