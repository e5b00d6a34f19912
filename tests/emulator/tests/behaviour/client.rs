//! A client of a few lines: one connection a request, so that a test sees when it is closed.

use notion_emulator::{Emulator, Options};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct App {
    pub(crate) emulator: Emulator,
    pub(crate) token: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.text);
        self.message()
    }
}

impl App {
    pub(crate) async fn start() -> App {
        App::with(Options { rate_limit: None, ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> App {
        let emulator = Emulator::start(options).await.expect("a free port");
        let token = emulator.token().to_owned();
        App { emulator, token }
    }

    /// The reply, or `None` when the connection was closed without one.
    pub(crate) async fn try_send(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Reply> {
        let headers = format!(
            "Authorization: Bearer {}\r\nNotion-Version: 2026-03-11\r\nContent-Type: application/json\r\n",
            self.token
        );
        let body = body.map(Value::to_string).unwrap_or_default();
        self.raw(method, path, &headers, body.as_bytes()).await
    }

    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Reply> {
        let host = self.emulator.url().replace("http://", "");
        let mut stream = TcpStream::connect(&host).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.ok();
        let text = String::from_utf8(bytes).unwrap();
        let (head, text) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Reply { status, head: head.to_lowercase(), text: text.to_owned() })
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { None } else { Some(&body) };
        self.try_send(method, path, body).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, body).await
    }
}
