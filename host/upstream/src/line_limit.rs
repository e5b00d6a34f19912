//! The output of a program, as long as it speaks in messages: one that writes without end is cut off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::settings::MAX_MESSAGE;

/// Empty lines in a row that are passed over.
const MAX_EMPTY: usize = 1_000;

/// Passes on what is read, until a line is too long or too many are empty.
pub(crate) struct LineLimit<R> {
    inner: R,
    in_line: usize,
    empty: usize,
}

impl<R> LineLimit<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, in_line: 0, empty: 0 }
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.in_line += part.len();
            if self.in_line > MAX_MESSAGE {
                return Err(io::Error::other("a line is too long"));
            }
            if part.ends_with(b"\n") {
                self.empty = if self.in_line <= 2 { self.empty + 1 } else { 0 };
                self.in_line = 0;
            }
            if self.empty > MAX_EMPTY {
                return Err(io::Error::other("it writes empty lines"));
            }
        }
        Ok(())
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for LineLimit<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        Poll::Ready(self.pass(buffer.filled().get(before..).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_pass_and_what_is_none_does_not() {
        let mut limit = LineLimit::new(tokio::io::empty());
        for _ in 0..10 {
            assert!(limit.pass(&[vec![b'x'; MAX_MESSAGE - 1], b"\n\r\n".to_vec()].concat()).is_ok());
        }
        assert!(limit.pass(&vec![b'x'; MAX_MESSAGE]).is_ok());
        assert!(limit.pass(b"x").is_err());
        let mut limit = LineLimit::new(tokio::io::empty());
        assert!(limit.pass(&b"\n".repeat(MAX_EMPTY)).is_ok());
        assert!(limit.pass(b"\n").is_err());
    }
}
