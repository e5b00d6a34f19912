//! The model's server as a client sees it, over real HTTP: what it is asked, and what it may do to the host.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use toolbay_chat::{Message, Model as _, ModelError, ModelServer, ModelSettings, OfferedTool, Prompt, Reply};
use toolbay_kernel::chat::ChatEvent;
use toolbay_kernel::{Code, Problem};
use toolbay_testing::{ModelAnswer, ScriptedModel};

const KEY: &str = "sk-canary-0123456789";

fn server(model: &ScriptedModel) -> ModelServer {
    // A second provider in one process finds the first.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    ModelServer::new(ModelSettings {
        base_url: model.base_url.parse().unwrap(),
        model: "small".into(),
        key: Some(SecretString::from(KEY)),
        max_reply_tokens: 50,
        client: client.build().unwrap(),
    })
    .unwrap()
}

fn prompt() -> Prompt {
    let schema = json!({"type": "object", "properties": {}}).as_object().unwrap().clone();
    Prompt {
        messages: vec![Message::System("be brief".into()), Message::Person("hello".into())],
        tools: vec![OfferedTool { name: "echo".into(), description: "Says it.".into(), schema }],
        max_tokens: 1_000,
    }
}

async fn asked(
    answer: ModelAnswer,
    streams: bool,
) -> (Result<Reply, ModelError>, Vec<String>, ScriptedModel) {
    let model = ScriptedModel::start_with(vec![answer]).await.unwrap();
    let (sender, mut events) = mpsc::channel(1_000);
    let reply = server(&model).reply(&prompt(), streams.then_some(&sender)).await;
    drop(sender);
    let mut heard = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            ChatEvent::Text { text } => heard.push(text),
            other => panic!("{other:?}"),
        }
    }
    (reply, heard, model)
}

fn raw(status: u16, head: &str, body: &str) -> ModelAnswer {
    ModelAnswer::Raw { status, head: head.to_owned(), body: body.as_bytes().to_vec() }
}

#[tokio::test]
async fn a_request_says_what_chat_completions_take() {
    let (reply, _, model) = asked(ModelAnswer::text("good morning"), false).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text.as_str(), reply.tokens), ("good morning", Some(100)));
    let request = &model.requests()[0];
    assert!(request.head.starts_with("POST /v1/chat/completions "), "{}", request.head);
    assert!(request.head.contains(&format!("Bearer {KEY}")), "{}", request.head);
    let told = &request.body;
    assert_eq!(
        (&told["model"], &told["max_tokens"], &told["stream"]),
        (&json!("small"), &json!(50), &json!(false))
    );
    assert_eq!(told["messages"][1], json!({"role": "user", "content": "hello"}));
    assert_eq!(told["tools"][0]["function"]["name"], json!("echo"));
}

