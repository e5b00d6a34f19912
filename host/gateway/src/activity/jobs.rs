//! The jobs of everybody, for who administers; and a job once more, for its owner too.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::activity::{Again, OwnedJob, Stopped};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::jobs::{JobQuery, JobStatus, Progress};
use toolbay_kernel::{Code, JobId, Principal, Problem};

use super::surface;
use super::told::{self, at, object};
use crate::Gateway;
use crate::administers;
use crate::envelope::{self, Refusal, of_host};
use crate::rest::{body, key, query};

/// `GET /v1/administration/jobs`
pub(crate) async fn all_jobs(
    gateway: &Gateway,
    principal: &Principal,
    query: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    administers::required(principal)?;
    let [limit, cursor, status] = told::read(query, ["limit", "cursor", "status"])?;
    let limit = told::limit(limit.as_deref())?;
    let status = status.map(|status| JobStatus::parse(&status).ok_or_else(no_status)).transpose()?;
    let after = cursor.map(|cursor| cursor.parse().map_err(|_| told::no_cursor())).transpose()?;
    let wanted = JobQuery { limit: limit + 1, after, status };
    let jobs = gateway.activity.jobs_of_everybody(wanted).await.map_err(Problem::from)?;
    Ok(of_host(&told::page("jobs", jobs, limit, listed, |last| last.job.cursor().to_string())))
}

/// `POST /v1/administration/jobs/{id}/cancel`
pub(crate) async fn cancel(
    gateway: &Gateway,
    principal: &Principal,
    id: &str,
    request: Request,
) -> Result<Response, Refusal> {
    administers::required(principal)?;
    let by = Actor::new(principal, surface(request.extensions()));
    without_arguments(request).await?;
    let id = parsed(id);
    match gateway.activity.stop_job(id, &by).await.map_err(Problem::from)? {
        Stopped::Stops => Ok(of_host(&json!({"job_id": id, "cancelled": true}))),
        Stopped::HasEnded => {
            Err(Problem::new(Code::Conflict, "The job has ended already.").hint("Look how it ended.").into())
        }
        Stopped::Unknown => Err(Problem::new(Code::NotFound, "There is no such job.")
            .hint("Ended jobs are kept for a limited time, by default a week.")
            .into()),
    }
}

/// `POST /v1/jobs/{id}/again`
pub(crate) async fn again(
    gateway: &Gateway,
    principal: Arc<Principal>,
    id: &str,
    request: Request,
) -> Result<Response, Refusal> {
    let again = Again {
        job: parsed(id),
        administers: principal.administers,
        by: principal,
        surface: surface(request.extensions()),
        key: key::read(request.headers())?,
    };
    without_arguments(request).await?;
    let outcome = gateway.activity.again(&gateway.dispatcher, gateway.principals.as_ref(), again).await?;
    Ok(envelope::of_call(&outcome))
}

/// Refuses arguments where the address says it all.
async fn without_arguments(request: Request) -> Result<(), Refusal> {
    query::refuse(request.uri())?;
    match body::read(request).await? {
        Value::Object(members) if members.is_empty() => Ok(()),
        _ => Err(Refusal::invalid("This address takes no arguments.").hint("Send no body, or `{}`.")),
    }
}

fn listed(owned: &OwnedJob) -> Value {
    let OwnedJob { job, principal, name, is_cancelling, problem, .. } = owned;
    let counts = job.progress.as_ref().map(|progress| match progress.total {
        Some(total) => json!({"done": progress.done, "total": total}),
        None => json!({"done": progress.done}),
    });
    let name = name.clone().unwrap_or_else(|| principal.to_string());
    Value::Object(object([
        ("job_id", json!(job.id)),
        ("principal", json!({"id": principal, "name": name})),
        ("tool", json!(job.tool)),
        ("status", json!(if *is_cancelling { "cancelling" } else { job.status.as_str() })),
        ("progress", json!(job.progress.as_ref().and_then(Progress::share))),
        ("counts", json!(counts)),
        ("message", json!(job.progress.as_ref().and_then(|progress| progress.message.as_ref()))),
        ("created_at", json!(at(job.created_at))),
        ("next_run_at", json!(job.next_run_at.and_then(at))),
        ("ended_at", json!(job.ended_at.and_then(at))),
        ("error", json!(problem)),
    ]))
}

fn no_status() -> Refusal {
    let known: Vec<&str> = JobStatus::ALL.iter().map(|status| status.as_str()).collect();
    Refusal::invalid("There is no such status of a job.").hint(format!("Valid are: {}.", known.join(", ")))
}

/// The id; one that can't be an id is nobody's.
fn parsed(id: &str) -> JobId {
    id.parse().unwrap_or_default()
}
