//! What a tool says while it runs, as notifications to the client that called it.
#![expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]

use std::pin::pin;

use rmcp::RoleServer;
use rmcp::model::{
    LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam, ProgressNotification,
    ProgressNotificationParam, ProgressToken, ServerNotification,
};
use rmcp::service::Peer;
use tokio::sync::mpsc;
use toolbay_kernel::ProgressSink;
use toolbay_kernel::progress::LogLevel;

use super::levels::{published, reaches};

/// Notices that wait for a slow client. When they are more, the next ones are dropped: progress is a courtesy, and a tool
/// must not wait for its listener.
const MAX_WAITING: usize = 64;

/// What the client of one request wants to hear.
#[derive(Default)]
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
pub(super) struct NoticeSink {
    notices: mpsc::Sender<Notice>,
    wants_progress: bool,
    level: Option<LoggingLevel>,
}

impl ProgressSink for NoticeSink {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        if self.wants_progress {
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

/// What a [`NoticeSink`] takes, as the notifications that its client hears.
pub(super) struct Notices {
    notices: mpsc::Receiver<Notice>,
    token: Option<ProgressToken>,
    last: Option<u64>,
    tool: String,
}

/// A sink for the tool, and what its client hears of it.
pub(super) fn between(tool: &str, wanted: Wanted) -> (NoticeSink, Notices) {
    let (sender, notices) = mpsc::channel(MAX_WAITING);
    let sink = NoticeSink { notices: sender, wants_progress: wanted.progress.is_some(), level: wanted.level };
    (sink, Notices { notices, token: wanted.progress, last: None, tool: tool.to_owned() })
}

impl Notices {
    /// The next one; none when the tool says nothing any more.
    pub(super) async fn next(&mut self) -> Option<ServerNotification> {
        loop {
            let notice = self.notices.recv().await?;
            if let Some(notification) = self.notification(notice) {
                return Some(notification);
            }
        }
    }

    /// The next one that is there already.
    pub(super) fn waiting(&mut self) -> Option<ServerNotification> {
        loop {
            let notice = self.notices.try_recv().ok()?;
            if let Some(notification) = self.notification(notice) {
                return Some(notification);
            }
        }
    }

    /// Runs the call and tells the client over stdio what it says; all of it has been told when this ends, so that the
    /// answer comes last.
    pub(super) async fn tell_while<T>(mut self, peer: &Peer<RoleServer>, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        let outcome = loop {
            tokio::select! {
                biased;
                Some(notification) = self.next() => tell(peer, notification).await,
                outcome = &mut call => break outcome,
            }
        };
        while let Some(notification) = self.waiting() {
            tell(peer, notification).await;
        }
        outcome
    }

    fn notification(&mut self, notice: Notice) -> Option<ServerNotification> {
        match notice {
            Notice::Progress { done, total, message } => {
                let token = self.token.clone()?;
                // The protocol wants it to increase, and plugins say what they like.
                if self.last.is_some_and(|last| done <= last) {
                    return None;
                }
                self.last = Some(done);
                let mut progress = ProgressNotificationParam::new(token, done as f64);
                progress.total = total.map(|total| total as f64);
                progress.message = message;
                Some(ServerNotification::ProgressNotification(ProgressNotification::new(progress)))
            }
            Notice::Log { level, message } => {
                let line =
                    LoggingMessageNotificationParam::new(level, message.into()).with_logger(&*self.tool);
                Some(ServerNotification::LoggingMessageNotification(LoggingMessageNotification::new(line)))
            }
        }
    }
}

/// A client that has gone is noticed elsewhere: its call is cancelled.
async fn tell(peer: &Peer<RoleServer>, notification: ServerNotification) {
    let _ = peer.send_notification(notification).await;
}
