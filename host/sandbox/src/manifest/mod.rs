//! `plugin.toml`: who a plugin is, and what it asks for.
//!
//! ```toml
//! name = "notes"
//! version = "1.2.0"
//! description = "Keeps meeting notes."
//! license = "Apache-2.0"
//! background = ["import_notes"]
//!
//! [capabilities]
//! notion.read = true
//! notion.write = ["POST /v1/pages", "PATCH /v1/pages/{page_id}"]
//! tools.call = ["search"]
//! state = true
//!
//! [limits]
//! memory_mib = 128
//! cpu_ms = 10000
//! output_kib = 1024
//! ```
//!
//! # Nothing is asked for by default
//!
//! A capability that isn't named isn't asked for, and an unknown key is an error: a typing slip must not turn into a
//! plugin that asks for less, or more, than its author meant.

mod asked;

use std::time::Duration;

use semver::Version;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toolbay_kernel::{Capabilities, CapabilityRegistry, PluginName, ToolName};

use crate::limits::GuestLimits;

/// Largest manifest, in bytes.
pub const MAX_MANIFEST: usize = 64 * 1024;

const MAX_DESCRIPTION: usize = 1_000;
const MAX_LICENSE: usize = 100;

/// A manifest that can't be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin.toml: {0}")]
pub struct InvalidManifest(String);

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its name, by which it is granted and reported.
    pub name: PluginName,
    pub version: Version,
    /// What it is for, in a sentence.
    pub description: String,
    /// Its license, as an SPDX expression.
    pub license: String,
    /// What it asks for.
    pub capabilities: Capabilities,
    /// What a call of it may use.
    pub limits: GuestLimits,
    /// The tools of it whose calls run as jobs.
    pub background: Vec<ToolName>,
}

impl Manifest {
    /// Reads the text of a manifest.
    ///
    /// # Errors
    ///
    /// When it isn't TOML, has an unknown key, lacks one, or has a value out of its bounds.
    pub fn parse(text: &str, registry: &CapabilityRegistry) -> Result<Self, InvalidManifest> {
        if text.len() > MAX_MANIFEST {
            return Err(InvalidManifest(format!("it is larger than {} KiB", MAX_MANIFEST / 1024)));
        }
        let wrong = |error: toml::de::Error| InvalidManifest(error.to_string().trim_end().to_owned());
        let raw: RawManifest = toml::from_str(text).map_err(wrong)?;
        let capabilities = asked::read(text, registry).map_err(wrong)?;
        if raw.description.trim().is_empty() || raw.description.len() > MAX_DESCRIPTION {
            return Err(InvalidManifest(format!("`description` has 1 to {MAX_DESCRIPTION} bytes")));
        }
        if raw.license.trim().is_empty() || raw.license.len() > MAX_LICENSE {
            return Err(InvalidManifest(format!("`license` has 1 to {MAX_LICENSE} bytes")));
        }
        Ok(Self {
            name: raw.name,
            version: raw.version,
            description: raw.description,
            license: raw.license,
            capabilities,
            limits: raw.limits.try_into()?,
            background: raw.background,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    name: PluginName,
    version: Version,
    description: String,
    license: String,
    /// Read by `asked`, which knows what there is.
    #[serde(default, rename = "capabilities")]
    _capabilities: IgnoredAny,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default)]
    background: Vec<ToolName>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    memory_mib: Option<u32>,
    cpu_ms: Option<u32>,
    output_kib: Option<u32>,
}

impl TryFrom<RawLimits> for GuestLimits {
    type Error = InvalidManifest;

