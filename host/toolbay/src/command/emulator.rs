//! `toolbay emulator`: a Notion on this machine, to try plugins and clients against.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use notion_emulator::{Options, Seed, program};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where it listens unless `--listen` says another.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8701);

#[derive(Debug, Args)]
#[command(
    after_help = "It listens at 127.0.0.1:8701, or where --listen says.\n\nExample:\n  toolbay emulator --listen 127.0.0.1:8702"
)]
pub(super) struct Arguments {
    /// Its workspace at the start
    #[arg(long, default_value = "default", value_parser = ["default", "empty", "gallery"])]
    seed: String,
    /// When it is, such as 2026-01-01T00:00:00Z; time stands still then
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Without Notion's limit of requests
    #[arg(long)]
    unlimited: bool,
    /// Answer requests as lines of JSON on standard input, as a plugin's tests ask them
    #[arg(long)]
    lines: bool,
}

pub(super) async fn run(arguments: Arguments, listen: Option<SocketAddr>) -> anyhow::Result<()> {
    let now = arguments.now.as_deref().map(|now| OffsetDateTime::parse(now, &Rfc3339)).transpose();
    let mut options = Options {
        listen: listen.unwrap_or(LISTEN),
        seed: Seed::named(&arguments.seed).map_err(anyhow::Error::msg)?,
        now: now.context("--now is a time such as 2026-01-01T00:00:00Z")?,
        ..Options::default()
    };
    if arguments.unlimited || arguments.lines {
        options.rate_limit = None;
    }
    if arguments.lines {
        program::answer_lines(options).await?;
    } else {
        let listen = options.listen;
        program::serve(options).await.with_context(|| format!("the emulator can't listen at {listen}"))?;
    }
    Ok(())
}
