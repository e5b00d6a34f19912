//! Counted places: so many for each, and so many in all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Places that are taken and given back.
pub(crate) struct Places<K> {
    taken: Mutex<Taken<K>>,
    max_of_one: usize,
    max: usize,
}

struct Taken<K> {
    of: HashMap<K, usize>,
    in_all: usize,
}

impl<K: Clone + Eq + Hash> Places<K> {
    /// At most `max_of_one` for each key, and `max` in all.
    pub(crate) fn new(max_of_one: usize, max: usize) -> Arc<Self> {
        let taken = Taken { of: HashMap::new(), in_all: 0 };
        Arc::new(Self { taken: Mutex::new(taken), max_of_one, max })
    }

    /// A place, if there is one left for this key. It is given back when it is dropped.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = taken.of.get(&key).copied().unwrap_or_default();
        if of_key >= self.max_of_one || taken.in_all >= self.max {
            return None;
        }
        taken.of.insert(key.clone(), of_key + 1);
        taken.in_all += 1;
        Some(Place { places: Arc::clone(self), key })
    }

    fn give_back(&self, key: &K) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
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
pub(crate) struct Place<K: Clone + Eq + Hash> {
    places: Arc<Places<K>>,
    key: K,
}

impl<K: Clone + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        self.places.give_back(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_nobody_takes_those_of_another() {
        let places = Places::new(2, 3);
        let first = places.take("a").unwrap();
        let _second = places.take("a").unwrap();
        assert!(places.take("a").is_none(), "two of one are all");
        let other = places.take("b").unwrap();
        assert!(places.take("c").is_none(), "three are all");
        drop(other);
        drop(first);
        let _again = places.take("a").unwrap();
        assert!(places.take("a").is_none());
        assert!(places.take("c").is_some());
    }
}
