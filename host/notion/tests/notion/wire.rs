//! A server that answers byte for byte what a test says, for what no well-behaved server does.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the server does with every request, after it has read it whole.
pub(crate) enum Act {
    /// Writes these bytes and closes the connection.
    Answer(String),
    /// Writes these bytes, then more of the second for ever.
    AnswerWithoutEnd(String, String),
    /// Closes the connection without a word.
    Close,
    /// Says nothing and keeps the connection open.
    Hang,
    /// Repeats the credential in every part of an answer with this status line.
    Echo(&'static str),
}

/// The server; it ends with the test.
pub(crate) struct Wire {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Wire {
    pub(crate) async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (act, seen) = (Arc::new(act), requests.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, act.clone(), seen.clone()));
            }
        });
        Self { url, requests, task }
    }

    /// An answer with this status line and JSON body.
    pub(crate) async fn answering(status: &str, headers: &str, body: &str) -> Self {
        Self::start(Act::Answer(answer(status, headers, body))).await
    }

    /// The requests so far, as they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

async fn serve(mut stream: TcpStream, act: Arc<Act>, seen: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    let authorization =
        request.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default().to_owned();
    seen.lock().push(request);
    // A client that has gone is a part of some tests.
    let _ = match act.as_ref() {
        Act::Answer(bytes) => stream.write_all(bytes.as_bytes()).await,
        Act::AnswerWithoutEnd(head, more) => {
            let mut written = stream.write_all(head.as_bytes()).await;
            while written.is_ok() {
                written = stream.write_all(more.as_bytes()).await;
            }
            written
        }
        Act::Close => Ok(()),
        Act::Hang => std::future::pending().await,
        Act::Echo(status) => {
            let token = authorization.trim_start_matches("Bearer ");
            let headers = format!("x-notion-request-id: {token}\r\nlocation: /{authorization}\r\n");
            let body = serde_json::json!({
                "object": "user", "name": authorization, "message": authorization, "code": token, "additional_data": { authorization.clone(): authorization },
            });
            stream.write_all(answer(status, &headers, &body.to_string()).as_bytes()).await
        }
    };
    let _ = stream.shutdown().await;
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
