//! The metadata documents of OAuth's clients.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response};
use tokio::sync::Semaphore;
use toolbay_kernel::identity::{ClientDocuments, DocumentError};
use url::Url;

use crate::client;
use crate::reach::{Reach, SetUpError};
use crate::resolver::{Names, is_not_public};

/// Time for a document, from the look-up of its name to its last byte. A person waits for it.
const TIME: Duration = Duration::from_secs(5);

/// Largest document, in bytes. The draft recommends 5 KiB; lists of addresses are longer.
const MAX_BYTES: usize = 64 * 1024;

/// Documents that are read at the same time. More wait, within their time.
const AT_ONCE: usize = 16;

/// Reads documents.
#[derive(Debug)]
pub struct Documents {
    client: Client,
    reach: Reach,
    places: Semaphore,
}

impl Documents {
    /// A reader that asks these places.
    ///
    /// # Errors
    ///
    /// When TLS can't be set up.
    pub fn new(reach: Reach) -> Result<Self, SetUpError> {
        Self::by(reach, Names::system())
    }

    /// The same with other names.
    pub(crate) fn by(reach: Reach, names: Names) -> Result<Self, SetUpError> {
        let builder = client::builder(reach, names)?
            .timeout(TIME)
            .connect_timeout(TIME)
            // A document is read rarely; a kept connection would only be somebody's to hold open.
            .pool_max_idle_per_host(0);
        Ok(Self { client: builder.build()?, reach, places: Semaphore::new(AT_ONCE) })
    }

    /// Whether an address may be asked, as far as it says so itself. What a name leads to, the resolver decides.
    fn check(&self, address: &Url) -> Result<(), DocumentError> {
        if self.reach.takes(address) { Ok(()) } else { Err(DocumentError::NotPublic) }
    }

    async fn fetch(&self, address: &Url) -> Result<Vec<u8>, DocumentError> {
        let request = self.client.get(address.clone()).header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| refused(&error))?;
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.split(';').next().is_some_and(is_json_type));
        if response.status().as_u16() != 200 || !is_json {
            return Err(DocumentError::NotADocument);
        }
        bounded(&mut response).await
    }
}

#[async_trait]
impl ClientDocuments for Documents {
    async fn read(&self, address: &Url) -> Result<Vec<u8>, DocumentError> {
        self.check(address)?;
        // The time of those who came before is not this one's.
        let _place = self.places.acquire().await.map_err(|_| DocumentError::Unanswered)?;
        let read = tokio::time::timeout(TIME, self.fetch(address)).await;
        read.unwrap_or(Err(DocumentError::Unanswered)).inspect_err(|error| {
            // The address is a stranger's words; its host is enough to find out more.
            tracing::info!(host = address.host_str(), %error, "documents.not_read");
        })
    }
}

fn is_json_type(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

async fn bounded(response: &mut Response) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| DocumentError::Unanswered)? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(DocumentError::NotADocument);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refused(error: &reqwest::Error) -> DocumentError {
    if is_not_public(error) { DocumentError::NotPublic } else { DocumentError::Unanswered }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Answers every request with these bytes.
    async fn served(answer: Vec<u8>) -> Url {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/client.json", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1_024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            }
        });
        address.parse().unwrap()
    }

    fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn only_public_places_are_asked() {
        let documents = Documents::new(Reach::Public).unwrap();
        let here = served(answer("200 OK", "application/json", b"{}")).await;
        for address in [
            here.as_str(),
            "http://example.com/client.json",
            "https://127.0.0.1/client.json",
            "https://[::1]/client.json",
            "https://[::ffff:127.0.0.1]/client.json",
            "https://2130706433/client.json",
            "https://0x7f.1/client.json",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/x",
            "https://localhost/client.json",
            "file:///etc/passwd",
        ] {
            let read = documents.read(&address.parse().unwrap()).await;
            assert_eq!(read, Err(DocumentError::NotPublic), "{address}");
        }
        let own = Documents::new(Reach::ThisMachine).unwrap();
        assert_eq!(own.read(&here).await, Ok(b"{}".to_vec()));
        assert_eq!(own.read(&"http://10.0.0.1/x".parse().unwrap()).await, Err(DocumentError::NotPublic));
    }

    #[tokio::test]
    async fn what_is_no_document_is_refused() {
        let documents = Documents::new(Reach::ThisMachine).unwrap();
        let elsewhere = answer("302 Found\r\nlocation: /other", "application/json", b"{}");
        for other in [
            elsewhere,
            answer("404 Not Found", "application/json", b"{}"),
            answer("200 OK", "text/html", b"{}"),
            answer("200 OK", "application/json", &vec![b' '; MAX_BYTES + 1]),
        ] {
            let address = served(other).await;
            assert_eq!(documents.read(&address).await, Err(DocumentError::NotADocument));
        }
        assert!(is_json_type("application/json") && is_json_type("application/client-metadata+json"));
    }

    #[tokio::test]
    async fn who_never_answers_is_not_waited_for() {
        let documents = Documents::new(Reach::ThisMachine).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/client.json", listener.local_addr().unwrap()).parse().unwrap();
        assert_eq!(documents.read(&address).await, Err(DocumentError::Unanswered));
    }
}
