//! What is checked of a component before it is compiled.
//!
//! Compiling is the one thing done to a plugin that neither epochs nor store limits bound, so whatever would make it
//! long is refused here, by walking the bytes. And since what a plugin can do is what it imports, the imports are
//! compared with the contract and with the manifest: a plugin that could never run is refused when it is dropped, not
//! when somebody calls it.

mod bounds;
pub(crate) mod contract;
mod imports;

use sha2::{Digest, Sha256};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

pub use bounds::OutOfBounds;
pub use contract::{Interface, Package};
pub use imports::ImportError;

use toolbay_kernel::CapabilityRegistry;

use crate::limits::MAX_COMPONENT;
use crate::manifest::Manifest;
use crate::pack::{self, NoManifest};

/// Why a file is not a plugin that this host runs.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("it has {bytes} bytes; a plugin has at most {} MiB", MAX_COMPONENT / (1024 * 1024))]
    TooLarge { bytes: usize },
    #[error("it is a core WebAssembly module, not a component")]
    CoreModule,
    /// Anything else.
    #[error("it is not a WebAssembly component")]
    NotWasm,
    /// Bytes that break a rule of WebAssembly, or use a proposal that is off.
    #[error("it is not valid WebAssembly: {0}")]
    Invalid(String),
    /// Something that would cost too much to compile or to run.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// The manifest is absent or wrong.
    #[error(transparent)]
    Manifest(#[from] NoManifest),
    /// It imports or exports something else than the contract says.
    #[error(transparent)]
    Imports(#[from] ImportError),
}

impl InspectError {
    /// What its author or the operator can do.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::TooLarge { .. } => {
                "build it with opt-level, lto and strip as in the plugin profile".to_owned()
            }
            Self::CoreModule | Self::Manifest(NoManifest::Missing) => {
                "pack it with its manifest: toolbay plugin build".to_owned()
            }
            Self::NotWasm => "copy the file that `toolbay plugin build` made".to_owned(),
            Self::Invalid(_) => {
                "build it for wasm32-unknown-unknown without target features such as simd128 or atomics"
                    .to_owned()
            }
            Self::OutOfBounds(_) => {
                "make it smaller: fewer or shorter functions, less declared memory".to_owned()
            }
            Self::Manifest(_) => "correct plugin.toml and pack it again: toolbay plugin build".to_owned(),
            Self::Imports(error) => error.fix(),
        }
    }
}

/// A component that passed.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The same as it is written.
    pub text: String,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
}

/// Checks a component's bytes.
///
/// # Errors
///
/// The first thing that is wrong, cheapest checks first.
pub fn inspect(component: &[u8], registry: &CapabilityRegistry) -> Result<Inspected, InspectError> {
    if component.len() > MAX_COMPONENT {
        return Err(InspectError::TooLarge { bytes: component.len() });
    }
    check_encoding(component)?;
    // The bounds come before validation, which takes longer the more there is of everything.
    bounds::check(component)?;
    validate(component).map_err(InspectError::Invalid)?;
    let text = pack::find_manifest(component)?;
    let manifest = Manifest::parse(text, registry).map_err(NoManifest::from)?;
    imports::check(component, &manifest.capabilities, registry)?;
    Ok(Inspected { manifest, text: text.to_owned(), digest: digest(component) })
}

/// Checks that bytes begin as a component does.
///
/// # Errors
///
/// When they are something else.
pub(crate) fn check_encoding(bytes: &[u8]) -> Result<(), InspectError> {
    match encoding(bytes) {
        Some(Encoded::Component) => Ok(()),
        Some(Encoded::Module) => Err(InspectError::CoreModule),
        None => Err(InspectError::NotWasm),
    }
}

/// SHA-256 of bytes, in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What kind of WebAssembly bytes begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoded {
    Module,
    Component,
}

pub(crate) fn encoding(bytes: &[u8]) -> Option<Encoded> {
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding: Encoding::Module, .. })) => Some(Encoded::Module),
        Some(Ok(Payload::Version { encoding: Encoding::Component, .. })) => Some(Encoded::Component),
        _ => None,
    }
}

/// Validates every byte, with the proposals that the engine has on and no others.
pub(crate) fn validate(bytes: &[u8]) -> Result<(), String> {
    Validator::new_with_features(features())
        .validate_all(bytes)
        .map(drop)
        .map_err(|error| format!("{} (at byte {})", error.message(), error.offset()))
}

/// What Rust's and other languages' compilers use by default; no vectors, threads, garbage collection, exceptions,
/// 64-bit memories or asynchronous components.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}
