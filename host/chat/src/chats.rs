//! The chat behind its port: whose conversation it is, and one turn at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::arguments::CONNECTION_ID;
use toolbay_kernel::chat::{
    ChatAnswer, ChatRequest, Conversations, Entry, Grounds, ListedConversation, MAX_CONVERSATIONS, Place,
    Question, Said, Taken, Transcript, Turn, Which,
};
use toolbay_kernel::ports::Principals;
use toolbay_kernel::running::{RunningCalls, Slot};
use toolbay_kernel::{CatalogHandle, Chat, Code, ConversationId, Dispatcher, Principal, Problem, Profile};
use tracing::Instrument as _;

use crate::budget::Budget;
use crate::calling::{Calling, Wanted};
use crate::history;
use crate::model::Model;
use crate::offered::Offered;
use crate::settings::ChatSettings;
use crate::turn::{Running, lost};

/// Longest message of a person, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;

/// Letters of a title.
const MAX_TITLE: usize = 80;

/// Time beyond that of a turn for which it has its conversation: a call that is on its way when the time ends comes to its end.
const BEYOND: Duration = Duration::from_secs(60);

/// A chat over all tools. Cheap to clone.
#[derive(Clone)]
pub struct Chats {
    inner: Arc<Inner>,
}

struct Inner {
    dispatcher: Dispatcher,
    catalogs: CatalogHandle,
    conversations: Arc<dyn Conversations>,
    principals: Arc<dyn Principals>,
    model: Arc<dyn Model>,
    /// The profile whose tools come first where there are too many.
    short: Option<Profile>,
    settings: ChatSettings,
    running: Arc<RunningCalls>,
}

impl Chats {
    /// A chat with a model, over the tools behind a door.
    #[must_use]
    pub fn new(
        dispatcher: Dispatcher,
        catalogs: CatalogHandle,
        conversations: Arc<dyn Conversations>,
        principals: Arc<dyn Principals>,
        model: Arc<dyn Model>,
        short: Option<Profile>,
        settings: ChatSettings,
    ) -> Self {
        let running = Arc::default();
        let inner =
            Inner { dispatcher, catalogs, conversations, principals, model, short, settings, running };
        Self { inner: Arc::new(inner) }
    }
}

#[async_trait]
impl Chat for Chats {
    fn time(&self) -> Duration {
        self.inner.settings.time + BEYOND
    }

    /// The turn has a task of its own, which comes to its end also when nobody waits for it any more: what was done is kept.
    async fn turn(&self, request: ChatRequest) -> Result<ChatAnswer, Problem> {
        let max = self.inner.settings.max_concurrent;
        let slot = self.inner.running.take(request.principal.id, max).ok_or_else(|| {
            Problem::new(Code::RateLimited, format!("{max} chats of yours are already running."))
                .hint("Wait until one has ended.")
        })?;
        let cancel = CancellationToken::new();
        let _left = cancel.clone().drop_guard();
        let inner = Arc::clone(&self.inner);
        let running = async move { inner.turn(request, &cancel, slot).await };
        let ended = tokio::spawn(running.in_current_span()).await;
        ended.unwrap_or_else(|error| {
            tracing::error!(%error, "chat.task_failed");
            Err(Problem::new(Code::Failed, "The host failed while it ran the chat."))
        })
    }

    async fn conversations(
        &self,
        principal: &Arc<Principal>,
        cursor: Option<&str>,
        max: usize,
    ) -> Result<(Vec<ListedConversation>, Option<String>), Problem> {
        let after = cursor.map(place).transpose()?;
        let mut page = self.inner.conversations.page(principal.id, after, max.saturating_add(1)).await?;
        let goes_on = page.len() > max;
        page.truncate(max);
        let next = page
            .last()
            .filter(|_| goes_on)
            .map(|last| format!("{}.{}", last.updated_at.unix_timestamp_nanos() / 1_000_000, last.id));
        Ok((page, next))
    }

    async fn conversation(&self, principal: &Arc<Principal>, id: ConversationId) -> Result<Value, Problem> {
        let found = self.inner.conversations.conversation(principal.id, id).await?;
        let (listed, transcript) = found.ok_or_else(not_there)?;
        let mut told = json!(listed);
        if let Some(members) = told.as_object_mut() {
            members.insert("messages".into(), transcript.entries.iter().map(shown).collect());
            if let Some(question) = &transcript.question {
                members.insert("question".into(), json!(question));
            }
        }
        Ok(told)
    }

    async fn remove(&self, principal: &Arc<Principal>, id: ConversationId) -> Result<(), Problem> {
        let removed = self.inner.conversations.remove(principal.id, id).await?;
        removed.then_some(()).ok_or_else(not_there)
    }
}

