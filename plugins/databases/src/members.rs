//! Members of Notion's objects.

use serde_json::{Map, Value};

/// Copies members that are there and not empty.
pub(crate) fn copy(from: &Value, keys: &[&str], to: &mut Map<String, Value>) {
    for key in keys {
        if let Some(value) = from.get(*key).filter(|value| !value.is_null()) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}
