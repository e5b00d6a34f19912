//! When a server that can't be reached is tried again.

use std::time::Duration;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(500);

/// After many.
const LONGEST: Duration = Duration::from_secs(60);

/// The wait after this many failures in a row.
pub(crate) fn wait(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    doubled.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute() {
        let waits: Vec<u128> =
            [1, 2, 3, 7, 8, 100, u32::MAX].map(|failures| wait(failures).as_millis()).into();
        assert_eq!(waits, [500, 1_000, 2_000, 32_000, 60_000, 60_000, 60_000]);
    }
}