impl Inner {
    async fn turn(
        &self,
        request: ChatRequest,
        cancel: &CancellationToken,
        _slot: Slot,
    ) -> Result<ChatAnswer, Problem> {
        let catalog = self.catalogs.current();
        let ChatRequest { principal, said, tools, events, .. } = &request;
        let settings = &self.settings;
        let offered =
            Offered::choose(&catalog, principal, tools.as_ref(), self.short.as_ref(), settings.max_tools)?;
        let (turn, mut transcript) = self.take(&request).await?;
        let budget = Budget::begin(settings);
        let calling = Calling {
            dispatcher: &self.dispatcher,
            principal,
            settings,
            offered: &offered,
            named: tools.as_ref(),
            events: events.as_ref(),
            cancel,
            deadline: budget.deadline,
        };
        let mut running = Running {
            model: self.model.as_ref(),
            settings,
            conversations: self.conversations.as_ref(),
            principals: self.principals.as_ref(),
            calling,
            events: events.as_ref(),
            cancel,
            turn,
            transcript: &mut transcript,
            budget,
            response: String::new(),
            calls: Vec::new(),
        };
        let answer = match self.begin(&mut running, said, principal).await {
            Ok(()) => running.run().await,
            Err(problem) => Err(problem),
        };
        let made = std::mem::take(&mut running.calls);
        history::shorten(&mut transcript);
        let has_answered = transcript.entries.iter().any(|entry| matches!(entry, Entry::Model { .. }));
        if answer.is_err() && !has_answered && !matches!(request.which, Which::Own(_)) {
            // Nobody has been told its name, and each failing attempt would leave another one behind.
            self.conversations.remove(principal.id, turn.conversation).await?;
            return answer;
        }
        let is_kept = self.conversations.end(&turn, &transcript).await?;
        match answer {
            Ok(_) if !is_kept => Err(lost()),
            Ok(answer) => Ok(answer),
            Err(problem) => {
                let calls: Vec<Value> =
                    made.iter().map(|call| json!({"tool": call.tool, "is_error": call.is_error})).collect();
                Err(within(problem, turn.conversation, calls))
            }
        }
    }

    /// Begins the turn in the store.
    async fn take(&self, request: &ChatRequest) -> Result<(Turn, Transcript), Problem> {
        let principal = request.principal.id;
        let title = match &request.said {
            Said::Message(text) => Some(checked(text)?),
            Said::Approve(_) | Said::Decline(_) => None,
        };
        let (id, title) = match request.which {
            Which::New => (ConversationId::new(), title),
            Which::Ongoing => (ConversationId::ongoing_of(principal), title),
            // One that is named is there, or it isn't the principal's.
            Which::Own(id) => (id, None),
        };
        let time = self.settings.time + BEYOND;
        match self.conversations.take(principal, id, title.as_deref(), time).await? {
            Taken::Begun(turn, transcript) => Ok((turn, *transcript)),
            Taken::NotThere => Err(not_there()),
            Taken::Busy => {
                Err(Problem::new(Code::Conflict, "The conversation has another turn that hasn't ended.")
                    .hint("Wait until it has, or begin another conversation.")
                    .details(json!({ "retry_after_seconds": 2 })))
            }
            Taken::Full => {
                let message = format!("You have {MAX_CONVERSATIONS} conversations, as many as one may have.");
                Err(Problem::new(Code::LimitExceeded, message)
                    .hint("Remove one: DELETE /v1/chat/conversations/{id}."))
            }
        }
    }

