//! Imports are capabilities: what a component imports is compared with the contract and with its manifest.

use std::collections::BTreeSet;

use toolbay_kernel::nearest::nearest;
use toolbay_kernel::{Capabilities, CapabilityName};
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

/// The versions of the contract that this host runs plugins of.
pub const SUPPORTED_VERSIONS: [&str; 1] = ["0.1.0"];

/// The contract's package.
const PACKAGE: &str = "toolbay:plugin/";

/// What a plugin may import of the contract.
const INTERFACES: [&str; 8] = ["ambient", "call", "logging", "notion", "settings", "state", "tools", "types"];

/// What a plugin must export of the contract.
const PROVIDER: &str = "provider";

/// An import or export that doesn't fit the contract or the manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Something outside the contract.
    #[error("it imports `{import}`, which this host doesn't have; there are {}", INTERFACES.join(", "))]
    Unknown {
        /// The import's full name.
        import: String,
        /// The interface that was probably meant.
        near: Option<&'static str>,
    },
    /// A version of the contract that isn't supported.
    #[error(
        "it was built for version {version} of the plugin contract; this host supports {}",
        SUPPORTED_VERSIONS.join(", ")
    )]
    Version {
        /// The version that it wants.
        version: String,
    },
    /// Nothing to call.
    #[error("it doesn't export `toolbay:plugin/provider`, so it provides no tools")]
    NoProvider,
    /// An interface that needs a capability which the manifest doesn't ask for.
    #[error("it imports `{interface}`, but its manifest asks for none of {}", capabilities.join(", "))]
    NotAsked {
        interface: &'static str,
        /// The capabilities, any of which would cover it.
        capabilities: Vec<&'static str>,
    },
}

impl ImportError {
    pub(super) fn fix(&self) -> String {
        match self {
            Self::Unknown { near: Some(near), .. } => {
                format!("did its author mean `{PACKAGE}{near}@{}`?", SUPPORTED_VERSIONS.join(" or @"))
            }
            Self::Unknown { import, .. } if import.starts_with("wasi:") => {
                "build it for wasm32-unknown-unknown, which has no WASI imports".to_owned()
            }
            Self::Unknown { .. } => "build it with toolbay-sdk alone".to_owned(),
            Self::Version { .. } => {
                format!("build it with a toolbay-sdk for version {}", SUPPORTED_VERSIONS.join(" or "))
            }
            Self::NoProvider => {
                "end its crate with the `plugin!` line of toolbay-sdk, and pack it again".to_owned()
            }
            Self::NotAsked { capabilities, .. } => {
                let lines: Vec<String> = capabilities.iter().map(|name| example(name)).collect();
                format!("add what it needs to [capabilities] in plugin.toml: {}", lines.join(", or "))
            }
        }
    }
}

fn example(capability: &str) -> String {
    match capability {
        "tools.call" => "tools.call = [\"NAME\"]".to_owned(),
        other => format!("{other} = true"),
    }
}

/// Which capabilities cover an interface; none for those that need none.
fn needed(interface: &str) -> &'static [CapabilityName] {
    match interface {
        "notion" => &[CapabilityName::NotionRead, CapabilityName::NotionWrite, CapabilityName::NotionDestroy],
        "tools" => &[CapabilityName::ToolsCall],
        "state" => &[CapabilityName::State],
        _ => &[],
    }
}

pub(super) fn check(component: &[u8], asked: &Capabilities) -> Result<(), ImportError> {
    let asked = asked.names();
    let mut depth = 0_usize;
    let mut provides = false;
    // The bytes have been validated, so a payload that can't be read doesn't occur.
    for payload in Parser::new(0).parse_all(component).flatten() {
        match payload {
            Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.into_iter().flatten() {
                    let is_instance = import.ty.kind() == ComponentExternalKind::Instance;
                    check_import(import.name.name, is_instance, &asked)?;
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.into_iter().flatten() {
                    if let Some(Contract { interface: PROVIDER, version }) = Contract::of(export.name.name) {
                        check_version(version)?;
                        provides |= export.kind == ComponentExternalKind::Instance;
                    }
                }
            }
            _ => {}
        }
    }
    if provides { Ok(()) } else { Err(ImportError::NoProvider) }
}

/// An interface of the contract's package, of whatever version.
struct Contract<'a> {
    interface: &'a str,
    version: &'a str,
}

impl<'a> Contract<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix(PACKAGE)?;
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        Some(Self { interface, version })
    }
}

fn check_import(name: &str, is_instance: bool, asked: &BTreeSet<CapabilityName>) -> Result<(), ImportError> {
    let unknown = |near| ImportError::Unknown { import: name.chars().take(200).collect(), near };
    let Some(contract) = Contract::of(name).filter(|_| is_instance) else { return Err(unknown(None)) };
    check_version(contract.version)?;
    let Some(interface) = INTERFACES.into_iter().find(|known| *known == contract.interface) else {
        let near = nearest(contract.interface, INTERFACES);
        return Err(unknown(near.and_then(|near| INTERFACES.into_iter().find(|known| *known == near))));
    };
    let needed = needed(interface);
    if needed.is_empty() || needed.iter().any(|name| asked.contains(name)) {
        return Ok(());
    }
    let capabilities = needed.iter().map(|name| name.as_str()).collect();
    Err(ImportError::NotAsked { interface, capabilities })
}

fn check_version(version: &str) -> Result<(), ImportError> {
    if SUPPORTED_VERSIONS.contains(&version) {
        return Ok(());
    }
    let version = if version.is_empty() { "(none)".to_owned() } else { version.chars().take(40).collect() };
    Err(ImportError::Version { version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(name: &str, asked: &[CapabilityName]) -> Result<(), ImportError> {
        check_import(name, true, &asked.iter().copied().collect())
    }

    #[test]
    fn an_import_outside_the_contract_is_named_with_what_exists() {
        let error = import("wasi:sockets/tcp@0.2.0", &[]).unwrap_err();
        assert!(error.to_string().contains("`wasi:sockets/tcp@0.2.0`"));
        assert!(error.to_string().contains("ambient, call, logging, notion"));
        assert!(error.fix().contains("wasm32-unknown-unknown"));
        let error = import("toolbay:plugin/stat@0.1.0", &[]).unwrap_err();
        assert!(error.fix().contains("toolbay:plugin/state@0.1.0"), "{}", error.fix());
        assert!(check_import("toolbay:plugin/call@0.1.0", false, &BTreeSet::new()).is_err());
    }

    #[test]
    fn another_version_is_answered_with_the_supported_ones() {
        for name in ["toolbay:plugin/call@0.2.0", "toolbay:plugin/call@0.1.1", "toolbay:plugin/call"] {
            let error = import(name, &[]).unwrap_err().to_string();
            assert!(error.contains("this host supports 0.1.0"), "{error}");
        }
    }

    #[test]
    fn what_reaches_out_must_be_asked_for() {
        for free in ["call", "settings", "ambient", "logging", "types"] {
            assert_eq!(import(&format!("toolbay:plugin/{free}@0.1.0"), &[]), Ok(()));
        }
        let error = import("toolbay:plugin/notion@0.1.0", &[CapabilityName::State]).unwrap_err();
        assert!(error.fix().contains("notion.read = true"), "{}", error.fix());
        assert!(import("toolbay:plugin/notion@0.1.0", &[CapabilityName::NotionDestroy]).is_ok());
        assert!(import("toolbay:plugin/tools@0.1.0", &[]).is_err());
        assert!(import("toolbay:plugin/state@0.1.0", &[CapabilityName::State]).is_ok());
    }
}