    fn try_from(raw: RawLimits) -> Result<Self, InvalidManifest> {
        let (usual, highest) = (Self::default(), Self::highest());
        let memory_bytes =
            bounded("memory_mib", raw.memory_mib, usual.memory_bytes, highest.memory_bytes, 1024 * 1024)?;
        let output_bytes =
            bounded("output_kib", raw.output_kib, usual.output_bytes, highest.output_bytes, 1024)?;
        let millis = |time: Duration| usize::try_from(time.as_millis()).unwrap_or(usize::MAX);
        let cpu = bounded("cpu_ms", raw.cpu_ms, millis(usual.cpu), millis(highest.cpu), 1)?;
        Ok(Self { memory_bytes, output_bytes, cpu: Duration::from_millis(cpu as u64) })
    }
}

/// A limit in its unit, between one unit and the highest that this host gives.
fn bounded(
    key: &str,
    asked: Option<u32>,
    usual: usize,
    highest: usize,
    unit: usize,
) -> Result<usize, InvalidManifest> {
    let Some(asked) = asked else { return Ok(usual) };
    let bytes = (asked as usize).saturating_mul(unit);
    if asked == 0 || bytes > highest {
        return Err(InvalidManifest(format!(
            "`limits.{key}` is between 1 and {}, not {asked}",
            highest / unit
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::CapabilityName;
    use toolbay_kernel::capability::{Capability, Scope};

    use super::*;

    const HEAD: &str = "name = \"notes\"\nversion = \"1.0.0\"\ndescription = \"d\"\nlicense = \"MIT\"\n";

    /// As an egress registers them.
    pub(super) fn registry() -> CapabilityRegistry {
        let scope = |written: &_| Scope::of_routes(written, "/v1/", "GET /v1/pages/{page_id}");
        let names = ["notion.read", "notion.write", "notion.destroy"];
        CapabilityRegistry::new((0..).zip(names).map(|(rank, name)| Capability {
            name: CapabilityName::new(rank, name),
            scope,
            example: "true",
            in_words: "",
        }))
    }

    fn parse(rest: &str) -> Result<Manifest, InvalidManifest> {
        Manifest::parse(&format!("{HEAD}{rest}"), &registry())
    }

    #[test]
    fn nothing_is_asked_for_by_default() {
        let manifest = parse("").unwrap();
        assert!(manifest.capabilities.names().is_empty());
        assert_eq!(manifest.limits, GuestLimits::default());
    }

    #[test]
    fn what_is_written_is_asked_for() {
        let manifest = parse(
            "[capabilities]\nnotion.read = true\nnotion.write = [\"POST /v1/pages\"]\nnotion.destroy = []\n\
             tools.call = [\"search\"]\nstate = true\n[limits]\nmemory_mib = 128\ncpu_ms = 1\n",
        )
        .unwrap();
        let names: Vec<CapabilityName> = manifest.capabilities.names().into_iter().collect();
        assert_eq!(
            names,
            [
                CapabilityName::new(0, "notion.read"),
                CapabilityName::new(1, "notion.write"),
                CapabilityName::TOOLS_CALL,
                CapabilityName::STATE
            ]
        );
        assert_eq!(manifest.limits.memory_bytes, 128 << 20);
        assert_eq!(manifest.limits.cpu, Duration::from_millis(1));
    }

    #[test]
    fn what_cant_be_right_is_named() {
        for (rest, named) in [
            ("[capabilities]\nnotion.raed = true\n", "raed"),
            ("[capabilities]\nhttp = [\"example.com\"]\n", "http"),
            ("[capabilities]\nnotion.read = \"yes\"\n", "list of routes"),
            ("[capabilities]\nnotion.read = [\"FETCH /v1/pages\"]\n", "FETCH /v1/pages"),
            ("[capabilities]\ntools.call = [\"no.dots\"]\n", "no.dots"),
            ("[limits]\nmemory_mib = 257\n", "between 1 and 256"),
            ("[limits]\ncpu_ms = 0\n", "between 1 and 30000"),
            ("colour = \"red\"\n", "colour"),
        ] {
            let error = parse(rest).unwrap_err().to_string();
            assert!(error.contains(named), "{rest}: {error}");
        }
        let error = Manifest::parse(
            "name = \"../x\"\nversion = \"1.0.0\"\ndescription = \"d\"\nlicense = \"MIT\"\n",
            &registry(),
        );
        assert!(error.unwrap_err().to_string().contains("plugin name"));
        let error = Manifest::parse(
            "name = \"x\"\nversion = \"1\"\ndescription = \"d\"\nlicense = \"MIT\"\n",
            &registry(),
        );
        assert!(error.unwrap_err().to_string().contains("version"));
    }
}
