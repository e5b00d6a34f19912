//! Checkpoints (`c2sp.org/tlog-checkpoint`): the size and the root of a log at one moment, as a note that the log signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::merkle::Hash;
use super::note::{LogKey, NoteError, VerifierKey};

/// How large a log was, and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    pub root: Hash,
}

/// Why a text is no checkpoint of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint can't be trusted: {0}")]
    Note(#[from] NoteError),
    #[error("it is signed, but no checkpoint")]
    Form,
    #[error("it is a checkpoint of another log, `{0}`")]
    OtherLog(String),
}

impl Checkpoint {
    /// The checkpoint as a signed note.
    #[must_use]
    pub fn signed(&self, key: &LogKey) -> String {
        key.sign(&self.to_string())
    }

    /// Reads a signed checkpoint of the key's log.
    ///
    /// # Errors
    ///
    /// When it isn't signed with the key, isn't a checkpoint, or is one of another log.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::read(key.open(note)?).ok_or(CheckpointError::Form)?;
        if checkpoint.origin != key.name() {
            return Err(CheckpointError::OtherLog(checkpoint.origin));
        }
        Ok(checkpoint)
    }

    /// Reads the text of a checkpoint, whoever may have signed it. Lines after the third, which extensions may have, are
    /// passed over.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let is_written = |size: &u64| size.to_string() == lines_size(text);
        let size = size.parse().ok().filter(is_written)?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (!origin.is_empty()).then(|| Self { origin: origin.to_owned(), size, root })
    }
}

/// The line with the size: a number has one way to be written.
fn lines_size(text: &str) -> &str {
    text.split('\n').nth(1).unwrap_or_default()
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_as_it_is_signed() {
        let key = LogKey::new("toolbay/test", &[7; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "toolbay/test".to_owned(), size: 17, root: [3; 32] };
        let note = checkpoint.signed(&key);
        assert!(note.starts_with("toolbay/test\n17\nAwMD"), "{note}");
        assert_eq!(Checkpoint::open(&note, &key.verifier()).unwrap(), checkpoint);

        let elsewhere = Checkpoint { origin: "toolbay/other".to_owned(), ..checkpoint.clone() };
        let error = Checkpoint::open(&elsewhere.signed(&key), &key.verifier()).unwrap_err();
        assert_eq!(error, CheckpointError::OtherLog("toolbay/other".to_owned()));
        assert_eq!(Checkpoint::open(&key.sign("hello\n"), &key.verifier()), Err(CheckpointError::Form));

        let text = checkpoint.to_string();
        assert_eq!(Checkpoint::read(&format!("{text}more\n")), Some(checkpoint));
        for bad in ["", "\n", "a\n1\n", "a\n01\nAwMD\n", text.trim_end(), &text.replace("17", "+17")] {
            assert_eq!(Checkpoint::read(bad), None, "{bad}");
        }
    }
}
