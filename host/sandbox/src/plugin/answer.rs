//! A guest's answer on its way out.

use toolbay_kernel::media::InvalidResourceUri;
use toolbay_kernel::{Answer, Code, Content, MediaType, Problem};

use crate::bindings::exports::toolbay::plugin::provider;
use crate::json::{self, InvalidJson};
use crate::limits::CONTENT_PARTS;

/// Bounds and parses an answer.
///
/// # Errors
///
/// `limit_exceeded` when it is too large, `failed` when it isn't what the contract says.
pub(super) fn from_guest(answer: provider::Answer, max: usize) -> Result<Answer, Problem> {
    let size =
        answer.data.as_ref().map_or(0, String::len) + answer.content.iter().map(bytes_of).sum::<usize>();
    if size > max {
        return Err(too_large(max));
    }
    if answer.content.len() > CONTENT_PARTS {
        return Err(wrong(format!("it has more than {CONTENT_PARTS} parts")));
    }
    let data = match answer.data.map(|data| json::parse(&data, max)).transpose() {
        Ok(data) => data,
        Err(InvalidJson::TooManyValues) => {
            return Err(Problem::new(Code::LimitExceeded, "the answer has too many values")
                .hint("ask for fewer items or less detail"));
        }
        Err(reason) => return Err(wrong(reason.to_string())),
    };
    let content = answer.content.into_iter().map(content).collect::<Result<_, _>>()?;
    Ok(Answer { data, content })
}

fn bytes_of(content: &provider::Content) -> usize {
    match content {
        provider::Content::Text(text) => text.len(),
        provider::Content::Image(media) | provider::Content::Audio(media) => media.data.len(),
        provider::Content::Resource(resource) => resource.uri.len() + resource.text.len(),
    }
}

fn content(content: provider::Content) -> Result<Content, Problem> {
    let media_type = |text: String| MediaType::try_from(text).map_err(|error| wrong(error.to_string()));
    Ok(match content {
        provider::Content::Text(text) => Content::Text(text),
        provider::Content::Image(media) => {
            Content::Image { mime_type: media_type(media.mime_type)?, data: media.data }
        }
        provider::Content::Audio(media) => {
            Content::Audio { mime_type: media_type(media.mime_type)?, data: media.data }
        }
        provider::Content::Resource(resource) => Content::Resource {
            uri: resource.uri.try_into().map_err(|error: InvalidResourceUri| wrong(error.to_string()))?,
            mime_type: media_type(resource.mime_type)?,
            text: resource.text,
        },
    })
}

fn too_large(max: usize) -> Problem {
    Problem::new(Code::LimitExceeded, format!("the answer is larger than {} KiB", max / 1024))
        .hint("ask for fewer items or less detail")
}

fn wrong(reason: String) -> Problem {
    Problem::new(Code::Failed, format!("the plugin answered something that can't be passed on: {reason}"))
        .hint("this is a fault of the plugin; its author can mend it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> provider::Answer {
        provider::Answer { data: Some(text.to_owned()), content: Vec::new() }
    }

    #[test]
    fn an_answer_is_bounded_and_json() {
        assert_eq!(from_guest(data("{}"), 10).unwrap().data, Some(serde_json::json!({})));
        assert_eq!(from_guest(data("\"0123456789\""), 10).unwrap_err().code, Code::LimitExceeded);
        assert_eq!(from_guest(data("{secret"), 10).unwrap_err().code, Code::Failed);
        let secret = from_guest(data("{\"a\": hunter2}"), 100).unwrap_err();
        assert!(!secret.to_string().contains("hunter2"));
        let many = provider::Answer {
            data: None,
            content: (0..100).map(|_| provider::Content::Text(String::new())).collect(),
        };
        assert_eq!(from_guest(many, 10).unwrap_err().code, Code::Failed);
    }
}
