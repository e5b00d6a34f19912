//! The plugins that come with the program, and which of them the operator wants.

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;
use toolbay_kernel::PluginName;
use toolbay_kernel::nearest::nearest;
use toolbay_sandbox::{BundledPlugin, CompiledPlugin};

use super::layer::Layer;

/// What is in this program beside its own code.
struct Packed {
    /// Plugins by file.
    plugins: &'static [(&'static str, &'static [u8])],
    /// Digests of plugins, and the record and code of each.
    compiled: &'static [(&'static str, &'static [u8], &'static [u8])],
}

static PACKED: Packed = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// The configuration that is shipped with them: it says what they are granted, as any operator's would.
const SHIPPED: &str = include_str!("../../../../toolbay.toml");

/// Which of the bundled plugins are served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum Bundled {
    #[default]
    All,
    None,
    Only(Vec<PluginName>),
}

/// A word or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    List(Vec<String>),
}

/// What is neither.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBundled {
    #[error("`{0}` is neither `all` nor `none` nor a list of plugins, such as search,pages")]
    Malformed(String),
    #[error("no plugin `{name}` is bundled{}", instead(nearest.as_deref(), known))]
    Unknown { name: PluginName, nearest: Option<String>, known: Vec<String> },
}

fn instead(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

impl FromStr for Bundled {
    type Err = NotBundled;

    fn from_str(text: &str) -> Result<Self, NotBundled> {
        match text.trim() {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            names => listed(names.split(',').map(str::trim).filter(|name| !name.is_empty())),
        }
    }
}

impl TryFrom<Written> for Bundled {
    type Error = NotBundled;

    fn try_from(written: Written) -> Result<Self, NotBundled> {
        match written {
            Written::Word(word) => word.parse(),
            Written::List(names) => listed(names.iter().map(String::as_str)),
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Result<Bundled, NotBundled> {
    let parsed = names.map(|name| name.parse().map_err(|_| NotBundled::Malformed(name.to_owned())));
    parsed.collect::<Result<_, _>>().map(Bundled::Only)
}

impl Bundled {
    /// The plugins that it means of those that there are.
    ///
    /// # Errors
    ///
    /// When it names one that isn't there.
    pub(super) fn choose(self, all: Vec<BundledPlugin>) -> Result<Vec<BundledPlugin>, NotBundled> {
        match self {
            Self::All => Ok(all),
            Self::None => Ok(Vec::new()),
            Self::Only(names) => {
                let known: Vec<String> = all.iter().map(|plugin| name_of(plugin).to_owned()).collect();
                if let Some(name) =
                    names.iter().find(|name| !known.iter().any(|known| known == name.as_str()))
                {
                    let nearest = nearest(name.as_str(), known.iter().map(String::as_str)).map(str::to_owned);
                    return Err(NotBundled::Unknown { name: name.clone(), nearest, known });
                }
                let is_wanted =
                    |plugin: &BundledPlugin| names.iter().any(|name| name.as_str() == name_of(plugin));
                Ok(all.into_iter().filter(is_wanted).collect())
            }
        }
    }
}

/// A bundled plugin's name: its file is named after it.
#[must_use]
pub fn name_of(plugin: &BundledPlugin) -> &str {
    plugin.file.trim_end_matches(".wasm")
}

/// How many plugins are in this program.
#[must_use]
pub fn count() -> usize {
    PACKED.plugins.len()
}

/// All that are in this program, with their grants.
pub(super) fn all() -> Vec<BundledPlugin> {
    // A test reads it: it can't fail in an operator's hands.
    let shipped: Layer = toml::from_str(SHIPPED).unwrap_or_default();
    let plugin = |(file, component): &(&'static str, &'static [u8])| {
        let grants = shipped.grants.iter().find(|(name, _)| file.trim_end_matches(".wasm") == name.as_str());
        BundledPlugin {
            file: (*file).to_owned(),
            component: Cow::Borrowed(*component),
            grants: grants.map(|(_, grants)| grants.clone()).unwrap_or_default(),
        }
    };
    PACKED.plugins.iter().map(plugin).collect()
}

/// What of them was compiled when the program was made.
#[must_use]
pub fn compiled() -> Vec<CompiledPlugin> {
    let plugin = |(digest, record, code): &(&'static str, &'static [u8], &'static [u8])| CompiledPlugin {
        digest: Cow::Borrowed(*digest),
        record: Cow::Borrowed(*record),
        code: Cow::Borrowed(*code),
    };
    PACKED.compiled.iter().map(plugin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugins() -> Vec<BundledPlugin> {
        let plugin = |file: &str| BundledPlugin {
            file: file.to_owned(),
            component: Cow::Borrowed(&[]),
            grants: [].into(),
        };
        ["pages.wasm", "rows.wasm"].map(plugin).into()
    }

    #[test]
    fn the_shipped_configuration_grants_plugins_of_this_repository_alone() {
        let shipped: Layer = toml::from_str(SHIPPED).unwrap();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
        assert!(shipped.grants.len() > 5);
        for name in shipped.grants.keys() {
            assert!(folder.join(name.as_str()).is_dir(), "{name}");
        }
    }

    #[test]
    fn all_none_or_some_are_served_and_a_slip_is_named() {
        let chosen = |text: &str| {
            let plugins = text.parse::<Bundled>()?.choose(plugins())?;
            Ok::<_, NotBundled>(plugins.into_iter().map(|plugin| plugin.file).collect::<Vec<_>>())
        };
        assert_eq!(chosen("all").unwrap().len(), 2);
        assert!(chosen("none").unwrap().is_empty());
        assert_eq!(chosen("rows").unwrap(), ["rows.wasm"]);
        assert!(chosen("pages,row").unwrap_err().to_string().contains("did you mean `rows`?"));
        assert!(chosen("assets").unwrap_err().to_string().contains("there are pages, rows"));
        assert!(chosen("Some!").unwrap_err().to_string().contains("neither `all` nor `none`"));
        let read = |text: &str| toml::from_str::<std::collections::HashMap<String, Bundled>>(text).unwrap();
        assert_eq!(read("bundled = \"none\"")["bundled"], Bundled::None);
        let only = Bundled::Only(vec!["rows".parse().unwrap()]);
        assert_eq!(read("bundled = [\"rows\"]")["bundled"], only);
    }
}
