//! Who hears of a call while it runs.

/// How much a line of a tool's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Trace,
    /// For whoever looks for a fault.
    Debug,
    Info,
    Warn,
    Error,
}

/// Who wants to hear of a call while it runs. Nothing here may block.
pub trait ProgressSink: Send + Sync {
    /// The tool says how far it is.
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>);

    /// The tool says something. The text has been bounded and freed of control characters.
    fn log(&self, level: LogLevel, message: &str);

    /// What the outside answered, as it came, for a surface that passes it on so.
    fn answered(&self, _text: &str) {}

    /// Whether somebody hears of it before the call has ended.
    fn is_heard(&self) -> bool {
        true
    }
}

/// A sink that keeps nothing.
pub struct Silent;

impl ProgressSink for Silent {
    fn progress(&self, _done: u64, _total: Option<u64>, _message: Option<&str>) {}
    fn log(&self, _level: LogLevel, _message: &str) {}

    fn is_heard(&self) -> bool {
        false
    }
}
