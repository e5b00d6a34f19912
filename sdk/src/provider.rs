//! Who is the host: the real one in a component, the mock in a native test.
//!
//! It is chosen while compiling, not through a trait object: a table of functions would keep every import alive, and what a
//! component imports is what the operator has to grant.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::guest::Guest as Provider;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::mock::MockHost as Provider;
