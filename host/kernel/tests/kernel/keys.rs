//! The rules about keys, over a store that does as it is told.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use time::OffsetDateTime;
use toolbay_kernel::administration::{
    KeyRecord, KeyState, KeyStore, Keys, Pass, PassProgress, Promotion, Refused, Rewrap, Tally,
};
use toolbay_kernel::audit::{Actor, KeyChange};
use toolbay_kernel::ports::StoreError;

#[derive(Default)]
struct Scripted {
    /// What was asked, in order.
    asked: Mutex<Vec<String>>,
    /// What the next passes find; afterwards nothing.
    tallies: Mutex<VecDeque<Tally>>,
}

fn key(id: u32, state: KeyState) -> KeyRecord {
    let at = OffsetDateTime::UNIX_EPOCH;
    KeyRecord { id, state, promotions: 1, master: "0a1b2c3d".to_owned(), created_at: at, changed_at: at }
}

impl Scripted {
    fn finding(tallies: impl IntoIterator<Item = Tally>) -> Arc<Self> {
        Arc::new(Self { tallies: Mutex::new(tallies.into_iter().collect()), ..Self::default() })
    }

    fn note(&self, what: impl Into<String>) {
        self.asked.lock().push(what.into());
    }
}

#[async_trait]
impl KeyStore for Scripted {
    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(vec![key(1, KeyState::Demoted), key(2, KeyState::Active)])
    }

    async fn add_key(&self, _by: &Actor) -> Result<u32, StoreError> {
        Ok(3)
    }

    async fn promote_key(&self, _key: u32, _by: &Actor) -> Result<Promotion, StoreError> {
        Ok(Promotion::Promoted)
    }

    async fn await_writers(&self) -> Result<(), StoreError> {
        self.note("await writers");
        Ok(())
    }

    async fn pass(&self, pass: Pass, _progress: &PassProgress<'_>) -> Result<Tally, StoreError> {
        self.note(format!("{pass:?}"));
        Ok(self.tallies.lock().pop_front().unwrap_or_default())
    }

    async fn retire_key(&self, key: &KeyRecord, _by: &Actor) -> Result<bool, StoreError> {
        self.note(format!("retire {}", key.id));
        Ok(false)
    }

    async fn rewrap_keys(&self, _by: &Actor) -> Result<Rewrap, StoreError> {
        Ok(Rewrap::NoNewKey)
    }

    async fn record_keys(&self, change: KeyChange, _by: &Actor) -> Result<(), StoreError> {
        self.note(format!("{change:?}"));
        Ok(())
    }
}

fn under_first_key(values: u64) -> Tally {
    Tally { values: [(1, values)].into(), ..Tally::default() }
}

#[tokio::test]
async fn a_key_is_counted_after_its_writers_have_ended_and_removed_after_that() {
    let store = Scripted::finding([]);
    let keys = Keys::new(Arc::clone(&store) as _);
    let refused = keys.retire(1, &Actor::operator()).await;
    assert!(matches!(refused, Err(Refused::KeyChanged(1))), "the store says that it was promoted meanwhile");
    assert_eq!(*store.asked.lock(), ["await writers", "Count", "retire 1"]);
}

#[tokio::test(start_paused = true)]
async fn values_that_others_change_are_looked_for_again() {
    let moved = |moved, busy| Tally { moved, busy, ..Tally::default() };
    let store = Scripted::finding([under_first_key(5), moved(3, 2), moved(1, 1), moved(0, 0)]);
    let keys = Keys::new(Arc::clone(&store) as _);
    let done = keys.reencrypt(&Actor::operator(), &|_, _| {}).await.unwrap();
    assert_eq!((done.found, done.moved, done.busy), (5, 4, 0));
    let expected = [
        "await writers",
        "Count",
        "ReencryptionStarted { values: 5 }",
        "Reencrypt",
        "Reencrypt",
        "Reencrypt",
        "ReencryptionEnded { moved: 4 }",
    ];
    assert_eq!(*store.asked.lock(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_always_being_changed_ends_it_and_is_told() {
    let busy = Tally { busy: 1, ..Tally::default() };
    let store = Scripted::finding([under_first_key(1)].into_iter().chain(std::iter::repeat_n(busy, 1_000)));
    let keys = Keys::new(Arc::clone(&store) as _);
    let done = keys.reencrypt(&Actor::operator(), &|_, _| {}).await.unwrap();
    assert_eq!((done.moved, done.busy), (0, 1));
    assert!(store.asked.lock().len() < 50);
}
