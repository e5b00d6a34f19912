//! What a tool says while it runs, as notifications to the client that called it.
#![expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]

use futures_util::future::join;
use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::Listener;
use toolbay_kernel::listener::LogLevel;

use super::levels::{published, reaches};

/// Notices that wait for a slow client. When they are more, the next ones are dropped: progress is a courtesy, and a tool
/// must not wait for its listener.
const MOST_WAITING: usize = 64;

/// What the client of one request wants to hear.
pub(super) struct Wanted {
    /// The token under which it wants to hear of progress.
    pub(super) progress: Option<ProgressToken>,
    /// The least level of log lines that it wants.
    pub(super) level: Option<LoggingLevel>,
}

impl Wanted {
    /// Whether it wants to hear nothing.
    pub(super) fn is_nothing(&self) -> bool {
        self.progress.is_none() && self.level.is_none()
    }
}

enum Notice {
    Progress { done: u64, total: Option<u64>, message: Option<String> },
    Log { level: LoggingLevel, message: String },
}

/// Takes what the tool says, without ever waiting.
pub(super) struct Ear {
    notices: mpsc::Sender<Notice>,
    hears_progress: bool,
    level: Option<LoggingLevel>,
}

impl Listener for Ear {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        if self.hears_progress {
            let message = message.map(str::to_owned);
            let _ = self.notices.try_send(Notice::Progress { done, total, message });
        }
    }

    fn log(&self, level: LogLevel, message: &str) {
        let level = published(level);
        if self.level.is_some_and(|wanted| reaches(level, wanted)) {
            let _ = self.notices.try_send(Notice::Log { level, message: message.to_owned() });
        }
    }
}

/// Passes on what an [`Ear`] takes.
pub(super) struct Mouth {
    notices: mpsc::Receiver<Notice>,
    token: Option<ProgressToken>,
    last: Option<u64>,
    tool: String,
    peer: Peer<RoleServer>,
}

/// An ear for the tool, and the mouth that tells its client.
pub(super) fn between(tool: &str, wanted: Wanted, peer: Peer<RoleServer>) -> (Ear, Mouth) {
    let (sender, notices) = mpsc::channel(MOST_WAITING);
    let ear = Ear { notices: sender, hears_progress: wanted.progress.is_some(), level: wanted.level };
    (ear, Mouth { notices, token: wanted.progress, last: None, tool: tool.to_owned(), peer })
}

impl Mouth {
    /// Runs the call and tells its client what it says; all of it has been told when this ends, so that the answer
    /// comes last.
    pub(super) async fn tell_while<T>(mut self, call: impl Future<Output = T>) -> T {
        let ended = CancellationToken::new();
        let call = async {
            let outcome = call.await;
            ended.cancel();
            outcome
        };
        let tell = async {
            loop {
                tokio::select! {
                    biased;
                    notice = self.notices.recv() => match notice {
                        Some(notice) => self.tell(notice).await,
                        None => break,
                    },
                    () = ended.cancelled() => break,
                }
            }
        };
        join(call, tell).await.0
    }

    async fn tell(&mut self, notice: Notice) {
        // A client that has gone is noticed elsewhere: its call is cancelled.
        let _ = match notice {
            Notice::Progress { done, total, message } => {
                let Some(token) = &self.token else { return };
                // The protocol wants it to increase, and plugins say what they like.
                if self.last.is_some_and(|last| done <= last) {
                    return;
                }
                self.last = Some(done);
                let mut progress = ProgressNotificationParam::new(token.clone(), done as f64);
                progress.total = total.map(|total| total as f64);
                progress.message = message;
                self.peer.notify_progress(progress).await
            }
            Notice::Log { level, message } => {
                let line =
                    LoggingMessageNotificationParam::new(level, message.into()).with_logger(&*self.tool);
                self.peer.notify_logging_message(line).await
            }
        };
    }
}
