//! The emulator as a program.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use notion_emulator::{Options, Seed, Token, program};

/// A Notion to test against: the public API at version 2026-03-11, in memory. It prints the ids of its workspace.
#[derive(Parser)]
#[command(name = "notion-emulator", version)]
struct Settings {
    /// Where it listens; port 0 takes any that is free.
    #[arg(long, env = "EMULATOR_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8701")]
    listen: SocketAddr,
    /// Requests a minute that a token has; "off" for no limit [default: as Notion].
    #[arg(long, env = "EMULATOR_RATE_LIMIT", value_name = "NUMBER|off")]
    rate_limit: Option<String>,
    /// Its workspace at the start.
    #[arg(long, env = "EMULATOR_SEED", default_value = "default", value_parser = ["default", "empty", "gallery"])]
    seed: String,
    /// The one token that it takes.
    #[arg(long, env = "EMULATOR_TOKEN", default_value = "secret_emulator")]
    token: String,
    /// A file to which all exchanges are written.
    #[arg(long, env = "EMULATOR_RECORD", value_name = "FILE")]
    record: Option<PathBuf>,
    /// The client id of its public integration.
    #[arg(long, env = "EMULATOR_OAUTH_CLIENT_ID", value_name = "ID")]
    oauth_client_id: Option<String>,
    /// The secret of its public integration.
    #[arg(long, env = "EMULATOR_OAUTH_CLIENT_SECRET", value_name = "SECRET")]
    oauth_client_secret: Option<String>,
    /// Where people are sent back to; any address of this machine when none is given.
    #[arg(long, env = "EMULATOR_OAUTH_REDIRECT_URIS", value_name = "URL,...", value_delimiter = ',')]
    oauth_redirect_uris: Vec<String>,
    /// The client id that its hosted MCP server knows from the start.
    #[arg(long, env = "EMULATOR_MCP_CLIENT_ID", value_name = "ID")]
    mcp_client_id: Option<String>,
    /// The secret of that client.
    #[arg(long, env = "EMULATOR_MCP_CLIENT_SECRET", value_name = "SECRET")]
    mcp_client_secret: Option<String>,
    /// Where people are sent back to for that client; any address of this machine when none is given.
    #[arg(long, env = "EMULATOR_MCP_REDIRECT_URIS", value_name = "URL,...", value_delimiter = ',')]
    mcp_redirect_uris: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    Ok(program::serve(Settings::parse().options()?).await?)
}

impl Settings {
    fn options(self) -> Result<Options, Box<dyn Error>> {
        let mut options = Options { listen: self.listen, ..Options::default() };
        match self.rate_limit.as_deref() {
            None => {}
            Some("off") => options.rate_limit = None,
            Some(requests) => options.rate_limit = Some(requests.parse()?),
        }
        options.seed = Seed::named(&self.seed)?;
        options.tokens = vec![Token::new(&self.token)];
        options.record = self.record;
        if let Some(id) = self.oauth_client_id {
            options.oauth.client_id = id;
        }
        if let Some(secret) = self.oauth_client_secret {
            options.oauth.client_secret = secret;
        }
        options.oauth.redirect_uris =
            self.oauth_redirect_uris.iter().map(|uri| uri.trim().to_owned()).collect();
        if let Some(id) = self.mcp_client_id {
            options.hosted_client.client_id = id;
        }
        if let Some(secret) = self.mcp_client_secret {
            options.hosted_client.client_secret = secret;
        }
        options.hosted_client.redirect_uris =
            self.mcp_redirect_uris.iter().map(|uri| uri.trim().to_owned()).collect();
        Ok(options)
    }
}
