//! What a tool answers.

use serde_json::Value;

use crate::media::{MediaType, ResourceUri};

/// A part of an answer that isn't JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Prose.
    Text(String),
    /// A picture.
    Image {
        /// Its media type, such as `image/png`.
        mime_type: MediaType,
        data: Vec<u8>,
    },
    /// Sound.
    Audio {
        /// Its media type, such as `audio/wav`.
        mime_type: MediaType,
        data: Vec<u8>,
    },
    /// A document.
    Resource {
        /// What it is called.
        uri: ResourceUri,
        mime_type: MediaType,
        text: String,
    },
}

/// What a tool answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The answer as data; behind the door it is always an object, or absent because `content` says it all.
    pub data: Option<Value>,
    /// Parts that aren't JSON.
    pub content: Vec<Content>,
}

impl Answer {
    /// What another tool is told: the data, or the texts where there is none.
    pub(crate) fn for_tool(self) -> Value {
        let texts = self.content.iter().filter_map(|part| match part {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        match self.data {
            Some(data) => data,
            None if texts.is_empty() => Value::Null,
            None => texts.join("\n").into(),
        }
    }

    /// An answer of data alone.
    #[must_use]
    pub fn data(data: Value) -> Self {
        Self { data: Some(data), content: Vec::new() }
    }
}
