//! Calls as the audit tells of them.

use toolbay_kernel::audit::{Act, Actor, CallEnded, CallStarted, Event};
use toolbay_kernel::{CallId, ConnectionId};

/// What the audit has of a call that can write.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    pub call: CallId,
    pub by: Actor,
    pub connection: Option<ConnectionId>,
    pub start: CallStarted,
    /// None while it runs, and for ever when the host didn't survive it.
    pub end: Option<CallEnded>,
}

/// Events in the order in which they were recorded.
pub trait Recorded {
    /// The calls among them, in the order in which they began.
    fn calls(self) -> Vec<CallRecord>;
}

impl<I: IntoIterator<Item = Event>> Recorded for I {
    fn calls(self) -> Vec<CallRecord> {
        let mut calls: Vec<CallRecord> = Vec::new();
        for Event { by, call, connection, act } in self {
            match (call, act) {
                (Some(call), Act::CallStarted(start)) => {
                    calls.push(CallRecord { call, by, connection, start, end: None });
                }
                (Some(call), Act::CallEnded(end)) => {
                    if let Some(begun) = calls.iter_mut().find(|begun| begun.call == call) {
                        begun.end = Some(end);
                    }
                }
                _ => {}
            }
        }
        calls
    }
}
