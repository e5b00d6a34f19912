//! What is looked for ahead of the reader's position, so that no stretch of the source is searched twice.

/// Where runs of backticks are, by their length.
#[derive(Debug, Default)]
pub(super) struct Backticks {
    /// Length and position, sorted.
    runs: Vec<(usize, usize)>,
}

impl Backticks {
    /// Reads the source once.
    pub(super) fn of(source: &str) -> Self {
        let mut runs = Vec::new();
        let mut length = 0;
        for (position, byte) in source.bytes().chain([b' ']).enumerate() {
            if byte == b'`' {
                length += 1;
            } else if length > 0 {
                runs.push((length, position - length));
                length = 0;
            }
        }
        runs.sort_unstable();
        Self { runs }
    }

    /// The first run of this length that starts at `from` or later.
    pub(super) fn next(&self, length: usize, from: usize) -> Option<usize> {
        let place = self.runs.partition_point(|run| *run < (length, from));
        self.runs.get(place).filter(|run| run.0 == length).map(|run| run.1)
    }
}

/// The next position that a search finds; positions asked for must not fall.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    found: Option<Option<usize>>,
}

impl Ahead {
    /// What `search` finds from `from` on, searched anew only when the reader has passed what was found before.
    pub(super) fn next(&mut self, from: usize, search: impl FnOnce(usize) -> Option<usize>) -> Option<usize> {
        match self.found {
            Some(None) => None,
            Some(Some(position)) if position >= from => Some(position),
            _ => *self.found.insert(search(from)),
        }
    }
}

/// Counts characters and openers that are looked at, in tests, where they bound the work.
#[cfg(test)]
pub(super) fn look(count: usize) {
    LOOKED.set(LOOKED.get() + count);
}

/// Nothing is counted outside of tests.
#[cfg(not(test))]
pub(super) fn look(_count: usize) {}

#[cfg(test)]
thread_local! {
    /// How much has been looked at.
    pub(super) static LOOKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
