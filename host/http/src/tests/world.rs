//! A server that answers what a test says, and the web as one plugin may ask it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use toolbay_kernel::Problem;
use toolbay_kernel::egress::{Egress as _, Sent};
use toolbay_kernel::gate::{Method, Request};

use crate::egress::Http;
use crate::resolver::Names;
use crate::settings::{HostSettings, HttpSettings, Placed};

/// What a server does with one request, which it is given as text.
type Answering = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// A server on this machine.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(answering: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (heard, answering): (_, Arc<Answering>) = (Arc::clone(&asked), Arc::new(answering));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&heard), Arc::clone(&answering)));
            }
        });
        Self { port, asked }
    }

    /// One that gives every request the same answer.
    pub(crate) async fn answering(status: &str, headers: &str, body: &[u8]) -> Self {
        let answer = answer(status, headers, body);
        Self::start(move |_| answer.clone()).await
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

async fn serve(mut stream: TcpStream, asked: Arc<Mutex<Vec<String>>>, answering: Arc<Answering>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4_096];
    let text = loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break text;
            }
        }
    };
    asked.lock().push(text.clone());
    let answer = answering(&text);
    let _ = stream.write_all(&answer).await;
    if answer.is_empty() {
        // Holds the connection and says nothing.
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Names of a test, each with its addresses.
pub(crate) fn names(known: &[(&str, &str)]) -> Names {
    let known: HashMap<String, IpAddr> =
        known.iter().map(|(name, address)| ((*name).to_owned(), address.parse().unwrap())).collect();
    Names::of(move |name| {
        let found = known.get(&name).copied();
        Box::pin(async move { found.map(|address| vec![address]).ok_or(std::io::ErrorKind::NotFound.into()) })
    })
}

pub(crate) const PRIVATE: HostSettings = HostSettings { at_once: 8, rate: None, allow_private: true };

/// The web as the plugin `a` may ask it.
pub(crate) struct World {
    pub(crate) settings: HttpSettings,
}

impl World {
    /// One in which the plugin may do anything at these places, and `api.example` is this machine.
    pub(crate) fn of(places: &[String], placed: &[Placed]) -> Self {
        let mut settings = HttpSettings::default();
        settings.resolve_by(names(&[("api.example", "127.0.0.1"), ("other.example", "127.0.0.1")]));
        for name in ["weather", "second"] {
            let secret = format!("canary-{name}-0123456789");
            settings.add_secret(name, toolbay_kernel::Secret::Text(secret.into())).unwrap();
        }
        let methods = Method::ALL.map(Method::as_str);
        let places: Vec<String> =
            places.iter().flat_map(|place| methods.map(|method| format!("{method} {place}"))).collect();
        settings.grant(&"a".parse().unwrap(), &places, placed).unwrap();
        Self { settings }
    }

    /// One in which `api.example` is a server.
    pub(crate) fn with(server: &Server, placed: &[Placed]) -> Self {
        let host = format!("api.example:{}", server.port);
        let mut world = Self::of(&[format!("http://{host}/*")], placed);
        world.settings.treat(&host, PRIVATE).unwrap();
        world
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Sent, Problem> {
        self.send_until(request, Duration::from_secs(20)).await
    }

    pub(crate) async fn send_until(&self, request: Request, time: Duration) -> Result<Sent, Problem> {
        let http = Http::new(self.settings.clone()).unwrap();
        let resolved = http.resolve(request)?;
        http.keys(&resolved, None)?;
        Ok(http.send(&resolved, None, Instant::now() + time).await)
    }

    pub(crate) async fn ask(&self, method: Method, url: &str) -> Result<Sent, Problem> {
        self.send(request(method, url, json!({}))).await
    }
}

/// A request of the plugin `a`, as the sandbox hands it over.
pub(crate) fn request(method: Method, url: &str, mut more: Value) -> Request {
    more["plugin"] = "a".into();
    Request {
        egress: "http",
        method,
        path: url.to_owned(),
        query: Vec::new(),
        body: Some(more),
        max_age: None,
    }
}

/// What an answer says, as the sandbox reads it.
pub(crate) fn told(sent: Sent) -> (u16, Value) {
    match sent {
        Sent::Answered(response) => (response.status, response.body.value().clone()),
        other => panic!("{other:?}"),
    }
}

/// What became of a request, in a word.
pub(crate) fn fate(sent: &Sent) -> &'static str {
    match sent {
        Sent::Answered(_) => "answered",
        Sent::Refused(_) => "refused",
        Sent::Unauthorized(_) => "unauthorized",
        Sent::Busy { retryable: true, .. } => "busy, asked again",
        Sent::Busy { .. } => "busy",
        Sent::NotSent(_) => "not sent",
        Sent::Unknown(_) => "unknown",
    }
}
