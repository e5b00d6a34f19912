//! Imports are capabilities: what a component imports is compared with the contract and with its manifest.

use std::collections::BTreeSet;

use toolbay_kernel::nearest::nearest;
use toolbay_kernel::{Capabilities, CapabilityName, CapabilityRegistry};
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use super::contract::{PACKAGES, PLUGIN, Package};

/// What a plugin must export of `toolbay:plugin`.
const PROVIDER: &str = "provider";

/// What our packages' names begin with.
const NAMESPACE: &str = "toolbay:";

/// An import or export that doesn't fit the contract or the manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A package that this host doesn't have, or something that is in no package.
    #[error("it imports `{import}`, which this host doesn't have; there are {}", listed())]
    UnknownPackage {
        /// The import's full name.
        import: String,
        /// The package that was probably meant.
        near: Option<&'static str>,
    },
    /// An interface that its package doesn't have.
    #[error("it imports `{import}`, which this host doesn't have; there is {}", package.listed())]
    UnknownInterface {
        /// The import's full name.
        import: String,
        /// The package that it names.
        package: &'static Package,
        /// The interface that was probably meant.
        near: Option<&'static str>,
    },
    /// A version of a package that isn't supported.
    #[error(
        "it was built for version {version} of `{}`; this host supports {}",
        package.name,
        package.versions.join(", ")
    )]
    Version {
        /// The package.
        package: &'static Package,
        /// The version that it wants.
        version: String,
    },
    /// Nothing to call.
    #[error("it doesn't export `{}/{PROVIDER}`, so it provides no tools", PLUGIN.name)]
    NoProvider,
    /// An interface that needs a capability which the manifest doesn't ask for.
    #[error("it imports `{interface}`, but its manifest asks for none of {}", names(capabilities))]
    NotAsked {
        /// The interface with its package.
        interface: String,
        /// The capabilities, any of which would cover it, with how each is asked for.
        capabilities: Vec<(&'static str, &'static str)>,
    },
}

fn listed() -> String {
    PACKAGES.map(Package::listed).join(", ")
}

impl ImportError {
    pub(super) fn fix(&self) -> String {
        match self {
            Self::UnknownPackage { near: Some(near), .. } => format!("did its author mean `{near}`?"),
            Self::UnknownPackage { import, .. } if import.starts_with("wasi:") => {
                "build it for wasm32-unknown-unknown, which has no WASI imports".to_owned()
            }
            Self::UnknownPackage { import, .. } if import.starts_with(NAMESPACE) => {
                "run it on a host that has this package, or build it with the toolbay-sdk of this host"
                    .to_owned()
            }
            Self::UnknownPackage { .. } => "build it with toolbay-sdk alone".to_owned(),
            Self::UnknownInterface { package, near: Some(near), .. } => {
                format!("did its author mean `{}/{near}@{}`?", package.name, package.versions.join(" or @"))
            }
            Self::UnknownInterface { .. } => "build it with the toolbay-sdk of this host".to_owned(),
            Self::Version { package, .. } => {
                let versions = package.versions.join(" or ");
                format!("build it with a toolbay-sdk for `{}` {versions}", package.name)
            }
            Self::NoProvider => {
                "end its crate with the `plugin!` line of toolbay-sdk, and pack it again".to_owned()
            }
            Self::NotAsked { capabilities, .. } => {
                let lines: Vec<String> =
                    capabilities.iter().map(|(name, example)| format!("{name} = {example}")).collect();
                format!("add what it needs to [capabilities] in plugin.toml: {}", lines.join(", or "))
            }
        }
    }
}

