//! What a guest may grow: its own memory, and its share of what its plugin may have at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::limits::{CORE_INSTANCES, MEMORIES, TABLE_ELEMENTS, TABLES};

/// Bytes of linear memory that the running calls of one plugin may still take.
#[derive(Debug)]
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Why a guest's memory didn't grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// One call's limit.
    Call,
    /// The limit of all running calls of the plugin.
    Plugin,
    /// The limit of table elements.
    Table,
}

/// Says what of a guest's store may grow, and remembers what it refused: a guest that is refused memory usually traps
/// soon after, and its caller should read why.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    max: usize,
    used: usize,
    table_elements: usize,
    budget: Arc<Budget>,
    refused: Option<Refused>,
}

impl MemoryLimiter {
    pub(crate) fn new(max: usize, budget: Arc<Budget>) -> Self {
        Self { max, used: 0, table_elements: 0, budget, refused: None }
    }

    /// The most bytes of linear memory that the guest had: it never gives any back.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused
    }

    pub(crate) fn max_mib(&self) -> usize {
        self.max / (1024 * 1024)
    }

    fn refuse(&mut self, why: Refused) -> wasmtime::Result<bool> {
        self.refused = Some(why);
        Ok(false)
    }
}

impl Drop for MemoryLimiter {
    fn drop(&mut self) {
        self.budget.give_back(self.used);
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let used = self.used.saturating_add(more);
        if used > self.max {
            return self.refuse(Refused::Call);
        }
        if !self.budget.take(more) {
            return self.refuse(Refused::Plugin);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = self.table_elements.saturating_add(desired.saturating_sub(current));
        if elements > TABLE_ELEMENTS {
            return self.refuse(Refused::Table);
        }
        self.table_elements = elements;
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_and_its_plugin_have_limits_of_their_own() {
        let budget = Arc::new(Budget::new(150));
        let mut first = MemoryLimiter::new(100, Arc::clone(&budget));
        assert!(first.memory_growing(0, 80, None).unwrap());
        assert!(!first.memory_growing(80, 101, None).unwrap());
        assert_eq!(first.refused(), Some(Refused::Call));
        let mut second = MemoryLimiter::new(100, Arc::clone(&budget));
        assert!(!second.memory_growing(0, 80, None).unwrap());
        assert_eq!(second.refused(), Some(Refused::Plugin));
        drop(first);
        assert!(second.memory_growing(0, 80, None).unwrap());
        assert!(!second.table_growing(0, 100_000_000, None).unwrap());
    }
}
