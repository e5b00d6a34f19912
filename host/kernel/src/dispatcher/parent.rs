//! Where a call comes from that another one made.

use std::sync::Arc;

use crate::call::Call;
use crate::check::Check;

/// Where a call comes from, when another one made it.
pub(super) struct Parent<'a> {
    pub(super) call: &'a Call,
    /// The new call's position in the other one.
    pub(super) position: String,
    /// The check that it belongs to, or is all of.
    pub(super) check: Option<Arc<Check>>,
}

impl Parent<'_> {
    /// The check that begins with the new call.
    pub(super) fn beginning(&self) -> Option<&Check> {
        let own = self.check.as_ref()?;
        let is_outer = self.call.check.as_ref().is_some_and(|outer| Arc::ptr_eq(outer, own));
        (!is_outer).then_some(own)
    }
}
