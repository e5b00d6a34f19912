//! Addresses in documents.

use serde::{Deserialize as _, Deserializer, de::Error as _};
use url::Url;

/// Longest address, in bytes.
const MAX: usize = 2_048;

/// Addresses that a list is read of.
const MAX_LISTED: usize = 20;

fn read<E: serde::de::Error>(text: &str) -> Result<Url, E> {
    if text.len() > MAX {
        return Err(E::custom("an address is too long"));
    }
    text.parse().map_err(|_| E::custom("an address can't be one"))
}

pub(super) fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    read(&String::deserialize(deserializer)?)
}

pub(super) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| read(&text)).transpose()
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Url>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.len() > MAX_LISTED {
        return Err(D::Error::custom("too many addresses"));
    }
    texts.iter().map(|text| read(text)).collect()
}
