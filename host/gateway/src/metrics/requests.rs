//! How many requests were answered, by the kind of their address and the class of their status.

use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

use crate::edge::Place;

/// The classes of a status, from 100 to 599.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Requests as they are counted.
#[derive(Default)]
pub(crate) struct Requests {
    counts: [[AtomicU64; CLASSES.len()]; Place::ALL.len()],
}

impl Requests {
    /// A request was answered.
    pub(crate) fn answered(&self, place: Place, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = self.counts.get(place as usize).and_then(|counts| counts.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts at this moment, of what there was.
    pub(super) fn counts(&self) -> Vec<(&'static str, &'static str, u64)> {
        let places = Place::ALL.into_iter().zip(&self.counts);
        places
            .flat_map(|(place, counts)| {
                let classes = CLASSES.into_iter().zip(counts);
                classes.map(move |(class, count)| (place.as_str(), class, count.load(Ordering::Relaxed)))
            })
            .filter(|(.., count)| *count > 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_address_has_its_own_place() {
        for (place, kind) in Place::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind:?}");
        }
        let requests = Requests::default();
        requests.answered(Place::Mcp, StatusCode::OK);
        requests.answered(Place::Page, StatusCode::NOT_FOUND);
        assert_eq!(requests.counts(), [("mcp", "2xx", 1), ("page", "4xx", 1)]);
    }
}
