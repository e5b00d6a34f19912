//! Parameters: of a query string, or of a form.

use std::collections::BTreeMap;

use super::asked::Asked;

/// The most parameters that one request may have, and the longest value.
const MAX_PARAMETERS: usize = 32;
const MAX_VALUE_BYTES: usize = 4096;

/// Parameters, each once.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Those of a query string or form. None when one comes twice, or there is too much of them.
    pub(super) fn parse(text: &[u8]) -> Option<Parameters> {
        let mut found = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            let is_too_much = found.len() >= MAX_PARAMETERS || value.len() > MAX_VALUE_BYTES;
            if is_too_much || found.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Parameters(found))
    }

    /// Those of a request's form.
    pub(super) fn of_form(asked: &Asked) -> Option<Parameters> {
        if asked.media_type() != "application/x-www-form-urlencoded" {
            return None;
        }
        Parameters::parse(&asked.bytes)
    }

    /// One that is there and isn't empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
