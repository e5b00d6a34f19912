//! The events: appended, and read in pages.

use async_trait::async_trait;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde_json::{Value, json};
use toolbay_kernel::audit::{Actor, Event, OwnEvents, RecordedEvent};
use toolbay_kernel::ports::{AuditLog, OwnAudit, StoreError};
use toolbay_kernel::{CallId, PrincipalId};

use crate::clock;
use crate::database::{Database, Transaction};
use crate::error::Fault;
use crate::parameter::Parameter;
use crate::store::Store;

/// Most events of one query.
pub const MAX_AUDIT_EVENTS: u32 = 1_000;

const INSERT: &str = "INSERT INTO audit_events (happened_at, kind, subject, principal_id, principal_name, surface, call_id, \
                      connection_id, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditScope {
    /// One for each act: a call that has ended shows by its end alone, with all of its writes.
    Acts,
    /// All of them.
    Everything,
}

/// Which events, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    pub scope: AuditScope,
    /// How many, at most [`MAX_AUDIT_EVENTS`].
    pub limit: u32,
    /// Only events older than this one: the last of a page asks for the next page.
    pub before: Option<i64>,
    /// Only what this principal did.
    pub principal: Option<PrincipalId>,
    /// Only what is about this: a tool, a plugin, a token's id.
    pub subject: Option<String>,
    /// Only what belongs to this call.
    pub call: Option<CallId>,
}

impl AuditQuery {
    /// The newest events.
    #[must_use]
    pub fn newest(scope: AuditScope, limit: u32) -> Self {
        Self { scope, limit, before: None, principal: None, subject: None, call: None }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct StoredEvent {
    pub(super) seq: i64,
    happened_at: i64,
    kind: String,
    principal_id: String,
    principal_name: String,
    surface: String,
    call_id: Option<String>,
    connection_id: Option<String>,
    details: String,
}

#[async_trait]
impl AuditLog for Store {
    async fn append(&self, event: &Event) -> Result<(), StoreError> {
        Ok(self.database.append(event).await?)
    }
}

#[async_trait]
impl OwnAudit for Store {
    async fn own_events(
        &self,
        principal: PrincipalId,
        wanted: &OwnEvents,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let OwnEvents { limit, before, subject, call } = wanted.clone();
        let scope = if call.is_some() { AuditScope::Everything } else { AuditScope::Acts };
        self.audit(AuditQuery { scope, limit, before, principal: Some(principal), subject, call }).await
    }
}

impl Database {
    /// Appends an event.
    pub(crate) async fn append(&self, event: &Event) -> Result<(), Fault> {
        self.execute(INSERT, row_of(event)?).await?;
        Ok(())
    }
}

impl Transaction {
    /// Appends an event, together with what it is about.
    pub(crate) async fn append(&mut self, event: &Event) -> Result<(), Fault> {
        self.execute(INSERT, row_of(event)?).await?;
        Ok(())
    }
}

fn row_of(event: &Event) -> Result<[Parameter; 9], Fault> {
    let unwritable = |error: serde_json::Error| Fault::Damaged(error.to_string());
    let act = serde_json::to_value(&event.act).map_err(unwritable)?;
    let details = act.get("details").cloned().unwrap_or(Value::Null);
    Ok([
        clock::now().into(),
        event.act.kind().into(),
        event.act.subject().into(),
        event.by.principal.to_string().into(),
        storable(&event.by.name).into(),
        event.by.surface.as_str().into(),
        event.call.map(|id| id.to_string()).into(),
        event.connection.map(|id| id.to_string()).into(),
        // As JSON, a character that PostgreSQL's text doesn't have is an escape.
        details.to_string().into(),
    ])
}

impl Store {
    /// Reads the audit, newest first. Events whose content was removed aren't among them.
    ///
    /// # Errors
    ///
    /// When the store fails or a row can't be read.
    pub async fn audit(&self, query: AuditQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let everything = i64::from(query.scope == AuditScope::Everything);
        let stored: Vec<StoredEvent> = self
            .database
            .rows(
                statement(&query),
                [
                    query.before.into(),
                    query.principal.map(|id| id.to_string()).into(),
                    query.subject.into(),
                    query.call.map(|id| id.to_string()).into(),
                    everything.into(),
                    i64::from(query.limit.min(MAX_AUDIT_EVENTS)).into(),
                ],
            )
            .await?;
        Ok(stored.into_iter().map(StoredEvent::into_event).collect::<Result<_, Fault>>()?)
    }
}

/// A page of events. No index serves a condition that a null turns off, so each statement begins with one that always holds.
fn statement(query: &AuditQuery) -> &'static str {
    macro_rules! page_by {
        ($condition:literal) => {
            concat!(
                "SELECT seq, happened_at, kind, principal_id, principal_name, surface, call_id, connection_id, details \
                 FROM audit_events AS shown WHERE ",
                $condition,
                " AND seq < COALESCE($1, 9223372036854775807) AND ($2 IS NULL OR principal_id = $2) \
                 AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR call_id = $4) AND details <> '' \
                 AND ($5 = 1 OR kind NOT IN ('effect', 'call.started') OR (kind = 'call.started' AND NOT EXISTS \
                 (SELECT 1 FROM audit_events AS ends WHERE ends.call_id = shown.call_id AND ends.kind = 'call.ended'))) \
                 ORDER BY seq DESC LIMIT $6"
            )
        };
    }
    match query {
        AuditQuery { call: Some(_), .. } => page_by!("call_id = $4"),
        AuditQuery { subject: Some(_), .. } => page_by!("subject = $3"),
        AuditQuery { principal: Some(_), .. } => page_by!("principal_id = $2"),
        _ => page_by!("TRUE"),
    }
}

impl StoredEvent {
    pub(super) fn into_event(self) -> Result<RecordedEvent, Fault> {
        let seq = self.seq;
        self.read().ok_or_else(|| Fault::Damaged(format!("event {seq} of audit_events")))
    }

    fn read(self) -> Option<RecordedEvent> {
        let details: Value = serde_json::from_str(&self.details).ok()?;
        let act = serde_json::from_value(json!({"kind": self.kind, "details": details})).ok()?;
        let by = Actor {
            principal: self.principal_id.parse().ok()?,
            name: self.principal_name,
            surface: word(&self.surface)?,
        };
        let event = Event {
            by,
            call: optional(self.call_id, |id| id.parse().ok())?,
            connection: optional(self.connection_id, |id| id.parse().ok())?,
            act,
        };
        Some(RecordedEvent { seq: self.seq, at: clock::from_milliseconds(self.happened_at).ok()?, event })
    }
}

/// None when there is something and it can't be read.
fn optional<T>(text: Option<String>, read: impl FnOnce(String) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}

/// One of the kernel's words, as it serialises.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        text.into_deserializer();
    T::deserialize(deserializer).ok()
}

/// PostgreSQL's text has no NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
