//! Tokens, and what the bot behind each may do and see.

use serde::{Deserialize, Serialize};

/// What an integration may do. Everything by default; a test takes away what it wants refused.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// Read pages, blocks, databases.
    pub read_content: bool,
    /// Create pages, blocks, databases.
    pub insert_content: bool,
    /// Change and trash what exists.
    pub update_content: bool,
    pub read_comments: bool,
    pub insert_comments: bool,
    pub read_users: bool,
    /// See e-mail addresses of users.
    pub read_user_email: bool,
}

impl Default for Capabilities {
    fn default() -> Capabilities {
        Capabilities {
            read_content: true,
            insert_content: true,
            update_content: true,
            read_comments: true,
            insert_comments: true,
            read_users: true,
            read_user_email: true,
        }
    }
}

/// One capability, as a route names what it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Capability {
    None,
    ReadContent,
    InsertContent,
    UpdateContent,
    ReadComments,
    InsertComments,
    ReadUsers,
}

impl Capabilities {
    pub(crate) fn allow(&self, needed: Capability) -> bool {
        match needed {
            Capability::None => true,
            Capability::ReadContent => self.read_content,
            Capability::InsertContent => self.insert_content,
            Capability::UpdateContent => self.update_content,
            Capability::ReadComments => self.read_comments,
            Capability::InsertComments => self.insert_comments,
            Capability::ReadUsers => self.read_users,
        }
    }
}

/// A token that the emulator accepts.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub token: String,
    /// The integration's name, which is its bot's name too.
    #[serde(default = "default_name")]
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The pages and databases shared with it, with everything below them; `None` shares all.
    #[serde(default)]
    pub shared: Option<Vec<String>>,
}

fn default_name() -> String {
    "Toolbay".to_owned()
}

impl Token {
    /// A token that may do everything.
    #[must_use]
    pub fn new(token: &str) -> Token {
        Token {
            token: token.to_owned(),
            name: default_name(),
            capabilities: Capabilities::default(),
            shared: None,
        }
    }
}

impl Default for Token {
    fn default() -> Token {
        Token::new("secret_emulator")
    }
}

/// A token with the bot that acts for it.
#[derive(Clone, Debug)]
pub(crate) struct Integration {
    pub(crate) id: String,
    pub(crate) bot_id: String,
    pub(crate) token: Token,
}
