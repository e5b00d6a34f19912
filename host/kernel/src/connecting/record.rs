//! The audit row of an authorization. It is no call of a tool, and as much worth knowing as one.

use std::time::Instant;

use serde_json::json;

use super::Connecting;
use crate::access::Access;
use crate::audit::{self, AuditEnd, AuditStart};
use crate::digest::digest;
use crate::id::CallId;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::surface::Surface;

/// What stands where a tool's name stands.
const NAME: &str = "connection_connect";

/// Who provides it: the host itself.
const PROVIDER: &str = "toolbay";

/// A row that has no end yet.
pub(super) struct Record {
    call: CallId,
    begun: Instant,
}

impl Connecting {
    /// Records that somebody connects. What can't be recorded isn't done.
    pub(super) async fn record_start(
        &self,
        principal: &Principal,
        hint: Option<&str>,
    ) -> Result<Record, Problem> {
        let tool =
            NAME.parse().map_err(|_| Problem::new(Code::Failed, "the host can't name what it does"))?;
        let record = Record { call: CallId::new(), begun: Instant::now() };
        let start = AuditStart {
            call: record.call,
            parent: None,
            principal: principal.id,
            principal_name: principal.name.clone(),
            surface: Surface::Rest,
            tool,
            provider: PROVIDER.to_owned(),
            effect: Access::Writes,
            connection: None,
            arguments_digest: digest(&json!({"connection_hint": hint})),
        };
        self.inner.audit.started(&start).await?;
        Ok(record)
    }

    /// Records what came of it.
    pub(super) async fn record_end(&self, record: Record, result: &Result<Connection, Problem>) {
        let code = result.as_ref().err().map(|problem| problem.code);
        let connected = result.as_ref().ok().map(|connection| connection.id.to_string());
        let summary = audit::summary(NAME, code, connected.as_deref());
        let duration_ms = u64::try_from(record.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let end = AuditEnd { code, summary, touched: Vec::new(), effects: 1, duration_ms };
        // It has happened: the person gets their connection, and the row stays open for the operator to see.
        if let Err(error) = self.inner.audit.finished(record.call, &end).await {
            tracing::error!(call = %record.call, %error, "audit.end_not_written");
        }
    }
}
