//! What is logged: a level, and levels for parts of the host.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use toolbay_kernel::nearest::nearest;
use tracing::level_filters::LevelFilter;

/// The parts of the host that can have a level of their own, and where in the code they are.
const AREAS: [(&str, &[&str]); 11] = [
    ("calls", &["toolbay_kernel::told", "toolbay_kernel::dispatcher"]),
    (
        "gate",
        &[
            "toolbay_kernel::gate",
            "toolbay_kernel::delivery",
            "toolbay_kernel::sending",
            "toolbay_kernel::effects",
        ],
    ),
    ("jobs", &["toolbay_kernel::jobs", "toolbay_kernel::run"]),
    (
        "requests",
        &[
            "toolbay_gateway::trace",
            "toolbay_gateway::edge",
            "toolbay_gateway::server",
            "toolbay_gateway::authentication",
        ],
    ),
    ("mcp", &["toolbay_gateway::mcp", "rmcp"]),
    ("identity", &["toolbay_identity", "toolbay_gateway::oauth", "toolbay_kernel::connecting"]),
    // What plugins themselves say comes under `toolbay::plugin`.
    ("plugins", &["toolbay_sandbox", "toolbay::plugin"]),
    ("notion", &["toolbay_notion"]),
    ("upstream", &["toolbay_upstream"]),
    ("store", &["toolbay_store", "sqlx"]),
    ("host", &["toolbay::"]),
];

const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// What is logged, as the operator wrote it: `warn,gate=debug`, or `[log]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Of everything that has none of its own.
    #[serde(default)]
    pub level: Option<Level>,
    /// Of parts of the host.
    #[serde(default)]
    pub areas: BTreeMap<Area, Level>,
}

/// From which importance on something is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Level(LevelFilter);

/// A part of the host: one of those with a name, or a module of the code, such as `toolbay_sandbox::compile`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Area(String);

/// What is no level, or of no area.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLevel {
    #[error("`{0}` is no level: there are off, error, warn, info, debug and trace")]
    Level(String),
    #[error("`{name}` is no part of the host{}", match nearest {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; there are {}", AREAS.map(|(name, _)| name).join(", ")),
    })]
    Area { name: String, nearest: Option<&'static str> },
}

impl Level {
    pub(super) fn filter(self) -> LevelFilter {
        self.0
    }

    /// The level as word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self.0).map_or("off", |(name, _)| name)
    }
}

impl Area {
    /// The area as the operator named it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        let named = AREAS.iter().find(|(name, _)| *name == self.0).map(|(_, targets)| *targets);
        let module = named.is_none().then_some(self.0.as_str());
        named.unwrap_or_default().iter().copied().chain(module)
    }
}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let level = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        level.map(|(_, level)| Self(*level)).ok_or_else(|| NoLevel::Level(text.to_owned()))
    }
}

impl FromStr for Area {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let is_module = text.starts_with("toolbay_") || text.contains("::");
        if is_module || AREAS.iter().any(|(name, _)| *name == text) {
            return Ok(Self(text.to_owned()));
        }
        Err(NoLevel::Area { name: text.to_owned(), nearest: nearest(text, AREAS.map(|(name, _)| name)) })
    }
}

impl TryFrom<String> for Level {
    type Error = NoLevel;

    fn try_from(text: String) -> Result<Self, NoLevel> {
        text.parse()
    }
}

impl TryFrom<String> for Area {
    type Error = NoLevel;

    fn try_from(text: String) -> Result<Self, NoLevel> {
        text.parse()
    }
}

impl FromStr for Levels {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let mut levels = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.split_once('=') {
                Some((area, level)) => {
                    levels.areas.insert(area.trim().parse()?, level.trim().parse()?);
                }
                None => levels.level = Some(item.parse()?),
            }
        }
        Ok(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_and_the_file_say_the_same() {
        let from_environment: Levels = "warn, gate=debug".parse().unwrap();
        let from_file: Levels = toml::from_str("level = \"warn\"\nareas = { gate = \"debug\" }").unwrap();
        assert_eq!(from_environment, from_file);
        assert_eq!("".parse::<Levels>().unwrap(), Levels::default());
    }

    #[test]
    fn a_slip_is_named() {
        let said = |text: &str| text.parse::<Levels>().unwrap_err().to_string();
        assert!(said("lots").contains("there are off, error"));
        assert!(said("gaet=debug").contains("did you mean `gate`?"));
        assert!(said("everything=debug").contains("there are calls, gate"));
        assert!(
            toml::from_str::<Levels>("level = \"loud\"")
                .unwrap_err()
                .to_string()
                .contains("`loud` is no level")
        );
        assert!(toml::from_str::<Levels>("areas = { gaet = \"info\" }").is_err());
    }
}
