//! Outcomes of the door in the words of MCP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde::{Deserialize as _, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use toolbay_kernel::identity::scope_of;
use toolbay_kernel::problem::MAX_TEXT;
use toolbay_kernel::{Access, Answer, CallId, Content, Outcome, Problem, RunId};

use super::shared::Identity;

/// The result of a call, successful or not, as MCP has it.
///
/// A problem is a result with `isError`, because models read results and can put right what was wrong; errors of
/// JSON-RPC are shown to nobody.
pub(super) struct ToolResult {
    call: CallId,
    /// The run whose recorded answer it is.
    replayed: Option<RunId>,
    /// The answer's data, written once for both places that they have.
    data: Option<Box<RawValue>>,
    content: Vec<ContentBlock>,
    /// What is structured content: some clients show their model both forms, and without a schema the text says the same.
    structured: Option<Structured>,
    error: Option<Value>,
    /// The access that the caller would have to be given.
    needs: Option<Access>,
}

enum Structured {
    Data,
    Error,
}

impl ToolResult {
    /// The result that an outcome is.
    pub(super) fn new(outcome: Outcome, declares_output: bool) -> Self {
        let (call, replayed) = (outcome.call, outcome.replayed);
        match outcome.result {
            Ok(Answer { data, content }) => {
                // Data are JSON, which can always be written.
                let data = data.and_then(|data| to_raw_value(&data).ok());
                let structured = (declares_output && data.is_some()).then_some(Structured::Data);
                let content = content.into_iter().map(block).collect();
                Self { call, replayed, data, content, structured, error: None, needs: None }
            }
            Err(problem) => Self {
                call,
                replayed,
                data: None,
                content: vec![ContentBlock::text(prose(&problem))],
                // The reference client validates structured content against the declared output schema even of an error,
                // and throws.
                structured: (!declares_output).then_some(Structured::Error),
                error: Some(machine_readable(&problem)),
                needs: problem.needs,
            },
        }
    }

    /// The access that the caller would have to be given for it.
    pub(super) fn needs(&self) -> Option<Access> {
        self.needs
    }

    /// What is sent. A modern result says its type, and names the server.
    pub(super) fn sent<'a>(&'a self, server: Option<&'a Identity>) -> impl Serialize + 'a {
        Sent {
            result_type: server.map(|_| "complete"),
            content: Blocks(self),
            structured_content: self.structured.as_ref().map(|structured| match structured {
                Structured::Data => StructuredContent::Data(self.data.as_deref()),
                Structured::Error => StructuredContent::Error { error: self.error.as_ref() },
            }),
            is_error: self.error.is_some(),
            meta: Meta {
                request_id: self.call,
                replayed_of: self.replayed,
                error: self.error.as_ref(),
                challenge: self.challenge(),
                server,
            },
        }
    }

    fn challenge(&self) -> Option<[String; 1]> {
        let scope = scope_of(self.needs?);
        Some([format!(
            r#"Bearer error="insufficient_scope", error_description="This needs more than you allowed", scope="{scope}""#
        )])
    }

