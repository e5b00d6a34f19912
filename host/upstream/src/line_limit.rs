//! The output of a program, line by line: one that is too long is passed over, and whoever waits for it is told so.
//!
//! A line is a message. To end the program for a long one would end everybody's calls; so what the message answers is found in its first or
//! last bytes, where JSON-RPC's own members are, and a refusal is passed on in its place.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncRead, ReadBuf};

use crate::settings::MAX_MESSAGE;

/// The code of the refusal that stands in the place of an answer that is too long; JSON-RPC leaves these numbers to implementations.
pub(crate) const TOO_LONG: i32 = -32_098;

/// Empty lines in a row that are passed over.
const MAX_EMPTY: usize = 1_000;

/// Bytes of one line that are passed over. A program that writes on is cut off.
const MAX_PASSED_OVER: usize = 256 * 1024 * 1024;

/// Bytes at either end of a line in which it is looked for what it answers.
const ENDS: usize = 256;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// Passes on whole lines.
pub(crate) struct LineLimit<R> {
    inner: R,
    chunk: Box<[u8]>,
    /// Whole lines that wait to be read, and how much of them was.
    lines: Vec<u8>,
    read: usize,
    /// The line that is being written.
    line: Line,
    empty: usize,
}

/// A line whose end hasn't come.
enum Line {
    Kept(Vec<u8>),
    /// One that is too long: how long, how it begins, and how it goes on at the moment.
    PassedOver {
        bytes: usize,
        beginning: Vec<u8>,
        end: Vec<u8>,
    },
}

impl Line {
    fn add(&mut self, part: &[u8]) -> io::Result<()> {
        match self {
            Self::Kept(line) if line.len() + part.len() <= MAX_MESSAGE => line.extend_from_slice(part),
            Self::Kept(line) => {
                line.extend_from_slice(part);
                let beginning = line.iter().take(ENDS).copied().collect();
                *self = Self::PassedOver { bytes: line.len(), beginning, end: last(line).to_vec() };
            }
            Self::PassedOver { bytes, end, .. } => {
                *bytes += part.len();
                if *bytes > MAX_PASSED_OVER {
                    return Err(io::Error::other("it writes a line without end"));
                }
                end.extend_from_slice(last(part));
                *end = last(end).to_vec();
            }
        }
        Ok(())
    }

    /// What is passed on in its place, now that it has ended.
    fn ended(&mut self) -> Vec<u8> {
        match std::mem::replace(self, Self::Kept(Vec::new())) {
            Self::Kept(line) => line,
            Self::PassedOver { bytes, beginning, end } => {
                let answered = answered(&beginning, &end);
                tracing::warn!(bytes, is_told = answered.is_some(), "upstream.line_too_long");
                answered.map(refusal).unwrap_or_default()
            }
        }
    }
}

impl<R> LineLimit<R> {
    pub(crate) fn new(inner: R) -> Self {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Self { inner, chunk, lines: Vec::new(), read: 0, line: Line::Kept(Vec::new()), empty: 0 }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.add(part)?;
            if part.ends_with(b"\n") {
                let line = self.line.ended();
                self.empty = if line.len() <= 2 { self.empty + 1 } else { 0 };
                if self.empty > MAX_EMPTY {
                    return Err(io::Error::other("it writes empty lines"));
                }
                self.lines.extend_from_slice(&line);
            }
        }
        Ok(())
    }

    /// Hands on what waits; false when nothing does.
    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let waiting = self.lines.get(self.read..).unwrap_or_default();
        let part = waiting.get(..buffer.remaining().min(waiting.len())).unwrap_or_default();
        buffer.put_slice(part);
        self.read += part.len();
        let is_something = !part.is_empty();
        if self.read == self.lines.len() {
            // A long message doesn't hold its memory.
            self.lines = Vec::new();
            self.read = 0;
        }
        is_something
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for LineLimit<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while !this.hand_on(buffer) {
            let mut chunk = ReadBuf::new(&mut this.chunk);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut chunk))?;
            let bytes = chunk.filled().to_vec();
            if bytes.is_empty() {
                // The last line may have no end.
                let Line::Kept(line) = &mut this.line else { return Poll::Ready(Ok(())) };
                if line.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                this.lines = std::mem::take(line);
                continue;
            }
            this.take(&bytes)?;
        }
        Poll::Ready(Ok(()))
    }
}

fn last(bytes: &[u8]) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(ENDS)..).unwrap_or(bytes)
}

