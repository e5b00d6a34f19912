//! JSON from callers, in which each object names a member once, and JSON that is only looked at.
//!
//! RFC 8259 leaves open what a repeated name means, and parsers keep the last value in silence. A caller whose first value
//! is dropped has been told nothing, so a repeated name is refused.
//!
//! The one name that `serde_json` has for itself is refused of callers and guests: its own values read an object that begins
//! with it as JSON inside of a string, so that the same text would be one value here and another one for the next reader.
//! From outside it may come, as the name of a column: then the value is built here, and the name is one like others.

use std::collections::HashSet;
use std::fmt::{Formatter, Result as Written};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON text.
///
/// # Errors
///
/// When it isn't JSON, nests deeper than 128 levels, or has an object with two members of one name or one with the reserved
/// name.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Distinct>(text).map(|Distinct(value)| value)
}

/// Checks the names in JSON text that something else reads.
///
/// # Errors
///
/// As [`parse`].
pub fn check(text: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<Seen<true>>(text).map(drop)
}

/// Checks JSON text that something else reads: what passes can be read as a value. Names may be repeated.
///
/// # Errors
///
/// When it isn't JSON, or nests deeper than 128 levels.
pub fn check_syntax(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Seen<false>>(text).map(drop)
}

/// What `serde_json` calls the only member of its raw values.
const RESERVED_NAME: &str = "$serde_json::private::RawValue";

/// Reads a guest's JSON text. Names may be repeated: the last value counts.
///
/// # Errors
///
/// When it isn't JSON, nests deeper than 128 levels, or has a member with the reserved name.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Built<false, false>>(text).map(|Built(value)| value)
}

/// Reads JSON text from outside: what passes [`check_syntax`]. Names may be repeated: the last value counts.
pub(crate) fn read_any(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Built<false, true>>(text).map(|Built(value)| value)
}

fn check_name<E: Error>(name: &str) -> Result<(), E> {
    if name == RESERVED_NAME {
        return Err(E::custom(format_args!("the name `{RESERVED_NAME}` can't be used")));
    }
    Ok(())
}

fn repeated<E: Error>(name: &str) -> E {
    let name: String = name.chars().take(80).collect();
    E::custom(format_args!("the member `{name}` is given twice"))
}

/// A value in which no name is repeated: a part of something else that is read.
pub struct Distinct(pub Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Built::<true, false>::deserialize(deserializer).map(|Built(value)| Self(value))
    }
}

/// A value in which names are distinct or the last one counts, and in which the reserved name is refused or one like others.
struct Built<const DISTINCT: bool, const ANY_NAME: bool>(Value);

impl<'de, const DISTINCT: bool, const ANY_NAME: bool> Deserialize<'de> for Built<DISTINCT, ANY_NAME> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Building::<DISTINCT, ANY_NAME>).map(Self)
    }
}

struct Building<const DISTINCT: bool, const ANY_NAME: bool>;

impl<'de, const DISTINCT: bool, const ANY_NAME: bool> Visitor<'de> for Building<DISTINCT, ANY_NAME> {
    type Value = Value;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Built::<DISTINCT, ANY_NAME>(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if !ANY_NAME {
                check_name(&name)?;
            }
            if DISTINCT && object.contains_key(&name) {
                return Err(repeated(&name));
            }
            let Built::<DISTINCT, ANY_NAME>(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// A value that is looked at and not kept, in which names are distinct or don't matter.
struct Seen<const DISTINCT: bool>;

impl<'de, const DISTINCT: bool> Deserialize<'de> for Seen<DISTINCT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Looking::<DISTINCT>).map(|()| Self)
    }
}

struct Looking<const DISTINCT: bool>;

impl<'de, const DISTINCT: bool> Visitor<'de> for Looking<DISTINCT> {
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(Seen::<DISTINCT>) = items.next_element()? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        if !DISTINCT {
            while let Some((Name, Seen::<DISTINCT>)) = members.next_entry()? {}
            return Ok(());
        }
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            check_name(&name)?;
            if let Some(name) = names.replace(name) {
                return Err(repeated(&name));
            }
            let Seen::<DISTINCT> = members.next_value()?;
        }
        Ok(())
    }
}

/// A name that is looked at and not kept.
struct Name;

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Naming)
    }
}

struct Naming;

impl Visitor<'_> for Naming {
    type Value = Name;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, _name: &str) -> Result<Name, E> {
        Ok(Name)
    }
}

/// A struct that is written as an object, and not as an array of its members, which a derived reader takes too.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(".{0,4}", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_repeats_no_name_is_read_as_it_is(value in any_json()) {
            let text = value.to_string();
            prop_assert_eq!(parse(text.as_bytes()).unwrap(), value);
            prop_assert!(check(text.as_bytes()).is_ok());
        }
    }

    #[test]
    fn a_name_that_is_repeated_is_refused_at_every_depth() {
        for text in
            [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "c": 2, "a": 3}}]"#, r#"{"a": 1, "\u0061": 2}"#]
        {
            for error in [parse(text.as_bytes()).unwrap_err(), check(text.as_bytes()).unwrap_err()] {
                assert!(error.to_string().starts_with("the member `a` is given twice"), "{error}");
            }
        }
        assert_eq!(parse(br#"{"a": {"a": 1}}"#).unwrap(), json!({"a": {"a": 1}}));
        assert!(check("[".repeat(1_000).as_bytes()).is_err());
    }

    #[test]
    fn the_name_that_the_parser_has_for_itself_is_refused_at_every_depth() {
        for text in [
            r#"{"$serde_json::private::RawValue": {}}"#,
            r#"[{"a": 1, "$serde_json::private::RawValue": "{\"id\": 1}"}]"#,
            r#"{"\u0024serde_json::private::RawValue": "1"}"#,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
            assert!(check(text.as_bytes()).is_err(), "{text}");
            assert!(read(text).is_err(), "{text}");
            assert!(check_syntax(text).is_ok(), "{text}");
        }
        let outside = read_any(r#"{"$serde_json::private::RawValue": "[1"}"#).unwrap();
        assert_eq!(outside.as_object().unwrap().len(), 1);
        assert_eq!(read(r#"{"a": 1, "a": 2}"#).unwrap(), json!({"a": 2}));
    }

    #[test]
    fn an_array_is_no_object() {
        #[derive(serde::Deserialize)]
        struct Shown {
            id: u8,
        }
        let id = |text| serde_json::from_str::<Object<Shown>>(text).map(|Object(Shown { id })| id).ok();
        assert_eq!(id(r#"{"id": 1}"#), Some(1));
        assert_eq!(id("[1]"), None);
    }
}
