//! What a run ended with, as it is recorded: the answer that whoever asks again is given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::journal::EntryOutcome;
use super::runs::Reopened;
use crate::answer::{Answer, Content};
use crate::problem::{Code, Problem};

/// What a call ended with.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome(pub Result<Answer, Problem>);

impl RunOutcome {
    /// Whether a call ended for good: whoever asks again is told the same. What has only been put off, or whose outcome can
    /// still be found out, is gone on with.
    #[must_use]
    pub fn is_final(result: &Result<Answer, Problem>) -> bool {
        match result {
            Ok(_) => true,
            Err(problem) => !is_passing(problem.code),
        }
    }

    /// The outcome as a store keeps it.
    #[must_use]
    pub fn in_words(&self) -> Value {
        // Values, texts and base64: nothing of it can fail to be written.
        serde_json::to_value(Stored::from(&self.0)).unwrap_or_default()
    }

    /// The outcome that a store has.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn of_words(words: Value) -> Result<Self, serde_json::Error> {
        let stored: Stored = serde_json::from_value(words)?;
        Ok(Self(match stored {
            Stored::Answer { data, content } => Ok(Answer {
                data,
                content: content.into_iter().map(Part::into_content).collect::<Result<_, _>>()?,
            }),
            Stored::Problem(problem) => Err(problem),
        }))
    }
}

/// Whether a refusal says something of this moment alone: asked again, it may be answered.
pub(crate) fn is_passing(code: Code) -> bool {
    code.is_passing()
}

/// What was told at a position, if it is asked for again when the run goes on.
pub(super) fn reopened(position: &str, outcome: &EntryOutcome) -> Option<Reopened> {
    let code = outcome.as_ref().err().map(|problem| problem.code).filter(|code| is_passing(*code))?;
    Some(Reopened { position: position.to_owned(), is_sent: code == Code::OutcomeUnknown })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Answer {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        content: Vec<Part>,
    },
    Problem(Problem),
}

/// A part of an answer; bytes are base64.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
    Image { mime_type: String, data: String },
    Audio { mime_type: String, data: String },
    Resource { uri: String, mime_type: String, text: String },
}

impl From<&Result<Answer, Problem>> for Stored {
    fn from(result: &Result<Answer, Problem>) -> Self {
        match result {
            Ok(answer) => Self::Answer {
                data: answer.data.clone(),
                content: answer.content.iter().map(Part::from).collect(),
            },
            Err(problem) => Self::Problem(problem.clone()),
        }
    }
}

impl From<&Content> for Part {
    fn from(content: &Content) -> Self {
        match content {
            Content::Text(text) => Self::Text { text: text.clone() },
            Content::Image { mime_type, data } => {
                Self::Image { mime_type: mime_type.to_string(), data: BASE64.encode(data) }
            }
            Content::Audio { mime_type, data } => {
                Self::Audio { mime_type: mime_type.to_string(), data: BASE64.encode(data) }
            }
            Content::Resource { uri, mime_type, text } => {
                Self::Resource { uri: uri.to_string(), mime_type: mime_type.to_string(), text: text.clone() }
            }
        }
    }
}

impl Part {
    /// An older host kept what isn't named as it should be: of that the text is told.
    fn into_content(self) -> Result<Content, serde_json::Error> {
        let bytes = |text: String| BASE64.decode(text).map_err(serde::de::Error::custom);
        Ok(match self {
            Self::Text { text } => Content::Text(text),
            Self::Image { mime_type, data } => Content::image(mime_type, bytes(data)?),
            Self::Audio { mime_type, data } => Content::audio(mime_type, bytes(data)?),
            Self::Resource { uri, mime_type, text } => Content::resource(uri, Some(mime_type), text),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_outcome_reads_as_it_is_written() {
        let content = vec![
            Content::Text("a".to_owned()),
            Content::Image { mime_type: "image/png".parse().unwrap(), data: vec![0, 255, 7] },
            Content::Audio { mime_type: "audio/wav".parse().unwrap(), data: Vec::new() },
            Content::Resource {
                uri: "u".parse().unwrap(),
                mime_type: "text/plain".parse().unwrap(),
                text: "t".to_owned(),
            },
        ];
        for outcome in [
            Ok(Answer::default()),
            Ok(Answer { data: Some(json!({"id": "p"})), content }),
            Err(Problem::new(Code::NotFound, "there is none").hint("look").details(json!({"n": 1}))),
        ] {
            let outcome = RunOutcome(outcome);
            assert_eq!(RunOutcome::of_words(outcome.in_words()).unwrap(), outcome);
        }
        let older = json!({"answer": {"content": [
            {"type": "resource", "uri": "file:///\u{dc}n\u{ef}code", "mime_type": "none", "text": "t"},
            {"type": "image", "mime_type": "none", "data": ""},
        ]}});
        let RunOutcome(older) = RunOutcome::of_words(older).unwrap();
        assert_eq!(older.unwrap().content[0], Content::Text("t".to_owned()));
        assert!(
            RunOutcome::of_words(
                json!({"answer": {"content": [{"type": "image", "mime_type": "image/png", "data": "%"}]}})
            )
            .is_err()
        );
    }
}
