//! What a tool answers.

use serde_json::Value;

use crate::media::{InvalidMediaType, InvalidResourceUri, MediaType, ResourceUri};

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

impl Content {
    /// A picture as somebody else names it; a word about it where that is no media type.
    #[must_use]
    pub fn image(mime_type: String, data: Vec<u8>) -> Self {
        mime_type.try_into().map_or_else(unnamed, |mime_type| Self::Image { mime_type, data })
    }

    /// Sound, as [`Content::image`].
    #[must_use]
    pub fn audio(mime_type: String, data: Vec<u8>) -> Self {
        mime_type.try_into().map_or_else(unnamed, |mime_type| Self::Audio { mime_type, data })
    }

    /// A document as somebody else names it: plain text where that is no media type, and its text alone where that is no address.
    #[must_use]
    pub fn resource(uri: String, mime_type: Option<String>, text: String) -> Self {
        let mime_type =
            mime_type.and_then(|named| named.try_into().ok()).unwrap_or_else(MediaType::plain_text);
        match uri.try_into() {
            Ok(uri) => Self::Resource { uri, mime_type, text },
            Err(InvalidResourceUri) => Self::Text(text),
        }
    }
}

fn unnamed(_: InvalidMediaType) -> Content {
    Content::Text("(content without a media type)".to_owned())
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
