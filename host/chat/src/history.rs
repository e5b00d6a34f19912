//! How much of a conversation is kept, and how much of it the model is told again.

use toolbay_kernel::chat::{Entry, Transcript};

/// Bytes of a conversation that are kept beside its last turn. What is older is left behind, whole turns at a time.
const MAX_KEPT: usize = 256 * 1024;

/// Bytes of earlier turns that the model is told again in each round.
const MAX_TOLD: usize = 64 * 1024;

/// Leaves the oldest turns behind where a conversation has become too long.
pub(crate) fn shorten(transcript: &mut Transcript) {
    let first = since(&transcript.entries, MAX_KEPT);
    transcript.entries.drain(..first);
}

/// The entries that the model is told: the last turn, and as many before it as there is room for.
pub(crate) fn told(transcript: &Transcript) -> &[Entry] {
    let first = since(&transcript.entries, MAX_TOLD);
    transcript.entries.get(first..).unwrap_or_default()
}

/// Where the last turn begins, or as many turns before it as have no more than `max` bytes together.
fn since(entries: &[Entry], max: usize) -> usize {
    let mut begin = entries.len();
    let (mut bytes, mut is_earlier) = (0, false);
    for (at, entry) in entries.iter().enumerate().rev() {
        if is_earlier {
            bytes += size(entry);
            if bytes > max {
                break;
            }
        }
        if matches!(entry, Entry::Person { .. }) {
            begin = at;
            is_earlier = true;
        }
    }
    if begin == entries.len() { 0 } else { begin }
}

/// About as many bytes as an entry has in the store, and in a prompt.
pub(crate) fn size(entry: &Entry) -> usize {
    const FRAME: usize = 64;
    FRAME
        + match entry {
            Entry::Person { text, .. } => text.len(),
            Entry::Model { text, calls, reasoning, .. } => {
                let calls: usize =
                    calls.iter().map(|call| call.tool.len() + call.arguments.len() + FRAME).sum();
                text.len() + calls + reasoning.as_ref().map_or(0, |reasoning| reasoning.to_string().len())
            }
            Entry::Tool { result, tool, .. } => result.len() + tool.len() + FRAME,
        }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn turn(text: &str, bytes: usize) -> [Entry; 2] {
        let at = OffsetDateTime::UNIX_EPOCH;
        let model =
            Entry::Model { text: "x".repeat(bytes), calls: Vec::new(), has_read: false, reasoning: None, at };
        [Entry::Person { text: text.to_owned(), at }, model]
    }

    fn first(entries: &[Entry]) -> &str {
        match entries.first() {
            Some(Entry::Person { text, .. }) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whole_turns_are_left_out_the_oldest_first_and_the_last_one_never() {
        let turns =
            [turn("one", MAX_TOLD / 2), turn("two", MAX_TOLD / 2), turn("three", 10), turn("four", MAX_KEPT)];
        let mut transcript = Transcript {
            entries: turns.into_iter().flatten().collect(),
            has_read: true,
            ..Transcript::default()
        };
        assert_eq!(first(told(&transcript)), "two");
        shorten(&mut transcript);
        assert_eq!(transcript.entries.len(), 8, "the last turn doesn't count");
        transcript.entries.extend(turn("five", 1));
        assert_eq!(first(told(&transcript)), "five");
        shorten(&mut transcript);
        assert_eq!((first(&transcript.entries), transcript.entries.len()), ("five", 2));
        assert!(transcript.has_read, "what was read stays read");
        assert!(told(&Transcript::default()).is_empty());
    }
}