#[tokio::test]
async fn a_stream_is_heard_piece_by_piece_and_comes_to_the_same() {
    let says = ModelAnswer::Says {
        text: "one two three".into(),
        calls: vec![("echo".into(), r#"{"text":"ä€"}"#.into()), ("fail".into(), "{}".into())],
        tokens: Some(7),
    };
    let (whole, heard, _model) = asked(says.clone(), false).await;
    assert!(heard.is_empty());
    let (mut streamed, heard, _model) = asked(says, true).await;
    assert_eq!(heard, ["one ", "two ", "three"]);
    let whole = whole.unwrap();
    assert_eq!(whole.calls.len(), 2);
    assert_eq!(streamed.as_mut().unwrap(), &whole);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood_and_so_is_one_that_always_does() {
    let said = json!({"choices": [{"message": {"content": "whole"}}]}).to_string();
    let (reply, heard, _model) = asked(raw(200, "content-type: application/json\r\n", &said), true).await;
    assert_eq!((reply.unwrap().text.as_str(), heard), ("whole", vec!["whole".to_owned()]));
    let said = format!("data: {}\n\ndata: [DONE]\n\n", json!({"choices": [{"delta": {"content": "piece"}}]}));
    let (reply, _, _model) = asked(raw(200, "content-type: text/event-stream\r\n", &said), false).await;
    assert_eq!(reply.unwrap().text, "piece");
}

#[tokio::test]
async fn what_a_server_refuses_is_told_without_a_word_of_its_own() {
    let quote = format!("Incorrect API key provided: {KEY}");
    for (status, code) in [
        (401, Code::UpstreamFailed),
        (402, Code::UpstreamFailed),
        (400, Code::UpstreamFailed),
        (404, Code::UpstreamFailed),
        (500, Code::UpstreamFailed),
        (503, Code::UpstreamFailed),
        (307, Code::UpstreamFailed),
        (429, Code::RateLimited),
    ] {
        let head = "retry-after: 17\r\nlocation: http://127.0.0.1:1/\r\n";
        let (reply, _, model) = asked(raw(status, head, &quote), status % 2 == 0).await;
        let problem = Problem::from(reply.unwrap_err());
        assert_eq!(problem.code, code, "{status}");
        let told = serde_json::to_string(&problem).unwrap();
        assert!(!told.contains("canary"), "{told}");
        assert_eq!(model.requests().len(), 1, "{status}: nothing is asked twice, or elsewhere");
        if status == 429 {
            assert_eq!(problem.details.unwrap()["retry_after_seconds"], json!(17));
        }
    }
}

#[tokio::test]
async fn a_server_that_says_something_else_is_refused_in_bounded_time_and_memory() {
    let json = "content-type: application/json\r\n";
    let events = "content-type: text/event-stream\r\n";
    let garbage =
        |result: Result<Reply, ModelError>| assert!(matches!(result, Err(ModelError::Garbage)), "{result:?}");
    garbage(asked(raw(200, json, "<html>"), false).await.0);
    garbage(asked(raw(200, json, ""), false).await.0);
    garbage(asked(raw(200, json, &"[".repeat(100_000)), false).await.0);
    garbage(asked(raw(200, json, r#"{"choices":[]}"#), false).await.0);
    garbage(asked(raw(200, events, "data: nonsense\n\n"), true).await.0);
    let reported = json!({"error": {"message": KEY}}).to_string();
    for (kind, body) in [(json, reported.clone()), (events, format!("data: {reported}\n\n"))] {
        let (reply, ..) = asked(raw(200, kind, &body), true).await;
        assert!(matches!(reply, Err(ModelError::Reported)), "{reply:?}");
    }
    for kind in ["application/json", "text/event-stream"] {
        let (reply, ..) = asked(ModelAnswer::Flood(kind), true).await;
        assert!(matches!(reply, Err(ModelError::TooLarge(_))), "{kind}: {reply:?}");
    }
    let (reply, heard, _model) = asked(ModelAnswer::BreaksOff, true).await;
    assert!(matches!(reply, Err(ModelError::BrokeOff)), "{reply:?}");
    assert_eq!(heard, ["Half a "]);
}

#[tokio::test]
async fn who_is_not_there_is_told_as_that() {
    let model = ScriptedModel::start_with(vec![ModelAnswer::Never]).await.unwrap();
    let server = server(&model);
    let waiting = tokio::time::timeout(Duration::from_millis(100), server_reply(&server)).await;
    assert!(waiting.is_err(), "it waits as long as its caller does");
    drop(model);
    // The port is free now.
    let gone = server_reply(&server).await;
    assert!(matches!(gone, Err(ModelError::Unreachable)), "{gone:?}");
}

async fn server_reply(server: &ModelServer) -> Result<Reply, ModelError> {
    server.reply(&prompt(), None).await
}

#[test]
fn every_error_is_a_sentence_with_a_hint() {
    for error in [
        ModelError::Unreachable,
        ModelError::BrokeOff,
        ModelError::Refused(401),
        ModelError::NoCredit,
        ModelError::Busy { wait: None },
        ModelError::NotTaken(400),
        ModelError::Failed(500),
        ModelError::Reported,
        ModelError::Garbage,
        ModelError::TooLarge(8),
    ] {
        let problem = Problem::from(error);
        let first = problem.message.chars().next().unwrap();
        assert!(first.is_uppercase() && problem.message.ends_with('.'), "{}", problem.message);
        assert!(problem.hint.is_some_and(|hint| hint.ends_with('.')), "{}", problem.message);
    }
}

/// The prompt is JSON whatever a person or a tool wrote.
#[tokio::test]
async fn what_was_said_comes_as_it_was_said() {
    let model = ScriptedModel::start_with(vec![ModelAnswer::text("x")]).await.unwrap();
    let text = "\"}],\u{0}\u{202e}\n```";
    let messages = vec![Message::Tool { call: "call_1".into(), text: text.into() }];
    server(&model).reply(&Prompt { messages, tools: Vec::new(), ..prompt() }, None).await.unwrap();
    let told: &Value = &model.requests()[0].body;
    assert_eq!(told["messages"][0], json!({"role": "tool", "tool_call_id": "call_1", "content": text}));
    assert!(told.get("tools").is_none(), "servers refuse an empty list");
}
