//! What earlier executions were told, read some entries at a time in the order in which a run asks again.
//!
//! A replay asks for everything that was recorded, one after the other. Reading each by itself would take longer than all the
//! rest of a replay; reading all of them at once could take more memory than the host has. So some are read at a time, and the next
//! ones while the tool works on these.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::journal::{EntryOutcome, Journal, RecordedEntry};
use crate::id::RunId;
use crate::ports::StoreError;

/// Most outcomes that are read at once.
const MAX_OUTCOMES: usize = 64;

/// Most bytes that are read at once, beside the outcome that is asked for.
const MAX_BYTES: u64 = 1024 * 1024;

/// The next ones are read once so few are left of those that were.
const FEW: usize = MAX_OUTCOMES / 2;

/// The entries of a run that no execution of this process has asked for yet.
#[derive(Default)]
pub(super) struct ReadAhead {
    known: BTreeMap<Place, RecordedEntry>,
    read: HashMap<String, EntryOutcome>,
    coming: Option<Coming>,
}

/// What is being read.
type Coming = AbortOnDropHandle<Result<HashMap<String, EntryOutcome>, StoreError>>;

/// A position, in the order in which a run asks: `2` comes before `10`, and `2.1` in between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Vec<u32>, String);

impl Place {
    fn of(position: &str) -> Self {
        let numbers = position.split('.').map(|number| number.parse().unwrap_or(u32::MAX)).collect();
        Self(numbers, position.to_owned())
    }
}

impl ReadAhead {
    pub(super) fn of(recorded: HashMap<String, RecordedEntry>) -> Self {
        let known = recorded.into_iter().map(|(position, entry)| (Place::of(&position), entry)).collect();
        Self { known, read: HashMap::new(), coming: None }
    }

    /// What is known of a position; asked for once.
    pub(super) fn take(&mut self, position: &str) -> Option<RecordedEntry> {
        self.known.remove(&Place::of(position))
    }

    /// Whether nothing is left to be asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The first position that is left to be asked for.
    pub(super) fn first_left(&self) -> Option<String> {
        self.known.first_key_value().map(|(Place(_, position), _)| position.clone())
    }

    /// The outcome at a position that was taken, if it was read with an earlier one.
    fn outcome(&mut self, position: &str) -> Option<EntryOutcome> {
        self.read.remove(position)
    }

    /// What will be asked for after a position, and isn't read yet.
    fn after(&self, position: &str) -> impl Iterator<Item = String> {
        let mut bytes = 0;
        let later = self.known.range(Place::of(position)..).take_while(move |(_, entry)| {
            bytes += entry.bytes;
            bytes <= MAX_BYTES
        });
        let told = later.filter(|(_, entry)| entry.open_since.is_none());
        let unread = told
            .map(|(Place(_, position), _)| position)
            .filter(|position| !self.read.contains_key(*position));
        unread.cloned()
    }

    /// What to read for a position that was taken: it, and what will be asked for after it.
    fn next(&self, position: &str) -> Vec<String> {
        [position.to_owned()].into_iter().chain(self.after(position).take(MAX_OUTCOMES - 1)).collect()
    }

    /// Begins to read what comes after a position, once little is left of what was read.
    fn read_on(&mut self, position: &str, journal: &Arc<dyn Journal>, run: RunId) {
        if self.coming.is_some() || self.read.len() > FEW {
            return;
        }
        let next: Vec<String> = self.after(position).take(MAX_OUTCOMES).collect();
        if next.is_empty() {
            return;
        }
        let journal = Arc::clone(journal);
        let reading = async move { journal.outcomes(run, &next).await };
        self.coming = Some(AbortOnDropHandle::new(tokio::spawn(reading)));
    }

    /// Keeps what was read and is still to be asked for; answers the outcome of the position that it was read for.
    fn keep(&mut self, position: &str, mut read: HashMap<String, EntryOutcome>) -> Option<EntryOutcome> {
        let outcome = read.remove(position);
        let unasked = read.into_iter().filter(|(position, _)| self.known.contains_key(&Place::of(position)));
        self.read.extend(unasked);
        outcome
    }
}

/// What was told at a position that was taken.
pub(super) async fn told(
    ahead: &Mutex<ReadAhead>,
    journal: &Arc<dyn Journal>,
    run: RunId,
    position: &str,
) -> Result<Option<EntryOutcome>, StoreError> {
    let coming = {
        let mut ahead = ahead.lock();
        if let Some(outcome) = ahead.outcome(position) {
            ahead.read_on(position, journal, run);
            return Ok(Some(outcome));
        }
        ahead.coming.take()
    };
    // One whose reading failed or was ended is read as if nobody had begun.
    if let Some(coming) = coming
        && let Ok(Ok(read)) = coming.await
    {
        let mut ahead = ahead.lock();
        if let Some(outcome) = ahead.keep(position, read) {
            ahead.read_on(position, journal, run);
            return Ok(Some(outcome));
        }
    }
    let wanted = ahead.lock().next(position);
    let read = journal.outcomes(run, &wanted).await?;
    let mut ahead = ahead.lock();
    let outcome = ahead.keep(position, read);
    ahead.read_on(position, journal, run);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn ahead(entries: impl IntoIterator<Item = (&'static str, u64)>) -> ReadAhead {
        let entry = |bytes| RecordedEntry { digest: String::new(), open_since: None, bytes };
        ReadAhead::of(
            entries.into_iter().map(|(position, bytes)| (position.to_owned(), entry(bytes))).collect(),
        )
    }

    #[test]
    fn positions_are_read_in_the_order_in_which_a_run_asks() {
        let mut ahead = ahead(["10", "2", "2.10", "2.9", "3", "1"].map(|position| (position, 10)));
        assert!(ahead.take("1").is_some() && ahead.take("1").is_none());
        assert!(ahead.take("2").is_some());
        let next = ahead.next("2");
        assert_eq!(next, ["2", "2.9", "2.10", "3", "10"]);
        let read = next.into_iter().map(|position| (position, Ok(serde_json::json!(1)))).collect();
        assert_eq!(ahead.keep("2", read), Some(Ok(serde_json::json!(1))));
        assert!(ahead.take("3").is_some());
        assert!(ahead.outcome("3").is_some() && ahead.outcome("3").is_none());
        assert_eq!(ahead.next("3"), ["3"], "the rest is read");
    }

    #[test]
    fn what_is_read_at_once_is_bounded_and_what_has_no_outcome_is_left_out() {
        let many: Vec<&'static str> = (0..200).map(|number: u32| &*number.to_string().leak()).collect();
        let mut small = ahead(many.iter().map(|position| (*position, 10)));
        small.take("0");
        assert_eq!(small.next("0").len(), MAX_OUTCOMES);
        let mut large = ahead(many.iter().map(|position| (*position, MAX_BYTES / 2)));
        large.take("0");
        assert_eq!(large.next("0"), ["0", "1", "2"]);
        let mut open = ahead([("0", 10), ("1", 0), ("2", 10)]);
        open.known.get_mut(&Place::of("1")).unwrap().open_since = Some(OffsetDateTime::UNIX_EPOCH);
        open.take("0");
        assert_eq!(open.next("0"), ["0", "2"]);
    }
}
