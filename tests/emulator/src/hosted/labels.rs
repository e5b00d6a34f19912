//! Names for secrets, so that a record can say which one was sent without having it.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// Every secret that was given, with its label.
#[derive(Default)]
pub(crate) struct Labels {
    known: BTreeMap<String, String>,
}

impl Labels {
    pub(crate) fn name(&mut self, secret: &str, label: String) {
        self.known.insert(secret.to_owned(), label);
    }

    /// Whether a text is a secret of ours.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.known.contains_key(text)
    }

    /// `access-1.2` for a secret of ours, the beginning of its digest for another.
    pub(crate) fn of(&self, secret: &str) -> String {
        self.known.get(secret).cloned().unwrap_or_else(|| {
            let digest: Vec<String> =
                Sha256::digest(secret.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("sha256:{}", digest.concat())
        })
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }
}
