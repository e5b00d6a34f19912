//! The members of a JSON object, as they were written: a number is what its digits say, a name may be there twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// Each member with its value, in their order.
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

/// Puts a text where a path leads; what was there is gone, however often it was. None where the path leads through anything but one object.
pub(crate) fn set(object: &mut Members, path: &[String], value: &str) -> Option<()> {
    let (first, below) = path.split_first()?;
    let changed = if below.is_empty() {
        to_raw_value(value).ok()?
    } else {
        let mut found = object.0.iter().filter(|(name, _)| name == first);
        let (_, inner) = found.next()?;
        // Of two, servers differ in which they read.
        if found.next().is_some() {
            return None;
        }
        let mut inner: Members = serde_json::from_str(inner.get()).ok()?;
        set(&mut inner, below, value)?;
        to_raw_value(&inner).ok()?
    };
    let place = object.0.iter().position(|(name, _)| name == first).unwrap_or(object.0.len());
    object.0.retain(|(name, _)| name != first);
    object.0.insert(place, (first.clone(), changed));
    Some(())
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(body: &str, pointer: &[&str]) -> Option<String> {
        let path: Vec<String> = pointer.iter().map(|member| (*member).to_owned()).collect();
        let mut members: Members = serde_json::from_str(body).ok()?;
        set(&mut members, &path, "s\"1")?;
        serde_json::to_string(&members).ok()
    }

    #[test]
    fn what_stands_beside_a_member_stays_as_it_was_written() {
        for (body, pointer, expected) in [
            (
                r#"{"id":123456789012345678901234567890,"x":1.0,"x":2,"key":1}"#,
                &["key"][..],
                Some(r#"{"id":123456789012345678901234567890,"x":1.0,"x":2,"key":"s\"1"}"#),
            ),
            (r#"{"key":1,"a":[ 1 ],"key":2}"#, &["key"][..], Some(r#"{"key":"s\"1","a":[ 1 ]}"#)),
            (r#"{"a":{"b":1e400}}"#, &["a", "key"][..], Some(r#"{"a":{"b":1e400,"key":"s\"1"}}"#)),
            (r#"{"a":{},"a":{}}"#, &["a", "key"][..], None),
            (r#"{"a":1}"#, &["a", "key"][..], None),
            ("{}", &["a", "key"][..], None),
            ("[]", &["key"][..], None),
        ] {
            assert_eq!(with(body, pointer).as_deref(), expected, "{body}");
        }
    }
}
