//! The chat over all tools, through the running host: a model's server that says what a test wants, real plugins, an MCP server
//! behind the host, and the emulator's record of what was changed as the judge.

mod asked;
mod bounds;
mod conversations;
mod routing;
mod secrets;

use std::time::Duration;

use serde_json::{Value, json};
use toolbay::configuration::{ChatConfiguration, Configuration, UpstreamLayer};
use toolbay_chat::{ChatSettings, ModelSettings};
use toolbay_testing::{ModelAnswer, ScriptedModel};

use crate::harness::{TOKEN, TestHost, client};

/// What the host is let in by at the model's server.
const KEY: &str = "sk-or-canary-key-0123456789";

/// A host whose chat asks a scripted model.
struct Chatting {
    host: TestHost,
    model: ScriptedModel,
}

/// The settings of a chat with this model.
fn with_model(model: &ScriptedModel, settings: ChatSettings) -> Option<ChatConfiguration> {
    let model = ModelSettings {
        base_url: model.base_url.parse().unwrap(),
        model: "small".into(),
        key: Some(KEY.into()),
        max_reply_tokens: 1_000,
        client: client(),
    };
    Some(ChatConfiguration { model, settings })
}

impl Chatting {
    async fn start(plugins: &[&str], model: ScriptedModel) -> Self {
        Self::start_with(plugins, model, ChatSettings::default(), |_| {}).await
    }

    async fn start_with(
        plugins: &[&str],
        model: ScriptedModel,
        settings: ChatSettings,
        configure: impl FnOnce(&mut Configuration),
    ) -> Self {
        let host = TestHost::start_with(plugins, |configuration| {
            configuration.chat = with_model(&model, settings);
            configure(configuration);
        })
        .await;
        Self { host, model }
    }

    /// With the tools of an MCP server `other` too, which is another host; `reads` are those of which the operator says that they read.
    async fn beside(other: &TestHost, model: ScriptedModel, reads: &[&str]) -> Self {
        let upstream: UpstreamLayer = serde_json::from_value(json!({
            "url": format!("{}/mcp", other.url),
            "headers": {"Authorization": format!("Bearer {TOKEN}")},
            "allow_private": true,
            "reads": reads,
        }))
        .unwrap();
        let chatting = Self::start_with(&["echo"], model, ChatSettings::default(), |configuration| {
            let name = "other".parse().unwrap();
            let settings =
                upstream.resolve(&name, &configuration.data_dir, &configuration.public_url).unwrap();
            configuration.upstreams.push(settings);
        })
        .await;
        let are_here = async || chatting.host.publishes("other_echo");
        chatting.host.soon("the other host's tools are here", are_here).await;
        chatting
    }

    /// Says something: status and body.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.host.request("POST", path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Says something that is answered.
    async fn say(&self, body: Value) -> Value {
        let (status, envelope) = self.post("/v1/chat", body).await;
        assert_eq!((status, &envelope["ok"]), (200, &json!(true)), "{envelope:#}");
        envelope["result"].clone()
    }

    /// Says something that is refused.
    async fn refused(&self, body: Value) -> Value {
        let (status, envelope) = self.post("/v1/chat", body).await;
        assert!(status >= 400 && envelope["ok"] == json!(false), "{status} {envelope:#}");
        let error = envelope["error"].clone();
        assert!(error["hint"].is_string(), "{error:#}");
        error
    }

    /// The messages that the model was asked with the last time.
    fn last_prompt(&self) -> Vec<Value> {
        self.model.requests().last().unwrap().body["messages"].as_array().unwrap().clone()
    }

    async fn stop(self) {
        self.host.stop().await;
    }
}

/// The tools and providers of the calls in an answer.
fn calls_of(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (text(&call["tool"]), text(&call["server"])))
        .collect()
}

async fn scripted(answers: Vec<ModelAnswer>) -> ScriptedModel {
    ScriptedModel::start_with(answers).await.unwrap()
}

/// Waits until something holds, as long as a busy machine may take.
async fn soon(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never was so: {what}");
}

/// The events of a stream, each with its name.
fn events(stream: &str) -> Vec<(String, Value)> {
    let mut name = String::new();
    let mut events = Vec::new();
    for line in stream.lines() {
        if let Some(said) = line.strip_prefix("event:") {
            name = said.trim().to_owned();
        } else if let Some(data) = line.strip_prefix("data:") {
            events.push((name.clone(), serde_json::from_str(data.trim()).unwrap()));
        }
    }
    events
}
