//! How an emulator starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;

use crate::model::integration::Token;
use crate::oauth::OAuthApp;

/// What the workspace holds at the start and after a reset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Seed {
    /// The demo: a page, the databases "Tasks" and "Projects" with rows, users, a comment.
    #[default]
    Default,
    /// The users and one empty root page.
    Empty,
    /// The users, the root page, and one of everything that Notion can hold: every type of block and of property,
    /// long lists, empty and odd values, things in the trash.
    Gallery,
}

impl Seed {
    /// The seed of a name: `default`, `empty` or `gallery`.
    ///
    /// # Errors
    ///
    /// When there is none, in words.
    pub fn named(name: &str) -> Result<Seed, String> {
        match name {
            "default" => Ok(Seed::Default),
            "empty" => Ok(Seed::Empty),
            "gallery" => Ok(Seed::Gallery),
            other => Err(format!("No seed named {other}; there are default, empty and gallery.")),
        }
    }
}

/// How an emulator starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Requests that a token has in each window; `None` for no limit. Notion's free plans have 180.
    pub rate_limit: Option<u32>,
    /// How long a window is.
    pub rate_limit_window: Duration,
    /// The tokens that are accepted. The first is the one of [`crate::Emulator::token`].
    pub tokens: Vec<Token>,
    /// What the workspace holds.
    pub seed: Seed,
    /// When it is, from the first moment on; `None` for the real time.
    pub now: Option<OffsetDateTime>,
    /// Where ids come from: the same number, the same ids.
    pub id_seed: u64,
    /// The public integration that OAuth serves.
    pub oauth: OAuthApp,
    /// The client that the hosted MCP server knows from the start, beside those that register themselves. It may send its
    /// secret in the form or in the header.
    pub hosted_client: OAuthApp,
    /// A file that every exchange with the API is appended to, as lines of JSON; those of OAuth are not among them.
    pub record: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            rate_limit: Some(180),
            rate_limit_window: Duration::from_secs(60),
            tokens: vec![Token::default()],
            seed: Seed::Default,
            now: None,
            id_seed: 1,
            oauth: OAuthApp::default(),
            hosted_client: OAuthApp {
                client_id: "emulator-mcp-client".to_owned(),
                client_secret: "secret_emulator_mcp_client".to_owned(),
                redirect_uris: Vec::new(),
            },
            record: None,
        }
    }
}
