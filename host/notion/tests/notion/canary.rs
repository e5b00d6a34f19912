//! The credential comes back in nothing: not in an answer that repeats it, not in a problem, not in a log line.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use secrecy::SecretString;
use toolbay_kernel::Egress as _;
use toolbay_kernel::gate::{Method, Request};
use toolbay_notion::{NAME, Notion, NotionSettings};
use tracing_subscriber::fmt::MakeWriter;

use crate::wire::{Act, Wire};
use crate::{CANARY, ID};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_credential_comes_back_in_nothing() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // For the whole process, since a subscriber of one thread alone misses places that another thread reached first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::callsite::rebuild_interest_cache();

    let acts = [
        "200 OK",
        "302 Found",
        "400 Bad",
        "401 No",
        "403 No",
        "404 No",
        "409 No",
        "413 No",
        "429 Slow",
        "503 Down",
    ]
    .map(Act::Echo)
    .into_iter()
    .chain([Act::Close, Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned())]);
    for act in acts {
        let wire = Wire::start(act).await;
        let notion = Notion::new(&NotionSettings::at(wire.url.clone())).unwrap();
        let request = Request {
            egress: NAME,
            method: Method::Get,
            path: format!("/v1/pages/{ID}"),
            query: Vec::new(),
            body: None,
            max_age: None,
        };
        let request = notion.resolve(request).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        let sent = notion.send(&request, Some(&SecretString::from(CANARY)), deadline).await;
        assert!(wire.requests()[0].contains(CANARY), "the credential was not even sent");
        assert!(!format!("{sent:?}").contains(CANARY), "{sent:?}");
        let named = notion.workspace(&SecretString::from(CANARY)).await;
        assert!(!format!("{named:?}").contains(CANARY), "{named:?}");
        assert!(!format!("{notion:?}").contains(CANARY));
    }

    let log = String::from_utf8(log.0.lock().clone()).unwrap();
    assert!(log.contains("notion.answered") && log.contains("notion.unanswered"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
}
