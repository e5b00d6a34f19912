//! Counted places: so many for each, and so many in all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Places that are taken and given back.
pub(crate) struct Slots<K> {
    taken: Mutex<Taken<K>>,
    max_of_one: usize,
    max: usize,
}

struct Taken<K> {
    of: HashMap<K, usize>,
    in_all: usize,
}

impl<K: Clone + Eq + Hash> Slots<K> {
    /// At most `max_of_one` for each key, and `max` in all.
    pub(crate) fn new(max_of_one: usize, max: usize) -> Arc<Self> {
        let taken = Taken { of: HashMap::new(), in_all: 0 };
        Arc::new(Self { taken: Mutex::new(taken), max_of_one, max })
    }

    /// A place, if there is one left for this key. It is given back when it is dropped.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Slot<K>> {
        let mut taken = self.taken.lock();
        let of_key = taken.of.get(&key).copied().unwrap_or_default();
        if of_key >= self.max_of_one || taken.in_all >= self.max {
            return None;
        }
        taken.of.insert(key.clone(), of_key + 1);
        taken.in_all += 1;
        Some(Slot { slots: Arc::clone(self), key })
    }

    fn give_back(&self, key: &K) {
        let mut taken = self.taken.lock();
        taken.in_all = taken.in_all.saturating_sub(1);
        if let Some(count) = taken.of.get_mut(key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.of.remove(key);
            }
        }
    }
}

/// One place, held until it is dropped.
pub(crate) struct Slot<K: Clone + Eq + Hash> {
    slots: Arc<Slots<K>>,
    key: K,
}

impl<K: Clone + Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        self.slots.give_back(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_nobody_takes_those_of_another() {
        let slots = Slots::new(2, 3);
        let first = slots.take("a").unwrap();
        let _second = slots.take("a").unwrap();
        assert!(slots.take("a").is_none(), "two of one are all");
        let other = slots.take("b").unwrap();
        assert!(slots.take("c").is_none(), "three are all");
        drop(other);
        drop(first);
        let _again = slots.take("a").unwrap();
        assert!(slots.take("a").is_none());
        assert!(slots.take("c").is_some());
    }
}
