//! A server on an address of its own, and a host whose plugin `fetch` may ask it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use toolbay_http::{HostSettings, HttpSettings, Names};

use crate::harness::TestHost;

/// The port that the manifest of `fetch` names. Each server has an address of its own to listen on.
pub(super) const PORT: u16 = 14_085;

/// What a server does with one request, which it is given as text: nothing is the end of the connection.
type Answering = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// A server on this machine.
pub(super) struct Server {
    pub(super) address: IpAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One on an address of this machine that no other test has.
    pub(super) async fn start(answering: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let [_, _, high, low] = std::process::id().to_be_bytes();
        loop {
            let address = Ipv4Addr::new(127, high.max(1), low, NEXT.fetch_add(1, Ordering::Relaxed));
            if let Ok(listener) = TcpListener::bind((address, PORT)).await {
                return Self::on(listener, answering);
            }
        }
    }

    /// One where others find this machine.
    pub(super) async fn start_here(
        answering: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).await.unwrap(), answering)
    }

    fn on(
        listener: TcpListener,
        answering: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap().ip();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (heard, answering): (_, Arc<Answering>) = (Arc::clone(&asked), Arc::new(answering));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&heard), Arc::clone(&answering)));
            }
        });
        Self { address, asked }
    }

    /// The requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }

    /// Their first lines, without the protocol.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |asked: &String| asked.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        self.asked.lock().iter().map(line).collect()
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
    if let Some(answer) = answering(&text) {
        let _gone = stream.write_all(&answer).await;
    }
}

/// An answer as it is on the wire.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Option<Vec<u8>> {
    let length = body.len();
    Some(
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes(),
    )
}

/// A host with the plugin `fetch`, which the operator grants these places.
pub(super) async fn host(server: &Server, places: &[&str]) -> TestHost {
    let mut settings = HttpSettings::default();
    settings.resolve_by(names(&[
        ("api.example.test", server.address),
        ("other.example.test", server.address),
        ("asked.example.test", server.address),
        ("inside.example.test", server.address),
    ]));
    for name in ["api", "other", "asked"] {
        let private = HostSettings { allow_private: true, ..HostSettings::default() };
        settings.treat(&format!("{name}.example.test:{PORT}"), private).unwrap();
    }
    let places: Vec<String> =
        places.iter().map(|place| (*place).replace("PORT", &PORT.to_string())).collect();
    settings.grant(&"fetch".parse().unwrap(), &places, &[]).unwrap();
    TestHost::start_with(&["fetch"], |configuration| configuration.http = settings).await
}

fn names(known: &[(&str, IpAddr)]) -> Names {
    let known: HashMap<String, IpAddr> =
        known.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
    Names::of(move |name| {
        let found = known.get(&name).copied();
        Box::pin(async move {
            tokio::time::sleep(Duration::ZERO).await;
            found.map(|address| vec![address]).ok_or(std::io::ErrorKind::NotFound.into())
        })
    })
}

/// What the tools of `fetch` are called with.
pub(super) fn request(method: &str, url: &str) -> Value {
    json!({ "method": method, "url": url.replace("PORT", &PORT.to_string()) })
}