    /// The same for the library, which reads what is sent.
    pub(super) fn for_library(&self, server: Option<&Identity>) -> Result<CallToolResult, ErrorData> {
        let sent = serde_json::to_value(self.sent(server));
        sent.and_then(CallToolResult::deserialize).map_err(|error| {
            tracing::error!(call = %self.call, %error, "mcp.result_not_of_the_library");
            ErrorData::internal_error("the host failed while it answered", None)
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    content: Blocks<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    structured_content: Option<StructuredContent<'a>>,
    is_error: bool,
    #[serde(rename = "_meta")]
    meta: Meta<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum StructuredContent<'a> {
    Data(Option<&'a RawValue>),
    Error { error: Option<&'a Value> },
}

#[derive(Serialize)]
struct Meta<'a> {
    /// The call's id, the `request_id` of REST, and the call of its events in the audit.
    #[serde(rename = "toolbay/request_id")]
    request_id: CallId,
    /// The first call, whose recorded answer this is.
    #[serde(rename = "toolbay/replayed_of", skip_serializing_if = "Option::is_none")]
    replayed_of: Option<RunId>,
    /// A problem for programs.
    #[serde(rename = "toolbay/error", skip_serializing_if = "Option::is_none")]
    error: Option<&'a Value>,
    /// Where ChatGPT looks for a reason to sign in again; it needs the error and a description in words.
    #[serde(rename = "mcp/www_authenticate", skip_serializing_if = "Option::is_none")]
    challenge: Option<[String; 1]>,
    #[serde(rename = "io.modelcontextprotocol/serverInfo", skip_serializing_if = "Option::is_none")]
    server: Option<&'a Identity>,
}

/// The data as text, which clients from before structured content read, and whatever else there is.
struct Blocks<'a>(&'a ToolResult);

#[derive(Serialize)]
#[serde(untagged)]
enum Block<'a> {
    Data {
        #[serde(rename = "type")]
        kind: &'static str,
        text: &'a str,
    },
    Other(&'a ContentBlock),
}

impl Serialize for Blocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = self.0.data.iter().map(|data| Block::Data { kind: "text", text: data.get() });
        serializer.collect_seq(data.chain(self.0.content.iter().map(Block::Other)))
    }
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
        Content::Image { mime_type, data } => {
            ContentBlock::image(BASE64.encode(data), String::from(mime_type))
        }
        Content::Audio { mime_type, data } => {
            ContentBlock::audio(BASE64.encode(data), String::from(mime_type))
        }
        Content::Resource { uri, mime_type, text } => {
            ContentBlock::resource(ResourceContents::TextResourceContents {
                uri: uri.into(),
                mime_type: Some(mime_type.into()),
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
        Outcome {
            call: CallId::new(),
            result,
            replayed: None,
            done: Done::default(),
            partial: None,
            as_job: None,
            held: None,
            duration_ms: 1,
        }
    }

    /// What is sent, which the library reads as the same.
    fn sent(outcome: Outcome, declares_output: bool) -> Value {
        let result = ToolResult::new(outcome, declares_output);
        let server = Identity { name: "toolbay", title: "Toolbay", version: "1.2.3" };
        let sent = serde_json::to_value(result.sent(Some(&server))).unwrap();
        assert_eq!(serde_json::to_value(result.for_library(Some(&server)).unwrap()).unwrap(), sent);
        let legacy = serde_json::to_value(result.sent(None)).unwrap();
        assert!(legacy.get("resultType").is_none());
        assert_eq!(legacy["content"], sent["content"]);
        sent
    }

    #[test]
    fn data_is_structured_and_text_at_once() {
        let mut answer = Answer::data(json!({"rows": [1]}));
        answer.content.push(Content::Image { mime_type: "image/png".parse().unwrap(), data: vec![1, 2, 3] });
        let outcome = outcome(Ok(answer));
        let id = outcome.call.to_string();
        let wire = sent(outcome, true);
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
                "_meta": {"toolbay/request_id": id, "io.modelcontextprotocol/serverInfo": {"name": "toolbay", "title": "Toolbay", "version": "1.2.3"}},
            })
        );
    }

    #[test]
    fn a_problem_says_what_would_help() {
        let problem =
            Problem::new(Code::NotFound, "no such page").hint("search first").details(json!({"id": "x"}));
        let wire = sent(outcome(Err(problem)), false);
        let error = json!({"code": "not_found", "message": "no such page", "hint": "search first", "details": {"id": "x"}});
        assert_eq!(wire["isError"], true);
        assert_eq!(
            wire["content"][0]["text"],
            "not_found: no such page\nHint: search first\nDetails: {\"id\":\"x\"}"
        );
        assert_eq!(wire["structuredContent"]["error"], error);
        assert_eq!(wire["_meta"]["toolbay/error"], error);
    }

    #[test]
    fn a_declared_output_is_never_contradicted() {
        let wire = sent(outcome(Err(Problem::new(Code::Failed, "no"))), true);
        assert!(wire.get("structuredContent").is_none());
        assert_eq!(wire["_meta"]["toolbay/error"]["code"], "failed");
    }
}
