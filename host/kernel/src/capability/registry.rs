//! The capabilities that exist.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::name::CapabilityName;
use super::scope::Scope;

/// A capability, as its owner registers it.
#[derive(Clone, Copy)]
pub struct Capability {
    pub name: CapabilityName,
    /// Reads what a manifest says of it; none when that asks for nothing. An error says what it can be.
    pub scope: fn(&Value) -> Result<Option<Scope>, String>,
    /// What an author writes to ask for it, such as `true`.
    pub example: &'static str,
    /// What all of it lets a plugin do, for people: a verb and what follows it.
    pub in_words: &'static str,
}

/// The capabilities that exist. Cheap to clone.
#[derive(Clone)]
pub struct CapabilityRegistry {
    known: Arc<[Capability]>,
}

impl CapabilityRegistry {
    /// Those of egresses, and the kernel's own.
    #[must_use]
    pub fn new(of_egresses: impl IntoIterator<Item = Capability>) -> Self {
        let own = [
            Capability {
                name: CapabilityName::TOOLS_CALL,
                scope: Scope::of_tools,
                example: "[\"NAME\"]",
                in_words: "call other tools",
            },
            Capability {
                name: CapabilityName::STATE,
                scope: Scope::of_flag,
                example: "true",
                in_words: "keep small values of its own between calls",
            },
        ];
        Self { known: of_egresses.into_iter().chain(own).collect() }
    }

    /// Every capability, in the order of registration.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.known.iter()
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = CapabilityName> {
        self.known.iter().map(|capability| capability.name)
    }

    /// The capability of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Capability> {
        self.known.iter().find(|capability| capability.name.as_str() == name)
    }

    /// The name in a text.
    ///
    /// # Errors
    ///
    /// When there is no such capability, with those that there are.
    pub fn parse(&self, text: &str) -> Result<CapabilityName, String> {
        self.get(text).map(|capability| capability.name).ok_or_else(|| {
            let names: Vec<&str> = self.names().map(CapabilityName::as_str).collect();
            format!("`{text}` is not a capability; there are {}", names.join(", "))
        })
    }
}

impl fmt::Debug for CapabilityRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}
