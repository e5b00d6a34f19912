//! What was read, and what is answered of it.

use serde_json::Map;
use toolbay_sdk::prelude::*;

use super::window;

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    id: String,
    title: String,
    text: String,
    url: String,
    #[schemars(with = "Metadata")]
    metadata: Map<String, Value>,
}

/// What typed clients go by; the rest depends on what was read.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it describes what is built as JSON")]
struct Metadata {
    object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<String>>,
}

/// What was read, before it is cut to a size that a model can take.
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) url: Option<String>,
    pub(super) text: String,
    pub(super) metadata: Map<String, Value>,
    /// What the reader must know to read on or to trust the text.
    pub(super) notes: Vec<String>,
}

impl Document {
    pub(super) fn into_output(self, id: &str, offset: u32) -> Output {
        let mut metadata = self.metadata;
        let mut notes = self.notes;
        let window = window::cut(&self.text, usize::try_from(offset).unwrap_or(usize::MAX));
        if let Some(next) = window.next_offset {
            metadata.insert("next_offset".to_owned(), next.into());
            notes.push(format!(
                "The text goes on: fetch it again with `offset` {next} (of {}).",
                window.length
            ));
        }
        if !notes.is_empty() {
            metadata.insert("notes".to_owned(), json!(notes));
        }
        Output {
            id: id.to_owned(),
            title: self.title.unwrap_or_default(),
            text: window.text.to_owned(),
            url: self.url.unwrap_or_default(),
            metadata,
        }
    }
}
