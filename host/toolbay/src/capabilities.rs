//! The capabilities of this program: those of its egresses, and the kernel's own.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toolbay_kernel::{CapabilityName, CapabilityRegistry, PluginName};

/// All of them.
#[must_use]
pub fn registry() -> CapabilityRegistry {
    let notion = toolbay_notion::capabilities().into_iter();
    CapabilityRegistry::new(notion.chain([toolbay_http::capability()]).chain(toolbay_sql::capabilities()))
}

/// The capability that an operator names.
pub(crate) fn parse(text: &str) -> Result<CapabilityName, String> {
    registry().parse(text)
}

/// A capability where text is read by its type.
pub(crate) struct Known(pub(crate) CapabilityName);

impl FromStr for Known {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A list of capabilities.
pub(crate) fn list<'de, D>(deserializer: D) -> Result<Option<BTreeSet<CapabilityName>>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Some(names(Vec::deserialize(deserializer)?)))
}

/// A list of capabilities for each plugin.
pub(crate) fn lists<'de, D>(
    deserializer: D,
) -> Result<HashMap<PluginName, BTreeSet<CapabilityName>>, D::Error>
where
    D: Deserializer<'de>,
{
    let read = HashMap::<PluginName, Vec<Known>>::deserialize(deserializer)?;
    Ok(read.into_iter().map(|(plugin, granted)| (plugin, names(granted))).collect())
}

pub(crate) fn names(known: Vec<Known>) -> BTreeSet<CapabilityName> {
    known.into_iter().map(|known| known.0).collect()
}
