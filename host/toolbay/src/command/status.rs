//! `toolbay status`: what this installation is, and whether a host serves it.

use std::process::ExitCode;

use serde_json::{Value, json};
use toolbay_kernel::Administration;
use toolbay_kernel::administration::Keys;
use toolbay_store::{Look, Store};

use super::{Output, token};
use crate::announcement::{self, Announced};
use crate::configuration::{Configuration, bundled_count};
use crate::host::{Purpose, open_store, store_settings};

pub(super) async fn run(configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
    let running = announcement::of_running(&configuration.data_dir);
    let look = Store::look(&store_settings(configuration)).await?;
    // Looking must not bring tables up to date, nor make what isn't there.
    let counts = match look.schema {
        Some(_) if !look.is_behind() => Some(counts(configuration).await?),
        _ => None,
    };
    let shown = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "bundled": bundled_count(),
        "host": running.as_ref().map(host),
        "database": {
            "kind": if look.file.is_some() { "sqlite" } else { "postgresql" },
            "file": look.file,
            "migrations": look.schema,
            "newest_migration": look.newest_schema,
        },
        "redis": configuration.redis_url.as_ref().map(ToString::to_string),
        "data_dir": configuration.data_dir,
        "plugin_dir": configuration.plugin_dir,
        "counts": counts,
    });
    output.print(&shown, || lines(&shown, running.as_ref(), &look));
    Ok(ExitCode::SUCCESS)
}

fn host(running: &Announced) -> Value {
    let live = running.plugins.iter().filter(|plugin| plugin["status"] == "live").count();
    json!({
        "version": running.version,
        "process": running.pid,
        "since": running.since,
        "address": running.address,
        "public_url": running.public_url,
        "tools": running.tools.len(),
        "plugins": {"live": live, "refused": running.plugins.len() - live},
        "bundled": running.bundled,
        "upstreams": running.upstreams,
        "loading": running.loading.map(|(read, all)| json!({"read": read, "all": all})),
    })
}

async fn counts(configuration: &Configuration) -> anyhow::Result<Value> {
    let store = open_store(configuration, Purpose::Command).await?;
    let administration = Administration::new(std::sync::Arc::clone(&store) as _);
    let connections = administration.connections().await?;
    let jobs = administration.jobs().await?;
    let keys = Keys::new(std::sync::Arc::clone(&store) as _).status().await?;
    let in_use =
        keys.iter().filter(|status| status.key.state != toolbay_kernel::administration::KeyState::Retired);
    Ok(json!({
        "connections": connections.len(),
        "connections_to_renew": connections.iter().filter(|row| row.broken_at.is_some()).count(),
        "tokens": token::valid(&administration).await?.len(),
        "open_jobs": jobs.iter().filter(|job| job.ended_at.is_none()).count(),
        "keys": in_use.count(),
    }))
}

fn lines(shown: &Value, running: Option<&Announced>, look: &Look) -> String {
    let bundled = |count: usize| {
        if count == 1 { "1 plugin bundled".to_owned() } else { format!("{count} plugins bundled") }
    };
    let mut lines = vec![format!("toolbay {} ({})", env!("CARGO_PKG_VERSION"), bundled(bundled_count()))];
    match running {
        None if look.is_served => lines.push(
            "host         one serves this database, and doesn't say more, as an older version doesn't"
                .to_owned(),
        ),
        None => lines.push("host         none runs with this data folder".to_owned()),
        Some(running) => {
            lines.push(format!(
                "host         {} (process {}) since {}",
                running.address, running.pid, running.since
            ));
            if running.version != env!("CARGO_PKG_VERSION") {
                lines.push(format!("             it is toolbay {}", running.version));
            }
            let plugins = |state: &str| {
                shown.pointer(&format!("/host/plugins/{state}")).and_then(Value::as_u64).unwrap_or_default()
            };
            let loading = running.loading.map(|(read, all)| format!("; it has read {read} of {all}"));
            lines.push(format!(
                "plugins      {} live, {} refused, {} tools{}",
                plugins("live"),
                plugins("refused"),
                running.tools.len(),
                loading.unwrap_or_default()
            ));
            for (place, health) in running.upstreams.iter().enumerate() {
                let about = if place == 0 { "MCP servers" } else { "" };
                lines.push(format!("{about:<12} {}", health.in_words()));
            }
        }
    }
    let kind = shown.pointer("/database/kind").and_then(Value::as_str).unwrap_or_default();
    lines.push(match look.schema {
        None => format!("database     {kind}, new: the first start makes it"),
        Some(schema) if look.is_behind() => format!(
            "database     {kind}, migration {schema} of {}: the next start brings it up to date",
            look.newest_schema
        ),
        Some(schema) => format!("database     {kind}, migration {schema}, up to date"),
    });
    if let Some(url) = shown["redis"].as_str() {
        lines.push(format!("rate windows {url}"));
    }
    if let Some(counts) = shown.get("counts").filter(|counts| counts.is_object()) {
        let broken = match counts["connections_to_renew"].as_u64() {
            None | Some(0) => String::new(),
            Some(broken) => format!(" ({broken} must be connected again)"),
        };
        lines.push(format!("connections  {}{broken}", counts["connections"]));
        lines.push(format!("tokens       {} valid", counts["tokens"]));
        lines.push(format!("jobs         {} open", counts["open_jobs"]));
        lines.push(format!("keys         {}", counts["keys"]));
    }
    lines.push(format!("data folder  {}", shown["data_dir"].as_str().unwrap_or_default()));
    lines.join("\n")
}
