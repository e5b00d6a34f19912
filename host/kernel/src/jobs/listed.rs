//! A caller's own jobs, as they are listed: page after page, newest first.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use super::job::{JobStatus, Progress};
use crate::id::JobId;
use crate::name::ToolName;

/// A job of a list: how far it is, and nothing that is encrypted.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedJob {
    pub id: JobId,
    pub tool: ToolName,
    pub status: JobStatus,
    pub progress: Option<Progress>,
    pub created_at: OffsetDateTime,
    /// When one that waits runs again, at the earliest.
    pub next_run_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

impl ListedJob {
    /// The place of this job in the list.
    #[must_use]
    pub fn cursor(&self) -> JobCursor {
        JobCursor { created_ms: milliseconds(self.created_at), id: self.id }
    }
}

/// Which jobs are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobQuery {
    /// How many at most.
    pub limit: u32,
    /// Those after this place; none begins with the newest.
    pub after: Option<JobCursor>,
    /// Those of this status alone.
    pub status: Option<JobStatus>,
}

/// A place in the list of jobs. It is still one when its job has been removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCursor {
    /// When the job was created, in milliseconds since 1970.
    pub created_ms: i64,
    /// Of several jobs of one millisecond.
    pub id: JobId,
}

impl fmt::Display for JobCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.created_ms, self.id)
    }
}

impl FromStr for JobCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (created, id) = text.split_once('.').ok_or(NoCursor)?;
        let created_ms = created.parse().map_err(|_| NoCursor)?;
        Ok(Self { created_ms, id: id.parse().map_err(|_| NoCursor)? })
    }
}

/// A text is no place in the list of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no place in the list of jobs")]
pub struct NoCursor;

fn milliseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_is_written() {
        let cursor = JobCursor { created_ms: 1_764_000_000_123, id: JobId::new() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "soon", "1.", ".", "1.x", "x.01890a5d-ac96-774b-bcce-b302099a8057"] {
            assert_eq!(bad.parse::<JobCursor>(), Err(NoCursor), "{bad}");
        }
    }
}