    /// Takes what the person said, up to where the model is asked next.
    async fn begin(
        &self,
        running: &mut Running<'_>,
        said: &Said,
        principal: &Principal,
    ) -> Result<(), Problem> {
        match said {
            Said::Message(text) => {
                running.transcript.grounds = None;
                let words = if running.transcript.question.take().is_some() {
                    "Nothing was done: the person was asked, and has written something else instead."
                } else {
                    "The host was interrupted, and doesn't know what came of it. Look before you do it again."
                };
                running.close(words, true).await?;
                // What came before isn't a part of this turn.
                running.calls.clear();
                let at = OffsetDateTime::now_utc();
                running.transcript.entries.push(Entry::Person { text: text.clone(), at });
                Ok(())
            }
            Said::Decline(id) => {
                asked(running.transcript, id)?;
                within_reach(running, principal)?;
                (running.transcript.question, running.transcript.grounds) = (None, None);
                let words = "Nothing was done: the person was asked, and has declined.";
                let declined = running.close(words, false).await;
                if declined.is_err() {
                    running.leave().await;
                }
                declined
            }
            Said::Approve(id) => {
                let question = asked(running.transcript, id)?;
                within_reach(running, principal)?;
                if question.expires_at <= OffsetDateTime::now_utc() {
                    return Err(Problem::new(Code::Conflict, "The question has expired.")
                        .hint("Send a message to go on; you are asked again where it is needed."));
                }
                running.transcript.question = None;
                let grounds = running.transcript.grounds.take();
                match self.still(&question, grounds.as_ref(), principal) {
                    Some(wanted) => running.approved(&wanted).await,
                    None => {
                        running
                            .close(
                                "Nothing was done: the tool is not what the person was asked about any more.",
                                false,
                            )
                            .await?;
                        running.leave().await;
                        Err(Problem::new(
                            Code::Conflict,
                            format!("`{}` has gone, or is another tool than the one that you were asked about. Nothing was done.", question.tool),
                        )
                        .hint("Send a message to go on."))
                    }
                }
            }
        }
    }

    /// The tool that was asked about, if it is that one still, on the connection that was told.
    fn still(&self, question: &Question, grounds: Option<&Grounds>, principal: &Principal) -> Option<Wanted> {
        let catalog = self.catalogs.current();
        let tool = catalog.get(question.tool.as_str()).filter(|tool| {
            tool.is_open_to(principal)
                && tool.provider.name() == question.server
                && tool.access_for(principal) <= question.access
                && grounds.is_some_and(|grounds| grounds.tool == Grounds::of_tool(tool))
        })?;
        let mut arguments = question.arguments.clone();
        if let (Some(connection), Some(members)) = (&question.connection, arguments.as_object_mut()) {
            members.insert(CONNECTION_ID.into(), connection.id.to_string().into());
        }
        Some(Wanted { tool: Arc::clone(tool), arguments })
    }
}

/// The question that is open, if it is the one that is meant.
fn asked(transcript: &Transcript, id: &str) -> Result<Question, Problem> {
    transcript.question.clone().filter(|question| question.id == id).ok_or_else(|| {
        Problem::new(Code::NotFound, "There is no such question: it was answered, or never asked here.")
            .hint("GET /v1/chat/conversations/{id} has the question that is open.")
    })
}

/// Holds an answer to what the model might call when the question was asked: the turn goes on with it, and must not be widened.
fn within_reach(running: &Running<'_>, principal: &Principal) -> Result<(), Problem> {
    let reach = Grounds::of_reach(principal, running.calling.named);
    if running.transcript.grounds.as_ref().is_some_and(|grounds| grounds.reach == reach) {
        return Ok(());
    }
    let message = "The question was asked in a turn with other `tools`, another `profile` or other rights.";
    Err(Problem::new(Code::Conflict, message)
        .hint("Send the same `tools` and `profile` with the answer, or a message to go on without it."))
}

/// The title that a message gives, once it can be one.
fn checked(text: &str) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new(Code::InvalidInput, "`message` is empty.").hint("Write something."));
    }
    if text.len() > MAX_MESSAGE {
        let message = format!("`message` has more than {} KiB.", MAX_MESSAGE / 1024);
        return Err(Problem::new(Code::LimitExceeded, message).hint("Write less at once."));
    }
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_TITLE).collect())
}

fn place(cursor: &str) -> Result<Place, Problem> {
    let parsed = cursor.split_once('.').and_then(|(updated_at, id)| {
        Some(Place { updated_at: updated_at.parse().ok()?, id: id.parse().ok()? })
    });
    parsed.ok_or_else(|| {
        Problem::new(Code::InvalidInput, "`cursor` is not one of this list.")
            .hint("Send the `next_cursor` of the page before.")
    })
}

fn not_there() -> Problem {
    Problem::new(Code::NotFound, "There is no such conversation.")
        .hint("List yours: GET /v1/chat/conversations.")
}

/// An entry as its person reads it: without what is the model's and the host's alone.
fn shown(entry: &Entry) -> Value {
    let mut shown = json!(entry);
    if let Some(members) = shown.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "mark" | "reasoning" | "has_read"));
    }
    shown
}

/// A problem, with where it happened and what was done before it.
fn within(problem: Problem, conversation: ConversationId, calls: Vec<Value>) -> Problem {
    let mut details = match problem.details.as_deref() {
        Some(Value::Object(details)) => details.clone(),
        _ => Map::new(),
    };
    details.insert("conversation_id".into(), json!(conversation));
    details.insert("tool_calls".into(), calls.into());
    problem.details(details.into())
}
