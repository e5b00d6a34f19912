//! The jobs of everybody, page after page, and those that haven't ended.

use serde_json::Value;
use toolbay_kernel::activity::{OpenJob, OpenRuns, OwnedJob};
use toolbay_kernel::jobs::{JobQuery, JobStatus, ListedJob, Progress};
use toolbay_kernel::{JobId, Problem};

use crate::clock;
use crate::error::Fault;
use crate::jobs::progress_of;
use crate::sealed_columns::{JOB_MESSAGE, JOB_OUTCOME};
use crate::store::Store;
use crate::vault::Keyring;

#[derive(serde::Deserialize)]
struct StoredOwned {
    id: String,
    principal_id: String,
    principal_name: Option<String>,
    tool: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    message: Option<Vec<u8>>,
    problem: Option<Vec<u8>>,
    cancel_requested: i64,
    created_at: i64,
    next_run_at: Option<i64>,
    ended_at: Option<i64>,
}

#[derive(serde::Deserialize)]
struct StoredOpen {
    id: String,
    principal_id: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    cancel_requested: i64,
}

#[derive(serde::Deserialize)]
struct StoredCount {
    what: String,
    count: i64,
}

impl Store {
    /// The jobs of everybody that are wanted, newest first.
    pub(crate) async fn everybodys_jobs(&self, wanted: JobQuery) -> Result<Vec<OwnedJob>, Fault> {
        let status = wanted.status.map(JobStatus::as_str).unwrap_or_default();
        // Nothing is as new as this.
        let (created_ms, id) =
            wanted.after.map_or((i64::MAX, String::new()), |after| (after.created_ms, after.id.to_string()));
        self.keys
            .reading(&self.database, async |keyring| {
                let stored: Vec<StoredOwned> = self
                    .database
                    .rows(
                        "SELECT id, principal_id, (SELECT principal_name FROM audit_events \
                         WHERE audit_events.principal_id = runs.principal_id AND principal_name <> '' \
                         ORDER BY seq DESC LIMIT 1) AS principal_name, tool, \
                         CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END AS status, \
                         done, total, message, \
                         CASE WHEN status = 'failed' OR (status = 'queued' AND next_run_at IS NOT NULL) THEN outcome END AS problem, \
                         cancel_requested, created_at, next_run_at, ended_at FROM runs WHERE kind = 'job' \
                         AND ($1 = '' OR CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END = $1) \
                         AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
                         ORDER BY created_at DESC, id DESC LIMIT $4",
                        [
                            status.into(),
                            created_ms.into(),
                            id.clone().into(),
                            i64::from(wanted.limit).into(),
                        ],
                    )
                    .await?;
                stored.into_iter().map(|row| row.read(&keyring)).collect()
            })
            .await
    }

    /// How many runs haven't ended.
    pub(crate) async fn runs_not_ended(&self) -> Result<OpenRuns, Fault> {
        let stored: Vec<StoredCount> = self
            .database
            .rows(
                "SELECT CASE WHEN kind <> 'job' THEN 'call' WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' \
                 ELSE status END AS what, COUNT(*) AS count FROM runs WHERE ended_at IS NULL GROUP BY 1",
                [],
            )
            .await?;
        let count = |what: &str| {
            let found = stored.iter().find(|row| row.what == what);
            found.map_or(0, |row| u64::try_from(row.count).unwrap_or_default())
        };
        Ok(OpenRuns {
            calls: count("call"),
            queued: count("queued"),
            running: count("running"),
            waiting: count("waiting"),
        })
    }

    /// The jobs that haven't ended, oldest first.
    pub(crate) async fn jobs_not_ended(&self, max: u32) -> Result<Vec<OpenJob>, Fault> {
        let stored: Vec<StoredOpen> = self
            .database
            .rows(
                "SELECT id, principal_id, \
                 CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END AS status, \
                 done, total, cancel_requested FROM runs WHERE kind = 'job' AND ended_at IS NULL \
                 ORDER BY created_at LIMIT $1",
                [i64::from(max).into()],
            )
            .await?;
        stored.into_iter().map(StoredOpen::read).collect()
    }
}

impl StoredOwned {
    fn read(self, keyring: &Keyring) -> Result<OwnedJob, Fault> {
        let id: JobId = self.id.parse().map_err(|_| Fault::Damaged(format!("id of job {}", self.id)))?;
        let damaged = |what: &str| Fault::Damaged(format!("{what} of job {id}"));
        let message = self.message.map(|blob| keyring.json(JOB_MESSAGE.of(id.uuid()), &blob)).transpose()?;
        let message = message.as_ref().and_then(Value::as_str).map(str::to_owned);
        let outcome = self.problem.map(|blob| keyring.json(JOB_OUTCOME.of(id.uuid()), &blob)).transpose()?;
        let job = ListedJob {
            id,
            tool: self.tool.parse().map_err(|_| damaged("tool"))?,
            status: JobStatus::parse(&self.status).ok_or_else(|| damaged("status"))?,
            progress: progress_of(self.done, self.total).map(|progress| Progress { message, ..progress }),
            created_at: clock::from_milliseconds(self.created_at)?,
            next_run_at: self.next_run_at.map(clock::from_milliseconds).transpose()?,
            ended_at: self.ended_at.map(clock::from_milliseconds).transpose()?,
        };
        Ok(OwnedJob {
            principal: self.principal_id.parse().map_err(|_| damaged("principal"))?,
            name: self.principal_name,
            is_cancelling: self.cancel_requested != 0 && self.ended_at.is_none(),
            problem: outcome
                .map(|outcome| problem_of(outcome).ok_or_else(|| damaged("problem")))
                .transpose()?,
            job,
        })
    }
}

impl StoredOpen {
    fn read(self) -> Result<OpenJob, Fault> {
        let damaged = |what: &str| Fault::Damaged(format!("{what} of job {}", self.id));
        let status = JobStatus::parse(&self.status).ok_or_else(|| damaged("status"))?;
        Ok(OpenJob {
            id: self.id.parse().map_err(|_| damaged("id"))?,
            principal: self.principal_id.parse().map_err(|_| damaged("principal"))?,
            state: (status, self.done, self.total, self.cancel_requested != 0),
        })
    }
}

/// The problem of a job that failed, with what it left beside it or, of one that waits or an older host's, alone.
fn problem_of(mut outcome: Value) -> Option<Problem> {
    let within = outcome.get_mut("problem").map(Value::take);
    serde_json::from_value(within.unwrap_or(outcome)).ok()
}