/// The request that a message answers, by its first bytes or its last ones; none for what is no answer, or where neither says it. The ids of
/// requests are this host's own, and numbers.
fn answered(beginning: &[u8], end: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Members {
        id: Option<u64>,
        method: Option<serde::de::IgnoredAny>,
    }
    let members = |text: String| serde_json::from_str::<Members>(&text).ok();
    // The members before the first that is an object or a list.
    let first = members_before(beginning).and_then(members);
    if first.as_ref().is_some_and(|members| members.method.is_some()) {
        return None;
    }
    // Those after the last one that is.
    let end = std::str::from_utf8(end).ok().map(str::trim_end).and_then(|text| text.strip_suffix('}'));
    let after = end.and_then(|text| text.rsplit_once(['}', ']'])).map(|(_, rest)| rest.trim_start());
    let last = after.map(|rest| format!("{{{}}}", rest.strip_prefix(',').unwrap_or(rest))).and_then(members);
    if last.as_ref().is_some_and(|members| members.method.is_some()) {
        return None;
    }
    first.and_then(|members| members.id).or_else(|| last.and_then(|members| members.id))
}

/// An object of the members that come before the first object or list.
fn members_before(beginning: &[u8]) -> Option<String> {
    let beginning = beginning.trim_ascii_start().strip_prefix(b"{")?;
    let end = beginning.iter().position(|byte| matches!(byte, b'{' | b'['))?;
    let before = std::str::from_utf8(beginning.get(..end)?).ok()?;
    // The name of the one that is cut off goes too.
    let (whole, _) = before.rsplit_once(',').unwrap_or_default();
    Some(format!("{{{whole}}}"))
}

/// What is told in the place of an answer.
fn refusal(id: u64) -> Vec<u8> {
    let message = format!("the answer is longer than {} KiB", MAX_MESSAGE / 1024);
    let refusal = json!({"jsonrpc": "2.0", "id": id, "error": {"code": TOO_LONG, "message": message}});
    format!("{refusal}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    async fn passed(output: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut passed = Vec::new();
        LineLimit::new(io::Cursor::new(output)).read_to_end(&mut passed).await?;
        Ok(passed)
    }

    #[tokio::test]
    async fn lines_pass_as_they_are() {
        let lines = b"{\"a\":1}\n\r\n{\"b\":2}\nno end".to_vec();
        assert_eq!(passed(lines.clone()).await.unwrap(), lines);
        let longest = [vec![b'x'; MAX_MESSAGE - 1], b"\n".to_vec()].concat();
        assert_eq!(passed(longest.repeat(2)).await.unwrap(), longest.repeat(2));
        assert!(passed(b"\n".repeat(MAX_EMPTY)).await.is_ok());
        assert!(passed(b"\n".repeat(MAX_EMPTY + 1)).await.is_err());
    }

    #[tokio::test]
    async fn who_waits_for_a_line_that_is_too_long_is_told_and_the_next_line_passes() {
        let long = "x".repeat(MAX_MESSAGE);
        for (line, is_told) in [
            (format!(r#"{{"jsonrpc":"2.0","id":7,"result":{{"content":["{long}"]}}}}"#), true),
            (
                format!(r#"{{"result":{{"content":["{long}"],"isError":false}},"jsonrpc":"2.0","id":7}}"#),
                true,
            ),
            (format!(r#"{{"result": {{"content": ["{long}"]}}, "id": 7, "jsonrpc": "2.0"}}"#), true),
            // A request of the server's has an id of its own.
            (
                format!(
                    r#"{{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{{"x":"{long}"}}}}"#
                ),
                false,
            ),
            (format!(r#"{{"params":{{"x":"{long}"}},"method":"sampling/createMessage","id":7}}"#), false),
            (format!(r#"{{"jsonrpc":"2.0","result":"{long}"}}"#), false),
            (long.clone(), false),
        ] {
            let output = format!("{line}\n{{\"next\":1}}\n").into_bytes();
            let text = String::from_utf8(passed(output).await.unwrap()).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let (last, before) = lines.split_last().unwrap();
            assert_eq!(*last, r#"{"next":1}"#);
            assert_eq!(before.len(), usize::from(is_told), "{}", &line[..80]);
            for told in before {
                let told: serde_json::Value = serde_json::from_str(told).unwrap();
                assert_eq!((&told["id"], &told["error"]["code"]), (&json!(7), &json!(TOO_LONG)));
            }
        }
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_off() {
        let mut limit = LineLimit::new(tokio::io::repeat(b'x'));
        assert!(limit.read_u8().await.is_err());
    }
}
