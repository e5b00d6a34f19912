//! How the end of a job lies in its row, and why one waits.
//!
//! The column `outcome` has it, encrypted; `outcome_version` says in which form. The first form had the output itself, the
//! problem, or what was done.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use toolbay_kernel::jobs::{JobEnd, JobStatus, Unfinished};
use toolbay_kernel::run::RunOutcome;
use toolbay_kernel::{Answer, JobId, Problem};

use crate::error::Fault;

/// The form in which ends are written now.
pub(crate) const VERSION: i64 = 2;

/// The end of a job that failed.
#[derive(Serialize, Deserialize)]
struct Failed {
    problem: Problem,
    #[serde(flatten)]
    unfinished: Unfinished,
}

/// An end as it is written, before it is encrypted.
pub(crate) fn written(end: &JobEnd) -> Value {
    match end {
        JobEnd::Succeeded(answer) => RunOutcome(Ok(answer.clone())).in_words(),
        JobEnd::Failed(problem, unfinished) => {
            json!(Failed { problem: problem.clone(), unfinished: unfinished.clone() })
        }
        JobEnd::Cancelled(unfinished) => json!(unfinished),
    }
}

/// The end of a job of this status, from what was written in this form; none for one that hasn't ended.
pub(crate) fn read(
    id: JobId,
    status: JobStatus,
    version: i64,
    written: Option<Value>,
) -> Result<Option<JobEnd>, Fault> {
    let damaged = || Fault::Damaged(format!("end of job {id}"));
    let is_first = version < VERSION;
    Ok(Some(match (status, written) {
        (JobStatus::Queued | JobStatus::Running | JobStatus::Waiting, _) => return Ok(None),
        // One that nobody had begun.
        (JobStatus::Cancelled, None) => JobEnd::Cancelled(Unfinished::default()),
        (JobStatus::Cancelled, Some(done)) if is_first => {
            let done = serde_json::from_value(done).map_err(|_| damaged())?;
            JobEnd::Cancelled(Unfinished { done, output: None })
        }
        (JobStatus::Cancelled, Some(unfinished)) => {
            JobEnd::Cancelled(serde_json::from_value(unfinished).map_err(|_| damaged())?)
        }
        (JobStatus::Failed, Some(problem)) if is_first => {
            let problem = serde_json::from_value(problem).map_err(|_| damaged())?;
            JobEnd::Failed(problem, Unfinished::default())
        }
        (JobStatus::Failed, Some(failed)) => {
            let Failed { problem, unfinished } = serde_json::from_value(failed).map_err(|_| damaged())?;
            JobEnd::Failed(problem, unfinished)
        }
        (JobStatus::Succeeded, Some(output)) if is_first => JobEnd::Succeeded(Answer::data(output)),
        (JobStatus::Succeeded, Some(outcome)) => {
            let RunOutcome(answer) = RunOutcome::of_words(outcome).map_err(|_| damaged())?;
            JobEnd::Succeeded(answer.map_err(|_| damaged())?)
        }
        (JobStatus::Failed | JobStatus::Succeeded, None) => return Err(damaged()),
    }))
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::Code;
    use toolbay_kernel::effects::Done;

    use super::*;

    #[test]
    fn an_end_reads_as_it_is_written() {
        let done = Done { carried_out: 2, ids: vec!["p1".to_owned()], ..Done::default() };
        let unfinished = Unfinished { done, output: Some(json!({"results": [1]})) };
        for end in [
            JobEnd::Succeeded(Answer::data(json!({"answer": {}}))),
            JobEnd::Failed(Problem::new(Code::NotFound, "gone").hint("look"), unfinished.clone()),
            JobEnd::Cancelled(unfinished),
        ] {
            let read = read(JobId::new(), end.status(), VERSION, Some(written(&end))).unwrap();
            assert_eq!(read, Some(end));
        }
    }

    #[test]
    fn the_ends_of_an_older_host_are_read() {
        let id = JobId::new();
        let old = |status, value| read(id, status, 1, Some(value)).unwrap().unwrap();
        let output = json!({"answer": {"data": 1}});
        assert_eq!(old(JobStatus::Succeeded, output.clone()), JobEnd::Succeeded(Answer::data(output)));
        let problem = Problem::new(Code::NotFound, "gone");
        let failed = old(JobStatus::Failed, json!(problem.clone()));
        assert_eq!(failed, JobEnd::Failed(problem, Unfinished::default()));
        let done = json!({"carried_out": 1, "ids": [], "unknown": 0, "unknown_writes": [], "unknown_ids": [], "last_refused": null});
        let JobEnd::Cancelled(unfinished) = old(JobStatus::Cancelled, done) else { panic!("another end") };
        assert_eq!(unfinished.done.carried_out, 1);
        assert!(read(id, JobStatus::Failed, VERSION, Some(json!({}))).is_err());
    }
}
