//! Reading loosely typed JSON without a panic: a member that is absent reads as `null`.
//!
//! Notion's objects are wide and their order matters to nobody but a reader of snapshots, so the
//! emulator keeps them as [`Value`] (insertion order preserved) and reads them through [`Peek`].

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// Reads members of a JSON value.
pub(crate) trait Peek {
    /// The member, or `null`.
    fn at(&self, key: &str) -> &Value;
    /// The member when it is a string.
    fn text(&self, key: &str) -> Option<&str> {
        self.at(key).as_str()
    }
    /// The member's items when it is an array, else nothing.
    fn items(&self, key: &str) -> &[Value] {
        self.at(key).as_array().map(Vec::as_slice).unwrap_or_default()
    }
    /// Whether the member is there, `null` included.
    fn has(&self, key: &str) -> bool;
    /// The member when it is `true`.
    fn is_true(&self, key: &str) -> bool {
        self.at(key).as_bool() == Some(true)
    }
}

impl Peek for Value {
    fn at(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

impl Peek for Map<String, Value> {
    fn at(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NULL)
    }
    fn has(&self, key: &str) -> bool {
        self.contains_key(key)
    }
}

/// An object with one member, for keys that are only known at run time.
pub(crate) fn single(key: &str, value: Value) -> Value {
    let mut map = Map::new();
    map.insert(key.to_owned(), value);
    Value::Object(map)
}

/// Puts a member into an object; anything else stays as it is.
pub(crate) fn put(target: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = target {
        map.insert(key.to_owned(), value);
    }
}
