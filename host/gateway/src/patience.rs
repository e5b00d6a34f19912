//! A connection whose client has to read.
//!
//! What a client doesn't read stays in the host's memory: the answer, and the call that made it. Nothing in HTTP bounds
//! how long, so the connection does: bytes that can't be sent for a while end it. A connection that has nothing to send is
//! left alone, however long it is silent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A stream that fails when its other end reads nothing for too long.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while bytes wait to be sent; each byte that goes begins it anew.
    running_out: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// A stream that waits so long for its other end to read.
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, running_out: None }
    }

    fn judge<T>(&mut self, sent: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.running_out = None;
            return sent;
        }
        let end = Instant::now() + self.patience;
        let sleep = self.running_out.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        sleep
            .as_mut()
            .poll(context)
            .map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client doesn't read what it is sent")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(sent, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judge(sent, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn who_reads_nothing_is_given_up() {
        let (near, _far) = tokio::io::duplex(1024);
        let mut stuck = Patient::new(near, Duration::from_millis(100));
        let error = stuck.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_reads_slowly_is_not_and_silence_is_no_fault() {
        let patience = Duration::from_secs(2);
        let (near, mut far) = tokio::io::duplex(1024);
        let mut slow = Patient::new(near, patience);
        let writing = tokio::spawn(async move { slow.write_all(&[0; 4096]).await.map(|()| slow) });
        let mut piece = [0; 1024];
        for _ in 0..4 {
            // All of it takes longer than the patience; no piece does.
            tokio::time::sleep(patience * 4 / 10).await;
            far.read_exact(&mut piece).await.unwrap();
        }
        let mut slow = writing.await.unwrap().unwrap();
        tokio::time::sleep(patience + patience / 10).await;
        slow.write_all(b"still here").await.unwrap();
    }
}