fn names(capabilities: &[(&str, &str)]) -> String {
    capabilities.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

pub(super) fn check(
    component: &[u8],
    asked: &Capabilities,
    registry: &CapabilityRegistry,
) -> Result<(), ImportError> {
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
                    check_import(import.name.name, is_instance, &asked, registry)?;
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.into_iter().flatten() {
                    let Some(name) = FullName::read(export.name.name) else { continue };
                    if name.package == PLUGIN.name && name.interface == PROVIDER {
                        check_version(&PLUGIN, name.version)?;
                        provides |= export.kind == ComponentExternalKind::Instance;
                    }
                }
            }
            _ => {}
        }
    }
    if provides { Ok(()) } else { Err(ImportError::NoProvider) }
}

/// The name of an interface, such as `toolbay:plugin/state@0.1.0`.
struct FullName<'a> {
    package: &'a str,
    interface: &'a str,
    version: &'a str,
}

impl<'a> FullName<'a> {
    fn read(name: &'a str) -> Option<Self> {
        let (package, rest) = name.split_once('/')?;
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        Some(Self { package, interface, version })
    }
}

fn check_import(
    name: &str,
    is_instance: bool,
    asked: &BTreeSet<CapabilityName>,
    registry: &CapabilityRegistry,
) -> Result<(), ImportError> {
    let import = || name.chars().take(200).collect();
    let Some(full) = FullName::read(name).filter(|_| is_instance) else {
        return Err(ImportError::UnknownPackage { import: import(), near: None });
    };
    let Some(package) = Package::named(full.package) else {
        return Err(ImportError::UnknownPackage { import: import(), near: near_package(full.package) });
    };
    check_version(package, full.version)?;
    let Some(interface) = package.interfaces.iter().find(|interface| interface.name == full.interface) else {
        let near = nearest(full.interface, package.interface_names());
        return Err(ImportError::UnknownInterface { import: import(), package, near });
    };
    let needed = interface.capabilities;
    if needed.is_empty() || asked.iter().any(|asked| needed.contains(&asked.as_str())) {
        return Ok(());
    }
    let example = |name: &str| registry.get(name).map_or("true", |capability| capability.example);
    Err(ImportError::NotAsked {
        interface: format!("{}/{}", package.name, interface.name),
        capabilities: needed.iter().map(|name| (*name, example(name))).collect(),
    })
}

/// The package whose name is like this one, when both are ours.
fn near_package(name: &str) -> Option<&'static str> {
    let ours = |package: &'static str| package.strip_prefix(NAMESPACE);
    let near =
        nearest(name.strip_prefix(NAMESPACE)?, PACKAGES.iter().filter_map(|package| ours(package.name)))?;
    PACKAGES.iter().map(|package| package.name).find(|package| ours(package) == Some(near))
}

