//! `toolbay tools`: which tools there are, and who may use them.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::{Principal, ProfileName};

use super::reach::Reach;
use super::{Output, token};
use crate::configuration::Configuration;
use crate::host::{START_TIME, open_administration};
use crate::published::Published;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay tools --token reports --all")]
pub(super) struct Arguments {
    /// Those that this token may use, by its name or id [default: the operator's]
    #[arg(long, value_name = "NAME")]
    token: Option<String>,
    /// Only the tools of this profile, such as core or read
    #[arg(long, value_name = "PROFILE")]
    profile: Option<ProfileName>,
    /// Also those that may not be used, and why
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut principal = Principal::operator();
    if let Some(wanted) = &arguments.token {
        let administration = open_administration(configuration).await?;
        let id = token::find(wanted, &administration).await?;
        let rows = token::valid(&administration).await?;
        if let Some(row) = rows.into_iter().find(|row| row.id == id) {
            principal = Principal { tools: row.tools, strongest: row.strongest, ..principal };
        }
    }
    if let Some(name) = &arguments.profile {
        principal = principal.within(configuration.profile(name)?);
    }
    let published = Published::of(configuration, START_TIME).await?;
    let reach = Reach::of_principal(&principal, &published.tools);
    let rows: Vec<Value> = reach
        .tools()
        .filter(|(_, why)| arguments.all || why.is_none())
        .map(|(tool, why)| {
            json!({
                "name": tool.name,
                "access": tool.access.min(principal.strongest.max(tool.least)).as_str(),
                "from": tool.provider,
                "title": tool.title,
                "not": why,
            })
        })
        .collect();
    let columns = ["name", "access", "from", "title", "not"];
    let columns = if arguments.all {
        &columns[..]
    } else {
        columns.split_last().map_or(&columns[..], |(_, rest)| rest)
    };
    output.table(&rows, columns, "no tools; toolbay plugin list says why");
    if let Some(source) = published.source() {
        Output::note(&source);
    }
    if published.pending > 0 {
        Output::note(&format!("{} plugins are still being compiled", published.pending));
    }
    Ok(ExitCode::SUCCESS)
}
