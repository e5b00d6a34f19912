//! A connection whose client has to read.
//!
//! What a client doesn't read stays in the host's memory: the answer, and the call that made it. Nothing in HTTP bounds how
//! long, so the connection does. Two things end it: bytes that wait and none of which goes for the whole patience, and bytes
//! that go more slowly than the least rate for so long that the client is behind by the patience. The first alone would let
//! a client hold a large answer for weeks, by reading a byte a minute.
//!
//! Only time in which bytes wait counts. A stream that listens for hours has nothing to send most of the time, and its
//! client may read what comes as slowly as it likes: a client that was behind has caught up by as much as it was not waited
//! for. An answer's whole time is bounded by its size and the rate; a bound of its own would end the long stream of an
//! honest client, or have to be so long that it bounds nothing.
//!
//! A client that is given up loses what the system still holds for it, too: a mebibyte or two, which the system would
//! offer it for minutes more.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// How long a client may keep bytes waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Time that it may be behind.
    pub(crate) behind: Duration,
    /// Bytes that it has to read in a second while there are any to read.
    pub(crate) least_rate: u32,
}

/// A stream whose other end can be given up.
pub(crate) trait GiveUp {
    /// Drops what waits to be sent, when the stream is closed.
    fn give_up(&self);
}

impl GiveUp for TcpStream {
    fn give_up(&self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::debug!(%error, "server.linger_failed");
        }
    }
}

/// A stream that fails when its other end reads nothing for too long, or too slowly.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Patience,
    /// How far the client was behind when bytes last went, and when that was. None for one that keeps up, which is nearly
    /// every client: no clock is read for it.
    behind: Option<(Duration, Instant)>,
    /// Since when bytes wait to be sent, and what ends the wait.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S: GiveUp> Patient<S> {
    /// A stream with this patience.
    pub(crate) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, patience, behind: None, waiting: None }
    }

    fn judge(&mut self, sent: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match sent {
            Poll::Ready(Ok(bytes)) => {
                self.went(bytes);
                return Poll::Ready(Ok(bytes));
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {}
        }
        let (_, end) = match &mut self.waiting {
            Some(waiting) => waiting,
            None => {
                let now = Instant::now();
                let behind = self.behind(now);
                self.behind = (!behind.is_zero()).then_some((behind, now));
                let end =
                    Box::pin(tokio::time::sleep_until(now + self.patience.behind.saturating_sub(behind)));
                self.waiting.insert((now, end))
            }
        };
        std::task::ready!(end.as_mut().poll(context));
        self.stream.give_up();
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client is too slow to read what it is sent",
        )))
    }

    /// How far the client is behind, when nothing has waited for it since bytes last went.
    fn behind(&self, now: Instant) -> Duration {
        self.behind.map_or(Duration::ZERO, |(behind, then)| behind.saturating_sub(now - then))
    }

    /// Bytes went: the client is behind by the time that they waited, less the time that they may take.
    fn went(&mut self, bytes: usize) {
        if self.waiting.is_none() && self.behind.is_none() {
            return;
        }
        let now = Instant::now();
        let behind = match self.waiting.take() {
            Some((since, _)) => self.behind.map_or(Duration::ZERO, |(behind, _)| behind) + (now - since),
            None => self.behind(now),
        };
        let granted = Duration::from_secs_f64(bytes as f64 / f64::from(self.patience.least_rate.max(1)));
        let behind = behind.saturating_sub(granted);
        self.behind = (!behind.is_zero()).then_some((behind, now));
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

impl<S: AsyncWrite + GiveUp + Unpin> AsyncWrite for Patient<S> {
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    impl GiveUp for DuplexStream {
        fn give_up(&self) {}
    }

    const PATIENCE: Patience = Patience { behind: Duration::from_secs(30), least_rate: 1_024 };

    /// The host's side, and the client's. Less than a kibibyte is on the way at any time.
    fn connection() -> (Patient<DuplexStream>, DuplexStream) {
        let (near, far) = tokio::io::duplex(512);
        (Patient::new(near, PATIENCE), far)
    }

    /// How long a client that reads so many bytes at once, so often, is served an answer without end.
    async fn served(piece: usize, every: Duration) -> Duration {
        let (mut near, mut far) = connection();
        let reading = tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                far.read_exact(&mut vec![0; piece]).await.unwrap();
            }
        });
        let begun = Instant::now();
        let end = begun + Duration::from_secs(3_600);
        while Instant::now() < end {
            if let Err(error) = near.write_all(&[0; 512]).await {
                assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                break;
            }
        }
        reading.abort();
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_or_next_to_nothing_is_given_up() {
        let second = Duration::from_secs(1);
        for (case, piece, every) in [
            ("nothing", 1, 7_200 * second),
            ("a byte a minute", 1, 60 * second),
            ("a byte a second", 1, second),
            ("a hundred bytes a second", 100, second),
            ("half the rate", 512, second),
        ] {
            let served = served(piece, every).await;
            assert!((30..=62).contains(&served.as_secs()), "{case}: {served:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_at_the_rate_is_served_to_the_end() {
        for (piece, every) in [(1_024, 1_000), (512, 250), (20_480, 19_000)] {
            let served = served(piece, Duration::from_millis(every)).await;
            assert!(served >= Duration::from_secs(3_600), "{piece} bytes every {every} ms: {served:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_listens_may_be_slow_again_and_again_and_silence_is_no_fault() {
        let (mut near, mut far) = connection();
        // A day of news: each waits 20 s until it is read, which is two thirds of the patience, and then nothing comes.
        for _ in 0..500 {
            let writing = tokio::spawn(async move {
                near.write_all(&[0; 600]).await.unwrap();
                near
            });
            tokio::time::sleep(Duration::from_secs(20)).await;
            far.read_exact(&mut [0; 600]).await.unwrap();
            near = writing.await.unwrap();
            tokio::time::sleep(Duration::from_secs(150)).await;
        }
    }
}