fn check_version(package: &'static Package, version: &str) -> Result<(), ImportError> {
    if package.versions.contains(&version) {
        return Ok(());
    }
    let version = if version.is_empty() { "(none)".to_owned() } else { version.chars().take(40).collect() };
    Err(ImportError::Version { package, version })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use toolbay_kernel::capability::{Capability, Scope};

    use super::*;

    const READ: CapabilityName = CapabilityName::new(0, "notion.read");
    const DESTROY: CapabilityName = CapabilityName::new(2, "notion.destroy");

    fn registry() -> CapabilityRegistry {
        let capability = |name| Capability { name, scope: Scope::of_flag, example: "true", in_words: "" };
        CapabilityRegistry::new([READ, DESTROY].map(capability))
    }

    fn import(name: &str, asked: &[CapabilityName]) -> Result<(), ImportError> {
        check_import(name, true, &asked.iter().copied().collect(), &registry())
    }

    #[test]
    fn an_import_outside_the_contract_is_named_with_what_exists() {
        let error = import("wasi:sockets/tcp@0.2.0", &[]).unwrap_err();
        assert!(error.to_string().contains("`wasi:sockets/tcp@0.2.0`"));
        assert!(error.to_string().contains("toolbay:plugin (ambient, call, logging"), "{error}");
        assert!(error.to_string().contains("toolbay:notion (api)"), "{error}");
        assert!(error.fix().contains("wasm32-unknown-unknown"));
        let error = import("toolbay:plugin/stat@0.1.0", &[]).unwrap_err();
        assert!(error.fix().contains("toolbay:plugin/state@0.1.0"), "{}", error.fix());
        assert!(check_import("toolbay:plugin/call@0.1.0", false, &BTreeSet::new(), &registry()).is_err());
    }

    #[test]
    fn a_package_that_this_host_doesnt_have_is_named() {
        let error = import("toolbay:mail/box@0.1.0", &[]).unwrap_err();
        assert!(
            error.to_string().contains("`toolbay:mail/box@0.1.0`, which this host doesn't have"),
            "{error}"
        );
        assert!(error.fix().contains("a host that has this package"), "{}", error.fix());
        let error = import("toolbay:notions/api@0.1.0", &[]).unwrap_err();
        assert!(error.fix().contains("`toolbay:notion`"), "{}", error.fix());
        // Notion's interface was one of the plugin's own package once.
        let error = import("toolbay:plugin/notion@0.1.0", &[READ]).unwrap_err();
        assert!(
            error.to_string().contains("`toolbay:plugin/notion@0.1.0`, which this host doesn't have"),
            "{error}"
        );
        assert!(error.fix().contains("toolbay-sdk of this host"), "{}", error.fix());
    }

    #[test]
    fn another_version_is_answered_with_the_supported_ones() {
        for name in ["toolbay:plugin/call@0.2.0", "toolbay:plugin/call@0.1.1", "toolbay:plugin/call"] {
            let error = import(name, &[]).unwrap_err().to_string();
            assert!(error.contains("of `toolbay:plugin`; this host supports 0.1.0"), "{error}");
        }
        let error = import("toolbay:notion/api@0.2.0", &[READ]).unwrap_err();
        assert!(
            error.to_string().contains("version 0.2.0 of `toolbay:notion`; this host supports 0.1.0"),
            "{error}"
        );
        assert!(error.fix().contains("for `toolbay:notion` 0.1.0"), "{}", error.fix());
    }

    #[test]
    fn what_reaches_out_must_be_asked_for() {
        for free in ["call", "settings", "ambient", "logging", "types"] {
            assert_eq!(import(&format!("toolbay:plugin/{free}@0.1.0"), &[]), Ok(()));
        }
        let error = import("toolbay:notion/api@0.1.0", &[CapabilityName::STATE]).unwrap_err();
        assert!(error.fix().contains("notion.read = true"), "{}", error.fix());
        assert!(import("toolbay:notion/api@0.1.0", &[DESTROY]).is_ok());
        assert!(import("toolbay:plugin/tools@0.1.0", &[]).is_err());
        assert!(import("toolbay:plugin/state@0.1.0", &[CapabilityName::STATE]).is_ok());
    }

    /// What `wit/` has, the bindings link; what is in the table and not in `wit/` would be let in and then fail.
    #[test]
    fn the_table_has_what_the_folder_of_the_contract_has() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut resolve = wit_parser::Resolve::default();
        let (mut there, mut had) = (BTreeSet::new(), BTreeSet::new());
        for package in PACKAGES {
            let folder = package.name.strip_prefix(NAMESPACE).unwrap();
            for version in package.versions {
                resolve.push_path(root.join(folder).join(version)).unwrap();
                let names = package.interface_names();
                had.extend(names.map(|name| format!("{}/{name}@{version}", package.name)));
            }
        }
        for (_, interface) in &resolve.interfaces {
            let package = &resolve.packages[interface.package.unwrap()].name;
            there.insert(package.interface_id(interface.name.as_deref().unwrap()));
        }
        had.insert(format!("{}/{PROVIDER}@0.1.0", PLUGIN.name));
        assert_eq!(had, there);
        let versions = |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).unwrap().count();
        let released: usize = std::fs::read_dir(root).unwrap().map(|folder| versions(folder.unwrap())).sum();
        assert_eq!(released, PACKAGES.map(|package| package.versions.len()).iter().sum::<usize>());
    }
}
