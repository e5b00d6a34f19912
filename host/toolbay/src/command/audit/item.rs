//! What `show` and `prove` are asked for.

use std::str::FromStr;

use toolbay_kernel::CallId;
use toolbay_store::AuditItem;

/// An event's number, or a call's id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item(pub(super) AuditItem);

impl FromStr for Item {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let event = || text.parse().ok().map(AuditItem::Event);
        let call = || text.parse().ok().map(AuditItem::Call);
        event()
            .or_else(call)
            .map(Self)
            .ok_or("it is neither an event's number nor a call's id; toolbay audit list shows both")
    }
}

impl Item {
    /// What to say when there is none.
    pub(super) fn none(self) -> anyhow::Error {
        match self.0 {
            AuditItem::Event(event) => {
                anyhow::anyhow!("there is no event {event}; toolbay audit list shows them")
            }
            AuditItem::Call(call) => no_call(call),
        }
    }
}

fn no_call(call: CallId) -> anyhow::Error {
    anyhow::anyhow!(
        "there is no event of the call {call}: a call that can't write has none; toolbay audit list shows those that could"
    )
}
