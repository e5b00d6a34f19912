//! What `edit_page` is given.

use toolbay_sdk::prelude::*;

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    pub(super) old: String,
    pub(super) new: String,
    /// In all places.
    #[serde(default)]
    pub(super) all: bool,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Insert {
    pub(super) text: String,
    /// Text of the page, or `start...end`.
    pub(super) after: String,
}

#[derive(Clone, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    pub(super) page_id: String,
    /// Exact texts to change, each in one place.
    #[serde(default)]
    pub(super) edits: Vec<Edit>,
    #[serde(default)]
    pub(super) append: Option<String>,
    #[serde(default)]
    pub(super) prepend: Option<String>,
    #[serde(default)]
    pub(super) insert: Option<Insert>,
    /// The whole new content.
    #[serde(default)]
    pub(super) replace: Option<String>,
    /// Also of child pages.
    #[serde(default)]
    pub(super) allow_deleting: bool,
}
