//! The person who is asked.

use serde::{Deserialize, Serialize};

/// What the person does at the authorization page.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// Whether they agree; else they are sent back with `access_denied`.
    pub agrees: bool,
    /// The workspace that they choose, by name. Each has an id and a bot of its own, and all have the same content.
    pub workspace: String,
    /// Who they are: a user of the workspace, by name. The first one, unless somebody is named.
    pub person: Option<String>,
}

impl Default for Consent {
    fn default() -> Consent {
        Consent { agrees: true, workspace: "Toolbay".to_owned(), person: None }
    }
}
