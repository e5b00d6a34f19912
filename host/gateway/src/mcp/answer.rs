//! Outcomes of the door in the words of MCP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject, ResourceContents};
use serde_json::{Value, json};
use toolbay_kernel::problem::MAX_TEXT;
use toolbay_kernel::{Answer, CallId, Content, Outcome, Problem};

/// The member of `_meta` that holds the call's id, the `request_id` of REST, and the call of its events in the audit.
pub(super) const REQUEST_ID: &str = "toolbay/request_id";

/// The member of `_meta` that holds a problem for programs.
pub(super) const ERROR: &str = "toolbay/error";

/// The result of a call, successful or not.
///
/// A problem is a result with `isError`, because models read results and can put right what was wrong; errors of
/// JSON-RPC are shown to nobody.
pub(super) fn result(outcome: Outcome, declares_output: bool) -> CallToolResult {
    let mut meta = MetaObject::new();
    meta.insert(REQUEST_ID.to_owned(), outcome.call.to_string().into());
    let mut result = match outcome.result {
        Ok(answer) => success(answer, declares_output),
        Err(problem) => {
            let error = machine_readable(&problem);
            meta.insert(ERROR.to_owned(), error.clone());
            failure(&problem, error, declares_output)
        }
    };
    result.meta = Some(meta);
    result
}

/// Structured content only where an output schema was declared: some clients show their model both forms, and without a
/// schema the text says the same.
fn success(answer: Answer, declares_output: bool) -> CallToolResult {
    let Answer { data, content } = answer;
    let mut blocks = Vec::with_capacity(content.len() + usize::from(data.is_some()));
    // Clients from before structured content read the same data here.
    blocks.extend(data.as_ref().map(|data| ContentBlock::text(data.to_string())));
    blocks.extend(content.into_iter().map(block));
    let mut result = CallToolResult::success(blocks);
    result.structured_content = data.filter(|_| declares_output);
    result
}

fn failure(problem: &Problem, error: Value, declares_output: bool) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(prose(problem))]);
    // The reference client validates structured content against the declared output schema even of an error, and throws.
    if !declares_output {
        result.structured_content = Some(json!({"error": error}));
    }
    result
}

/// The error of JSON-RPC for a tool that isn't there, which the specification wants in place of a result.
pub(super) fn unknown_tool(call: CallId, problem: &Problem) -> ErrorData {
    let message = match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.message),
        None => problem.message.clone(),
    };
    let mut data = machine_readable(problem);
    if let Value::Object(members) = &mut data {
        members.insert("request_id".to_owned(), call.to_string().into());
    }
    ErrorData::invalid_params(message, Some(data))
}

fn block(content: Content) -> ContentBlock {
    match content {
        Content::Text(text) => ContentBlock::text(text),
        Content::Image { mime_type, data } => ContentBlock::image(BASE64.encode(data), mime_type),
        Content::Audio { mime_type, data } => ContentBlock::audio(BASE64.encode(data), mime_type),
        Content::Resource { uri, mime_type, text } => {
            ContentBlock::resource(ResourceContents::TextResourceContents {
                uri,
                mime_type: Some(mime_type),
                text,
                meta: None,
            })
        }
    }
}

fn machine_readable(problem: &Problem) -> Value {
    // A problem is text and JSON, which can always be written.
    serde_json::to_value(problem).unwrap_or_else(|_| json!({"code": problem.code.as_str()}))
}

/// The problem as a model reads it.
fn prose(problem: &Problem) -> String {
    let mut text = problem.to_string();
    if let Some(hint) = &problem.hint {
        text.push_str("\nHint: ");
        text.push_str(hint);
    }
    if let Some(details) = &problem.details {
        let details = details.to_string();
        // Longer ones are for programs, which find them beside this text.
        if details.len() <= MAX_TEXT {
            text.push_str("\nDetails: ");
            text.push_str(&details);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::Code;
    use toolbay_kernel::effects::Done;

    use super::*;

    fn outcome(result: Result<Answer, Problem>) -> Outcome {
        Outcome { call: CallId::new(), result, done: Done::default(), duration_ms: 1 }
    }

    #[test]
    fn data_is_structured_and_text_at_once() {
        let mut answer = Answer::data(json!({"rows": [1]}));
        answer.content.push(Content::Image { mime_type: "image/png".into(), data: vec![1, 2, 3] });
        let outcome = outcome(Ok(answer));
        let id = outcome.call.to_string();
        let wire = serde_json::to_value(result(outcome, true)).unwrap();
        assert_eq!(
            wire,
            json!({
                "resultType": "complete",
                "content": [
                    {"type": "text", "text": r#"{"rows":[1]}"#},
                    {"type": "image", "mimeType": "image/png", "data": "AQID"},
                ],
                "structuredContent": {"rows": [1]},
                "isError": false,
                "_meta": {"toolbay/request_id": id},
            })
        );
    }

    #[test]
    fn a_problem_says_what_would_help() {
        let problem =
            Problem::new(Code::NotFound, "no such page").hint("search first").details(json!({"id": "x"}));
        let wire = serde_json::to_value(result(outcome(Err(problem)), false)).unwrap();
        let error = json!({"code": "not_found", "message": "no such page", "hint": "search first", "details": {"id": "x"}});
        assert_eq!(wire["isError"], true);
        assert_eq!(
            wire["content"][0]["text"],
            "not_found: no such page\nHint: search first\nDetails: {\"id\":\"x\"}"
        );
        assert_eq!(wire["structuredContent"]["error"], error);
        assert_eq!(wire["_meta"][ERROR], error);
    }

    #[test]
    fn a_declared_output_is_never_contradicted() {
        let wire =
            serde_json::to_value(result(outcome(Err(Problem::new(Code::Failed, "no"))), true)).unwrap();
        assert!(wire.get("structuredContent").is_none());
        assert_eq!(wire["_meta"][ERROR]["code"], "failed");
    }
}
