//! A model's server on this machine that says what a test wants, over real HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server answers a request with.
#[derive(Debug, Clone)]
pub enum ModelAnswer {
    /// What a model says and asks for, whole or as a stream, as the request wants it. Tokens are told only where they are given.
    Says { text: String, calls: Vec<(String, String)>, tokens: Option<u64> },
    /// Status, further lines of the head, and body, as they are.
    Raw { status: u16, head: String, body: Vec<u8> },
    /// Nothing, as long as the client waits.
    Never,
    /// A body of this kind that never ends.
    Flood(&'static str),
    /// A stream that ends in the middle of a word.
    BreaksOff,
}

impl ModelAnswer {
    /// Words alone.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Says { text: text.to_owned(), calls: Vec::new(), tokens: Some(100) }
    }

    /// Calls alone, each a tool and its arguments.
    #[must_use]
    pub fn calls(calls: &[(&str, Value)]) -> Self {
        let calls =
            calls.iter().map(|(tool, arguments)| ((*tool).to_owned(), arguments.to_string())).collect();
        Self::Says { text: String::new(), calls, tokens: Some(100) }
    }
}

/// What says how a request is answered: its body, and how many came before.
type Script = Box<dyn Fn(&Value, usize) -> ModelAnswer + Send + Sync>;

/// A request that came.
#[derive(Debug, Clone)]
pub struct ModelRequest {
    /// The lines before the body.
    pub head: String,
    pub body: Value,
}

struct Shared {
    script: Script,
    requests: Mutex<Vec<ModelRequest>>,
    left: AtomicUsize,
}

/// The server. It stops when it is dropped.
pub struct ScriptedModel {
    /// The address below which `chat/completions` is.
    pub base_url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl ScriptedModel {
    /// Starts one that answers by a function.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(
        script: impl Fn(&Value, usize) -> ModelAnswer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}/v1", listener.local_addr()?);
        let script: Script = Box::new(script);
        let shared = Arc::new(Shared { script, requests: Mutex::default(), left: AtomicUsize::new(0) });
        let of_task = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&of_task);
                // A client that leaves is what some tests are about.
                tokio::spawn(async move { drop(shared.serve(stream).await) });
            }
        });
        Ok(Self { base_url, shared, task })
    }

    /// Starts one that gives these answers in their order, and the last one from then on.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start_with(answers: Vec<ModelAnswer>) -> std::io::Result<Self> {
        let last = answers.last().cloned().unwrap_or(ModelAnswer::Never);
        Self::start(move |_, round| answers.get(round).cloned().unwrap_or_else(|| last.clone())).await
    }

    /// The requests that came, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests.lock().clone()
    }

    /// How many clients left before they were answered.
    #[must_use]
    pub fn left(&self) -> usize {
        self.shared.left.load(Ordering::SeqCst)
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, mut stream: TcpStream) -> std::io::Result<()> {
        let (head, body) = read(&mut stream).await?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let round = {
            let mut requests = self.requests.lock();
            requests.push(ModelRequest { head, body: body.clone() });
            requests.len() - 1
        };
        let streams = body.get("stream").and_then(Value::as_bool).unwrap_or(false);
        // A script may wait for its test, which a thread of the runtime must not.
        let own = Arc::clone(&self);
        let scripted = tokio::task::spawn_blocking(move || (own.script)(&body, round)).await;
        match scripted.map_err(std::io::Error::other)? {
            ModelAnswer::Says { text, calls, tokens } if streams => {
                let events = streamed(&text, &calls, tokens);
                answer(&mut stream, 200, "content-type: text/event-stream\r\n", events.as_bytes()).await
            }
            ModelAnswer::Says { text, calls, tokens } => {
                let said = whole(&text, &calls, tokens).to_string();
                answer(&mut stream, 200, "content-type: application/json\r\n", said.as_bytes()).await
            }
            ModelAnswer::Raw { status, head, body } => answer(&mut stream, status, &head, &body).await,
            ModelAnswer::Never => {
                // What it hears is the end alone.
                let _end = stream.read(&mut [0; 1]).await;
                self.left.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
            ModelAnswer::Flood(kind) => {
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\ndata: ");
                stream.write_all(head.as_bytes()).await?;
                let piece = vec![b'x'; 64 * 1024];
                loop {
                    stream.write_all(&piece).await?;
                }
            }
            ModelAnswer::BreaksOff => {
                let said = json!({"choices": [{"delta": {"content": "Half a "}}]});
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n";
                stream.write_all(format!("{head}data: {said}\n\n").as_bytes()).await
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut received = Vec::new();
    loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let (head, body) = received.split_at(end + 4);
            let head = String::from_utf8_lossy(head).to_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                // As it was written, since it may hold a key.
                let head = String::from_utf8_lossy(received.get(..end).unwrap_or_default()).into_owned();
                return Ok((head, received.split_off(end + 4)));
            }
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn answer(stream: &mut TcpStream, status: u16, head: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

fn usage(tokens: Option<u64>) -> Value {
    tokens.map_or(Value::Null, |tokens| json!({"total_tokens": tokens}))
}

fn whole(text: &str, calls: &[(String, String)], tokens: Option<u64>) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(number, (name, arguments))| {
            json!({"id": format!("theirs-{number}"), "type": "function", "function": {"name": name, "arguments": arguments}})
        })
        .collect();
    let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
    let message = json!({"role": "assistant", "content": text, "tool_calls": calls});
    json!({"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage(tokens)})
}

/// The same in pieces, as servers send them: comments between, a call without its arguments first, and the count in a piece of its
/// own.
fn streamed(text: &str, calls: &[(String, String)], tokens: Option<u64>) -> String {
    let mut events = vec![": PROCESSING\n\n".to_owned()];
    let mut say = |delta: Value, finish: Option<&str>| {
        let piece = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        events.push(format!("data: {piece}\n\n"));
    };
    say(json!({"role": "assistant", "content": ""}), None);
    for word in text.split_inclusive(' ') {
        say(json!({"content": word}), None);
    }
    for (number, (name, arguments)) in calls.iter().enumerate() {
        let id = format!("theirs-{number}");
        say(
            json!({"tool_calls": [{"index": number, "id": id, "type": "function", "function": {"name": name}}]}),
            None,
        );
        let middle = arguments.floor_char_boundary(arguments.len() / 2);
        for piece in [arguments.get(..middle), arguments.get(middle..)].into_iter().flatten() {
            say(json!({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}), None);
        }
    }
    say(json!({}), Some(if calls.is_empty() { "stop" } else { "tool_calls" }));
    events.push(format!("data: {}\n\n", json!({"choices": [], "usage": usage(tokens)})));
    events.push("data: [DONE]\n\n".to_owned());
    events.concat()
}
