//! The events, as people look at what was done.

use toolbay_kernel::activity::{ActivityQuery, Happened};
use toolbay_kernel::audit::RecordedEvent;
use toolbay_kernel::{CallId, PrincipalId};

use super::events::{MAX_AUDIT_EVENTS, StoredEvent, word};
use crate::error::Fault;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredHappened {
    seq: i64,
    principal_id: String,
    kind: String,
    surface: String,
}

impl Store {
    /// A page of the activity, newest first.
    pub(crate) async fn activity_page(&self, wanted: &ActivityQuery) -> Result<Vec<RecordedEvent>, Fault> {
        let stored: Vec<StoredEvent> = self
            .database
            .rows(
                page(wanted),
                [
                    wanted.before.into(),
                    wanted.principal.map(|id| id.to_string()).into(),
                    wanted.subject.clone().into(),
                    wanted.kind.clone().into(),
                    i64::from(wanted.limit.min(MAX_AUDIT_EVENTS)).into(),
                ],
            )
            .await?;
        stored.into_iter().map(StoredEvent::into_event).collect()
    }

    /// The events of a call, oldest first. Its beginning and its end are among them, however many there are.
    pub(crate) async fn call_events(&self, call: CallId, max: u32) -> Result<Vec<RecordedEvent>, Fault> {
        let mut stored: Vec<StoredEvent> = self
            .database
            .rows(
                "SELECT seq, happened_at, kind, principal_id, principal_name, surface, call_id, connection_id, details \
                 FROM audit_events WHERE call_id = $1 AND details <> '' \
                 ORDER BY CASE WHEN kind IN ('call.started', 'call.ended') THEN 0 ELSE 1 END, seq LIMIT $2",
                [call.to_string().into(), i64::from(max).into()],
            )
            .await?;
        stored.sort_by_key(|event| event.seq);
        stored.into_iter().map(StoredEvent::into_event).collect()
    }

    /// The events of a principal's calls between two events, both included, oldest first.
    pub(crate) async fn call_events_between(
        &self,
        principal: PrincipalId,
        from: i64,
        to: i64,
        max: u32,
    ) -> Result<Vec<RecordedEvent>, Fault> {
        let stored: Vec<StoredEvent> = self
            .database
            .rows(
                "SELECT seq, happened_at, kind, principal_id, principal_name, surface, call_id, connection_id, details \
                 FROM audit_events WHERE principal_id = $1 AND seq BETWEEN $2 AND $3 \
                 AND kind IN ('call.started', 'call.ended', 'effect') AND details <> '' ORDER BY seq LIMIT $4",
                [principal.to_string().into(), from.into(), to.into(), i64::from(max).into()],
            )
            .await?;
        stored.into_iter().map(StoredEvent::into_event).collect()
    }

    /// The number of the newest event.
    pub(crate) async fn newest_seq(&self) -> Result<i64, Fault> {
        let newest: Option<(Option<i64>,)> =
            self.database.row("SELECT MAX(seq) FROM audit_events", []).await?;
        Ok(newest.and_then(|(seq,)| seq).unwrap_or_default())
    }

    /// The events after a number, oldest first, as far as it matters who did them.
    pub(crate) async fn happened_after(&self, seq: i64, max: u32) -> Result<Vec<Happened>, Fault> {
        let stored: Vec<StoredHappened> = self
            .database
            .rows(
                "SELECT seq, principal_id, kind, surface FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT $2",
                [seq.into(), i64::from(max).into()],
            )
            .await?;
        stored.into_iter().map(StoredHappened::read).collect()
    }
}

impl StoredHappened {
    fn read(self) -> Result<Happened, Fault> {
        let damaged = || Fault::Damaged(format!("event {} of audit_events", self.seq));
        Ok(Happened {
            seq: self.seq,
            principal: self.principal_id.parse().map_err(|_| damaged())?,
            surface: word(&self.surface).ok_or_else(damaged)?,
            kind: self.kind,
        })
    }
}

/// A page of events. A condition that is in an index word for word is served by it; what a null turns off is served by none.
fn page(wanted: &ActivityQuery) -> &'static str {
    macro_rules! page {
        ($($condition:literal),+) => {
            concat!(
                "SELECT seq, happened_at, kind, principal_id, principal_name, surface, call_id, connection_id, details \
                 FROM audit_events AS shown WHERE ",
                $($condition, " AND ",)+
                "seq < COALESCE($1, 9223372036854775807) AND ($2 IS NULL OR principal_id = $2) \
                 AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR kind = $4) AND details <> '' \
                 ORDER BY seq DESC LIMIT $5"
            )
        };
    }
    /// The same for each way to be found, with what narrows all of them.
    macro_rules! found {
        ($($narrowed:literal),*) => {
            match wanted {
                ActivityQuery { subject: Some(_), .. } => page!("subject = $3" $(, $narrowed)*),
                ActivityQuery { principal: Some(_), .. } => page!("principal_id = $2" $(, $narrowed)*),
                _ => page!("TRUE" $(, $narrowed)*),
            }
        };
    }
    // What failed, and what is no call, are few: the indexes `audit_events_failed` and `audit_events_administration` have them, whoever did it.
    let is_of_calls = matches!(wanted.kind.as_deref(), Some("call.started" | "call.ended" | "effect"));
    match (&wanted.kind, wanted.only_failed) {
        (None, true) => page!("details LIKE '%\"code\":\"%'", "kind <> 'effect'"),
        (Some(_), true) => page!("details LIKE '%\"code\":\"%'"),
        (Some(_), false) if !is_of_calls => page!("kind NOT IN ('call.started', 'call.ended', 'effect')"),
        (Some(_), false) => found!("kind = $4"),
        (None, false) => found!(
            "(kind NOT IN ('effect', 'call.started') OR (kind = 'call.started' AND NOT EXISTS \
             (SELECT 1 FROM audit_events AS ends WHERE ends.call_id = shown.call_id AND ends.kind = 'call.ended')))"
        ),
    }
}
