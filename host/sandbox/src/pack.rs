//! Packing: a core module and its manifest become one component file, `NAME.wasm`.
//!
//! The core module is what `cargo build --target wasm32-unknown-unknown` makes of a plugin; wit-bindgen left the
//! contract's types in it. The manifest travels in a custom section, so that one file carries everything, and the same
//! input always gives the same bytes, so that a digest names a plugin.

use toolbay_kernel::CapabilityRegistry;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Encoding, Parser, Payload};
use wit_component::ComponentEncoder;

use crate::inspect::{self, Encoded, InspectError};
use crate::manifest::{InvalidManifest, MAX_MANIFEST, Manifest};

/// The custom section that holds the manifest's text.
pub const MANIFEST_SECTION: &str = "toolbay:manifest";

/// Why a plugin can't be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error(transparent)]
    Manifest(#[from] InvalidManifest),
    /// The module isn't one that can be made a component.
    #[error("the module can't be made a component: {0}")]
    Encode(String),
    /// A component that has a manifest already.
    #[error("this file is already packed; pack the module that cargo built")]
    AlreadyPacked,
    /// What came out would not be installed.
    #[error(transparent)]
    Refused(#[from] InspectError),
}

/// Makes a component of a core module and its manifest. A component, as other languages' tools make it, only gets the
/// manifest.
///
/// # Errors
///
/// When the manifest is wrong, the module doesn't follow the contract, or the host would refuse to install the result.
pub fn pack(core: &[u8], manifest_toml: &str, registry: &CapabilityRegistry) -> Result<Vec<u8>, PackError> {
    Manifest::parse(manifest_toml, registry)?;
    let mut component = match inspect::encoding(core) {
        Some(Encoded::Component) => {
            if find_manifest(core).is_ok() {
                return Err(PackError::AlreadyPacked);
            }
            core.to_vec()
        }
        Some(Encoded::Module) => encode(core)?,
        None => return Err(PackError::Encode("it is not WebAssembly".to_owned())),
    };
    CustomSection { name: MANIFEST_SECTION.into(), data: manifest_toml.as_bytes().into() }
        .append_to_component(&mut component);
    inspect::inspect(&component, registry)?;
    Ok(component)
}

fn encode(core: &[u8]) -> Result<Vec<u8>, PackError> {
    let failed = |error: anyhow::Error| PackError::Encode(format!("{error:#}"));
    ComponentEncoder::default().validate(true).module(core).map_err(failed)?.encode().map_err(failed)
}

/// Why a component has no manifest that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoManifest {
    /// It isn't valid WebAssembly.
    #[error("it is not valid WebAssembly: {0}")]
    NotWasm(String),
    /// There is no such section.
    #[error("it carries no manifest")]
    Missing,
    /// There are several.
    #[error("it carries more than one manifest")]
    Several,
    /// It isn't text of a bounded size.
    #[error("its manifest is not text of at most {} KiB", MAX_MANIFEST / 1024)]
    NotText,
    /// It can't be right.
    #[error(transparent)]
    Invalid(#[from] InvalidManifest),
}

/// Reads the manifest of a component.
///
/// All bytes are validated before anything in them is trusted.
///
/// # Errors
///
/// When the bytes aren't valid, or there isn't exactly one manifest that can be right.
pub fn read_manifest(component: &[u8], registry: &CapabilityRegistry) -> Result<Manifest, NoManifest> {
    inspect::validate(component).map_err(NoManifest::NotWasm)?;
    Ok(Manifest::parse(find_manifest(component)?, registry)?)
}

/// The text of the one manifest section at the top level; what nested modules carry is not looked at.
pub(crate) fn find_manifest(component: &[u8]) -> Result<&str, NoManifest> {
    let mut found = None;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| NoManifest::NotWasm(error.message().to_owned()))? {
            Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                let is_second = found.replace(section.data()).is_some();
                if is_second {
                    return Err(NoManifest::Several);
                }
            }
            _ => {}
        }
    }
    let data = found.ok_or(NoManifest::Missing)?;
    if data.len() > MAX_MANIFEST {
        return Err(NoManifest::NotText);
    }
    std::str::from_utf8(data).map_err(|_| NoManifest::NotText)
}
