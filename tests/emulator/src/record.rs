//! The record of exchanges: into a file from the start, or in memory when a test wants it. Bounded in memory,
//! because a test that forgets to read it must not eat the machine.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::options::Options;

/// The most exchanges that are kept in memory; the oldest go first.
const KEPT_EXCHANGES: usize = 20_000;
/// The most bytes of them.
const KEPT_BYTES: usize = 256 * 1024 * 1024;

/// One request with its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange {
    pub method: String,
    /// The operation, such as `POST /v1/pages`; none for a request that was refused before it had one.
    pub route: Option<String>,
    /// The path as it was sent.
    pub path: String,
    /// The query string as it was sent.
    pub query: String,
    pub version: Option<String>,
    /// The body as it was sent; an empty object where there was none.
    pub request_body: Value,
    /// The status of the answer, before a fault disguised it.
    pub status: u16,
    /// The body of the answer, before a fault disguised it.
    pub response_body: Value,
}

/// Where exchanges go.
pub(crate) struct Recorder {
    file: Option<File>,
    is_on: bool,
    kept: VecDeque<(usize, Exchange)>,
    bytes: usize,
    lost: u64,
}

impl Recorder {
    pub(crate) fn open(options: &Options) -> std::io::Result<Recorder> {
        let file = match &options.record {
            None => None,
            Some(path) => Some(OpenOptions::new().create(true).append(true).open(path)?),
        };
        Ok(Recorder { file, is_on: false, kept: VecDeque::new(), bytes: 0, lost: 0 })
    }

    /// Whether anybody wants exchanges: making one costs two copies of its bodies.
    pub(crate) fn wants(&self) -> bool {
        self.is_on || self.file.is_some()
    }

    /// Switches the record in memory on, empty, or off.
    pub(crate) fn switch(&mut self, on: bool) {
        if on != self.is_on {
            self.clear();
        }
        self.is_on = on;
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        (self.bytes, self.lost) = (0, 0);
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.kept.iter().map(|(_, exchange)| exchange.clone()).collect()
    }

    /// How many exchanges the bounds pushed out.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    pub(crate) fn write(&mut self, exchange: Exchange) {
        let Ok(mut line) = serde_json::to_vec(&exchange) else { return };
        let size = line.len();
        if let Some(file) = &mut self.file {
            line.push(b'\n');
            // A line that can't be written is lost: the record is evidence for tests, not part of an answer.
            file.write_all(&line).ok();
        }
        if !self.is_on {
            return;
        }
        self.bytes += size;
        self.kept.push_back((size, exchange));
        while self.kept.len() > KEPT_EXCHANGES || self.bytes > KEPT_BYTES {
            let Some((size, _)) = self.kept.pop_front() else { break };
            self.bytes -= size;
            self.lost += 1;
        }
    }
}
