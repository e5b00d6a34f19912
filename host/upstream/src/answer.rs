//! What a server answered to a call, as a tool's answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;
use toolbay_kernel::{Answer, Code, Content, Problem, printable};

/// Longest text of a failed call that is told, in bytes.
const MAX_TOLD: usize = 1_500;

/// The answer of a tool that went well.
pub(crate) fn of(result: CallToolResult) -> Answer {
    let mut content: Vec<Content> = result.content.into_iter().filter_map(part).collect();
    let data = match result.structured_content {
        Some(data) => {
            // The text beside data is the same once more, for clients that read no data, where it isn't something else.
            content.retain(|part| !matches!(part, Content::Text(text) if is_json(text)));
            Some(data)
        }
        None => only_json(&content).inspect(|_| content.clear()),
    };
    Answer { data, content }
}

fn is_json(text: &str) -> bool {
    toolbay_kernel::json::check_syntax(text.trim()).is_ok()
}

/// A single text that is JSON: many servers answer so.
fn only_json(content: &[Content]) -> Option<Value> {
    let [Content::Text(text)] = content else { return None };
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    toolbay_kernel::json::read(text).ok()
}

fn part(block: ContentBlock) -> Option<Content> {
    let decoded = |data: &str| STANDARD.decode(data).ok();
    Some(match block {
        ContentBlock::Text(text) => Content::Text(text.text),
        ContentBlock::Image(image) => Content::image(image.mime_type, decoded(&image.data)?),
        ContentBlock::Audio(audio) => Content::audio(audio.mime_type, decoded(&audio.data)?),
        ContentBlock::Resource(embedded) => match embedded.resource {
            ResourceContents::TextResourceContents { uri, mime_type, text, .. } => {
                Content::resource(uri, mime_type, text)
            }
            ResourceContents::BlobResourceContents { uri, .. } => {
                Content::Text(format!("(a file: {})", printable::line(&uri, 500)))
            }
            _ => Content::Text("(a resource of a kind that isn't known here)".to_owned()),
        },
        ContentBlock::ResourceLink(link) => {
            Content::Text(format!("(a link: {})", printable::line(&link.uri, 500)))
        }
        _ => Content::Text("(content of a kind that isn't known here)".to_owned()),
    })
}

/// What a tool says of its own failure.
pub(crate) fn failed(server: &str, result: &CallToolResult) -> Problem {
    let texts = result.content.iter().filter_map(|block| match block {
        ContentBlock::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    let said = printable::prose(&texts.collect::<Vec<_>>().join("\n"), MAX_TOLD);
    let message = if said.is_empty() {
        format!("The MCP server `{server}` says that the tool failed.")
    } else {
        format!("The MCP server `{server}` says that the tool failed: {said}")
    };
    Problem::new(Code::Failed, message)
        .hint("That is the server's own word; what it did before it failed, it knows alone.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(result: Value) -> Answer {
        of(serde_json::from_value(result).unwrap())
    }

    #[test]
    fn data_is_told_once_and_json_in_a_text_is_data() {
        let both = json!({"content": [{"type": "text", "text": "{\"n\":1}"}], "structuredContent": {"n": 1}});
        assert_eq!(told(both), Answer::data(json!({"n": 1})));
        let more =
            json!({"content": [{"type": "text", "text": "And a word."}], "structuredContent": {"n": 1}});
        assert_eq!(told(more).content, [Content::Text("And a word.".to_owned())]);
        let text = json!({"content": [{"type": "text", "text": " [1, 2] "}]});
        assert_eq!(told(text), Answer::data(json!([1, 2])));
        for plain in ["12", "{no", "", "hello"] {
            let answer = told(json!({"content": [{"type": "text", "text": plain}]}));
            assert_eq!(answer, Answer { data: None, content: vec![Content::Text(plain.to_owned())] });
        }
    }

    #[test]
    fn pictures_and_documents_are_passed_on() {
        let answer = told(json!({"content": [
            {"type": "image", "data": "AAEC", "mimeType": "image/png"},
            {"type": "image", "data": "no base64!", "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "file:///a", "text": "A"}},
        ]}));
        let content = answer.content;
        assert_eq!(content.len(), 2);
        assert_eq!(
            content[0],
            Content::Image { mime_type: "image/png".parse().unwrap(), data: vec![0, 1, 2] }
        );
    }

    #[test]
    fn what_cant_be_named_is_text() {
        let answer = told(json!({"content": [
            {"type": "image", "data": "AAEC", "mimeType": "image/png\r\nx: y"},
            {"type": "resource", "resource": {"uri": "file:///\u{202e}a", "text": "A"}},
            {"type": "resource", "resource": {"uri": "file:///b", "mimeType": "none", "text": "B"}},
        ]}));
        let [Content::Text(_), Content::Text(text), Content::Resource { mime_type, .. }] =
            answer.content.as_slice()
        else {
            panic!("{answer:?}");
        };
        assert_eq!((text.as_str(), mime_type.as_str()), ("A", "text/plain"));
    }

    #[test]
    fn a_failure_is_quoted_and_bounded() {
        let text = "x\u{1b}".repeat(5_000);
        let result = json!({"isError": true, "content": [{"type": "text", "text": text}]});
        let problem = failed("files", &serde_json::from_value(result).unwrap());
        assert_eq!(problem.code, Code::Failed);
        assert!(problem.message.len() < 1_700 && !problem.message.contains('\u{1b}'));
    }
}
