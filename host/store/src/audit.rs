//! The audit log: one row for each call that can write.
//!
//! The database itself refuses to delete a row or to change what a row says about the start or, once written, the end.
//! That keeps this code honest; somebody with the database's password can still take the triggers away.

use async_trait::async_trait;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde_json::Value;
use time::OffsetDateTime;
use toolbay_kernel::audit::{AuditEnd, AuditStart};
use toolbay_kernel::ports::{AuditLog, StoreError};
use toolbay_kernel::{CallId, PrincipalId, ToolName};

use crate::clock;
use crate::error::Fault;
use crate::store::Store;

/// Most rows of one query.
pub const MAX_AUDIT_ROWS: u32 = 1_000;

/// Which rows, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// How many, at most [`MAX_AUDIT_ROWS`].
    pub limit: u32,
    /// Only calls older than this one: the last of a page asks for the next page.
    pub before: Option<CallId>,
    /// Only calls of this principal.
    pub principal: Option<PrincipalId>,
    /// Only calls of this tool.
    pub tool: Option<ToolName>,
}

/// What is recorded of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Who asked what of which tool.
    pub start: AuditStart,
    pub started_at: OffsetDateTime,
    /// When and how it ended. None while it runs, and forever when the host didn't survive it.
    pub end: Option<(OffsetDateTime, AuditEnd)>,
}

#[derive(sqlx::FromRow)]
struct StoredRow {
    call_id: String,
    parent_id: Option<String>,
    principal_id: String,
    principal_name: String,
    surface: String,
    tool: String,
    provider: String,
    effect: String,
    connection_id: Option<String>,
    arguments_digest: String,
    started_at: i64,
    ended_at: Option<i64>,
    code: Option<String>,
    summary: Option<String>,
    touched: Option<String>,
    effects: Option<i64>,
    duration_ms: Option<i64>,
}

#[async_trait]
impl AuditLog for Store {
    async fn started(&self, start: &AuditStart) -> Result<(), StoreError> {
        self.database
            .execute(
                "INSERT INTO audit_log (call_id, parent_id, principal_id, principal_name, surface, tool, provider, \
                 effect, connection_id, arguments_digest, started_at, seq) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
                 (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_log))",
                [
                    start.call.to_string().into(),
                    start.parent.map(|id| id.to_string()).into(),
                    start.principal.to_string().into(),
                    storable(&start.principal_name).into(),
                    start.surface.as_str().into(),
                    start.tool.as_str().into(),
                    storable(&start.provider).into(),
                    start.effect.as_str().into(),
                    start.connection.map(|id| id.to_string()).into(),
                    storable(&start.arguments_digest).into(),
                    clock::now().into(),
                ],
            )
            .await?;
        Ok(())
    }

    async fn finished(&self, call: CallId, end: &AuditEnd) -> Result<(), StoreError> {
        let touched = Value::from(end.touched.clone()).to_string();
        let written = self
            .database
            .execute(
                "UPDATE audit_log SET ended_at = $2, code = $3, summary = $4, touched = $5, effects = $6, \
                 duration_ms = $7 WHERE call_id = $1 AND ended_at IS NULL",
                [
                    call.to_string().into(),
                    clock::now().into(),
                    end.code.map(|code| code.as_str().to_owned()).into(),
                    storable(&end.summary).into(),
                    touched.into(),
                    i64::from(end.effects).into(),
                    i64::try_from(end.duration_ms).unwrap_or(i64::MAX).into(),
                ],
            )
            .await?;
        if written == 0 {
            return Err(Fault::Damaged(format!("call {call} has no open row in audit_log")).into());
        }
        Ok(())
    }
}

impl Store {
    /// Reads the audit log, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails or a row can't be read.
    pub async fn audit(&self, query: AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        // In the order in which they were written; ids break the tie of two that were written at once.
        let stored: Vec<StoredRow> = self
            .database
            .rows(
                "SELECT call_id, parent_id, principal_id, principal_name, surface, tool, provider, effect, \
                 connection_id, arguments_digest, started_at, ended_at, code, summary, touched, effects, duration_ms \
                 FROM audit_log \
                 WHERE ($1 IS NULL OR (seq, call_id) < (SELECT seq, call_id FROM audit_log WHERE call_id = $1)) \
                 AND ($2 IS NULL OR principal_id = $2) AND ($3 IS NULL OR tool = $3) \
                 ORDER BY seq DESC, call_id DESC LIMIT $4",
                [
                    query.before.map(|id| id.to_string()).into(),
                    query.principal.map(|id| id.to_string()).into(),
                    query.tool.map(String::from).into(),
                    i64::from(query.limit.min(MAX_AUDIT_ROWS)).into(),
                ],
            )
            .await?;
        Ok(stored.into_iter().map(StoredRow::into_row).collect::<Result<_, Fault>>()?)
    }
}

impl StoredRow {
    fn into_row(self) -> Result<AuditRow, Fault> {
        let call = self.call_id.clone();
        self.read().ok_or_else(|| Fault::Damaged(format!("row {call} of audit_log")))
    }

    fn read(self) -> Option<AuditRow> {
        let end = match self.ended_at {
            None => None,
            Some(ended_at) => Some((
                clock::from_milliseconds(ended_at).ok()?,
                AuditEnd {
                    code: optional(self.code, |code| word(&code))?,
                    summary: self.summary?,
                    touched: serde_json::from_str(&self.touched?).ok()?,
                    effects: self.effects?.try_into().ok()?,
                    duration_ms: self.duration_ms?.try_into().ok()?,
                },
            )),
        };
        let start = AuditStart {
            call: self.call_id.parse().ok()?,
            parent: optional(self.parent_id, |id| id.parse().ok())?,
            principal: self.principal_id.parse().ok()?,
            principal_name: self.principal_name,
            surface: word(&self.surface)?,
            tool: self.tool.parse().ok()?,
            provider: self.provider,
            effect: word(&self.effect)?,
            connection: optional(self.connection_id, |id| id.parse().ok())?,
            arguments_digest: self.arguments_digest,
        };
        Some(AuditRow { start, started_at: clock::from_milliseconds(self.started_at).ok()?, end })
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
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        text.into_deserializer();
    T::deserialize(deserializer).ok()
}

/// PostgreSQL's text has no NUL; a summary that a plugin wrote may.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
