//! The `[capabilities]` of a manifest.
//!
//! Which keys there are is known to the registry alone, so they are read by hand: a name's words are nested tables, and what
//! stands at the end of them is read by the capability's owner. Errors say where they are in the text.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use toolbay_kernel::{Capabilities, CapabilityRegistry};

/// Reads what a manifest asks for, and nothing else of it.
pub(super) fn read(text: &str, registry: &CapabilityRegistry) -> Result<Capabilities, toml::de::Error> {
    let mut asked = Capabilities::default();
    let document = Document(Table { registry, path: String::new(), asked: &mut asked });
    document.deserialize(toml::de::Deserializer::parse(text)?)?;
    Ok(asked)
}

/// The whole manifest.
struct Document<'a>(Table<'a>);

/// What stands below some words of a name.
struct Table<'a> {
    registry: &'a CapabilityRegistry,
    /// The words, each followed by a dot.
    path: String,
    asked: &'a mut Capabilities,
}

/// One of the words that may come next.
struct Word<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut table = Some(self.0);
        while let Some(key) = map.next_key::<String>()? {
            match table.take_if(|_| key == "capabilities") {
                Some(table) => map.next_value_seed(table)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table of capabilities")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { registry, path, asked } = self;
        let mut words: Vec<&str> = Vec::new();
        for name in registry.names().filter_map(|name| name.as_str().strip_prefix(&path)) {
            let word = name.split('.').next().unwrap_or_default();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        while let Some(word) = map.next_key_seed(Word(&words))? {
            let name = format!("{path}{word}");
            let Some(capability) = registry.get(&name) else {
                map.next_value_seed(Table { registry, path: format!("{name}."), asked: &mut *asked })?;
                continue;
            };
            map.next_value_seed(Written(|written: &Value| {
                if let Some(scope) = (capability.scope)(written)? {
                    asked.ask(capability.name, scope);
                }
                Ok(())
            }))?;
        }
        Ok(())
    }
}

/// What is written of one capability.
struct Written<F>(F);

impl<'de, F: FnOnce(&Value) -> Result<(), String>> DeserializeSeed<'de> for Written<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Word<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let word = String::deserialize(deserializer)?;
        if self.0.contains(&word.as_str()) {
            return Ok(word);
        }
        let known: Vec<String> = self.0.iter().map(|known| format!("`{known}`")).collect();
        let expected = match known.as_slice() {
            [only] => only.clone(),
            [one, other] => format!("{one} or {other}"),
            several => format!("one of {}", several.join(", ")),
        };
        Err(D::Error::custom(format!("unknown field `{word}`, expected {expected}")))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::tests::registry;
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Derived {
        #[serde(rename = "capabilities")]
        _capabilities: DerivedCapabilities,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct DerivedCapabilities {
        #[serde(rename = "notion")]
        _notion: Option<DerivedNotion>,
        #[serde(rename = "tools")]
        _tools: Option<DerivedTools>,
        #[serde(rename = "state")]
        _state: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct DerivedNotion {
        #[serde(rename = "read")]
        _read: Option<bool>,
        #[serde(rename = "write")]
        _write: Option<bool>,
        #[serde(rename = "destroy")]
        _destroy: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct DerivedTools {
        #[serde(rename = "call")]
        _call: Option<Vec<String>>,
    }

    #[test]
    fn an_unknown_name_is_told_as_any_unknown_key_is() {
        for line in ["notion.raed = true", "http = [\"example.com\"]", "tools.cal = []"] {
            let text = format!("[capabilities]\nstate = true\n{line}\n");
            let derived = toml::from_str::<Derived>(&text).unwrap_err().to_string();
            assert_eq!(read(&text, &registry()).unwrap_err().to_string(), derived);
        }
    }
}
