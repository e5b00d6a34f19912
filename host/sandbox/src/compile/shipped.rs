//! Code that comes with the program: what its plugins were compiled to when it was made.

use std::borrow::Cow;
use std::fmt;

/// A plugin's code and its record, as the compiler child wrote them. It is run as what the cache holds is, so it must come
/// from where the program itself comes from.
#[derive(Clone)]
pub struct CompiledPlugin {
    /// SHA-256 of the component that it was made of, in hex.
    pub digest: Cow<'static, str>,
    /// The record, in JSON.
    pub record: Cow<'static, [u8]>,
    /// Native code, for the processor and the engine that the record names.
    pub code: Cow<'static, [u8]>,
}

impl fmt::Debug for CompiledPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CompiledPlugin").field("digest", &self.digest).finish_non_exhaustive()
    }
}
