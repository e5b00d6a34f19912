//! What a tool answers with.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use toolbay_sdk_notion::json_text;

use crate::Problem;
use crate::schema;

/// A part of an answer that is not data: prose, a picture, sound, a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Words for the model or the person.
    Text(String),
    /// A picture.
    Image {
        /// Such as `image/png`.
        mime_type: String,
        /// The picture's bytes; the host encodes them as its callers need.
        data: Vec<u8>,
    },
    /// Sound.
    Audio {
        /// Such as `audio/wav`.
        mime_type: String,
        /// The recording's bytes.
        data: Vec<u8>,
    },
    /// A document of text.
    Resource {
        /// Names the document.
        uri: String,
        /// Such as `text/markdown`.
        mime_type: String,
        /// What the document says.
        text: String,
    },
}

/// Data, content, or both. A tool whose answer is only data returns its own type instead and publishes its schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    data: Option<String>,
    content: Vec<Content>,
}

impl Answer {
    /// An answer without data; add [`Content`] to it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An answer of data.
    ///
    /// # Errors
    ///
    /// `failed` where the value is not JSON, such as a map whose keys are not text.
    pub fn of(data: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { data: Some(serde_json::to_string(data)?), content: Vec::new() })
    }

    /// An answer of JSON text as it is. The host refuses the answer where the text is not JSON.
    #[must_use]
    pub fn of_json_text(text: impl Into<String>) -> Self {
        Self { data: Some(text.into()), content: Vec::new() }
    }

    /// Adds words.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Content::Text(text.into()))
    }

    /// Adds a picture.
    #[must_use]
    pub fn image(self, mime_type: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        self.with(Content::Image { mime_type: mime_type.into(), data: data.into() })
    }

    /// Adds sound.
    #[must_use]
    pub fn audio(self, mime_type: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        self.with(Content::Audio { mime_type: mime_type.into(), data: data.into() })
    }

    /// Adds a document.
    #[must_use]
    pub fn resource(
        self,
        uri: impl Into<String>,
        mime_type: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        self.with(Content::Resource { uri: uri.into(), mime_type: mime_type.into(), text: text.into() })
    }

    /// Adds one part.
    #[must_use]
    pub fn with(mut self, content: Content) -> Self {
        self.content.push(content);
        self
    }

    /// The data as JSON text.
    #[must_use]
    pub fn json_text(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The data; `None` where there is none, or where it is not JSON.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        json_text::parse(self.data.as_deref()?).ok()
    }

    /// The parts that are not data, in their order.
    #[must_use]
    pub fn content(&self) -> &[Content] {
        &self.content
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) fn into_parts(self) -> (Option<String>, Vec<Content>) {
        (self.data, self.content)
    }
}

/// What a tool may return: [`Answer`], `serde_json::Value`, or any type that derives `Serialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "a tool cannot answer with `{Self}`",
    label = "derive `serde::Serialize` and `schemars::JsonSchema` for it",
    note = "a tool answers with a type that derives both, with `serde_json::Value`, or with `toolbay_sdk::Answer`"
)]
pub trait IntoAnswer {
    /// The JSON Schema to publish, where one is known.
    #[doc(hidden)]
    fn output_schema() -> Option<Value>;

    /// The answer itself.
    #[doc(hidden)]
    fn into_answer(self) -> Result<Answer, Problem>;
}

impl IntoAnswer for Answer {
    fn output_schema() -> Option<Value> {
        None
    }

    fn into_answer(self) -> Result<Answer, Problem> {
        Ok(self)
    }
}

impl<T: Serialize + JsonSchema> IntoAnswer for T {
    fn output_schema() -> Option<Value> {
        schema::output::<T>()
    }

    fn into_answer(self) -> Result<Answer, Problem> {
        Answer::of(&self)
    }
}
