//! `toolbay job`: what runs in the background, whoever's it is.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use toolbay_kernel::administration::JobRecord;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::built_in::job_told as told;
use toolbay_kernel::jobs::{Adoption, JobStore as _};
use toolbay_kernel::{Administration, JobId, PrincipalId};

use super::Output;
use super::audit::at;
use super::named::{self, Known};
use crate::configuration::Configuration;
use crate::host::{Host, Purpose, open_store, own_compiler};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the jobs, those that haven't ended first
    #[command(after_help = "Example:\n  toolbay job list --json")]
    List,
    /// Show how far a job is, or how it ended
    #[command(after_help = "Example:\n  toolbay job show 01a225a4")]
    Show {
        /// Its id, or the beginning of it
        job: String,
    },
    /// Let the plugins that are installed now go on with a job, if they ask for all that it has recorded
    #[command(
        after_help = "A job goes on with the plugins that it began with. Its journal is replayed against those that are installed, \
                      without any request; a job that failed goes on too.\n\nExample:\n  toolbay job adopt 01a225a4"
    )]
    Adopt {
        /// Its id, or the beginning of it
        job: String,
    },
    /// Stop a job after what is under way; what it has done stays
    #[command(after_help = "Example:\n  toolbay job cancel 01a225a4")]
    Cancel {
        /// Its id, or the beginning of it
        job: String,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let store = open_store(configuration, Purpose::Command).await?;
        let administration = Administration::new(std::sync::Arc::clone(&store) as _);
        let names = names(&administration).await?;
        match self {
            Self::List => {
                let rows: Vec<Value> =
                    administration.jobs().await?.iter().map(|row| shown(row, &names)).collect();
                let columns =
                    ["id", "tool", "status", "progress", "principal", "created", "next_run", "ended"];
                output.table(&rows, &columns, "no jobs; a client starts one with job_start");
            }
            Self::Show { job } => {
                let row = find(&job, &administration).await?;
                let mut job = shown(&row, &names);
                let told = store.job(row.id, row.principal).await?.map(told);
                if let (Some(members), Some(Value::Object(mut told))) = (job.as_object_mut(), told) {
                    // What a job answers is its owner's; why there is no answer is the operator's too.
                    for name in ["message", "error", "done"] {
                        if let Some(value) = told.remove(name) {
                            members.insert(name.to_owned(), value);
                        }
                    }
                }
                output.print(&job, || format!("{job:#}"));
            }
            Self::Adopt { job } => {
                let row = find(&job, &administration).await?;
                adopt(row.id, configuration, output).await?;
            }
            Self::Cancel { job } => {
                let row = find(&job, &administration).await?;
                if !administration.cancel_job(row.id, &Actor::operator()).await? {
                    bail!("job {} has ended already: {}", row.id, row.status.as_str());
                }
                output.print(&json!({"cancelled": row.id.to_string()}), || {
                    format!("job {} ends after what is under way; what it has done stays", row.id)
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Replays a job against what is installed here, as the host that serves would have it.
async fn adopt(id: JobId, configuration: &Configuration, output: &Output) -> anyhow::Result<()> {
    let host = Host::open(configuration, Purpose::Command, own_compiler()?).await?;
    host.load().await;
    match host.jobs.adopt(&host.gateway.dispatcher, id, &Actor::operator()).await {
        Ok(Adoption::Adopted) => {
            output.print(&json!({"adopted": id.to_string()}), || {
                format!("job {id} goes on with the plugins that are installed now")
            });
            Ok(())
        }
        Ok(Adoption::Differs { position, because }) => {
            let what = match because {
                None => format!(
                    "the installed plugins ask for something else at position {position} of the job's journal"
                ),
                Some(why) => format!(
                    "the installed plugins came to no position {position} of the job's journal: {why}"
                ),
            };
            bail!("{what}; nothing was changed, and the job goes on with the plugins that it began with")
        }
        Err(problem) => {
            let hint = problem.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
            bail!("{}{hint}", problem.message)
        }
    }
}

async fn find(wanted: &str, administration: &Administration) -> anyhow::Result<JobRecord> {
    if let Ok(id) = wanted.parse()
        && let Some(row) = administration.job(id).await?
    {
        return Ok(row);
    }
    let rows = administration.jobs().await?;
    let known: Vec<Known<JobId>> =
        rows.iter().map(|row| Known { id: row.id, name: row.id.to_string() }).collect();
    let id = named::find(wanted, &known, "job", "toolbay job list")?;
    match rows.into_iter().find(|row| row.id == id) {
        Some(row) => Ok(row),
        None => bail!("job {id} has gone meanwhile"),
    }
}

/// The names of those who start jobs.
async fn names(administration: &Administration) -> anyhow::Result<HashMap<PrincipalId, String>> {
    let tokens = administration.tokens().await?.into_iter().map(|row| (row.id, row.name));
    let own = ["operator", "action"].map(|name| (PrincipalId::of_environment(name), name.to_owned()));
    Ok(tokens.chain(own).collect())
}

fn shown(row: &JobRecord, names: &HashMap<PrincipalId, String>) -> Value {
    let status = if row.is_cancelling { "cancelling" } else { row.status.as_str() };
    json!({
        "id": row.id.to_string(),
        "tool": row.tool,
        "status": status,
        "progress": row.progress.as_ref().map(|progress| match progress.total {
            Some(total) => format!("{} of {total}", progress.done),
            None => progress.done.to_string(),
        }),
        "principal": names.get(&row.principal).cloned().unwrap_or_else(|| row.principal.to_string()),
        "created": at(row.created_at),
        "next_run": row.next_run_at.map(at),
        "ended": row.ended_at.map(at),
    })
}
